"""A supplier's invoice or credit note is recorded, matched line by line, and owed or held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import Missing, at_most, optional_date, optional_name, required_code, within
from application.ports.kernel import UnitOfWork
from application.purchasing.invoice_ledger import announce, locked_accruals, matched, named_accruals, post_invoice
from application.purchasing.purchase_ledger import UnknownPurchaseLine, UnknownPurchaseOrder
from application.purchasing.supplier_invoice_views import SupplierInvoiceView, whole_supplier_invoice
from application.purchasing.supplier_return_views import UnknownSupplierReturn, named_supplier
from application.scope import checked_open, open_store, store_in_scope, trading_day
from domain.catalog.quantity import QUANTITY_MILLI_MAX
from domain.identity.organisation import Store
from domain.purchasing.invoice_matching import InvoiceDifference
from domain.purchasing.purchase_accrual import PurchaseAccrual
from domain.purchasing.supplier import Supplier, due_on
from domain.purchasing.supplier_invoice import (
    InvoiceLineKind,
    SupplierInvoice,
    SupplierInvoiceKind,
    SupplierInvoiceLine,
    SupplierInvoiceState,
    discount_of,
)
from domain.shared.errors import Conflict, Invalid, NotFound, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX, Rounding, allocate

LINES_MAX: Final = 500


class InvoiceTotalWrong(Invalid):
    en = "The lines come to {lines_minor} without tax and {tax_minor} of tax, which is not the total of {total_minor}."
    zh = "各行不含税合计 {lines_minor} 与税额 {tax_minor} 之和不等于价税合计 {total_minor}。"


class InvoiceRecordedBefore(Conflict):
    en = "Invoice “{number}” of this supplier is recorded already, as {invoice_id}. Reject that one to record it again."
    zh = "该供应商的发票“{number}”已录入（{invoice_id}）。如需重新录入，请先拒绝原单。"


class InvoicedInFuture(Invalid):
    en = "The invoice is dated {invoiced_on}, which is after today, {today}."
    zh = "发票日期 {invoiced_on} 晚于今天 {today}。"


class WhatIsBilled(Invalid):
    en = "Name the order or the receipt that this line bills, one of both, and for goods its line."
    zh = "请填写此行对应的采购订单或收货单（二选一），商品行还须填写其行号。"


class UnknownReceiptLine(NotFound):
    en = "There is no line {line_number} of a receipt {receipt_id} from this supplier for store “{store_code}”."
    zh = "该供应商在门店“{store_code}”的收货单 {receipt_id} 没有第 {line_number} 行。"


class OfAnotherStore(Rejected):
    en = "This line bills what store “{store_code}” has received. An invoice is for one store: record one for each."
    zh = "此行对应门店“{store_code}”的收货。一张发票只能对应一家门店，请按门店分别录入。"


class OfAnotherSupplier(Rejected):
    en = "This line bills goods of another supplier. Check the number of the order or receipt."
    zh = "此行对应其他供应商的商品，请核对订单号或收货单号。"


class CreditedByReturn(Invalid):
    en = "A credit note that answers a return has no lines of its own. Leave them out, or the return."
    zh = "针对退货的红字发票不需要明细行，请删除明细行或退货单号。"


@dataclass(frozen=True, slots=True)
class InvoicedLine:
    """What a line asks, `net_minor` without tax, for goods of a line of an order or receipt, or for their freight."""

    kind: InvoiceLineKind | None = None
    order_id: int = 0
    receipt_id: int = 0
    line_number: int = 0
    quantity_milli: int = 0
    net_minor: int = 0


@dataclass(frozen=True, slots=True)
class RecordSupplierInvoice:
    """`return_id` is the return that a credit note answers, which then has no lines. Without a due date, the terms."""

    supplier_code: str
    number: str
    invoice_date: str
    total_minor: int
    lines: tuple[InvoicedLine, ...] = ()
    tax_minor: int = 0
    kind: SupplierInvoiceKind | None = None
    store_code: str = ""
    due_date: str = ""
    return_id: int = 0
    note: str = ""

    @property
    def is_credit(self) -> bool:
        return self.kind is SupplierInvoiceKind.CREDIT_NOTE


def record_supplier_invoice(uow: UnitOfWork, command: RecordSupplierInvoice) -> SupplierInvoiceView:
    """Matches an invoice with what was ordered and received: within the tolerances it is owed, otherwise it is held.

    A credit note is owed back at once, unless it grants less than the return that it answers has claimed. Raises
    InvoiceTotalWrong, InvoiceRecordedBefore, InvoicedInFuture, WhatIsBilled, OfAnotherStore, OfAnotherSupplier,
    UnknownSupplier, UnknownPurchaseOrder, UnknownPurchaseLine, UnknownReceiptLine, UnknownSupplierReturn,
    CreditedByReturn, CreditedMoreThanBilled and DebitNoteSettled.
    """
    number = required_code(command.number, field="number")
    note = optional_name(command.note, field="note")
    invoiced_on = optional_date(command.invoice_date, field="invoice_date")
    if invoiced_on is None:
        raise Missing("invoice_date")
    _check(command)
    uow.refresh()
    supplier = named_supplier(uow, command.supplier_code)
    uow.supplier_invoices.hold_supplier(supplier.supplier_id)
    before = uow.supplier_invoices.of_number(supplier.supplier_id, number)
    if before is not None:
        raise InvoiceRecordedBefore("number", number=number, invoice_id=before.invoice_id)
    invoice_id = uow.new_id()
    lines = _lines(command, invoice_id)
    accruals = locked_accruals(uow, lines)
    store = _store(uow, command, supplier, lines, accruals)
    today = trading_day(uow, store)
    if invoiced_on > today:
        raise InvoicedInFuture("invoice_date", invoiced_on=invoiced_on, today=today)
    invoice = _invoice(uow, command, supplier, store, invoice_id, number, note, invoiced_on)
    found = matched(uow, invoice, lines, accruals)
    if invoice.held_lines:
        announce(uow, "SupplierInvoiceHeld", invoice)
    else:
        post_invoice(uow, invoice, found)
    uow.add(invoice, *lines)
    return whole_supplier_invoice(uow, invoice, lines)


def _check(command: RecordSupplierInvoice) -> None:
    if command.kind is SupplierInvoiceKind.DEBIT_NOTE:
        raise Missing("kind")
    within(command.tax_minor, 0, AMOUNT_MINOR_MAX - 1, field="tax_minor")
    within(command.total_minor, 1, AMOUNT_MINOR_MAX - 1, field="total_minor")
    if command.return_id:
        if not command.is_credit or command.lines:
            raise CreditedByReturn("lines" if command.lines else "return_id")
        within(command.tax_minor, 0, command.total_minor - 1, field="tax_minor")
        return
    at_most(command.lines, LINES_MAX, field="lines")
    for index, line in enumerate(command.lines):
        _check_line(line, f"lines[{index}]", is_credit=command.is_credit)
    net = sum(line.net_minor for line in command.lines)
    if net + command.tax_minor != command.total_minor:
        raise InvoiceTotalWrong(
            "total_minor", lines_minor=net, tax_minor=command.tax_minor, total_minor=command.total_minor
        )


def _check_line(line: InvoicedLine, field: str, *, is_credit: bool) -> None:
    within(line.net_minor, 0, AMOUNT_MINOR_MAX - 1, field=f"{field}.net_minor")
    if line.kind is InvoiceLineKind.FREIGHT:
        if line.order_id and line.receipt_id:
            raise WhatIsBilled(f"{field}.receipt_id")
        within(line.quantity_milli, 0, 0, field=f"{field}.quantity_milli")
        within(line.line_number, 0, 0, field=f"{field}.line_number")
        return
    if line.kind is InvoiceLineKind.RETURN:
        raise Missing(f"{field}.kind")
    if bool(line.order_id) == bool(line.receipt_id):
        raise WhatIsBilled(f"{field}.order_id")
    if line.line_number < 1:
        raise WhatIsBilled(f"{field}.line_number")
    # A credit of a price is for no quantity.
    within(line.quantity_milli, 0 if is_credit else 1, QUANTITY_MILLI_MAX, field=f"{field}.quantity_milli")


def _lines(command: RecordSupplierInvoice, invoice_id: int) -> list[SupplierInvoiceLine]:
    """The lines as they are kept, each with its share of the tax; below zero those of a credit note."""
    sign = -1 if command.is_credit else 1
    entries = command.lines
    if command.return_id:
        net = command.total_minor - command.tax_minor
        entries = (InvoicedLine(InvoiceLineKind.RETURN, net_minor=net),)
    taxes = allocate(command.tax_minor, [entry.net_minor for entry in entries])
    return [
        SupplierInvoiceLine(
            invoice_id, place, entry.kind or InvoiceLineKind.GOODS, entry.order_id or None, entry.receipt_id or None,
            entry.line_number, None, entry.quantity_milli, sign * entry.net_minor, sign * tax, 0, 0, 0, 0, 0,
            InvoiceDifference.NONE,
        )
        for place, (entry, tax) in enumerate(zip(entries, taxes, strict=True), start=1)
    ]  # fmt: skip


def _store(
    uow: UnitOfWork,
    command: RecordSupplierInvoice,
    supplier: Supplier,
    lines: Sequence[SupplierInvoiceLine],
    accruals: Sequence[PurchaseAccrual],
) -> Store:
    """The store that the invoice is for, in which all lines name what this supplier was asked for or has brought."""
    if command.return_id:
        claim = uow.supplier_invoices.find(command.return_id)
        if (
            claim is None
            or claim.kind is not SupplierInvoiceKind.DEBIT_NOTE
            or claim.supplier_id != supplier.supplier_id
            or not uow.caller.sees(claim.store_id)
        ):
            raise UnknownSupplierReturn("return_id", return_id=command.return_id)
        return checked_open(uow.chain.stores[claim.store_id], field="return_id")
    store = store_in_scope(uow, command.store_code) if command.store_code else None
    ordered = _OrderedLines(uow)
    for index, line in enumerate(lines):
        field = f"lines[{index}]"
        named = named_accruals(line, accruals)
        if store is not None and line.order_id:
            # An order may be shared among stores: of it this invoice bills what came to its own.
            named = [one for one in named if one.store_id == store.store_id] or named
        if named:
            of_store, of_supplier = named[0].store_id, named[0].supplier_id
            line.sku_id = named[0].sku_id
        elif line.order_id:
            of_store, of_supplier, line.sku_id = ordered.find(line, field)
        elif line.receipt_id is None:
            continue
        else:
            raise _unknown_receipt_line(uow, command, line, field)
        if not uow.caller.sees(of_store):
            raise _not_seen(uow, command, line, field)
        store = store or uow.chain.stores[of_store]
        if any(one.store_id != store.store_id for one in named) or of_store != store.store_id:
            raise OfAnotherStore(f"{field}.{_reference(line)}", store_code=uow.chain.stores[of_store].code)
        # Freight may be billed by a carrier.
        if line.kind is InvoiceLineKind.GOODS and of_supplier != supplier.supplier_id:
            raise OfAnotherSupplier(f"{field}.{_reference(line)}")
    return checked_open(store, field="store_code") if store else open_store(uow, command.store_code)


def _not_seen(uow: UnitOfWork, command: RecordSupplierInvoice, line: SupplierInvoiceLine, field: str) -> NotFound:
    if line.order_id:
        return UnknownPurchaseOrder(f"{field}.order_id", order_id=line.order_id)
    return _unknown_receipt_line(uow, command, line, field)


def _unknown_receipt_line(
    uow: UnitOfWork, command: RecordSupplierInvoice, line: SupplierInvoiceLine, field: str
) -> UnknownReceiptLine:
    return UnknownReceiptLine(
        f"{field}.receipt_id",
        line_number=line.of_line_number,
        receipt_id=line.receipt_id,
        store_code=command.store_code,
    )


def _reference(line: SupplierInvoiceLine) -> str:
    return "order_id" if line.order_id else "receipt_id"


class _OrderedLines:
    """What is ordered of lines that nothing has come for yet; each order is read once."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._orders: dict[int, tuple[int, int, Mapping[int, int]]] = {}

    def find(self, line: SupplierInvoiceLine, field: str) -> tuple[int, int, int | None]:
        """Store, supplier and SKU id; raises UnknownPurchaseOrder and UnknownPurchaseLine."""
        assert line.order_id is not None
        if line.order_id not in self._orders:
            order = self._uow.purchase_orders.find(line.order_id)
            if order is None or not self._uow.caller.sees(order.store_id):
                raise UnknownPurchaseOrder(f"{field}.order_id", order_id=line.order_id)
            written = self._uow.purchase_orders.lines(order.order_id, order.version)
            by_number = {one.line_number: one.sku_id for one in written}
            self._orders[line.order_id] = order.store_id, order.supplier_id, by_number
        store_id, supplier_id, skus = self._orders[line.order_id]
        if line.kind is InvoiceLineKind.FREIGHT:
            return store_id, supplier_id, None
        if line.of_line_number not in skus:
            raise UnknownPurchaseLine(f"{field}.line_number", order_id=line.order_id, line_number=line.of_line_number)
        return store_id, supplier_id, skus[line.of_line_number]


