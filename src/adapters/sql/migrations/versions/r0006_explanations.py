"""What sales were priced from, and the history of the terms of promotions.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

DOCUMENT = sa.Text().with_variant(postgresql.JSONB, "postgresql")


def upgrade() -> None:
    op.create_table(
        "sale_facts",
        sa.Column("sale_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("engine_version", sa.Integer(), nullable=False),
        sa.Column("promotions_version", sa.BigInteger(), nullable=False),
        sa.Column("facts", DOCUMENT, nullable=False),
    )
    op.create_table(
        "promotion_history",
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("from_version", sa.BigInteger(), nullable=False),
        sa.Column("terms", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", "from_version", name="pk_promotion_history"),
    )
    # What holds when the history begins has held since it was put.
    op.execute(
        "INSERT INTO promotion_history (code, from_version, terms) SELECT code, changed_version, terms FROM promotions"
    )
