"""Purchase orders and what was received for them.

Revision ID: 0047
Revises: 0046
"""

from datetime import date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
OPEN = sa.text("state IN ('draft', 'submitted', 'approved', 'sent', 'confirmed', 'partly_received')")
ON_ORDER = sa.text("open_milli > 0")
ACCEPTED = sa.text("accepted_milli > 0")
PROPOSED = sa.text("proposal_reference != ''")


def integers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def ids(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, ID, nullable=False) for name in names]


def codes(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(64), nullable=False) for name in names]


def numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def day(name: str) -> sa.Column[date]:
    return sa.Column(name, sa.Date(), nullable=False)


def flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(200), nullable=False)


def instant(name: str) -> sa.Column[datetime]:
    return sa.Column(name, INSTANT, nullable=False)


def upgrade() -> None:
    orders()
    versions()
    receipts()


def orders() -> None:
    op.create_table(
        "purchase_orders",
        sa.Column("order_id", ID, primary_key=True, autoincrement=False),
        *ids("store_id", "supplier_id"),
        *codes("currency", "source", "state", "awaiting"),
        *numbers("version", "proposed_version", "newest_version", "sent_version"),
        day("expected_on"),
        *integers("net_minor"),
        *codes("proposal_reference"),
        text("note"),
        *ids("asked_by_caller_id"),
        sa.Column("asked_by_staff_id", ID),
        *numbers("events"),
        instant("created_at"),
        sa.CheckConstraint(
            "(awaiting = 'nothing') = (proposed_version = 0)", name=op.f("ck_purchase_orders_what_is_proposed_waits")
        ),
    )
    newest = ["created_at", "order_id"]
    op.create_index("ix_purchase_orders_created_at", "purchase_orders", newest)
    op.create_index("ix_purchase_orders_store_id", "purchase_orders", ["store_id", *newest])
    op.create_index("ix_purchase_orders_supplier_id", "purchase_orders", ["supplier_id", *newest])
    op.create_index("ix_purchase_orders_open", "purchase_orders", newest, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(
        "ix_purchase_orders_proposal_reference", "purchase_orders", ["proposal_reference"],
        sqlite_where=PROPOSED, postgresql_where=PROPOSED,
    )  # fmt: skip


def versions() -> None:
    op.create_table(
        "purchase_order_versions",
        *ids("order_id"),
        *numbers("version"),
        *codes("cause"),
        day("expected_on"),
        *integers("net_minor"),
        flag("needs_approval"),
        *ids("caller_id"),
        sa.Column("staff_id", ID),
        instant("made_at"),
        sa.PrimaryKeyConstraint("order_id", "version", name="pk_purchase_order_versions"),
    )
    op.create_table(
        "purchase_order_lines",
        *ids("order_id"),
        *numbers("version", "line_number"),
        *ids("sku_id"),
        *integers("quantity_milli", "pack_milli", "price_minor", "price_quantity_milli"),
        *numbers("discount_bp"),
        *integers("net_minor"),
        *codes("tax_category"),
        *integers("last_price_minor", "last_price_quantity_milli"),
        flag("price_risen"),
        sa.PrimaryKeyConstraint("order_id", "version", "line_number", name="pk_purchase_order_lines"),
    )
    op.create_table(
        "purchase_order_events",
        *ids("order_id"),
        *numbers("number"),
        *codes("kind"),
        *numbers("version"),
        text("note"),
        *ids("caller_id"),
        sa.Column("staff_id", ID),
        instant("at"),
        sa.PrimaryKeyConstraint("order_id", "number", name="pk_purchase_order_events"),
    )
    op.create_table(
        "purchase_allocations",
        *ids("order_id"),
        *numbers("line_number"),
        *ids("location_id", "sku_id"),
        day("expected_on"),
        *integers("ordered_milli", "received_milli", "open_milli"),
        sa.PrimaryKeyConstraint("order_id", "line_number", "location_id", name="pk_purchase_allocations"),
    )
    op.create_index(
        "ix_purchase_allocations_on_order", "purchase_allocations", ["location_id", "sku_id"],
        sqlite_where=ON_ORDER, postgresql_where=ON_ORDER,
    )  # fmt: skip


def receipts() -> None:
    op.create_table(
        "purchase_receipts",
        sa.Column("receipt_id", ID, primary_key=True, autoincrement=False),
        *ids("delivery_id", "order_id", "store_id", "supplier_id"),
        *codes("currency"),
        text("delivery_note"),
        day("business_date"),
        *integers("goods_minor", "freight_minor", "quarantine_minor"),
        instant("received_at"),
    )
    op.create_index("ix_purchase_receipts_order_id", "purchase_receipts", ["order_id", "receipt_id"])
    op.create_table(
        "purchase_receipt_lines",
        *ids("receipt_id"),
        *numbers("line_number"),
        *ids("order_id", "supplier_id"),
        *codes("currency"),
        *ids("sku_id"),
        *integers("accepted_milli", "rejected_milli"),
        *codes("rejected_to"),
        text("reject_reason"),
        *integers("price_minor", "price_quantity_milli", "goods_minor", "freight_minor", "quarantine_minor"),
        instant("received_at"),
        sa.PrimaryKeyConstraint("receipt_id", "line_number", name="pk_purchase_receipt_lines"),
    )
    op.create_index("ix_purchase_receipt_lines_order_id", "purchase_receipt_lines", ["order_id", "line_number"])
    newest = ["sku_id", "currency", "received_at", "receipt_id"]
    for name, columns in (("sku_id", newest), ("supplier_id", ["supplier_id", *newest])):
        op.create_index(
            f"ix_purchase_receipt_lines_{name}", "purchase_receipt_lines", columns,
            sqlite_where=ACCEPTED, postgresql_where=ACCEPTED,
        )  # fmt: skip
