"""What suppliers ask for, until it is paid: their invoices and credit notes, and the debit notes of returns.

Amounts of invoices are above zero, those of credit and debit notes below: what is owed is the sum of what is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.purchasing.invoice_matching import InvoiceDifference
from domain.purchasing.supplier import BP, Supplier
from domain.purchasing.supplier_return import SupplierReturn
from domain.shared.errors import Forbidden, Rejected
from domain.shared.money import Rounding, divide


class SupplierInvoiceKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    DEBIT_NOTE = "debit_note"
    """The chain's own claim for goods that went back after they were invoiced."""


class SupplierInvoiceState(StrEnum):
    HELD = "held"
    """Differs by more than is tolerated: nothing is posted until somebody decides."""
    POSTED = "posted"
    REJECTED = "rejected"


class InvoiceLineKind(StrEnum):
    GOODS = "goods"
    FREIGHT = "freight"
    RETURN = "return"
    """Of a credit note: all that it grants for a return."""


class InvoiceNotHeld(Rejected):
    en = "Invoice {invoice_id} is {state}, so nothing is to be decided about it. Read it again."
    zh = "发票 {invoice_id} 的状态为 {state}，无需处理，请重新读取。"


class ApprovedByItsRecorder(Forbidden):
    en = "You recorded invoice {invoice_id}. Another person must approve its differences."
    zh = "发票 {invoice_id} 由您录入，差异须由他人审批。"


class NothingOpen(Rejected):
    en = "Of invoice {invoice_id} nothing is open. Leave it out."
    zh = "发票 {invoice_id} 没有未付金额，请删除该行。"


class PaidBeyondOpen(Rejected):
    en = "Of invoice {invoice_id} {open_minor} minor units are open, not {asked}. Pay at most those."
    zh = "发票 {invoice_id} 未付金额为 {open_minor}（最小货币单位），不能支付 {asked}。"


@dataclass(slots=True)
class SupplierInvoice:
    """Where an invoice stands. `accrued_minor` of it was received, the rest but its tax is a difference.

    Of the difference, `stock_minor` went into the value of stock, `cost_minor` to cost of goods sold, `variance_minor`
    to purchase price variance. `open_minor` is not paid yet. Paid in whole until `discount_until`, it costs
    `discount_minor` less. `return_id` is the return that a credit note answers. `decided_*` are those who let it pass,
    rejected it, or matched it later.
    """

    invoice_id: int
    store_id: int
    supplier_id: int
    kind: SupplierInvoiceKind
    state: SupplierInvoiceState
    number: str
    currency: str
    invoiced_on: date
    due_on: date
    discount_until: date | None
    discount_minor: int
    return_id: int | None
    note: str
    net_minor: int
    tax_minor: int
    total_minor: int
    accrued_minor: int
    stock_minor: int
    cost_minor: int
    variance_minor: int
    open_minor: int
    line_count: int
    held_lines: int
    recorded_at: datetime
    caller_id: int
    staff_id: int | None
    business_date: date | None = None
    decided_at: datetime | None = None
    decided_caller_id: int | None = None
    decided_staff_id: int | None = None
    decision_reason: str = ""


@dataclass(slots=True)
class SupplierInvoiceLine:
    """What a line asks, and what it was matched with: `accrued_minor` for `matched_milli` that came.

    `unmatched_minor` is asked for `unmatched_milli` that did not come, or for freight that nobody expected.
    """

    invoice_id: int
    line_number: int
    kind: InvoiceLineKind
    order_id: int | None
    receipt_id: int | None
    of_line_number: int
    sku_id: int | None
    quantity_milli: int
    net_minor: int
    tax_minor: int
    matched_milli: int
    accrued_minor: int
    price_difference_minor: int
    unmatched_milli: int
    unmatched_minor: int
    difference: InvoiceDifference


@dataclass(slots=True)
class SupplierInvoiceMatch:
    """What a posted line bills of a line of a receipt; a credit of its price has no quantity and is below zero."""

    invoice_id: int
    line_number: int
    receipt_id: int
    receipt_line_number: int
    quantity_milli: int
    accrued_minor: int
    net_minor: int
    tax_minor: int


