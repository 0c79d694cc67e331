"""When members will buy of a department again.

Revision ID: 0064
Revises: 0063
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
CODE = sa.String(64)


def upgrade() -> None:
    op.create_table(
        "next_purchases",
        sa.Column("member_id", ID, nullable=False),
        sa.Column("department_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=True),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("purchase_days", sa.Integer(), nullable=False),
        sa.Column("interval_days", sa.Integer(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("confidence_bp", sa.Integer(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "department_id", name="pk_next_purchases"),
    )
    op.create_index("ix_next_purchases_department_id", "next_purchases", ["department_id", "next_on", "member_id"])
    op.create_index(
        "ix_next_purchases_store_id", "next_purchases", ["store_id", "department_id", "next_on", "member_id"]
    )
    op.create_table(
        "purchase_rhythms",
        sa.Column("department_id", ID, nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("intervals", sa.BigInteger(), nullable=False),
        sa.Column("means_micro", sa.BigInteger(), nullable=False),
        sa.Column("squares_micro", sa.BigInteger(), nullable=False),
        sa.Column("parts_micro", sa.BigInteger(), nullable=False),
        sa.Column("within_micro", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("department_id", name="pk_purchase_rhythms"),
    )
    op.create_table(
        "purchase_runs",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=False),
        sa.Column("next_member_id", ID, nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("purchases", sa.BigInteger(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("run_id", name="pk_purchase_runs"),
    )
