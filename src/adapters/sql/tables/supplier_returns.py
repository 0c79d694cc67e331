"""What was received and is not invoiced yet, and the goods that went back to suppliers."""

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, text

from adapters.sql.tables.columns import Code, Id, Instant, Name, amount, metadata, required

purchase_accruals = Table(
    "purchase_accruals",
    metadata,
    required("receipt_id", Id),
    required("line_number", Integer),
    required("order_id", Id),
    required("store_id", Id),
    required("supplier_id", Id),
    required("currency", Code),
    Column("sku_id", Id),
    required("received_on", Date),
    required("received_at", Instant),
    amount("received_milli"),
    amount("received_minor"),
    amount("returned_milli"),
    amount("returned_minor"),
    amount("invoiced_milli"),
    amount("invoiced_minor"),
    amount("billed_minor"),
    amount("billed_tax_minor"),
    amount("credited_milli"),
    amount("credited_minor"),
    amount("credited_tax_minor"),
    amount("open_milli"),
    amount("open_minor"),
    amount("returnable_milli"),
    PrimaryKeyConstraint("receipt_id", "line_number"),
    CheckConstraint("open_milli >= 0 AND open_minor >= 0", name="nothing_is_invoiced_that_did_not_come"),
    CheckConstraint("returnable_milli >= 0 AND credited_milli <= invoiced_milli", name="nothing_goes_back_twice"),
)
_RETURNABLE = purchase_accruals.c.returnable_milli > 0
UNBILLED = "open_milli > 0 OR open_minor > 0"
"""The condition of the index of what is not invoiced yet, as statements have to write it to use it."""
# What may go back by supplier, the newest first.
Index(
    "ix_purchase_accruals_returnable",
    purchase_accruals.c.supplier_id,
    purchase_accruals.c.store_id,
    purchase_accruals.c.sku_id,
    purchase_accruals.c.received_at,
    sqlite_where=_RETURNABLE,
    postgresql_where=_RETURNABLE,
)
# However much was received, what is not invoiced yet is little of it.
Index(
    "ix_purchase_accruals_open",
    purchase_accruals.c.receipt_id,
    purchase_accruals.c.line_number,
    sqlite_where=text(UNBILLED),
    postgresql_where=text(UNBILLED),
)
Index("ix_purchase_accruals_order_id", purchase_accruals.c.order_id, purchase_accruals.c.line_number)

supplier_returns = Table(
    "supplier_returns",
    metadata,
    Column("return_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("supplier_id", Id),
    Column("receipt_id", Id),
    required("currency", Code),
    required("reference", Name),
    required("note", Name),
    required("business_date", Date),
    required("line_count", Integer),
    amount("cost_minor"),
    amount("claim_minor"),
    amount("debit_minor"),
    amount("debit_tax_minor"),
    required("returned_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
)
Index("ix_supplier_returns_returned_at", supplier_returns.c.returned_at, supplier_returns.c.return_id)
Index(
    "ix_supplier_returns_supplier_id",
    supplier_returns.c.supplier_id,
    supplier_returns.c.returned_at,
    supplier_returns.c.return_id,
)

supplier_return_lines = Table(
    "supplier_return_lines",
    metadata,
    required("return_id", Id),
    required("line_number", Integer),
    required("receipt_id", Id),
    required("receipt_line_number", Integer),
    required("store_id", Id),
    required("supplier_id", Id),
    required("sku_id", Id),
    required("returned_from", Code),
    required("reason", Code),
    amount("quantity_milli"),
    amount("cost_minor"),
    amount("claim_minor"),
    amount("debit_minor"),
    amount("debit_tax_minor"),
    required("business_date", Date),
    PrimaryKeyConstraint("return_id", "line_number"),
)
# Score cards count what a supplier had to take back in a period.
Index(
    "ix_supplier_return_lines_supplier_id", supplier_return_lines.c.supplier_id, supplier_return_lines.c.business_date
)