@dataclass(slots=True)
class SupplierPayment:
    """What was paid to a supplier out of the bank, and the discounts that were kept."""

    payment_id: int
    store_id: int
    supplier_id: int
    currency: str
    business_date: date
    reference: str
    amount_minor: int
    discount_minor: int
    paid_at: datetime
    caller_id: int
    staff_id: int | None


@dataclass(slots=True)
class SupplierPaymentLine:
    """What a payment, or a credit note that answers a return, settles of an invoice, with the sign of that."""

    payment_id: int
    invoice_id: int
    amount_minor: int
    discount_minor: int


AGING_DAYS: Final = (0, 30, 60, 90)
"""What is not due yet, and what is overdue by up to so many days; the last bucket is what is overdue longer."""


def discount_of(
    supplier: Supplier, *, invoiced_on: date, total_minor: int, rounding: Rounding = Rounding.HALF_UP
) -> tuple[date | None, int]:
    """Until when a discount is kept and how much it is; None and 0 without one."""
    if not supplier.discount_bp or not supplier.discount_days or total_minor <= 0:
        return None, 0
    kept = divide(total_minor * supplier.discount_bp, BP, rounding)
    return invoiced_on + timedelta(days=supplier.discount_days), kept


def debit_note(done: SupplierReturn) -> SupplierInvoice:
    """What a supplier owes back for goods that had been invoiced: due at once, under the id of the return."""
    return SupplierInvoice(
        invoice_id=done.return_id,
        store_id=done.store_id,
        supplier_id=done.supplier_id,
        kind=SupplierInvoiceKind.DEBIT_NOTE,
        state=SupplierInvoiceState.POSTED,
        number=str(done.return_id),
        currency=done.currency,
        invoiced_on=done.business_date,
        due_on=done.business_date,
        discount_until=None,
        discount_minor=0,
        return_id=None,
        note=done.reference,
        net_minor=-done.debit_minor,
        tax_minor=-done.debit_tax_minor,
        total_minor=-done.debit_minor - done.debit_tax_minor,
        accrued_minor=0,
        stock_minor=0,
        cost_minor=0,
        variance_minor=0,
        open_minor=-done.debit_minor - done.debit_tax_minor,
        line_count=0,
        held_lines=0,
        recorded_at=done.returned_at,
        caller_id=done.caller_id,
        staff_id=done.staff_id,
        business_date=done.business_date,
    )


def settle(invoice: SupplierInvoice, *, amount_minor: int, on: date, field: str) -> SupplierPaymentLine:
    """Pays an amount of what is open, 0 for all of it, and lowers that by it; the line has no payment yet.

    All of an invoice of which nothing was paid, within its days, costs less by its discount. Raises NothingOpen and
    PaidBeyondOpen.
    """
    size = abs(invoice.open_minor)
    if not size:
        raise NothingOpen(field, invoice_id=invoice.invoice_id)
    if amount_minor > size:
        raise PaidBeyondOpen(field, invoice_id=invoice.invoice_id, open_minor=size, asked=amount_minor)
    sign = 1 if invoice.open_minor > 0 else -1
    settled = sign * (amount_minor or size)
    untouched = not amount_minor and invoice.open_minor == invoice.total_minor
    in_time = invoice.discount_until is not None and on <= invoice.discount_until
    discount = invoice.discount_minor if untouched and in_time else 0
    invoice.open_minor -= settled
    return SupplierPaymentLine(0, invoice.invoice_id, settled - discount, discount)


def bucket_of(due_on: date, *, on: date) -> int:
    """The place of what is due on a day among AGING_DAYS, and one beyond for what is overdue longer."""
    overdue = (on - due_on).days
    return next((place for place, days in enumerate(AGING_DAYS) if overdue <= days), len(AGING_DAYS))


def held_lines(lines: Iterable[SupplierInvoiceLine]) -> int:
    """How many lines differ by more than is tolerated."""
    return sum(1 for line in lines if line.difference is not InvoiceDifference.NONE)
