"""Reservations of stock for outside references, whose entries stand beside those of orders.

Revision ID: 0057
Revises: 0056
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    # Alembic would copy the table on SQLite, which has had this statement for long.
    op.execute("ALTER TABLE stock_reservations RENAME COLUMN order_id TO document_id")
    op.create_table(
        "reservations",
        sa.Column("reservation_id", ID, primary_key=True, autoincrement=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("reference", CODE, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("reserved_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.Column("ended_at", INSTANT),
        sa.Column("document_id", ID),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        "ix_reservations_reference_open",
        "reservations",
        ["store_id", "reference"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index(
        "ix_reservations_expires_at", "reservations", ["expires_at"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("ix_reservations_store_id", "reservations", ["store_id", "reservation_id"])
    op.create_index("ix_reservations_reference", "reservations", ["reference", "reservation_id"])
    op.create_index("ix_reservations_state", "reservations", ["state", "reservation_id"])
    op.create_table(
        "reservation_lines",
        sa.Column("reservation_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("asked_milli", sa.BigInteger(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reservation_id", "line_number", name="pk_reservation_lines"),
    )
    op.create_index("ix_reservation_lines_sku_id", "reservation_lines", ["sku_id", "reservation_id"])
