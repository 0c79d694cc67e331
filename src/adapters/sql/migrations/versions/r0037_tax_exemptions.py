"""Certificates by which sales bore no taxes.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "tax_exemptions",
        sa.Column("sale_id", ID, primary_key=True, autoincrement=False),
        sa.Column("certificate", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("exempt_minor", sa.BigInteger(), nullable=False),
    )
