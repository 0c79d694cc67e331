"""Customers' orders: what is promised, what happened to it, and what was paid for it."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from adapters.sql.tables.columns import Code, Id, Instant, Key, Name, amount, metadata, required

OPEN_ORDER = "state IN ('accepted', 'allocated', 'picked')"

orders = Table(
    "orders",
    metadata,
    Column("order_id", Id, primary_key=True, autoincrement=False),
    required("terminal_id", Id),
    Column("staff_id", Id),
    required("request_id", Key),
    required("store_id", Id),
    required("channel", Code),
    required("currency", Code),
    Column("member_id", Id),
    required("fulfilment", Code),
    required("state", Code),
    amount("total_minor"),
    amount("paid_minor"),
    required("due_on", Date),
    required("placed_at", Instant),
    Column("sale_id", Id),
    required("note", Name),
    # The promised price, signed as a quote is.
    required("quote_token", Text),
    UniqueConstraint("terminal_id", "request_id"),
    CheckConstraint("paid_minor >= 0 AND paid_minor <= total_minor", name="paid_within_total"),
)
Index("ix_orders_store_id", orders.c.store_id, orders.c.placed_at, orders.c.order_id)
Index("ix_orders_placed_at", orders.c.placed_at, orders.c.order_id)
Index(
    "ix_orders_member_id",
    orders.c.member_id,
    orders.c.placed_at,
    orders.c.order_id,
    sqlite_where=orders.c.member_id.is_not(None),
    postgresql_where=orders.c.member_id.is_not(None),
)
Index(
    "ix_orders_sale_id",
    orders.c.sale_id,
    unique=True,
    sqlite_where=orders.c.sale_id.is_not(None),
    postgresql_where=orders.c.sale_id.is_not(None),
)

order_lines = Table(
    "order_lines",
    metadata,
    required("order_id", Id),
    required("line_number", Integer),
    required("sku_id", Id),
    amount("quantity_milli"),
    PrimaryKeyConstraint("order_id", "line_number"),
)

order_events = Table(
    "order_events",
    metadata,
    required("order_id", Id),
    required("number", Integer),
    required("kind", Code),
    required("note", Name),
    amount("amount_minor"),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("at", Instant),
    PrimaryKeyConstraint("order_id", "number"),
)

order_payments = Table(
    "order_payments",
    metadata,
    required("order_id", Id),
    required("entry_id", Id),
    required("document_id", Id),
    required("kind", Code),
    amount("amount_minor"),
    required("reference", Name),
    required("store_id", Id),
    required("currency", Code),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("business_date", Date),
    required("paid_at", Instant),
    Column("payment_id", Id),
    PrimaryKeyConstraint("order_id", "entry_id"),
)
# What a till has taken for orders on a day is asked at its counting.
Index("ix_order_payments_store_id", order_payments.c.store_id, order_payments.c.business_date)
