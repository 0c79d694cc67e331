"""Goods that come back and pay for others.

Revision ID: 0038
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "exchanges",
        sa.Column("refund_id", ID, primary_key=True, autoincrement=False),
        sa.Column("sale_id", ID, nullable=False),
        sa.Column("returned_sale_id", ID, nullable=False),
        sa.Column("exchanged_minor", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("sale_id"),
    )
    op.create_index("ix_exchanges_returned_sale_id", "exchanges", ["returned_sale_id"])
    op.create_table(
        "exchange_tenders",
        sa.Column("sale_id", ID, nullable=False),
        sa.Column("tender_number", sa.Integer(), nullable=False),
        sa.Column("paid_sale_id", ID, nullable=False),
        sa.Column("paid_tender_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sale_id", "tender_number"),
    )
