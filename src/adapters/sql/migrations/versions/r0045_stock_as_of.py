"""Movements of a product stand in the order of time, and what they came to is carried forward.

Revision ID: 0045
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0043"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
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
