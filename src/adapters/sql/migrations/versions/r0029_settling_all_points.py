"""Indexes by which settlements find points that pay for something else than a sale: captures are among what pays.

Revision ID: 0029
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0023"

PAYING = "reason IN ('redeemed', 'redeem_reversed', 'captured')"


def upgrade() -> None:
    op.drop_index("ix_points_entries_paying", "points_entries")
    op.create_index(
        "ix_points_entries_paying",
        "points_entries",
        ["posted_at"],
        sqlite_where=sa.text(PAYING),
        postgresql_where=sa.text(PAYING),
    )
    op.create_index("ix_points_hold_ends_end_id", "points_hold_ends", ["end_id"])
