"""Campaigns, the uses of promotions that have limits, and what they add up to.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"


Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Code = sa.String(64)
Document = sa.Text().with_variant(postgresql.JSONB, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("code", Code, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("currency", Code, nullable=False),
        sa.Column("from_date", Code, nullable=False),
        sa.Column("until_date", Code, nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "promotion_counters",
        sa.Column("subject", Code, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("day", Code, nullable=False),
        sa.Column("code", Code, nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("uses_max", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor_max", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "member_id", "day", "code", name=op.f("pk_promotion_counters")),
        sa.CheckConstraint(
            "uses >= 0 AND discount_minor >= 0 AND members >= 0",
            name=op.f("ck_promotion_counters_nothing_below_zero"),
        ),
        sa.CheckConstraint(
            "uses <= uses_max AND discount_minor <= discount_minor_max",
            name=op.f("ck_promotion_counters_within_its_limits"),
        ),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "promotion_uses",
        sa.Column("sale_id", Id, nullable=False),
        sa.Column("promotion_code", Code, nullable=False),
        sa.Column("campaign_code", Code, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("beyond", sa.Boolean(), nullable=False),
        sa.Column("limits", Document, nullable=False),
        sa.Column("posted_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("sale_id", "promotion_code", name=op.f("pk_promotion_uses")),
    )
