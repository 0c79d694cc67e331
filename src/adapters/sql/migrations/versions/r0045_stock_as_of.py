"""Movements of a product stand in the order of time, what they came to is carried forward; adjustments of stock.

Revision ID: 0045
Revises: 0044
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045"
down_revision = "0044"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
KEY = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("stock_movements") as table:
        table.drop_constraint("pk_stock_movements", type_="primary")
        table.create_primary_key("pk_stock_movements", ["location_id", "sku_id", "moved_at", "movement_id"])
    op.create_table(
        "stock_balances",
        sa.Column("location_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("on_hand_milli", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("location_id", "sku_id", "as_of", name="pk_stock_balances"),
    )
    _adjustments()


def _adjustments() -> None:
    op.create_table(
        "stock_adjustments",
        sa.Column("adjustment_id", ID, primary_key=True, autoincrement=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("lost_minor", sa.BigInteger(), nullable=False),
        sa.Column("found_minor", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("store_id", "number", name="uq_stock_adjustments_store_id_number"),
    )
    newest = ["business_date", "posted_at", "adjustment_id"]
    op.create_index("ix_stock_adjustments_store_id", "stock_adjustments", ["store_id", *newest])
    op.create_index("ix_stock_adjustments_business_date", "stock_adjustments", newest)
    op.create_table(
        "stock_adjustment_lines",
        sa.Column("adjustment_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("from_place", sa.String(64), nullable=False),
        sa.Column("to_place", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("adjustment_id", "line_number", name="pk_stock_adjustment_lines"),
    )
