"""Lines of goods receipts, and costs that are spread over them later.

Revision ID: 0056
Revises: 0055
"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)

# What has come so far: of purchase orders by their own lines, otherwise by the movements, in their order.
PURCHASED = """
    INSERT INTO goods_receipt_lines
        (receipt_id, line_number, number, kind, document_id, sku_id, quantity_milli, cost_minor)
    SELECT receipt_id, line_number, 0, 'received', receipt_id, sku_id, accepted_milli, goods_minor + freight_minor
    FROM purchase_receipt_lines WHERE accepted_milli > 0
"""
OTHERS = """
    INSERT INTO goods_receipt_lines
        (receipt_id, line_number, number, kind, document_id, sku_id, quantity_milli, cost_minor)
    SELECT m.document_id, ROW_NUMBER() OVER (PARTITION BY m.document_id ORDER BY m.movement_id), 0, 'received',
        m.document_id, m.sku_id, m.quantity_milli, m.value_minor
    FROM stock_movements m JOIN goods_receipts r ON r.receipt_id = m.document_id
    LEFT JOIN purchase_receipts p ON p.receipt_id = r.receipt_id
    WHERE m.reason = 'receipt' AND m.quantity_milli > 0 AND p.receipt_id IS NULL
"""


def upgrade() -> None:
    op.create_table(
        "goods_receipt_lines",
        sa.Column("receipt_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", "line_number", "number", name="pk_goods_receipt_lines"),
        sa.CheckConstraint("(number = 0) = (kind = 'received')", name="ck_goods_receipt_lines_comes_first"),
    )
    op.create_table(
        "landed_charges",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("basis", CODE, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "number", name="pk_landed_charges"),
    )
    op.create_index("ix_goods_receipts_store_id", "goods_receipts", ["store_id", "received_at", "receipt_id"])
    op.create_index("ix_goods_receipts_received_at", "goods_receipts", ["received_at", "receipt_id"])
    op.execute(PURCHASED)
    op.execute(OTHERS)
