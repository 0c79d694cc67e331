"""Layers and lots of stock, standard costs, and how categories are costed."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, Name, amount, metadata, required

stock_layers = Table(
    "stock_layers",
    metadata,
    required("location_id", Id),
    required("sku_id", Id),
    required("layer_id", Id),
    required("document_id", Id),
    required("lot_code", Code),
    Column("expires_on", Date),
    required("received_on", Date),
    amount("quantity_milli"),
    amount("value_minor"),
    amount("received_milli"),
    amount("received_minor"),
    PrimaryKeyConstraint("location_id", "sku_id", "layer_id"),
    CheckConstraint(
        "quantity_milli > 0 OR (quantity_milli = 0 AND value_minor = 0)", name="nothing_left_is_worth_nothing"
    ),
    CheckConstraint("value_minor >= 0", name="is_worth_something"),
)
_OPEN = stock_layers.c.quantity_milli > 0
# What a sale takes from: however many layers have been used up, it meets none of them.
Index(
    "ix_stock_layers_open",
    stock_layers.c.location_id,
    stock_layers.c.sku_id,
    postgresql_where=_OPEN,
    sqlite_where=_OPEN,
)
_EXPIRING = _OPEN & stock_layers.c.expires_on.is_not(None)
Index(
    "ix_stock_layers_expiring",
    stock_layers.c.location_id,
    stock_layers.c.expires_on,
    stock_layers.c.layer_id,
    postgresql_where=_EXPIRING,
    sqlite_where=_EXPIRING,
)
# A recall asks for a lot in all stores.
Index(
    "ix_stock_layers_sku_id_lot_code",
    stock_layers.c.sku_id,
    stock_layers.c.lot_code,
    postgresql_where=stock_layers.c.lot_code != "",
    sqlite_where=stock_layers.c.lot_code != "",
)
# Freight that comes after the goods, and corrections, look for the layers of a receipt.
Index("ix_stock_layers_document_id", stock_layers.c.document_id)

stock_layer_entries = Table(
    "stock_layer_entries",
    metadata,
    required("location_id", Id),
    required("sku_id", Id),
    required("layer_id", Id),
    required("entry_id", Id),
    required("movement_id", Id),
    required("document_id", Id),
    amount("quantity_milli"),
    amount("value_minor"),
    required("business_date", Date),
    PrimaryKeyConstraint("location_id", "sku_id", "layer_id", "entry_id"),
)
# What is returned goes back to the layers that its sale has taken it from.
Index("ix_stock_layer_entries_document_id", stock_layer_entries.c.document_id)

standard_costs = Table(
    "standard_costs",
    metadata,
    required("location_id", Id),
    required("sku_id", Id),
    # From 1 on; the largest is in force.
    required("number", Integer),
    amount("standard_minor"),
    amount("quantity_milli"),
    required("document_id", Id),
    required("business_date", Date),
    required("set_at", Instant),
    PrimaryKeyConstraint("location_id", "sku_id", "number"),
    CheckConstraint("quantity_milli > 0 AND standard_minor >= 0", name="is_of_a_quantity"),
)

category_costings = Table(
    "category_costings",
    metadata,
    Column("category_id", Id, ForeignKey("categories.category_id"), primary_key=True, autoincrement=False),
    required("costing_method", Code),
)

lot_products = Table(
    "lot_products",
    metadata,
    Column("sku_id", Id, ForeignKey("products.sku_id"), primary_key=True, autoincrement=False),
    # False where a product has been told apart by lot once and is no longer.
    required("lot_tracked", Boolean),
    # Days from receipt to expiry where a receipt names no date; 0 for none.
    required("shelf_life_days", Integer),
)

cost_documents = Table(
    "cost_documents",
    metadata,
    Column("document_id", Id, primary_key=True, autoincrement=False),
    required("kind", Code),
    required("store_id", Id),
    required("business_date", Date),
    required("currency", Code),
    required("reference", Name),
    amount("stock_minor"),
    required("posted_at", Instant),
)
