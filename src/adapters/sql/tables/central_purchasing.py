"""Central purchasing: what of an order's lines is for which stores, and what of each receipt."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, text

from adapters.sql.tables.columns import Code, Id, amount, metadata, required

WAITING_SHARE = "state = 'waiting'"

purchase_line_shares = Table(
    "purchase_line_shares",
    metadata,
    required("order_id", Id),
    required("version", Integer),
    required("line_number", Integer),
    required("location_id", Id),
    amount("quantity_milli"),
    PrimaryKeyConstraint("order_id", "version", "line_number", "location_id"),
)

purchase_receipt_shares = Table(
    "purchase_receipt_shares",
    metadata,
    required("receipt_id", Id),
    required("line_number", Integer),
    required("location_id", Id),
    required("order_id", Id),
    # The centre.
    required("store_id", Id),
    required("sku_id", Id),
    amount("quantity_milli"),
    required("state", Code),
    # Null until a transfer takes it to the store.
    Column("transfer_id", Id),
    PrimaryKeyConstraint("receipt_id", "line_number", "location_id"),
)
# Few: what came and is in no transfer yet. Replenishment asks for it by SKU, people by centre.
Index(
    "ix_purchase_receipt_shares_waiting",
    purchase_receipt_shares.c.sku_id,
    sqlite_where=text(WAITING_SHARE),
    postgresql_where=text(WAITING_SHARE),
)
Index(
    "ix_purchase_receipt_shares_to_distribute",
    purchase_receipt_shares.c.store_id,
    purchase_receipt_shares.c.receipt_id,
    sqlite_where=text(WAITING_SHARE),
    postgresql_where=text(WAITING_SHARE),
)
