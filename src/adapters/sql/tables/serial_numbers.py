"""Pieces that were sold by their serial numbers."""

from sqlalchemy import Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, metadata, required

serial_entries = Table(
    "serial_entries",
    metadata,
    required("sku_id", Id),
    required("serial_number", Code),
    required("number", Integer),
    required("kind", Code),
    required("sale_id", Id),
    required("line_number", Integer),
    required("store_id", Id),
    required("posted_at", Instant),
    # Sold and returned take turns, so no piece is sold twice: the same number would be taken.
    PrimaryKeyConstraint("sku_id", "serial_number", "number"),
)
Index("ix_serial_entries_sale_id", serial_entries.c.sale_id)
