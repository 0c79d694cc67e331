"""Points expire, with warnings before, and are put right by hand.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
_KEY = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
_OPEN = sa.text("points > 0")
_LAPSED = sa.text("reason IN ('expired', 'expiry_reversed')")


def upgrade() -> None:
    op.create_table(
        "points_expiries",
        sa.Column("expiry_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("lots", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "points_notices",
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("members", _ID, nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("expires_on", "days", name=op.f("pk_points_notices")),
    )
    op.create_table(
        "points_adjustments",
        sa.Column("adjustment_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("reverses_id", _ID, nullable=False),
        sa.Column("caller_id", _ID, nullable=False),
        sa.Column("staff_id", _ID),
        sa.Column("request_id", _KEY, nullable=False),
        sa.Column("posted_at", _INSTANT, nullable=False),
    )
    once = sa.text("reverses_id != 0")
    op.create_index(
        "uq_points_adjustments_reverses_id",
        "points_adjustments",
        ["reverses_id"],
        unique=True,
        sqlite_where=once,
        postgresql_where=once,
    )
    op.create_index(
        "ix_points_lots_expiring",
        "points_lots",
        ["expires_on", "member_id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_points_entries_lapsed", "points_entries", ["lot_id"], sqlite_where=_LAPSED, postgresql_where=_LAPSED
    )
