"""Counts of stock: their headers, which SKUs they are about, what was found, and what it came to."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, Key, Name, amount, metadata, required

stock_counts = Table(
    "stock_counts",
    metadata,
    Column("count_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("kind", Code),
    required("state", Code),
    required("blind", Boolean),
    required("uncounted", Code),
    required("reference", Name),
    required("skus", Integer),
    required("opened_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
    Column("business_date", Date),
    Column("closed_at", Instant),
    Column("closed_request_id", Key),
    Column("closed_caller_id", Id),
    Column("closed_staff_id", Id),
    amount("lost_minor"),
    amount("found_minor"),
)
Index("ix_stock_counts_store_id", stock_counts.c.store_id, stock_counts.c.opened_at, stock_counts.c.count_id)

stock_count_skus = Table(
    "stock_count_skus",
    metadata,
    required("count_id", Id),
    required("sku_id", Id),
    PrimaryKeyConstraint("count_id", "sku_id"),
)

stock_count_entries = Table(
    "stock_count_entries",
    metadata,
    required("count_id", Id),
    required("entry_id", Id),
    required("sku_id", Id),
    required("section", Code),
    amount("quantity_milli"),
    required("counted_at", Instant),
    required("entered_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
    PrimaryKeyConstraint("count_id", "entry_id"),
)

stock_count_results = Table(
    "stock_count_results",
    metadata,
    required("count_id", Id),
    required("sku_id", Id),
    required("store_id", Id),
    amount("counted_milli"),
    amount("expected_milli"),
    amount("value_minor"),
    required("counted_at", Instant),
    PrimaryKeyConstraint("count_id", "sku_id"),
)
# When an item was counted last decides when it is to be counted again.
Index(
    "ix_stock_count_results_store_id",
    stock_count_results.c.store_id,
    stock_count_results.c.sku_id,
    stock_count_results.c.counted_at,
)
