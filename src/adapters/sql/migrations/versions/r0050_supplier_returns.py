"""What was received and is not invoiced yet, and goods that go back to suppliers.

Revision ID: 0050
Revises: 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"

# As the types were then: a migration does not change when the program does.
AMOUNT = sa.BigInteger()
CODE = sa.String(64)
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
NAME = sa.String(200)

AMOUNTS = (
    "received_milli", "received_minor", "returned_milli", "returned_minor", "invoiced_milli", "invoiced_minor",
    "billed_minor", "billed_tax_minor", "credited_milli", "credited_minor", "credited_tax_minor", "open_milli",
    "open_minor", "returnable_milli",
)  # fmt: skip
KEPT = "CASE WHEN l.rejected_to = 'quarantine' THEN l.rejected_milli ELSE 0 END"
CAME = f"l.accepted_milli + {KEPT}"


def upgrade() -> None:
    _accruals()
    op.create_table(
        "supplier_returns",
        sa.Column("return_id", ID, primary_key=True, autoincrement=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("supplier_id", ID, nullable=False),
        sa.Column("receipt_id", ID),
        sa.Column("currency", CODE, nullable=False),
        sa.Column("reference", NAME, nullable=False),
        sa.Column("note", NAME, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("cost_minor", AMOUNT, nullable=False),
        sa.Column("claim_minor", AMOUNT, nullable=False),
        sa.Column("debit_minor", AMOUNT, nullable=False),
        sa.Column("debit_tax_minor", AMOUNT, nullable=False),
        sa.Column("returned_at", INSTANT, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
    )
    op.create_index("ix_supplier_returns_returned_at", "supplier_returns", ["returned_at", "return_id"])
    op.create_index("ix_supplier_returns_supplier_id", "supplier_returns", ["supplier_id", "returned_at", "return_id"])
    op.create_table(
        "supplier_return_lines",
        sa.Column("return_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("receipt_id", ID, nullable=False),
        sa.Column("receipt_line_number", sa.Integer(), nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("supplier_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("returned_from", CODE, nullable=False),
        sa.Column("reason", CODE, nullable=False),
        sa.Column("quantity_milli", AMOUNT, nullable=False),
        sa.Column("cost_minor", AMOUNT, nullable=False),
        sa.Column("claim_minor", AMOUNT, nullable=False),
        sa.Column("debit_minor", AMOUNT, nullable=False),
        sa.Column("debit_tax_minor", AMOUNT, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("return_id", "line_number", name="pk_supplier_return_lines"),
    )
    op.create_index("ix_supplier_return_lines_supplier_id", "supplier_return_lines", ["supplier_id", "business_date"])


def _accruals() -> None:
    op.create_table(
        "purchase_accruals",
        sa.Column("receipt_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("supplier_id", ID, nullable=False),
        sa.Column("currency", CODE, nullable=False),
        sa.Column("sku_id", ID),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        *[sa.Column(name, AMOUNT, nullable=False) for name in AMOUNTS],
        sa.PrimaryKeyConstraint("receipt_id", "line_number", name="pk_purchase_accruals"),
        sa.CheckConstraint(
            "open_milli >= 0 AND open_minor >= 0", name="ck_purchase_accruals_nothing_is_invoiced_that_did_not_come"
        ),
        sa.CheckConstraint(
            "returnable_milli >= 0 AND credited_milli <= invoiced_milli",
            name="ck_purchase_accruals_nothing_goes_back_twice",
        ),
    )
    for name, columns, condition in (
        ("returnable", ["supplier_id", "store_id", "sku_id", "received_at"], "returnable_milli > 0"),
        ("open", ["receipt_id", "line_number"], "open_milli > 0 OR open_minor > 0"),
    ):
        where = sa.text(condition)
        op.create_index(
            f"ix_purchase_accruals_{name}", "purchase_accruals", columns, sqlite_where=where, postgresql_where=where
        )
    op.create_index("ix_purchase_accruals_order_id", "purchase_accruals", ["order_id", "line_number"])
    # Of what came before there were invoices, nothing was invoiced or returned.
    op.execute(
        f"""
        INSERT INTO purchase_accruals
        SELECT l.receipt_id, l.line_number, l.order_id, r.store_id, l.supplier_id, l.currency, l.sku_id,
            r.business_date, l.received_at, {CAME}, l.goods_minor + l.quarantine_minor, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            {CAME}, l.goods_minor + l.quarantine_minor, {CAME}
        FROM purchase_receipt_lines l JOIN purchase_receipts r ON r.receipt_id = l.receipt_id WHERE {CAME} > 0
        """
    )
    op.execute(
        """
        INSERT INTO purchase_accruals
        SELECT r.receipt_id, 0, r.order_id, r.store_id, r.supplier_id, r.currency, NULL, r.business_date,
            r.received_at, 0, r.freight_minor, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, r.freight_minor, 0
        FROM purchase_receipts r WHERE r.freight_minor > 0
        """
    )
