"""Suppliers' invoices, what they bill of receipts, and what was paid of them.

Revision ID: 0051
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"

# As the types were then: a migration does not change when the program does.
AMOUNT = sa.BigInteger()
CODE = sa.String(64)
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
NAME = sa.String(200)

OPEN = "open_minor <> 0"
NUMBERED = "kind <> 'debit_note' AND state <> 'rejected'"
ASKED = (
    "net_minor", "tax_minor", "total_minor", "accrued_minor", "stock_minor", "cost_minor", "variance_minor",
    "open_minor",
)  # fmt: skip


def upgrade() -> None:
    _invoices()
    _lines()
    _payments()


def _invoices() -> None:
    op.create_table(
        "supplier_invoices",
        sa.Column("invoice_id", ID, primary_key=True, autoincrement=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("supplier_id", ID, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("number", CODE, nullable=False),
        sa.Column("currency", CODE, nullable=False),
        sa.Column("invoiced_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("discount_until", sa.Date()),
        sa.Column("discount_minor", AMOUNT, nullable=False),
        sa.Column("return_id", ID),
        sa.Column("note", NAME, nullable=False),
        *[sa.Column(name, AMOUNT, nullable=False) for name in ASKED],
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("held_lines", sa.Integer(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.Column("business_date", sa.Date()),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_caller_id", ID),
        sa.Column("decided_staff_id", ID),
        sa.Column("decision_reason", NAME, nullable=False),
        sa.CheckConstraint(
            "(total_minor >= 0 AND open_minor BETWEEN 0 AND total_minor)"
            " OR (total_minor < 0 AND open_minor BETWEEN total_minor AND 0)",
            name="ck_supplier_invoices_no_more_is_open_than_was_asked",
        ),
    )
    for name, columns, condition in (
        ("uq_supplier_invoices_number", ["supplier_id", "number"], NUMBERED),
        ("ix_supplier_invoices_open", ["due_on", "invoice_id"], OPEN),
    ):
        op.create_index(
            name, "supplier_invoices", columns, unique=name.startswith("uq"), sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )  # fmt: skip
    op.create_index("ix_supplier_invoices_recorded_at", "supplier_invoices", ["recorded_at", "invoice_id"])
    op.create_index(
        "ix_supplier_invoices_supplier_id", "supplier_invoices", ["supplier_id", "recorded_at", "invoice_id"]
    )


def _lines() -> None:
    op.create_table(
        "supplier_invoice_lines",
        sa.Column("invoice_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("order_id", ID),
        sa.Column("receipt_id", ID),
        sa.Column("of_line_number", sa.Integer(), nullable=False),
        sa.Column("sku_id", ID),
        sa.Column("quantity_milli", AMOUNT, nullable=False),
        sa.Column("net_minor", AMOUNT, nullable=False),
        sa.Column("tax_minor", AMOUNT, nullable=False),
        sa.Column("matched_milli", AMOUNT, nullable=False),
        sa.Column("accrued_minor", AMOUNT, nullable=False),
        sa.Column("price_difference_minor", AMOUNT, nullable=False),
        sa.Column("unmatched_milli", AMOUNT, nullable=False),
        sa.Column("unmatched_minor", AMOUNT, nullable=False),
        sa.Column("difference", CODE, nullable=False),
        sa.PrimaryKeyConstraint("invoice_id", "line_number", name="pk_supplier_invoice_lines"),
    )
    op.create_table(
        "supplier_invoice_matches",
        sa.Column("invoice_id", ID, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("receipt_id", ID, nullable=False),
        sa.Column("receipt_line_number", sa.Integer(), nullable=False),
        sa.Column("quantity_milli", AMOUNT, nullable=False),
        sa.Column("accrued_minor", AMOUNT, nullable=False),
        sa.Column("net_minor", AMOUNT, nullable=False),
        sa.Column("tax_minor", AMOUNT, nullable=False),
        sa.PrimaryKeyConstraint(
            "invoice_id", "line_number", "receipt_id", "receipt_line_number", name="pk_supplier_invoice_matches"
        ),
    )


def _payments() -> None:
    op.create_table(
        "supplier_payments",
        sa.Column("payment_id", ID, primary_key=True, autoincrement=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("supplier_id", ID, nullable=False),
        sa.Column("currency", CODE, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("reference", NAME, nullable=False),
        sa.Column("amount_minor", AMOUNT, nullable=False),
        sa.Column("discount_minor", AMOUNT, nullable=False),
        sa.Column("paid_at", INSTANT, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
    )
    op.create_table(
        "supplier_payment_lines",
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("invoice_id", ID, nullable=False),
        sa.Column("amount_minor", AMOUNT, nullable=False),
        sa.Column("discount_minor", AMOUNT, nullable=False),
        sa.PrimaryKeyConstraint("payment_id", "invoice_id", name="pk_supplier_payment_lines"),
    )
    op.create_index("ix_supplier_payment_lines_invoice_id", "supplier_payment_lines", ["invoice_id", "payment_id"])
