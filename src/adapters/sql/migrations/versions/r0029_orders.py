"""Customers' orders: what is promised, their timeline, deposits, and the stock that is kept for them.

Revision ID: 0029
Revises: 0028
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
Name = sa.String(200)
Key = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    _orders()
    _entries()


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("order_id", Id, primary_key=True, autoincrement=False),
        _required("terminal_id", Id),
        sa.Column("staff_id", Id),
        _required("request_id", Key),
        _required("store_id", Id),
        _required("channel", Code),
        _required("currency", Code),
        sa.Column("member_id", Id),
        _required("fulfilment", Code),
        _required("state", Code),
        _required("total_minor", Amount),
        _required("paid_minor", Amount),
        _required("due_on", sa.Date),
        _required("placed_at", Instant),
        sa.Column("sale_id", Id),
        _required("note", Name),
        _required("quote_token", sa.Text),
        sa.UniqueConstraint("terminal_id", "request_id", name=op.f("uq_orders_terminal_id_request_id")),
        sa.CheckConstraint("paid_minor >= 0 AND paid_minor <= total_minor", name=op.f("ck_orders_paid_within_total")),
    )
    op.create_index(
        "ix_orders_member_id",
        "orders",
        ["member_id", "placed_at", "order_id"],
        sqlite_where=sa.text("member_id IS NOT NULL"),
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )
    op.create_index("ix_orders_placed_at", "orders", ["placed_at", "order_id"])
    op.create_index(
        "ix_orders_sale_id",
        "orders",
        ["sale_id"],
        unique=True,
        sqlite_where=sa.text("sale_id IS NOT NULL"),
        postgresql_where=sa.text("sale_id IS NOT NULL"),
    )
    op.create_index("ix_orders_store_id", "orders", ["store_id", "placed_at", "order_id"])
    op.create_table(
        "order_lines",
        _required("order_id", Id),
        _required("line_number", sa.Integer),
        _required("sku_id", Id),
        _required("quantity_milli", Amount),
        sa.PrimaryKeyConstraint("order_id", "line_number", name=op.f("pk_order_lines")),
    )


def _entries() -> None:
    op.create_table(
        "order_events",
        _required("order_id", Id),
        _required("number", sa.Integer),
        _required("kind", Code),
        _required("note", Name),
        _required("amount_minor", Amount),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("at", Instant),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_order_events")),
    )
    op.create_table(
        "order_payments",
        _required("order_id", Id),
        _required("entry_id", Id),
        _required("document_id", Id),
        _required("kind", Code),
        _required("amount_minor", Amount),
        _required("reference", Name),
        _required("store_id", Id),
        _required("currency", Code),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("business_date", sa.Date),
        _required("paid_at", Instant),
        sa.PrimaryKeyConstraint("order_id", "entry_id", name=op.f("pk_order_payments")),
    )
    op.create_index("ix_order_payments_store_id", "order_payments", ["store_id", "business_date"])
    op.create_table(
        "stock_reservations",
        _required("order_id", Id),
        _required("entry_id", Id),
        _required("location_id", Id),
        _required("sku_id", Id),
        _required("quantity_milli", Amount),
        _required("entered_at", Instant),
        sa.PrimaryKeyConstraint("order_id", "entry_id", name=op.f("pk_stock_reservations")),
    )
    op.create_index("ix_stock_reservations_location_id", "stock_reservations", ["location_id", "sku_id"])


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
