"""Classes of goods, rules of replenishment, and what was proposed by them.

Revision ID: 0049
Revises: 0048
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0049"
down_revision = "0048"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
CODE = sa.String(64)
DOCUMENT = sa.Text().with_variant(postgresql.JSONB, "postgresql")


def upgrade() -> None:
    _classes()
    _rules()
    _proposals()
    _lines()


def _classes() -> None:
    op.create_table(
        "stock_classes",
        sa.Column("location_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("abc", CODE, nullable=False),
        sa.Column("xyz", CODE, nullable=False),
        sa.Column("sales_minor", sa.BigInteger(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("location_id", "sku_id", name="pk_stock_classes"),
    )
    op.create_table(
        "stock_class_runs",
        sa.Column("location_id", ID, nullable=False),
        sa.Column("classified_on", sa.Date(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("skus", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("location_id", name="pk_stock_class_runs"),
    )


def _rules() -> None:
    op.create_table(
        "replenishment_rules",
        sa.Column("place_kind", CODE, nullable=False),
        sa.Column("place_id", ID, nullable=False),
        sa.Column("goods_kind", CODE, nullable=False),
        sa.Column("goods_id", ID, nullable=False),
        sa.Column("method", CODE, nullable=False),
        sa.Column("service_bp", sa.Integer(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("lead_deviation_milli", sa.BigInteger(), nullable=False),
        sa.Column("review_days", sa.Integer(), nullable=False),
        sa.Column("cover_days", sa.Integer(), nullable=False),
        sa.Column("minimum_milli", sa.BigInteger(), nullable=False),
        sa.Column("maximum_milli", sa.BigInteger(), nullable=False),
        sa.Column("pack_milli", sa.BigInteger(), nullable=False),
        sa.Column("order_minimum_milli", sa.BigInteger(), nullable=False),
        sa.Column("source_store_id", ID, nullable=True),
        sa.Column("surplus_days", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("goods_kind", "goods_id", "place_kind", "place_id", name="pk_replenishment_rules"),
    )


def _proposals() -> None:
    op.create_table(
        "replenishment_proposals",
        sa.Column("proposal_id", ID, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("place_kind", CODE, nullable=False),
        sa.Column("place_id", ID, nullable=False),
        sa.Column("supplier_code", CODE, nullable=False),
        sa.Column("sku_ids", DOCUMENT, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("next_sku_id", ID, nullable=False),
        sa.Column("pairs", sa.BigInteger(), nullable=False),
        sa.Column("without_rule", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("proposal_id", name="pk_replenishment_proposals"),
    )
    op.create_index("ix_replenishment_proposals_created_at", "replenishment_proposals", ["created_at", "proposal_id"])
    op.create_index(
        "ix_replenishment_proposals_undecided",
        "replenishment_proposals",
        ["proposal_id"],
        sqlite_where=sa.text("state IN ('computing', 'open')"),
        postgresql_where=sa.text("state IN ('computing', 'open')"),
    )


def _lines() -> None:
    op.create_table(
        "replenishment_lines",
        sa.Column("proposal_id", ID, nullable=False),
        sa.Column("location_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", CODE, nullable=False),
        sa.Column("source_store_id", ID, nullable=True),
        sa.Column("supplier_code", CODE, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("document_id", ID, nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("need_milli", sa.BigInteger(), nullable=False),
        sa.Column("mean_milli", sa.BigInteger(), nullable=False),
        sa.Column("deviation_milli", sa.BigInteger(), nullable=False),
        sa.Column("service_bp", sa.Integer(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("review_days", sa.Integer(), nullable=False),
        sa.Column("cover_days", sa.Integer(), nullable=False),
        sa.Column("safety_milli", sa.BigInteger(), nullable=False),
        sa.Column("reorder_milli", sa.BigInteger(), nullable=False),
        sa.Column("target_milli", sa.BigInteger(), nullable=False),
        sa.Column("on_hand_milli", sa.BigInteger(), nullable=False),
        sa.Column("reserved_milli", sa.BigInteger(), nullable=False),
        sa.Column("in_transit_milli", sa.BigInteger(), nullable=False),
        sa.Column("on_order_milli", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "location_id", "sku_id", "number", name="pk_replenishment_lines"),
    )
    op.create_index(
        "ix_replenishment_lines_waiting",
        "replenishment_lines",
        ["sku_id", "location_id"],
        sqlite_where=sa.text("state = 'accepted' AND document_id IS NULL"),
        postgresql_where=sa.text("state = 'accepted' AND document_id IS NULL"),
    )
