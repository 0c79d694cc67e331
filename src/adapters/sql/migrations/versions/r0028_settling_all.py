"""Settlements find whatever moves points of other stores, and uses of times cards, and tell what is owed for those.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

CROSSING = "reason IN ('redeemed', 'redeem_reversed', 'captured', 'earn_reversed', 'adjusted', 'repaid')"
USED = "reason = 'used'"


def upgrade() -> None:
    op.drop_index("ix_points_entries_paying", "points_entries")
    op.create_index(
        "ix_points_entries_crossing",
        "points_entries",
        ["posted_at"],
        sqlite_where=sa.text(CROSSING),
        postgresql_where=sa.text(CROSSING),
    )
    op.create_index("ix_points_hold_ends_end_id", "points_hold_ends", ["end_id"])
    op.create_index(
        "ix_times_card_entries_used",
        "times_card_entries",
        ["posted_at"],
        sqlite_where=sa.text(USED),
        postgresql_where=sa.text(USED),
    )
    for table in ("settlement_pairs", "settlement_documents"):
        op.add_column(table, sa.Column("times_card_minor", sa.BigInteger(), nullable=False, server_default="0"))
