"""Activities that earn points, and rewards that points are redeemed for.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
_DOCUMENT = sa.Text().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _activities()
    _rewards()


def _activities() -> None:
    op.create_table(
        "points_activities",
        sa.Column("activity_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("points_budget", sa.BigInteger(), nullable=False),
        sa.Column("given_points", sa.BigInteger(), nullable=False),
        sa.Column("terms", _DOCUMENT, nullable=False),
        sa.UniqueConstraint("code", name=op.f("uq_points_activities_code")),
        sa.CheckConstraint(
            "points_budget = 0 OR given_points <= points_budget", name=op.f("ck_points_activities_within_budget")
        ),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_table(
        "activity_records",
        sa.Column("record_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("activity_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("subject_id", _ID, nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("new_member_points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("caller_id", _ID, nullable=False),
        sa.Column("staff_id", _ID),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
    )
    op.create_index(
        "uq_activity_records_subject_id", "activity_records", ["activity_id", "subject_id", "reference"], unique=True
    )
    op.create_index("ix_activity_records_member_id", "activity_records", ["activity_id", "member_id", "business_date"])


def _rewards() -> None:
    op.create_table(
        "points_rewards",
        sa.Column("reward_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("terms", _DOCUMENT, nullable=False),
        sa.UniqueConstraint("code", name=op.f("uq_points_rewards_code")),
    )
    op.create_table(
        "reward_redemptions",
        sa.Column("redemption_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reward_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("sku_id", _ID, nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("coupon_id", _ID, nullable=False),
        sa.Column("reverses_id", _ID, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("caller_id", _ID, nullable=False),
        sa.Column("staff_id", _ID),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("redeemed_at", _INSTANT, nullable=False),
    )
    op.create_index("ix_reward_redemptions_member_id", "reward_redemptions", ["reward_id", "member_id"])
    once = sa.text("reverses_id != 0")
    op.create_index(
        "uq_reward_redemptions_reverses_id",
        "reward_redemptions",
        ["reverses_id"],
        unique=True,
        sqlite_where=once,
        postgresql_where=once,
    )
