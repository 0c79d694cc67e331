"""Accounts of suppliers, and what they have announced.

Revision ID: 0062
Revises: 0061
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)
NAME = sa.String(200)
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.add_column("callers", sa.Column("supplier_id", ID))
    op.create_table(
        "delivery_notices",
        sa.Column("notice_id", ID, primary_key=True, autoincrement=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("supplier_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("reference", CODE, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("dispatched_on", sa.Date(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("carrier", NAME, nullable=False),
        sa.Column("tracking", CODE, nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("receipt_id", ID),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("announced_at", INSTANT, nullable=False),
    )
    op.create_index("ix_delivery_notices_order_id", "delivery_notices", ["order_id", "notice_id"])
    op.create_index("ix_delivery_notices_store_id", "delivery_notices", ["store_id", "announced_at", "notice_id"])
    op.create_index("ix_delivery_notices_announced_at", "delivery_notices", ["announced_at", "notice_id"])
    op.create_index(
        "ix_delivery_notices_open",
        "delivery_notices",
        ["announced_at", "notice_id"],
        sqlite_where=sa.text("state = 'announced'"),
        postgresql_where=sa.text("state = 'announced'"),
    )
    op.create_table(
        "delivery_notice_lines",
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("lot_code", CODE, nullable=False),
        sa.Column("expiry_date", CODE, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "line_number", name="pk_delivery_notice_lines"),
    )
