"""The price book is read by what has changed, in the order of versions; a price list finds its products.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("categories", sa.Column("changed_version", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_categories_changed_version", "categories", ["changed_version", "category_id"])
    op.drop_index("ix_products_changed_version", "products")
    op.create_index("ix_products_changed_version", "products", ["changed_version", "sku_id"])
    op.drop_index("ix_promotions_changed_version", "promotions")
    op.create_index("ix_promotions_changed_version", "promotions", ["changed_version", "code"])
    op.create_index("ix_prices_price_list_id", "prices", ["price_list_id", "sku_id"])
