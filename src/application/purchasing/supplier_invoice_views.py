"""Suppliers' invoices as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.ports.kernel import UnitOfWork
from application.scope import trading_day, who
from domain.purchasing.invoice_matching import InvoiceDifference
from domain.purchasing.supplier_invoice import (
    InvoiceLineKind,
    SupplierInvoice,
    SupplierInvoiceKind,
    SupplierInvoiceLine,
    SupplierInvoiceState,
)


@dataclass(frozen=True, slots=True)
class SupplierInvoiceLineView:
    """What a line asks, and what it was matched with; see SupplierInvoiceLine."""

    line_number: int
    kind: InvoiceLineKind
    order_id: int
    receipt_id: int
    of_line_number: int
    sku: str
    quantity_milli: int
    net_minor: int
    tax_minor: int
    matched_milli: int
    accrued_minor: int
    price_difference_minor: int
    unmatched_milli: int
    unmatched_minor: int
    difference: InvoiceDifference


@dataclass(frozen=True, slots=True)
class InvoiceSettlement:
    """What has settled an invoice: a payment, or the credit note `credit_note_id` that answered a return."""

    payment_id: int
    credit_note_id: int
    business_date: str
    amount_minor: int
    discount_minor: int
    reference: str


@dataclass(frozen=True, slots=True)
class SupplierInvoiceView:
    """An invoice; lists leave its lines and settlements out. Amounts of credit and debit notes are below zero."""

    invoice_id: int
    store_code: str
    supplier_code: str
    kind: SupplierInvoiceKind
    state: SupplierInvoiceState
    number: str
    currency: str
    invoice_date: str
    due_date: str
    overdue: bool
    discount_until: str
    discount_minor: int
    return_id: int
    note: str
    net_minor: int
    tax_minor: int
    total_minor: int
    accrued_minor: int
    stock_minor: int
    cost_minor: int
    variance_minor: int
    open_minor: int
    held_lines: int
    recorded_at: datetime
    recorded_by: str
    business_date: str
    decided_by: str
    decision_reason: str
    lines: Sequence[SupplierInvoiceLineView] = ()
    settlements: Sequence[InvoiceSettlement] = ()


def supplier_invoice_view(
    uow: UnitOfWork,
    one: SupplierInvoice,
    supplier_code: str,
    *,
    lines: Sequence[SupplierInvoiceLineView] = (),
    settlements: Sequence[InvoiceSettlement] = (),
) -> SupplierInvoiceView:
    """The invoice as shown, with what of its parts is given."""
    store = uow.chain.stores[one.store_id]
    decided = one.decided_caller_id is not None
    return SupplierInvoiceView(
        invoice_id=one.invoice_id,
        store_code=store.code,
        supplier_code=supplier_code,
        kind=one.kind,
        state=one.state,
        number=one.number,
        currency=one.currency,
        invoice_date=one.invoiced_on.isoformat(),
        due_date=one.due_on.isoformat(),
        overdue=one.open_minor > 0 and one.due_on < trading_day(uow, store),
        discount_until=one.discount_until.isoformat() if one.discount_until else "",
        discount_minor=one.discount_minor,
        return_id=one.return_id or 0,
        note=one.note,
        net_minor=one.net_minor,
        tax_minor=one.tax_minor,
        total_minor=one.total_minor,
        accrued_minor=one.accrued_minor,
        stock_minor=one.stock_minor,
        cost_minor=one.cost_minor,
        variance_minor=one.variance_minor,
        open_minor=one.open_minor,
        held_lines=one.held_lines,
        recorded_at=one.recorded_at,
        recorded_by=who(uow, caller_id=one.caller_id, staff_id=one.staff_id),
        business_date=one.business_date.isoformat() if one.business_date else "",
        decided_by=who(uow, caller_id=one.decided_caller_id or 0, staff_id=one.decided_staff_id) if decided else "",
        decision_reason=one.decision_reason,
        lines=lines,
        settlements=settlements,
    )


def whole_supplier_invoice(
    uow: UnitOfWork, one: SupplierInvoice, lines: Sequence[SupplierInvoiceLine] | None = None
) -> SupplierInvoiceView:
    """The invoice with its lines, which are read where they are not given, and what has settled it."""
    lines = uow.supplier_invoices.lines(one.invoice_id) if lines is None else lines
    skus = uow.catalog.skus({line.sku_id for line in lines if line.sku_id})
    supplier = uow.suppliers.by_ids({one.supplier_id})[one.supplier_id]
    return supplier_invoice_view(
        uow,
        one,
        supplier.code,
        lines=[
            SupplierInvoiceLineView(
                line.line_number, line.kind, line.order_id or 0, line.receipt_id or 0, line.of_line_number,
                skus.get(line.sku_id or 0, ""), line.quantity_milli, line.net_minor, line.tax_minor,
                line.matched_milli, line.accrued_minor, line.price_difference_minor, line.unmatched_milli,
                line.unmatched_minor, line.difference,
            )
            for line in lines
        ],
        settlements=_settlements(uow, one.invoice_id),
    )  # fmt: skip


def _settlements(uow: UnitOfWork, invoice_id: int) -> list[InvoiceSettlement]:
    return [
        InvoiceSettlement(
            payment_id=line.payment_id if payment else 0,
            credit_note_id=0 if payment else line.payment_id,
            business_date=payment.business_date.isoformat() if payment else "",
            amount_minor=line.amount_minor,
            discount_minor=line.discount_minor,
            reference=payment.reference if payment else "",
        )
        for line, payment in uow.supplier_invoices.payments(invoice_id)
    ]