def _invoice(
    uow: UnitOfWork,
    command: RecordSupplierInvoice,
    supplier: Supplier,
    store: Store,
    invoice_id: int,
    number: str,
    note: str,
    invoiced_on: date,
) -> SupplierInvoice:
    sign = -1 if command.is_credit else 1
    rounding = Rounding(uow.chain.policies(store.store_id).rounding_mode)
    total = sign * command.total_minor
    until, discount = discount_of(supplier, invoiced_on=invoiced_on, total_minor=total, rounding=rounding)
    due = optional_date(command.due_date, field="due_date") or due_on(supplier, invoiced_on=invoiced_on)
    return SupplierInvoice(
        invoice_id=invoice_id,
        store_id=store.store_id,
        supplier_id=supplier.supplier_id,
        kind=command.kind or SupplierInvoiceKind.INVOICE,
        state=SupplierInvoiceState.HELD,
        number=number,
        currency=store.currency,
        invoiced_on=invoiced_on,
        due_on=due,
        discount_until=until,
        discount_minor=discount,
        return_id=command.return_id or None,
        note=note,
        net_minor=sign * (command.total_minor - command.tax_minor),
        tax_minor=sign * command.tax_minor,
        total_minor=total,
        accrued_minor=0,
        stock_minor=0,
        cost_minor=0,
        variance_minor=0,
        open_minor=0,
        line_count=len(command.lines) or 1,
        held_lines=0,
        recorded_at=uow.now,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
    )
