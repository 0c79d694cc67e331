"""Tips of sales, and what a store owes its staff of them.

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    # Null: programs of before this revision, which may still be selling, know nothing of it.
    op.add_column("sales", sa.Column("tip_minor", sa.BigInteger(), nullable=True))
    op.create_table(
        "tip_entries",
        sa.Column("document_id", ID, primary_key=True, autoincrement=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("currency", sa.String(64), nullable=False),
        sa.Column("given_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_out_minor", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
    )
    op.create_index("ix_tip_entries_store_id", "tip_entries", ["store_id", "business_date"])
