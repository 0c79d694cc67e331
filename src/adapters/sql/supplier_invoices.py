"""Suppliers' invoices, payments and what is not invoiced yet, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, select, text, tuple_, update

from adapters.sql.reading import NEWEST, Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.supplier_returns import LOCKED
from adapters.sql.tables.supplier_invoices import OPEN_INVOICE
from adapters.sql.tables.supplier_invoices import supplier_invoice_lines as lines
from adapters.sql.tables.supplier_invoices import supplier_invoice_matches as matches
from adapters.sql.tables.supplier_invoices import supplier_invoices as invoices
from adapters.sql.tables.supplier_invoices import supplier_payment_lines as payment_lines
from adapters.sql.tables.supplier_invoices import supplier_payments as payments
from adapters.sql.tables.supplier_returns import UNBILLED
from adapters.sql.tables.supplier_returns import purchase_accruals as accruals
from adapters.sql.tables.suppliers import suppliers
from adapters.sql.transaction import Transaction
from application.ports import supplier_invoices as ports
from application.ports.supplier_invoices import OpenAmount, SupplierInvoiceFilter
from domain.purchasing.invoice_matching import InvoiceDifference
from domain.purchasing.purchase_accrual import PurchaseAccrual
from domain.purchasing.supplier_invoice import (
    InvoiceLineKind,
    SupplierInvoice,
    SupplierInvoiceKind,
    SupplierInvoiceLine,
    SupplierInvoiceMatch,
    SupplierInvoiceState,
    SupplierPayment,
    SupplierPaymentLine,
)

_SUPPLIER: Final = bindparam("supplier_id", type_=invoices.c.supplier_id.type)
_HOLD: Final = (
    select(suppliers.c.supplier_id).where(suppliers.c.supplier_id == _SUPPLIER).with_for_update(key_share=True)
)
_OF_NUMBER: Final = select(invoices).where(
    invoices.c.supplier_id == _SUPPLIER,
    invoices.c.number == bindparam("of_number"),
    # As the condition of the index is written.
    text("supplier_invoices.kind <> 'debit_note' AND supplier_invoices.state <> 'rejected'"),
)
_OF_INVOICE: Final = bindparam("of_invoice", type_=invoices.c.invoice_id.type)
_FIND: Final = select(invoices).where(invoices.c.invoice_id == _OF_INVOICE)
_LOCK: Final = (
    select(invoices)
    .where(any_of(invoices.c.invoice_id, "invoice_ids"))
    .order_by(invoices.c.invoice_id)
    .with_for_update(key_share=True)
)
_MOVED: Final = (
    "state", "accrued_minor", "stock_minor", "cost_minor", "variance_minor", "open_minor", "held_lines",
    "business_date", "decided_at", "decided_caller_id", "decided_staff_id", "decision_reason",
)  # fmt: skip
_MOVE: Final = (
    update(invoices)
    .where(invoices.c.invoice_id == _OF_INVOICE)
    .values({name: bindparam(f"new_{name}", type_=invoices.c[name].type) for name in _MOVED})
)
_LINES: Final = select(lines).where(lines.c.invoice_id == _OF_INVOICE).order_by(lines.c.line_number)
_LINE_MOVED: Final = (
    "matched_milli", "accrued_minor", "price_difference_minor", "unmatched_milli", "unmatched_minor", "difference",
)  # fmt: skip
_MOVE_LINE: Final = (
    update(lines)
    .where(
        lines.c.invoice_id == _OF_INVOICE,
        lines.c.line_number == bindparam("of_line", type_=lines.c.line_number.type),
    )
    .values({name: bindparam(f"new_{name}", type_=lines.c[name].type) for name in _LINE_MOVED})
)
_MATCHES: Final = (
    select(matches)
    .where(matches.c.invoice_id == _OF_INVOICE)
    .order_by(matches.c.line_number, matches.c.receipt_id, matches.c.receipt_line_number)
)
_PAYMENTS: Final = (
    select(
        payment_lines,
        *[payments.c[name].label(f"paid_{name}") for name in SupplierPayment.__slots__],
    )
    .join_from(payment_lines, payments, payments.c.payment_id == payment_lines.c.payment_id, isouter=True)
    .where(payment_lines.c.invoice_id == _OF_INVOICE)
    .order_by(payment_lines.c.payment_id)
)
_LOCK_ACCRUALS: Final = LOCKED.where(any_of(accruals.c.order_id, "order_ids"))
# Receipts are looked up by the orders that they are of: a statement with either would read all that ever came.
_ORDERS_OF_RECEIPTS: Final = select(accruals.c.order_id).where(any_of(accruals.c.receipt_id, "receipt_ids")).distinct()


def _newest(*within: Any) -> Select[Any]:
    before = tuple_(
        bindparam("before_at", type_=invoices.c.recorded_at.type),
        bindparam("before_id", type_=invoices.c.invoice_id.type),
    )
    return (
        select(invoices)
        .where(tuple_(invoices.c.recorded_at, invoices.c.invoice_id) < before, *within)
        .order_by(invoices.c.recorded_at.desc(), invoices.c.invoice_id.desc())
        .limit(bindparam("limit"))
    )


def _first_due(*within: Any) -> Select[Any]:
    after = tuple_(
        bindparam("after_on", type_=invoices.c.due_on.type), bindparam("after_id", type_=invoices.c.invoice_id.type)
    )
    return (
        select(invoices)
        .where(
            text(f"supplier_invoices.{OPEN_INVOICE}"),
            tuple_(invoices.c.due_on, invoices.c.invoice_id) > after,
            invoices.c.due_on <= bindparam("due_until", type_=invoices.c.due_on.type),
            *within,
        )
        .order_by(invoices.c.due_on, invoices.c.invoice_id)
        .limit(bindparam("limit"))
    )


@cache
def _list(*, due: bool, of_supplier: bool, of_state: bool) -> Scoped:
    conditions: list[Any] = []
    if of_supplier:
        column: Any = Filtered(invoices.c.supplier_id) if due else invoices.c.supplier_id
        conditions.append(column == _SUPPLIER)
    if of_state:
        conditions.append(Filtered(invoices.c.state) == bindparam("state", type_=invoices.c.state.type))
    build = _first_due if due else _newest
    return Scoped(lambda *within: build(*conditions, *within), Filtered(invoices.c.store_id))


@cache
def _open_amounts(*, of_supplier: bool) -> Scoped:
    columns = invoices.c.supplier_id, invoices.c.currency, invoices.c.due_on
    # What is open is found by its own index: in the order of suppliers, all that was ever invoiced would be read.
    grouped = Filtered(invoices.c.supplier_id), invoices.c.currency, invoices.c.due_on
    conditions: list[Any] = [Filtered(invoices.c.supplier_id) == _SUPPLIER] if of_supplier else []
    return Scoped(
        lambda *within: (
            select(*columns, func.sum(invoices.c.open_minor).label("open_minor"))
            .where(text(f"supplier_invoices.{OPEN_INVOICE}"), *conditions, *within)
            .group_by(*grouped)
            .order_by(*grouped)
        ),
        Filtered(invoices.c.store_id),
    )


@cache
def _unbilled(*, of_supplier: bool) -> Scoped:
    after = tuple_(
        bindparam("after_receipt", type_=accruals.c.receipt_id.type),
        bindparam("after_line", type_=accruals.c.line_number.type),
    )
    conditions: list[Any] = [Filtered(accruals.c.supplier_id) == _SUPPLIER] if of_supplier else []
    return Scoped(
        lambda *within: (
            select(accruals)
            .where(
                text(f"({UNBILLED})"),
                tuple_(accruals.c.receipt_id, accruals.c.line_number) > after,
                *conditions,
                *within,
            )
            .order_by(accruals.c.receipt_id, accruals.c.line_number)
            .limit(bindparam("limit"))
        ),
        Filtered(accruals.c.store_id),
    )


@cache
def _unbilled_sum(*, of_supplier: bool) -> Scoped:
    conditions: list[Any] = [Filtered(accruals.c.supplier_id) == _SUPPLIER] if of_supplier else []
    return Scoped(
        lambda *within: (
            select(accruals.c.currency, func.sum(accruals.c.open_minor).label("open_minor"))
            .where(text(f"({UNBILLED})"), *conditions, *within)
            .group_by(accruals.c.currency)
            .order_by(accruals.c.currency)
        ),
        Filtered(accruals.c.store_id),
    )


class SupplierInvoices(ports.SupplierInvoices):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def hold_supplier(self, supplier_id: int) -> None:
        self._transaction.execute(_HOLD, {"supplier_id": supplier_id})

    def of_number(self, supplier_id: int, number: str) -> SupplierInvoice | None:
        asked = {"supplier_id": supplier_id, "of_number": number}
        row = self._transaction.execute(_OF_NUMBER, asked).one_or_none()
        return None if row is None else _invoice(row)

    def find(self, invoice_id: int) -> SupplierInvoice | None:
        row = self._transaction.execute(_FIND, {"of_invoice": invoice_id}).one_or_none()
        return None if row is None else _invoice(row)

    def lock(self, invoice_ids: Collection[int]) -> Mapping[int, SupplierInvoice]:
        found = self._transaction.execute(_LOCK, {"invoice_ids": sorted(invoice_ids)})
        return {row.invoice_id: _invoice(row) for row in found}

    def move(self, invoices: Sequence[SupplierInvoice]) -> None:
        if invoices:
            self._transaction.execute(
                _MOVE,
                [
                    {"of_invoice": one.invoice_id, **{f"new_{name}": getattr(one, name) for name in _MOVED}}
                    for one in invoices
                ],
            )

    def lines(self, invoice_id: int) -> Sequence[SupplierInvoiceLine]:
        return [_line(row) for row in self._transaction.execute(_LINES, {"of_invoice": invoice_id})]

    def move_lines(self, lines: Sequence[SupplierInvoiceLine]) -> None:
        if lines:
            self._transaction.execute(
                _MOVE_LINE,
                [
                    {
                        "of_invoice": one.invoice_id,
                        "of_line": one.line_number,
                        **{f"new_{name}": getattr(one, name) for name in _LINE_MOVED},
                    }
                    for one in lines
                ],
            )

    def matches(self, invoice_id: int) -> Sequence[SupplierInvoiceMatch]:
        found = self._transaction.execute(_MATCHES, {"of_invoice": invoice_id})
        return [SupplierInvoiceMatch(**row._mapping) for row in found]

    def payments(self, invoice_id: int) -> Sequence[tuple[SupplierPaymentLine, SupplierPayment | None]]:
        return [_payment(row) for row in self._transaction.execute(_PAYMENTS, {"of_invoice": invoice_id})]

    def list_invoices(
        self, wanted: SupplierInvoiceFilter, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[SupplierInvoice]:
        before_at, before_id = after or NEWEST
        return self._listed(wanted, {"before_at": before_at, "before_id": before_id, "limit": limit}, due=False)

    def list_due(
        self, wanted: SupplierInvoiceFilter, *, after: tuple[date, int] | None, limit: int
    ) -> Sequence[SupplierInvoice]:
        after_on, after_id = after or (date.min, 0)
        until = wanted.due_until or date.max
        return self._listed(
            wanted, {"after_on": after_on, "after_id": after_id, "due_until": until, "limit": limit}, due=True
        )

    def open_amounts(self, store_ids: Sequence[int] | None, *, supplier_id: int | None) -> Sequence[OpenAmount]:
        chosen = _open_amounts(of_supplier=supplier_id is not None)
        asked = {} if supplier_id is None else {"supplier_id": supplier_id}
        found = self._transaction.execute(*chosen.within(store_ids, asked))
        # PostgreSQL sums integers to decimals.
        return [OpenAmount(row.supplier_id, row.currency, row.due_on, int(row.open_minor)) for row in found]

    def lock_accruals(self, *, order_ids: Collection[int], receipt_ids: Collection[int]) -> Sequence[PurchaseAccrual]:
        wanted = set(order_ids)
        if receipt_ids:
            asked = {"receipt_ids": sorted(receipt_ids)}
            wanted |= set(self._transaction.execute(_ORDERS_OF_RECEIPTS, asked).scalars())
        found = self._transaction.execute(_LOCK_ACCRUALS, {"order_ids": sorted(wanted)})
        return [PurchaseAccrual(**row._mapping) for row in found]

    def list_unbilled(
        self, store_ids: Sequence[int] | None, *, supplier_id: int | None, after: tuple[int, int] | None, limit: int
    ) -> Sequence[PurchaseAccrual]:
        after_receipt, after_line = after or (0, -1)
        asked: dict[str, object] = {"after_receipt": after_receipt, "after_line": after_line, "limit": limit}
        if supplier_id is not None:
            asked["supplier_id"] = supplier_id
        chosen = _unbilled(of_supplier=supplier_id is not None)
        return [PurchaseAccrual(**row._mapping) for row in self._transaction.execute(*chosen.within(store_ids, asked))]

    def unbilled_minor(self, store_ids: Sequence[int] | None, *, supplier_id: int | None) -> Mapping[str, int]:
        chosen = _unbilled_sum(of_supplier=supplier_id is not None)
        asked = {} if supplier_id is None else {"supplier_id": supplier_id}
        found = self._transaction.execute(*chosen.within(store_ids, asked))
        return {row.currency: int(row.open_minor) for row in found}

    def _listed(
        self, wanted: SupplierInvoiceFilter, asked: dict[str, object], *, due: bool
    ) -> Sequence[SupplierInvoice]:
        filters = {"supplier_id": wanted.supplier_id, "state": wanted.state}
        asked |= {name: value for name, value in filters.items() if value is not None}
        chosen = _list(due=due, of_supplier=wanted.supplier_id is not None, of_state=wanted.state is not None)
        return [_invoice(row) for row in self._transaction.execute(*chosen.within(wanted.store_ids, asked))]


def _invoice(row: Row[Any]) -> SupplierInvoice:
    return SupplierInvoice(
        **{**row._mapping, "kind": SupplierInvoiceKind(row.kind), "state": SupplierInvoiceState(row.state)}
    )


def _line(row: Row[Any]) -> SupplierInvoiceLine:
    kinds = {"kind": InvoiceLineKind(row.kind), "difference": InvoiceDifference(row.difference)}
    return SupplierInvoiceLine(**{**row._mapping, **kinds})


def _payment(row: Row[Any]) -> tuple[SupplierPaymentLine, SupplierPayment | None]:
    line = SupplierPaymentLine(row.payment_id, row.invoice_id, row.amount_minor, row.discount_minor)
    if row.paid_payment_id is None:
        return line, None
    return line, SupplierPayment(**{name: row._mapping[f"paid_{name}"] for name in SupplierPayment.__slots__})
