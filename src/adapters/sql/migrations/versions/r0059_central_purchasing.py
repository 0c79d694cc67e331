"""Central purchasing: stores' shares of orders and of receipts; lines of proposals that a centre buys for stores.

Revision ID: 0059
Revises: 0058
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)
WAITING = sa.text("state = 'waiting'")
CENTRAL = sa.text("source = 'central'")


def upgrade() -> None:
    op.create_table(
        "purchase_line_shares",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("location_id", ID, nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "version", "line_number", "location_id", name="pk_purchase_line_shares"),
    )
    op.create_table(
        "purchase_receipt_shares",
        sa.Column("receipt_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("location_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("transfer_id", ID),
        sa.PrimaryKeyConstraint("receipt_id", "line_number", "location_id", name="pk_purchase_receipt_shares"),
    )
    op.create_index(
        "ix_purchase_receipt_shares_waiting",
        "purchase_receipt_shares",
        ["sku_id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_purchase_receipt_shares_to_distribute",
        "purchase_receipt_shares",
        ["store_id", "receipt_id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_replenishment_lines_central",
        "replenishment_lines",
        ["proposal_id", "source_store_id", "sku_id"],
        sqlite_where=CENTRAL,
        postgresql_where=CENTRAL,
    )
