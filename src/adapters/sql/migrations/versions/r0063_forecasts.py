"""Forecasts of demand, and what replenishment makes of them.

Revision ID: 0063
Revises: 0062
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0063"
down_revision = "0062"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
CODE = sa.String(64)
DOCUMENT = sa.Text().with_variant(postgresql.JSONB, "postgresql")


def upgrade() -> None:
    _runs()
    _series()
    with op.batch_alter_table("replenishment_rules") as rules:
        rules.add_column(sa.Column("demand", CODE, nullable=True))
    with op.batch_alter_table("replenishment_lines") as lines:
        lines.add_column(sa.Column("demand", CODE, nullable=False, server_default="mean"))


def _runs() -> None:
    op.create_table(
        "forecast_runs",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("place_kind", CODE, nullable=False),
        sa.Column("origin_on", sa.Date(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("history_weeks", sa.Integer(), nullable=False),
        sa.Column("held_out_weeks", sa.Integer(), nullable=False),
        sa.Column("skus", sa.Integer(), nullable=False),
        sa.Column("skus_total", sa.Integer(), nullable=False),
        sa.Column("series", sa.BigInteger(), nullable=False),
        sa.Column("next_category_id", ID, nullable=False),
        sa.Column("next_sku_id", ID, nullable=False),
        sa.Column("sold_milli", sa.BigInteger(), nullable=False),
        sa.Column("error_milli", sa.BigInteger(), nullable=False),
        sa.Column("recent_mean_error_milli", sa.BigInteger(), nullable=False),
        sa.Column("seasonal_naive_error_milli", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("run_id", name="pk_forecast_runs"),
    )
    op.create_index("ix_forecast_runs_started_at", "forecast_runs", ["started_at", "run_id"])
    op.create_index("ix_forecast_runs_finished", "forecast_runs", ["state", "finished_at", "run_id"])
    op.create_index(
        "uq_forecast_runs_computing",
        "forecast_runs",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'computing'"),
        postgresql_where=sa.text("state = 'computing'"),
    )


def _series() -> None:
    op.create_table(
        "forecast_series",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("place_id", ID, nullable=False),
        sa.Column("category_id", ID, nullable=False),
        sa.Column("method", CODE, nullable=False),
        sa.Column("weeks_milli", DOCUMENT, nullable=False),
        sa.Column("deviation_milli", sa.BigInteger(), nullable=False),
        sa.Column("sold_milli", sa.BigInteger(), nullable=False),
        sa.Column("error_milli", sa.BigInteger(), nullable=False),
        sa.Column("recent_mean_error_milli", sa.BigInteger(), nullable=False),
        sa.Column("seasonal_naive_error_milli", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "sku_id", "place_id", name="pk_forecast_series"),
    )
