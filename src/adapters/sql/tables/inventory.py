"""Stock levels, movements and goods receipts."""

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, Name, amount, metadata, required

stock_levels = Table(
    "stock_levels",
    metadata,
    required("location_id", Id),
    required("sku_id", Id),
    amount("on_hand_milli"),
    amount("reserved_milli"),
    amount("value_minor"),
    amount("last_cost_minor"),
    amount("last_cost_quantity_milli"),
    # Flags: FIFO 1, standard cost 2, told apart by lot 4; 0 is a moving average of goods that are all alike.
    required("costing", Integer, server_default="0"),
    PrimaryKeyConstraint("location_id", "sku_id"),
    CheckConstraint("on_hand_milli <> 0 OR value_minor = 0", name="nothing_is_worth_nothing"),
    # Room in each page, so that a new balance stands beside the old one and no index has to know.
    postgresql_with={"fillfactor": "80"},
)

# Who has a product, in all stores: a range of this index, where the key would be looked up store by store. A sale moves
# no column of it.
Index("ix_stock_levels_sku_id", stock_levels.c.sku_id, stock_levels.c.location_id)

stock_movements = Table(
    "stock_movements",
    metadata,
    required("location_id", Id),
    required("sku_id", Id),
    required("movement_id", Id),
    amount("quantity_milli"),
    amount("value_minor"),
    required("reason", Code),
    required("document_id", Id),
    required("business_date", Date),
    required("moved_at", Instant),
    # In the order of time, which that of ids is not: what a product came to at a moment is one range of this index.
    PrimaryKeyConstraint("location_id", "sku_id", "moved_at", "movement_id"),
)
# What was sold of a range of products on a day, in all stores. The day stands first: whatever is sold today goes to the
# same few pages, and a till pays least for it. With the other columns beside it, PostgreSQL need not look at the rows.
Index(
    "ix_stock_movements_business_date_sku_id",
    stock_movements.c.business_date,
    stock_movements.c.sku_id,
    postgresql_include=["location_id", "reason", "quantity_milli"],
)
# What was written last, for who looks every minute. Rows stand in the order of writing, so that PostgreSQL needs a note
# for each hundred pages; on SQLite, which has no such index, it holds nothing and costs nothing.
Index(
    "ix_stock_movements_moved_at",
    stock_movements.c.moved_at,
    postgresql_using="brin",
    sqlite_where=stock_movements.c.moved_at.is_(None),
)

goods_receipts = Table(
    "goods_receipts",
    metadata,
    Column("receipt_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("reference", Name),
    required("business_date", Date),
    required("received_at", Instant),
    required("line_count", Integer),
    amount("cost_minor"),
    amount("cost_correction_minor"),
)
# Receipts of a store, newest first.
Index(
    "ix_goods_receipts_store_id",
    goods_receipts.c.store_id,
    goods_receipts.c.received_at,
    goods_receipts.c.receipt_id,
)
Index("ix_goods_receipts_received_at", goods_receipts.c.received_at, goods_receipts.c.receipt_id)
