"""Prints of receipts, and those that are sent by e-mail."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Bytes, Code, Id, Instant, Key, metadata, required

receipt_prints = Table(
    "receipt_prints",
    metadata,
    required("sale_id", Id),
    # 1 is the original.
    required("number", Integer),
    # The till's own, the same for every retry.
    required("print_id", Key),
    required("format", Code),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("printed_at", Instant),
    PrimaryKeyConstraint("sale_id", "number"),
    CheckConstraint("number >= 1", name="numbered_from_one"),
)

receipt_mails = Table(
    "receipt_mails",
    metadata,
    Column("mail_id", Id, primary_key=True, autoincrement=False),
    required("sale_id", Id, index=True),
    required("print_number", Integer),
    required("language", Code),
    # Under the chain's key; empty for the member's own address, and once the letter is finished.
    required("address_cipher", Bytes),
    required("state", Code),
    required("attempts", Integer),
    # When it may be taken: a worker that takes it puts this off.
    required("due_at", Instant),
    # Of the mail server; 0 for none.
    required("reply_code", Integer),
    required("requested_at", Instant),
    Column("finished_at", Instant),
)
_WAITING = receipt_mails.c.state == "waiting"
Index(
    "ix_receipt_mails_due_at",
    receipt_mails.c.due_at,
    receipt_mails.c.mail_id,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
