"""Levels of stock by product, for who asks in which stores there is some.

Revision ID: 0065
Revises: 0064
"""

from alembic import op

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    op.create_index("ix_stock_levels_sku_id", "stock_levels", ["sku_id", "location_id"])
