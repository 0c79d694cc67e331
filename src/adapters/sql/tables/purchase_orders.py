"""Purchase orders: where each stands, its versions with their lines, its timeline, and what came of it."""

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, text

from adapters.sql.tables.columns import Code, Id, Instant, Name, amount, metadata, required

OPEN_PURCHASE: Final = "state IN ('draft', 'submitted', 'approved', 'sent', 'confirmed', 'partly_received')"
ON_ORDER: Final = "open_milli > 0"

purchase_orders = Table(
    "purchase_orders",
    metadata,
    Column("order_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("supplier_id", Id),
    required("currency", Code),
    required("source", Code),
    required("state", Code),
    required("awaiting", Code),
    required("version", Integer),
    required("proposed_version", Integer),
    required("newest_version", Integer),
    required("sent_version", Integer),
    required("expected_on", Date),
    amount("net_minor"),
    required("proposal_reference", Code),
    required("note", Name),
    required("asked_by_caller_id", Id),
    Column("asked_by_staff_id", Id),
    required("events", Integer),
    required("created_at", Instant),
    CheckConstraint("(awaiting = 'nothing') = (proposed_version = 0)", name="what_is_proposed_waits"),
)
Index("ix_purchase_orders_created_at", purchase_orders.c.created_at, purchase_orders.c.order_id)
Index(
    "ix_purchase_orders_store_id", purchase_orders.c.store_id, purchase_orders.c.created_at, purchase_orders.c.order_id
)
Index(
    "ix_purchase_orders_supplier_id",
    purchase_orders.c.supplier_id,
    purchase_orders.c.created_at,
    purchase_orders.c.order_id,
)
# However many orders there have been, those that goods are still to come for are few.
Index(
    "ix_purchase_orders_open",
    purchase_orders.c.created_at,
    purchase_orders.c.order_id,
    sqlite_where=text(OPEN_PURCHASE),
    postgresql_where=text(OPEN_PURCHASE),
)
# What a supplier should have delivered.
Index(
    "ix_purchase_orders_awaited",
    purchase_orders.c.supplier_id,
    purchase_orders.c.expected_on,
    sqlite_where=text(OPEN_PURCHASE),
    postgresql_where=text(OPEN_PURCHASE),
)
Index(
    "ix_purchase_orders_proposal_reference",
    purchase_orders.c.proposal_reference,
    sqlite_where=purchase_orders.c.proposal_reference != "",
    postgresql_where=purchase_orders.c.proposal_reference != "",
)

purchase_order_versions = Table(
    "purchase_order_versions",
    metadata,
    required("order_id", Id),
    required("version", Integer),
    required("cause", Code),
    required("expected_on", Date),
    amount("net_minor"),
    required("needs_approval", Boolean),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("made_at", Instant),
    PrimaryKeyConstraint("order_id", "version"),
)

purchase_order_lines = Table(
    "purchase_order_lines",
    metadata,
    required("order_id", Id),
    required("version", Integer),
    required("line_number", Integer),
    required("sku_id", Id),
    amount("quantity_milli"),
    amount("pack_milli"),
    amount("price_minor"),
    amount("price_quantity_milli"),
    required("discount_bp", Integer),
    amount("net_minor"),
    required("tax_category", Code),
    amount("last_price_minor"),
    amount("last_price_quantity_milli"),
    required("price_risen", Boolean),
    PrimaryKeyConstraint("order_id", "version", "line_number"),
)

purchase_order_events = Table(
    "purchase_order_events",
    metadata,
    required("order_id", Id),
    required("number", Integer),
    required("kind", Code),
    required("version", Integer),
    required("note", Name),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("at", Instant),
    PrimaryKeyConstraint("order_id", "number"),
)

purchase_allocations = Table(
    "purchase_allocations",
    metadata,
    required("order_id", Id),
    required("line_number", Integer),
    required("location_id", Id),
    required("sku_id", Id),
    required("expected_on", Date),
    amount("ordered_milli"),
    amount("received_milli"),
    amount("open_milli"),
    PrimaryKeyConstraint("order_id", "line_number", "location_id"),
)
# What is on order is asked for every proposal of replenishment, of every store.
Index(
    "ix_purchase_allocations_on_order",
    purchase_allocations.c.location_id,
    purchase_allocations.c.sku_id,
    sqlite_where=text(ON_ORDER),
    postgresql_where=text(ON_ORDER),
)

purchase_receipts = Table(
    "purchase_receipts",
    metadata,
    Column("receipt_id", Id, primary_key=True, autoincrement=False),
    required("delivery_id", Id),
    required("order_id", Id),
    required("store_id", Id),
    required("supplier_id", Id),
    required("currency", Code),
    required("delivery_note", Name),
    required("business_date", Date),
    amount("goods_minor"),
    amount("freight_minor"),
    amount("quarantine_minor"),
    required("received_at", Instant),
)
Index("ix_purchase_receipts_order_id", purchase_receipts.c.order_id, purchase_receipts.c.receipt_id)

purchase_receipt_lines = Table(
    "purchase_receipt_lines",
    metadata,
    required("receipt_id", Id),
    required("line_number", Integer),
    required("order_id", Id),
    required("supplier_id", Id),
    required("currency", Code),
    required("sku_id", Id),
    amount("accepted_milli"),
    amount("rejected_milli"),
    required("rejected_to", Code),
    required("reject_reason", Name),
    amount("price_minor"),
    amount("price_quantity_milli"),
    amount("goods_minor"),
    amount("freight_minor"),
    amount("quarantine_minor"),
    required("received_at", Instant),
    PrimaryKeyConstraint("receipt_id", "line_number"),
)
Index("ix_purchase_receipt_lines_order_id", purchase_receipt_lines.c.order_id, purchase_receipt_lines.c.line_number)
# The last price that was paid for a SKU, to anybody or to one supplier.
Index(
    "ix_purchase_receipt_lines_sku_id",
    purchase_receipt_lines.c.sku_id,
    purchase_receipt_lines.c.currency,
    purchase_receipt_lines.c.received_at,
    purchase_receipt_lines.c.receipt_id,
    sqlite_where=purchase_receipt_lines.c.accepted_milli > 0,
    postgresql_where=purchase_receipt_lines.c.accepted_milli > 0,
)
Index(
    "ix_purchase_receipt_lines_supplier_id",
    purchase_receipt_lines.c.supplier_id,
    purchase_receipt_lines.c.sku_id,
    purchase_receipt_lines.c.currency,
    purchase_receipt_lines.c.received_at,
    purchase_receipt_lines.c.receipt_id,
    sqlite_where=purchase_receipt_lines.c.accepted_milli > 0,
    postgresql_where=purchase_receipt_lines.c.accepted_milli > 0,
)
