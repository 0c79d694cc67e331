"""What members of staff buy themselves, by month.

Revision ID: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "staff_purchases",
        sa.Column("document_id", ID, primary_key=True, autoincrement=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("currency", CODE, nullable=False),
        sa.Column("month", CODE, nullable=False),
        sa.Column("bought_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("beyond", sa.Boolean(), nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
    )
    op.create_index("ix_staff_purchases_month", "staff_purchases", ["month", "staff_id"])
