"""Transfers between stores: what is asked for, what each document moved, and what happened."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, Name, amount, metadata, required

OPEN_TRANSFER = "state IN ('requested', 'approved', 'shipped')"

transfers = Table(
    "transfers",
    metadata,
    Column("transfer_id", Id, primary_key=True, autoincrement=False),
    required("from_store_id", Id),
    required("to_store_id", Id),
    required("state", Code),
    required("ended", Boolean),
    required("currency", Code),
    Column("basis", Code),
    required("reference", Name),
    required("requested_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
    CheckConstraint("from_store_id <> to_store_id", name="between_two"),
)
Index("ix_transfers_requested_at", transfers.c.requested_at, transfers.c.transfer_id)
Index("ix_transfers_from_store_id", transfers.c.from_store_id, transfers.c.requested_at, transfers.c.transfer_id)
Index("ix_transfers_to_store_id", transfers.c.to_store_id, transfers.c.requested_at, transfers.c.transfer_id)
# What is under way, of all that ever was.
Index(
    "ix_transfers_open",
    transfers.c.transfer_id,
    sqlite_where=transfers.c.state.in_(("requested", "approved", "shipped")),
    postgresql_where=transfers.c.state.in_(("requested", "approved", "shipped")),
)

transfer_lines = Table(
    "transfer_lines",
    metadata,
    required("transfer_id", Id),
    required("line_number", Integer),
    required("sku_id", Id),
    amount("requested_milli"),
    PrimaryKeyConstraint("transfer_id", "line_number"),
)

transfer_entries = Table(
    "transfer_entries",
    metadata,
    required("transfer_id", Id),
    required("entry_id", Id),
    required("line_number", Integer),
    required("kind", Code),
    amount("quantity_milli"),
    amount("value_minor"),
    Column("reason", Code),
    required("document_id", Id),
    PrimaryKeyConstraint("transfer_id", "entry_id"),
)

transfer_documents = Table(
    "transfer_documents",
    metadata,
    Column("document_id", Id, primary_key=True, autoincrement=False),
    required("transfer_id", Id),
    required("kind", Code),
    required("store_id", Id),
    required("business_date", Date),
    required("currency", Code),
    amount("value_minor"),
    required("posted_at", Instant),
)

transfer_events = Table(
    "transfer_events",
    metadata,
    required("transfer_id", Id),
    required("number", Integer),
    required("step", Code),
    required("note", Name),
    Column("document_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("at", Instant),
    PrimaryKeyConstraint("transfer_id", "number"),
)
