"""Drop-ship: purchase orders whose goods go to customers.

Revision ID: 0060
Revises: 0059
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA

revision = "0060"
down_revision = "0059"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)
BYTES = sa.LargeBinary().with_variant(BYTEA, "postgresql")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "drop_ships",
        sa.Column("purchase_order_id", ID, primary_key=True, autoincrement=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("delivery_cipher", BYTES, nullable=False),
    )
    for column in ("order_id", "store_id", "member_id"):
        op.create_index(f"ix_drop_ships_{column}", "drop_ships", [column, "purchase_order_id"])
    op.create_table(
        "drop_ship_lines",
        sa.Column("purchase_order_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("purchase_order_id", "line_number", name="pk_drop_ship_lines"),
    )
    op.create_index("ix_drop_ship_lines_order_id", "drop_ship_lines", ["order_id", "purchase_order_id", "line_number"])
    op.create_table(
        "drop_ship_entries",
        sa.Column("purchase_order_id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("currency", CODE, nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("purchase_order_id", "entry_id", name="pk_drop_ship_entries"),
    )
