"""What suppliers have delivered beside what was promised, and their score cards.

Revision ID: 0061
Revises: 0060
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
OPEN = "state IN ('draft', 'submitted', 'approved', 'sent', 'confirmed', 'partly_received')"


def upgrade() -> None:
    op.create_table(
        "supplier_deliveries",
        sa.Column("supplier_id", ID, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("receipt_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("due_milli", sa.BigInteger(), nullable=False),
        sa.Column("accepted_milli", sa.BigInteger(), nullable=False),
        sa.Column("rejected_milli", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("last_minor", sa.BigInteger()),
        sa.Column("list_minor", sa.BigInteger()),
        sa.PrimaryKeyConstraint(
            "supplier_id", "received_on", "receipt_id", "line_number", name="pk_supplier_deliveries"
        ),
    )
    _cards()
    op.create_index(
        "ix_purchase_orders_awaited",
        "purchase_orders",
        ["supplier_id", "expected_on"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    _earlier_receipts()


def _cards() -> None:
    counts = ("score_bp", "deliveries", "on_time", "in_full", "overdue")
    sums = (
        "accepted_milli", "rejected_milli", "returned_milli", "paid_minor", "last_paid_minor", "last_minor",
        "list_paid_minor", "list_minor", "lead_days", "lead_squares",
    )  # fmt: skip
    op.create_table(
        "supplier_score_cards",
        sa.Column("supplier_id", ID, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("currency", CODE, nullable=False),
        sa.Column("grade", CODE, nullable=False),
        *[sa.Column(name, sa.Integer(), nullable=False) for name in counts],
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in sums],
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("supplier_id", "month", name="pk_supplier_score_cards"),
    )


def _earlier_receipts() -> None:
    """Receipts of before: the day promised is that of the order as it stands now, and prices are not compared."""
    if op.get_bind().dialect.name == "sqlite":
        lead = "CAST(julianday(r.business_date) - julianday(substr(e.sent_at, 1, 10)) AS INTEGER)"
    else:
        lead = "r.business_date - CAST(e.sent_at AT TIME ZONE 'UTC' AS date)"
    op.execute(
        f"""
        INSERT INTO supplier_deliveries (supplier_id, received_on, receipt_id, line_number, store_id, order_id, sku_id,
            promised_on, lead_days, due_milli, accepted_milli, rejected_milli, paid_minor, last_minor, list_minor)
        SELECT l.supplier_id, r.business_date, l.receipt_id, l.line_number, r.store_id, l.order_id, l.sku_id,
            o.expected_on, CASE WHEN {lead} > 0 THEN {lead} ELSE 0 END,
            CASE WHEN COALESCE(v.quantity_milli, 0) > COALESCE(b.before, 0)
                THEN COALESCE(v.quantity_milli, 0) - COALESCE(b.before, 0) ELSE 0 END,
            l.accepted_milli, l.rejected_milli, l.goods_minor, NULL, NULL
        FROM purchase_receipt_lines l
        JOIN purchase_receipts r ON r.receipt_id = l.receipt_id
        JOIN purchase_orders o ON o.order_id = l.order_id
        LEFT JOIN (
            SELECT order_id, MIN(at) AS sent_at FROM purchase_order_events WHERE kind = 'sent' GROUP BY order_id
        ) e ON e.order_id = l.order_id
        LEFT JOIN purchase_order_lines v
            ON v.order_id = l.order_id AND v.version = o.version AND v.line_number = l.line_number
        LEFT JOIN (
            SELECT receipt_id, line_number,
                SUM(accepted_milli) OVER (PARTITION BY order_id, line_number ORDER BY receipt_id) - accepted_milli
                    AS before
            FROM purchase_receipt_lines
        ) b ON b.receipt_id = l.receipt_id AND b.line_number = l.line_number
        """
    )
