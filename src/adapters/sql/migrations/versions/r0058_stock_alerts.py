"""Alerts of goods that run low, and a small index by which what has moved of late is found.

Revision ID: 0058
Revises: 0062
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0058"
down_revision = "0062"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=False), "postgresql")


def upgrade() -> None:
    op.create_table(
        "stock_alerts",
        sa.Column("alert_id", ID, primary_key=True, autoincrement=False),
        sa.Column("location_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("available_milli", sa.BigInteger(), nullable=False),
        sa.Column("reorder_milli", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("low_at", INSTANT),
        sa.Column("out_at", INSTANT),
        sa.Column("acknowledged_at", INSTANT),
        sa.Column("caller_id", ID),
        sa.Column("staff_id", ID),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("closed_at", INSTANT),
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_stock_alerts_sku_id",
        "stock_alerts",
        ["sku_id", "location_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index(
        "ix_stock_alerts_open", "stock_alerts", ["alert_id"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("ix_stock_alerts_location_id", "stock_alerts", ["location_id", "alert_id"])
    op.create_table(
        "stock_reorder_points",
        sa.Column("sku_id", ID, primary_key=True, autoincrement=False),
        sa.Column("points", DOCUMENT, nullable=False),
    )
    op.create_table(
        "stock_alert_runs",
        sa.Column("run_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("swept_on", sa.Date(), nullable=False),
        sa.Column("next_sku_id", ID, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("moved_until", INSTANT, nullable=False),
    )
    # Of the order of writing it needs a note for each hundred pages; on SQLite it is empty, because nothing is null.
    op.create_index(
        "ix_stock_movements_moved_at",
        "stock_movements",
        ["moved_at"],
        postgresql_using="brin",
        sqlite_where=sa.text("moved_at IS NULL"),
    )
