"""Which vouchers of others have paid, so that none pays twice.

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

# What sales still hold of vouchers by now. One that had paid twice by then is told like any other that has.
PAID = """
    INSERT INTO voucher_entries (
        issuer, voucher_number, number, kind, sale_id, tender_number, document_id, holding, store_id, posted_at
    )
    SELECT '', voucher_number, turn, 'paid', sale_id, tender_number, sale_id, turn, store_id, stored_at
    FROM (
        SELECT upper(replace(t.reference, ' ', '')) AS voucher_number, s.sale_id, t.tender_number, s.store_id,
            s.stored_at, ROW_NUMBER() OVER (
                PARTITION BY upper(replace(t.reference, ' ', '')) ORDER BY s.stored_at, s.sale_id, t.tender_number
            ) AS turn
        FROM sale_tenders t
        JOIN sales s ON s.sale_id = t.sale_id AND s.kind = 'sale'
        LEFT JOIN (
            SELECT b.original_sale_id, t.tender_number, SUM(t.amount_minor) AS amount_minor
            FROM sale_tenders t JOIN sales b ON b.sale_id = t.sale_id AND b.original_sale_id IS NOT NULL
            WHERE t.kind = 'voucher' GROUP BY b.original_sale_id, t.tender_number
        ) AS r ON r.original_sale_id = t.sale_id AND r.tender_number = t.tender_number
        WHERE t.kind = 'voucher' AND t.amount_minor + COALESCE(r.amount_minor, 0) > 0
    ) AS held
"""


def upgrade() -> None:
    op.create_table(
        "voucher_entries",
        sa.Column("issuer", sa.String(64), nullable=False),
        sa.Column("voucher_number", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("sale_id", ID, nullable=False),
        sa.Column("tender_number", sa.Integer(), nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("holding", sa.Integer(), nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("voucher_number", "issuer", "number", name="pk_voucher_entries"),
    )
    op.create_index("ix_voucher_entries_sale_id", "voucher_entries", ["sale_id"])
    op.create_index(
        "ix_voucher_entries_doubled",
        "voucher_entries",
        ["posted_at"],
        postgresql_where=sa.text("holding > 1"),
        sqlite_where=sa.text("holding > 1"),
    )
    op.create_index("ix_exchange_tenders_paid_sale_id", "exchange_tenders", ["paid_sale_id"])
    op.execute(PAID)
