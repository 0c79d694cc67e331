"""Transfers between stores.

Revision ID: 0046
Revises: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
OPEN_TRANSFER = sa.text("state IN ('requested', 'approved', 'shipped')")


def upgrade() -> None:
    _transfers()
    _steps()


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("transfer_id", ID, primary_key=True, autoincrement=False),
        sa.Column("from_store_id", ID, nullable=False),
        sa.Column("to_store_id", ID, nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(64), nullable=False),
        sa.Column("basis", sa.String(64)),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.CheckConstraint("from_store_id <> to_store_id", name="ck_transfers_between_two"),
    )
    op.create_index("ix_transfers_requested_at", "transfers", ["requested_at", "transfer_id"])
    for side in ("from_store_id", "to_store_id"):
        op.create_index(f"ix_transfers_{side}", "transfers", [side, "requested_at", "transfer_id"])
    op.create_index(
        "ix_transfers_open", "transfers", ["transfer_id"], postgresql_where=OPEN_TRANSFER, sqlite_where=OPEN_TRANSFER
    )
    op.create_table(
        "transfer_lines",
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("requested_milli", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("transfer_id", "line_number", name="pk_transfer_lines"),
    )


def _steps() -> None:
    op.create_table(
        "transfer_entries",
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("document_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("transfer_id", "entry_id", name="pk_transfer_entries"),
    )
    op.create_table(
        "transfer_documents",
        sa.Column("document_id", ID, primary_key=True, autoincrement=False),
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(64), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
    )
    op.create_table(
        "transfer_events",
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("document_id", ID),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("transfer_id", "number", name="pk_transfer_events"),
    )
