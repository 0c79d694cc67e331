"""What stock came to at earlier moments, so that nobody adds up its whole history; and what was adjusted."""

from sqlalchemy import Column, Date, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint

from adapters.sql.tables.columns import Code, Id, Instant, Key, Name, amount, metadata, required

# Sparse: a product that hardly moves has none, one that moves often gets one after so many movements.
stock_balances = Table(
    "stock_balances",
    metadata,
    required("location_id", Id),
    required("sku_id", Id),
    required("as_of", Instant),
    amount("on_hand_milli"),
    amount("value_minor"),
    PrimaryKeyConstraint("location_id", "sku_id", "as_of"),
)

stock_adjustments = Table(
    "stock_adjustments",
    metadata,
    Column("adjustment_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("number", Integer),
    required("business_date", Date),
    required("posted_at", Instant),
    required("request_id", Key),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("note", Name),
    required("line_count", Integer),
    amount("lost_minor"),
    amount("found_minor"),
    UniqueConstraint("store_id", "number"),
)
Index(
    "ix_stock_adjustments_store_id",
    stock_adjustments.c.store_id,
    stock_adjustments.c.business_date,
    stock_adjustments.c.posted_at,
    stock_adjustments.c.adjustment_id,
)
Index(
    "ix_stock_adjustments_business_date",
    stock_adjustments.c.business_date,
    stock_adjustments.c.posted_at,
    stock_adjustments.c.adjustment_id,
)

stock_adjustment_lines = Table(
    "stock_adjustment_lines",
    metadata,
    required("adjustment_id", Id),
    required("line_number", Integer),
    required("sku_id", Id),
    required("from_place", Code),
    required("to_place", Code),
    Column("reason", Code),
    amount("quantity_milli"),
    amount("value_minor"),
    PrimaryKeyConstraint("adjustment_id", "line_number"),
)
