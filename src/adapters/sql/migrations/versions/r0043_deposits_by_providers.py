"""Payments of providers that were paid in for orders, and what the customer's phone needs to pay one.

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("payment_intents", sa.Column("order_id", ID))
    op.add_column("payment_intents", sa.Column("to_pay", sa.Text(), nullable=False, server_default=""))
    op.add_column("order_payments", sa.Column("payment_id", ID))
