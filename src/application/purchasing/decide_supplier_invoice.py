"""What becomes of a held invoice: it is matched again, let pass by another person, or rejected."""

from dataclasses import dataclass

from application.fields import required_name
from application.ports.kernel import UnitOfWork
from application.purchasing.invoice_ledger import locked_accruals, locked_invoice, matched, post_invoice
from application.purchasing.purchase_ledger import buyer
from application.purchasing.supplier_invoice_views import SupplierInvoiceView, whole_supplier_invoice
from domain.purchasing.purchase_order import Buyer
from domain.purchasing.supplier_invoice import (
    ApprovedByItsRecorder,
    InvoiceNotHeld,
    SupplierInvoice,
    SupplierInvoiceState,
)


@dataclass(frozen=True, slots=True)
class MatchSupplierInvoice:
    invoice_id: int


@dataclass(frozen=True, slots=True)
class ApproveSupplierInvoice:
    invoice_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class RejectSupplierInvoice:
    invoice_id: int
    reason: str


def match_supplier_invoice(uow: UnitOfWork, command: MatchSupplierInvoice) -> SupplierInvoiceView:
    """Matches a held invoice with what has come meanwhile; within the tolerances it is owed, otherwise held as before.

    Raises UnknownSupplierInvoice and InvoiceNotHeld.
    """
    return _matched_again(uow, _held(uow, command.invoice_id), reason="", passing=False)


def approve_supplier_invoice(uow: UnitOfWork, command: ApproveSupplierInvoice) -> SupplierInvoiceView:
    """Owes a held invoice with its differences, for a reason of somebody else than who recorded it.

    What is billed and did not come is paid for as purchase price variance. Raises UnknownSupplierInvoice,
    InvoiceNotHeld and ApprovedByItsRecorder.
    """
    reason = required_name(command.reason, field="reason")
    invoice = _held(uow, command.invoice_id)
    if buyer(uow).may_be(Buyer(invoice.caller_id, invoice.staff_id)):
        raise ApprovedByItsRecorder("invoice_id", invoice_id=invoice.invoice_id)
    return _matched_again(uow, invoice, reason=reason, passing=True)


def reject_supplier_invoice(uow: UnitOfWork, command: RejectSupplierInvoice) -> SupplierInvoiceView:
    """Owes nothing of a held invoice; its number may be recorded again. Raises as `match_supplier_invoice`."""
    reason = required_name(command.reason, field="reason")
    invoice = _held(uow, command.invoice_id)
    invoice.state = SupplierInvoiceState.REJECTED
    _decided(uow, invoice, reason)
    uow.supplier_invoices.move([invoice])
    return whole_supplier_invoice(uow, invoice)


def _held(uow: UnitOfWork, invoice_id: int) -> SupplierInvoice:
    uow.refresh()
    invoice = locked_invoice(uow, invoice_id)
    if invoice.state is not SupplierInvoiceState.HELD:
        raise InvoiceNotHeld("invoice_id", invoice_id=invoice_id, state=invoice.state.value)
    return invoice


def _matched_again(uow: UnitOfWork, invoice: SupplierInvoice, *, reason: str, passing: bool) -> SupplierInvoiceView:
    lines = uow.supplier_invoices.lines(invoice.invoice_id)
    found = matched(uow, invoice, lines, locked_accruals(uow, lines))
    if passing or not invoice.held_lines:
        post_invoice(uow, invoice, found)
        _decided(uow, invoice, reason)
    uow.supplier_invoices.move([invoice])
    uow.supplier_invoices.move_lines(lines)
    return whole_supplier_invoice(uow, invoice, lines)


def _decided(uow: UnitOfWork, invoice: SupplierInvoice, reason: str) -> None:
    invoice.decided_at, invoice.decision_reason = uow.now, reason
    invoice.decided_caller_id, invoice.decided_staff_id = uow.caller.caller_id, uow.caller.staff_id
