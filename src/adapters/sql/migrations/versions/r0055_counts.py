"""Counts of stock.

Revision ID: 0055
Revises: 0054
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0055"
down_revision = "0054"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
KEY = sa.String(36).with_variant(UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    op.create_table(
        "stock_counts",
        sa.Column("count_id", ID, primary_key=True, autoincrement=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("uncounted", CODE, nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("skus", sa.Integer(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.Column("business_date", sa.Date()),
        sa.Column("closed_at", INSTANT),
        sa.Column("closed_request_id", KEY),
        sa.Column("closed_caller_id", ID),
        sa.Column("closed_staff_id", ID),
        sa.Column("lost_minor", sa.BigInteger(), nullable=False),
        sa.Column("found_minor", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_stock_counts_store_id", "stock_counts", ["store_id", "opened_at", "count_id"])
    op.create_table(
        "stock_count_skus",
        sa.Column("count_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("count_id", "sku_id", name="pk_stock_count_skus"),
    )
    _found()


def _found() -> None:
    op.create_table(
        "stock_count_entries",
        sa.Column("count_id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("section", CODE, nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", INSTANT, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.PrimaryKeyConstraint("count_id", "entry_id", name="pk_stock_count_entries"),
    )
    op.create_table(
        "stock_count_results",
        sa.Column("count_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("counted_milli", sa.BigInteger(), nullable=False),
        sa.Column("expected_milli", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("count_id", "sku_id", name="pk_stock_count_results"),
    )
    op.create_index("ix_stock_count_results_store_id", "stock_count_results", ["store_id", "sku_id", "counted_at"])
