"""Suppliers' invoices with their lines, what they bill of receipts, and what was paid of them."""

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, text

from adapters.sql.tables.columns import Code, Id, Instant, Name, amount, metadata, required

OPEN_INVOICE = "open_minor <> 0"
NUMBERED = "kind <> 'debit_note' AND state <> 'rejected'"

supplier_invoices = Table(
    "supplier_invoices",
    metadata,
    Column("invoice_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("supplier_id", Id),
    required("kind", Code),
    required("state", Code),
    required("number", Code),
    required("currency", Code),
    required("invoiced_on", Date),
    required("due_on", Date),
    Column("discount_until", Date),
    amount("discount_minor"),
    Column("return_id", Id),
    required("note", Name),
    amount("net_minor"),
    amount("tax_minor"),
    amount("total_minor"),
    amount("accrued_minor"),
    amount("stock_minor"),
    amount("cost_minor"),
    amount("variance_minor"),
    amount("open_minor"),
    required("line_count", Integer),
    required("held_lines", Integer),
    required("recorded_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
    Column("business_date", Date),
    Column("decided_at", Instant),
    Column("decided_caller_id", Id),
    Column("decided_staff_id", Id),
    required("decision_reason", Name),
    CheckConstraint(
        "(total_minor >= 0 AND open_minor BETWEEN 0 AND total_minor)"
        " OR (total_minor < 0 AND open_minor BETWEEN total_minor AND 0)",
        name="no_more_is_open_than_was_asked",
    ),
)
Index(
    "uq_supplier_invoices_number",
    supplier_invoices.c.supplier_id,
    supplier_invoices.c.number,
    unique=True,
    sqlite_where=text(NUMBERED),
    postgresql_where=text(NUMBERED),
)
Index("ix_supplier_invoices_recorded_at", supplier_invoices.c.recorded_at, supplier_invoices.c.invoice_id)
Index(
    "ix_supplier_invoices_supplier_id",
    supplier_invoices.c.supplier_id,
    supplier_invoices.c.recorded_at,
    supplier_invoices.c.invoice_id,
)
# However many invoices there have been, those that are not paid are few.
Index(
    "ix_supplier_invoices_open",
    supplier_invoices.c.due_on,
    supplier_invoices.c.invoice_id,
    sqlite_where=text(OPEN_INVOICE),
    postgresql_where=text(OPEN_INVOICE),
)

supplier_invoice_lines = Table(
    "supplier_invoice_lines",
    metadata,
    required("invoice_id", Id),
    required("line_number", Integer),
    required("kind", Code),
    Column("order_id", Id),
    Column("receipt_id", Id),
    required("of_line_number", Integer),
    Column("sku_id", Id),
    amount("quantity_milli"),
    amount("net_minor"),
    amount("tax_minor"),
    amount("matched_milli"),
    amount("accrued_minor"),
    amount("price_difference_minor"),
    amount("unmatched_milli"),
    amount("unmatched_minor"),
    required("difference", Code),
    PrimaryKeyConstraint("invoice_id", "line_number"),
)

supplier_invoice_matches = Table(
    "supplier_invoice_matches",
    metadata,
    required("invoice_id", Id),
    required("line_number", Integer),
    required("receipt_id", Id),
    required("receipt_line_number", Integer),
    amount("quantity_milli"),
    amount("accrued_minor"),
    amount("net_minor"),
    amount("tax_minor"),
    PrimaryKeyConstraint("invoice_id", "line_number", "receipt_id", "receipt_line_number"),
)

supplier_payments = Table(
    "supplier_payments",
    metadata,
    Column("payment_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("supplier_id", Id),
    required("currency", Code),
    required("business_date", Date),
    required("reference", Name),
    amount("amount_minor"),
    amount("discount_minor"),
    required("paid_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
)

supplier_payment_lines = Table(
    "supplier_payment_lines",
    metadata,
    required("payment_id", Id),
    required("invoice_id", Id),
    amount("amount_minor"),
    amount("discount_minor"),
    PrimaryKeyConstraint("payment_id", "invoice_id"),
)
Index("ix_supplier_payment_lines_invoice_id", supplier_payment_lines.c.invoice_id, supplier_payment_lines.c.payment_id)
