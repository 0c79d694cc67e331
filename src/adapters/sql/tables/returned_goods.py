"""Reasons of returns, the lines that came back by reason and condition, and goods that are set aside."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, Name, amount, metadata, required

return_reasons = Table(
    "return_reasons",
    metadata,
    Column("code", Code, primary_key=True),
    required("name_en", Name),
    required("name_zh", Name),
    required("retired", Boolean),
)

# Beside the lines of refunds, so that those of sales, of which there are many more, bear no column for it.
returned_lines = Table(
    "returned_lines",
    metadata,
    required("sale_id", Id),
    required("line_number", Integer),
    required("store_id", Id),
    required("business_date", Date),
    required("sku_id", Id),
    required("reason_code", Code),
    Column("condition", Code),
    amount("quantity_milli"),
    amount("total_minor"),
    amount("cost_minor"),
    PrimaryKeyConstraint("sale_id", "line_number"),
)
Index("ix_returned_lines_store_id", returned_lines.c.store_id, returned_lines.c.business_date)

set_aside_levels = Table(
    "set_aside_levels",
    metadata,
    required("location_id", Id),
    required("sku_id", Id),
    required("status", Code),
    amount("quantity_milli"),
    amount("value_minor"),
    PrimaryKeyConstraint("location_id", "sku_id", "status"),
    CheckConstraint("quantity_milli >= 0 AND value_minor >= 0", name="no_less_than_nothing"),
)

set_aside_entries = Table(
    "set_aside_entries",
    metadata,
    required("location_id", Id),
    required("sku_id", Id),
    required("entry_id", Id),
    required("status", Code),
    amount("quantity_milli"),
    amount("value_minor"),
    required("reason", Code),
    required("document_id", Id),
    required("line_number", Integer),
    required("business_date", Date),
    required("posted_at", Instant),
    PrimaryKeyConstraint("location_id", "sku_id", "entry_id"),
)
