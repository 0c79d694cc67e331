"""Members' accounts: what they may owe and owe, and every movement of it."""

from sqlalchemy import CheckConstraint, Column, Date, Index, PrimaryKeyConstraint, Table, text

from adapters.sql.tables.columns import Code, Id, Instant, Name, amount, metadata, required
from adapters.sql.tables.wallet import PAID

credit_accounts = Table(
    "credit_accounts",
    metadata,
    required("member_id", Id),
    required("currency", Code),
    # The sums of the account's entries; the row is locked by every use case that moves it.
    amount("limit_minor"),
    amount("owed_minor"),
    PrimaryKeyConstraint("member_id", "currency"),
    CheckConstraint("limit_minor >= 0", name="limit_not_negative"),
    postgresql_with={"fillfactor": "80"},
)

credit_entries = Table(
    "credit_entries",
    metadata,
    required("member_id", Id),
    required("currency", Code),
    required("entry_id", Id),
    required("reason", Code),
    amount("owed_minor"),
    amount("limit_minor"),
    amount("beyond_minor"),
    required("document_id", Id),
    required("tender", Code),
    required("reference", Name),
    required("note", Name),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("business_date", Date),
    required("posted_at", Instant),
    # The order of a statement; ids of several processes are not in the order of time.
    PrimaryKeyConstraint("member_id", "posted_at", "entry_id"),
)
Index("ix_credit_entries_document_id", credit_entries.c.document_id)
# What a till took by payments on accounts.
Index(
    "ix_credit_entries_paid",
    credit_entries.c.store_id,
    credit_entries.c.business_date,
    sqlite_where=text(PAID),
    postgresql_where=text(PAID),
)
