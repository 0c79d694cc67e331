"""Promotions, with their terms in one document each.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "promotions",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("terms", sa.Text().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("changed_version", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_promotions_changed_version", "promotions", ["changed_version"])
