"""Prints of receipts."""

from sqlalchemy import CheckConstraint, Column, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, Key, metadata, required

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
