"""What suppliers are paid, out of the bank."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.fields import NamedTwice, at_most, optional_name, within
from application.ports.kernel import UnitOfWork
from application.purchasing.invoice_ledger import UnknownSupplierInvoice
from application.scope import checked_open, trading_day
from domain.finance.journal import JournalEntry, balanced
from domain.finance.purchase_postings import supplier_payment_postings
from domain.purchasing.supplier_invoice import SupplierInvoice, SupplierPayment, SupplierPaymentLine, settle
from domain.shared.errors import Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

DOCUMENT: Final = "supplier_payment"
LINES_MAX: Final = 500


class CreditedMoreThanPaid(Rejected):
    en = "Credit notes come to {credited_minor} more than the invoices paid with them. Pay more invoices, or take less."
    zh = "红字发票金额比一并支付的发票多 {credited_minor}。请增加付款发票或减少冲抵。"


@dataclass(frozen=True, slots=True)
class InvoicePayment:
    """What is paid of an invoice, or settled of a credit note; 0 is all that is open, less its discount in time."""

    invoice_id: int
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class PaySupplierInvoices:
    lines: tuple[InvoicePayment, ...]
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SupplierPaid:
    """`amount_minor` left the bank, `discount_minor` was kept."""

    payment_id: int
    store_code: str
    supplier_code: str
    business_date: str
    currency: str
    amount_minor: int
    discount_minor: int
    invoices: int


@dataclass(frozen=True, slots=True)
class SupplierInvoicesPaid:
    """One payment for each supplier and store."""

    payments: Sequence[SupplierPaid]


def pay_supplier_invoices(uow: UnitOfWork, command: PaySupplierInvoices) -> SupplierInvoicesPaid:
    """Records one payment for each supplier and store, all or none, of no more than is open.

    Invoices paid in whole within the days of their discount cost less by it. Raises UnknownSupplierInvoice,
    NothingOpen, PaidBeyondOpen, CreditedMoreThanPaid, StoreClosed.
    """
    reference = optional_name(command.reference, field="reference")
    at_most(command.lines, LINES_MAX, field="lines")
    places: dict[int, int] = {}
    for index, line in enumerate(command.lines):
        within(line.amount_minor, 0, AMOUNT_MINOR_MAX - 1, field=f"lines[{index}].amount_minor")
        if line.invoice_id in places:
            raise NamedTwice(f"lines[{index}].invoice_id", code=line.invoice_id)
        places[line.invoice_id] = index
    uow.refresh()
    invoices = uow.supplier_invoices.lock(places)
    settled: dict[tuple[int, int], list[SupplierPaymentLine]] = defaultdict(list)
    for index, line in enumerate(command.lines):
        invoice = invoices.get(line.invoice_id)
        if invoice is None or not uow.caller.sees(invoice.store_id):
            raise UnknownSupplierInvoice(f"lines[{index}].invoice_id", invoice_id=line.invoice_id)
        store = checked_open(uow.chain.stores[invoice.store_id], field=f"lines[{index}].invoice_id")
        one = settle(
            invoice, amount_minor=line.amount_minor, on=trading_day(uow, store), field=f"lines[{index}].amount_minor"
        )
        settled[invoice.supplier_id, invoice.store_id].append(one)
    suppliers = uow.suppliers.by_ids({supplier_id for supplier_id, _ in settled})
    paid = []
    for (supplier_id, _), lines in sorted(settled.items()):
        payment = _record(uow, invoices, lines, reference)
        paid.append(
            SupplierPaid(
                payment.payment_id, uow.chain.stores[payment.store_id].code, suppliers[supplier_id].code,
                payment.business_date.isoformat(), payment.currency, payment.amount_minor, payment.discount_minor,
                len(lines),
            )
        )  # fmt: skip
    uow.supplier_invoices.move(list(invoices.values()))
    return SupplierInvoicesPaid(paid)


def _record(
    uow: UnitOfWork, invoices: Mapping[int, SupplierInvoice], lines: Sequence[SupplierPaymentLine], reference: str
) -> SupplierPayment:
    """The payment of one supplier by one store; raises CreditedMoreThanPaid."""
    first = invoices[lines[0].invoice_id]
    payment = SupplierPayment(
        payment_id=uow.new_id(),
        store_id=first.store_id,
        supplier_id=first.supplier_id,
        currency=first.currency,
        business_date=trading_day(uow, uow.chain.stores[first.store_id]),
        reference=reference,
        amount_minor=sum(line.amount_minor for line in lines),
        discount_minor=sum(line.discount_minor for line in lines),
        paid_at=uow.now,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
    )
    if payment.amount_minor < 0:
        raise CreditedMoreThanPaid("lines", credited_minor=-payment.amount_minor)
    entry = JournalEntry(
        uow.new_id(), payment.store_id, payment.business_date, payment.currency, "", DOCUMENT, payment.payment_id,
        uow.now,
    )  # fmt: skip
    postings = supplier_payment_postings(amount_minor=payment.amount_minor, discount_minor=payment.discount_minor)
    of_payment = [replace(line, payment_id=payment.payment_id) for line in lines]
    uow.add(payment, *of_payment, entry, *balanced(entry.entry_id, postings))
    uow.publish(
        "SupplierPaid",
        payment.payment_id,
        {
            "payment_id": payment.payment_id,
            "store_id": payment.store_id,
            "supplier_id": payment.supplier_id,
            "business_date": payment.business_date.isoformat(),
            "amount_minor": payment.amount_minor,
            "discount_minor": payment.discount_minor,
            "invoices": len(lines),
            "currency": payment.currency,
        },
    )
    return payment
