"""Suppliers, what they deliver, and the history of their prices.

Revision ID: 0048
Revises: 0047
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
AMOUNT = sa.BigInteger()
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
DOCUMENT = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
BYTES = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")


def upgrade() -> None:
    _suppliers()
    _products()


def _suppliers() -> None:
    op.create_table(
        "suppliers",
        sa.Column("supplier_id", ID, primary_key=True, autoincrement=False),
        _required("code", sa.String(64), unique=True),
        _required("name", sa.String(200)),
        _required("currency", sa.String(64)),
        _required("payment_days", AMOUNT),
        _required("from_month_end", sa.Boolean()),
        _required("discount_days", AMOUNT),
        _required("discount_bp", AMOUNT),
        _required("lead_days", AMOUNT),
        _required("order_weekdays", DOCUMENT),
        _required("delivery_weekdays", DOCUMENT),
        _required("minimum_order_minor", AMOUNT),
        _required("over_delivery_bp", AMOUNT),
        _required("tax_number", sa.String(64)),
        _required("blocked", sa.Boolean()),
        _required("contact_cipher", BYTES),
    )


def _products() -> None:
    op.create_table(
        "supplier_products",
        _required("supplier_id", ID),
        _required("sku_id", ID),
        _required("supplier_sku", sa.String(64)),
        _required("pack_milli", AMOUNT),
        _required("moq_milli", AMOUNT),
        _required("lead_days", AMOUNT),
        _required("preferred", sa.Boolean()),
        sa.PrimaryKeyConstraint("supplier_id", "sku_id", name=op.f("pk_supplier_products")),
        sa.ForeignKeyConstraint(["supplier_id"], ["suppliers.supplier_id"]),
        sa.ForeignKeyConstraint(["sku_id"], ["products.sku_id"]),
    )
    op.create_index("ix_supplier_products_sku_id", "supplier_products", ["sku_id", "supplier_id"])
    preferred = sa.text("preferred")
    op.create_index(
        "uq_supplier_products_preferred",
        "supplier_products",
        ["sku_id"],
        unique=True,
        sqlite_where=preferred,
        postgresql_where=preferred,
    )
    op.create_table(
        "supplier_prices",
        _required("supplier_id", ID),
        _required("sku_id", ID),
        _required("valid_from", sa.Date()),
        sa.Column("price_id", ID, primary_key=True, autoincrement=False),
        _required("price_minor", AMOUNT),
        _required("price_quantity_milli", AMOUNT),
        _required("breaks", DOCUMENT),
        _required("recorded_at", INSTANT),
    )
    op.create_index(
        "ix_supplier_prices_valid_from", "supplier_prices", ["supplier_id", "sku_id", "valid_from", "price_id"]
    )


def _required(name: str, kind: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, **options)
