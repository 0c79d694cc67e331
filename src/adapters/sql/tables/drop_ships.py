"""Drop-ship: purchase orders whose goods go to customers, what they are to send, and what is under way."""

from sqlalchemy import Column, Date, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Bytes, Code, Id, Instant, amount, metadata, required

drop_ships = Table(
    "drop_ships",
    metadata,
    Column("purchase_order_id", Id, primary_key=True, autoincrement=False),
    # The customer's.
    required("order_id", Id),
    required("store_id", Id),
    required("member_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("created_at", Instant),
    # Recipient, phone and address; empty once the member is erased.
    required("delivery_cipher", Bytes),
)
Index("ix_drop_ships_order_id", drop_ships.c.order_id, drop_ships.c.purchase_order_id)
Index("ix_drop_ships_store_id", drop_ships.c.store_id, drop_ships.c.purchase_order_id)
Index("ix_drop_ships_member_id", drop_ships.c.member_id, drop_ships.c.purchase_order_id)

drop_ship_lines = Table(
    "drop_ship_lines",
    metadata,
    required("purchase_order_id", Id),
    required("line_number", Integer),
    required("order_id", Id),
    required("sku_id", Id),
    amount("quantity_milli"),
    PrimaryKeyConstraint("purchase_order_id", "line_number"),
)
Index(
    "ix_drop_ship_lines_order_id",
    drop_ship_lines.c.order_id,
    drop_ship_lines.c.purchase_order_id,
    drop_ship_lines.c.line_number,
)

drop_ship_entries = Table(
    "drop_ship_entries",
    metadata,
    required("purchase_order_id", Id),
    required("entry_id", Id),
    required("line_number", Integer),
    required("order_id", Id),
    required("sku_id", Id),
    required("kind", Code),
    amount("quantity_milli"),
    amount("value_minor"),
    required("store_id", Id),
    required("currency", Code),
    required("document_id", Id),
    required("business_date", Date),
    required("entered_at", Instant),
    PrimaryKeyConstraint("purchase_order_id", "entry_id"),
)
