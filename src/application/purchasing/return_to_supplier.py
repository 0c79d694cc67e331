"""Goods go back to a supplier: out of stock at their cost, claimed at what they were bought for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from application.fields import Missing, NamedTwice, at_most, optional_name
from application.named_goods import items_of
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.purchasing.supplier_products import UnknownSku
from application.purchasing.supplier_return_views import SupplierReturnView, named_supplier, supplier_return_view
from application.scope import checked_open, open_store, trading_day
from application.stock_book import StockBook, open_book
from domain.finance.accounts import INVENTORY, SET_ASIDE_ACCOUNTS
from domain.finance.journal import JournalEntry, balanced
from domain.finance.purchase_postings import supplier_return_postings
from domain.identity.organisation import Store
from domain.inventory.layers import LayeredLevel
from domain.inventory.set_aside import SetAsideReason, SetAsideStatus
from domain.inventory.stock import MovementReason
from domain.purchasing.purchase_accrual import PurchaseAccrual, spread_return, take_back
from domain.purchasing.supplier import Supplier
from domain.purchasing.supplier_invoice import debit_note
from domain.purchasing.supplier_return import ReturnedFrom, SupplierReturn, SupplierReturnLine, SupplierReturnReason
from domain.shared.errors import Invalid, NotFound, Rejected
from domain.shared.money import allocate

DOCUMENT: Final = "supplier_return"
LINES_MAX: Final = 500
WITHOUT_RECEIPT: Final = timedelta(days=366)
"""How far back goods are looked for that go back by supplier."""


class UnknownPurchaseReceipt(NotFound):
    en = "There is no purchase receipt {receipt_id} in this caller's scope. Name one, or a supplier instead."
    zh = "当前调用方范围内没有采购收货单 {receipt_id}，请填写有效单号，或改填供应商。"


class NotOfThatReceipt(Invalid):
    en = "Receipt {receipt_id} is of another supplier or store. Leave this field out."
    zh = "收货单 {receipt_id} 属于其他供应商或门店，请将此项留空。"


class NotEnoughToReturn(Rejected):
    en = "Of “{sku}” {there} thousandths are {place} in store “{store_code}”, not {asked}. Return at most those."
    zh = "门店“{store_code}”商品“{sku}”在 {place} 的数量为 {there}（千分之一单位），不足 {asked}。请减少数量。"


@dataclass(frozen=True, slots=True)
class SupplierReturnEntry:
    """What goes back and why; without `returned_from` it stands for sale."""

    sku: str
    quantity_milli: int
    reason: SupplierReturnReason | None = None
    returned_from: ReturnedFrom | None = None

    @property
    def place(self) -> ReturnedFrom:
        return self.returned_from or ReturnedFrom.FOR_SALE


@dataclass(frozen=True, slots=True)
class ReturnToSupplier:
    """Against a receipt, or by supplier and store: then what came last goes back first."""

    lines: tuple[SupplierReturnEntry, ...]
    receipt_id: int = 0
    supplier_code: str = ""
    store_code: str = ""
    reference: str = ""
    note: str = ""


@dataclass(slots=True)
class _Source:
    """Where the goods come from that go back: what may be returned by SKU id, in the order in which it is."""

    store: Store
    supplier: Supplier
    accruals: Mapping[int, Sequence[PurchaseAccrual]]


def return_to_supplier(uow: UnitOfWork, command: ReturnToSupplier) -> SupplierReturnView:
    """Takes all lines out of stock or none, and claims what they were bought for.

    Goods of the receipts' own layers leave first. What is not invoiced yet of the claim lowers what is owed as received
    and not invoiced; the rest is owed back by the supplier, with its tax. Raises UnknownPurchaseReceipt,
    UnknownSupplier, UnknownSku, NothingToReturn, NotEnoughToReturn, StoreClosed, and those of quantities.
    """
    _check(command)
    reference = optional_name(command.reference, field="reference")
    note = optional_name(command.note, field="note")
    uow.refresh()
    items = items_of(uow, command.lines, unknown=UnknownSku)
    source = _source(uow, command, items)
    store, on, return_id = source.store, trading_day(uow, source.store), uow.new_id()
    sku_ids = {item.sku_id for item in items.values()}
    book = open_book(uow, store, sku_ids, document_id=return_id, on=on)
    book.lock_aside(
        sku_ids, *[SetAsideStatus(line.place) for line in command.lines if line.place in SET_ASIDE_ACCOUNTS]
    )
    rows: list[SupplierReturnLine] = []
    skus: list[str] = []
    for index, entry in enumerate(command.lines):
        made = _returned(book, source, entry, items[entry.sku], len(rows), index)
        rows += made
        skus += [entry.sku] * len(made)
    touched = {(row.receipt_id, row.receipt_line_number) for row in rows}
    uow.purchase_accruals.move(
        [one for known in source.accruals.values() for one in known if (one.receipt_id, one.line_number) in touched]
    )
    done = SupplierReturn(
        return_id=return_id,
        store_id=store.store_id,
        supplier_id=source.supplier.supplier_id,
        receipt_id=command.receipt_id or None,
        currency=store.currency,
        reference=reference,
        note=note,
        business_date=on,
        line_count=len(rows),
        cost_minor=sum(row.cost_minor for row in rows),
        claim_minor=sum(row.claim_minor for row in rows),
        debit_minor=sum(row.debit_minor for row in rows),
        debit_tax_minor=sum(row.debit_tax_minor for row in rows),
        returned_at=uow.now,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
    )
    _record(uow, done, rows)
    return supplier_return_view(uow, done, source.supplier.code, list(zip(skus, rows, strict=True)))


def _check(command: ReturnToSupplier) -> None:
    at_most(command.lines, LINES_MAX, field="lines")
    seen = set()
    for index, line in enumerate(command.lines):
        if line.reason is None:
            raise Missing(f"lines[{index}].reason")
        key = line.sku, line.place, line.reason
        if key in seen:
            raise NamedTwice(f"lines[{index}].sku", code=line.sku)
        seen.add(key)
    if not command.receipt_id and not command.supplier_code:
        raise Missing("receipt_id")


def _source(uow: UnitOfWork, command: ReturnToSupplier, items: Mapping[str, StockItem]) -> _Source:
    """What may go back, locked."""
    if command.receipt_id:
        found = uow.purchase_accruals.lock_receipts([command.receipt_id])
        if not found or not uow.caller.sees(found[0].store_id):
            raise UnknownPurchaseReceipt("receipt_id", receipt_id=command.receipt_id)
        store = checked_open(uow.chain.stores[found[0].store_id], field="receipt_id")
        supplier = uow.suppliers.by_ids({found[0].supplier_id})[found[0].supplier_id]
        for field, named, expected in (
            ("supplier_code", command.supplier_code, supplier.code),
            ("store_code", command.store_code, store.code),
        ):
            if named not in ("", expected):
                raise NotOfThatReceipt(field, receipt_id=command.receipt_id)
    else:
        supplier = named_supplier(uow, command.supplier_code)
        store = open_store(uow, command.store_code)
        found = uow.purchase_accruals.lock_returnable(
            supplier.supplier_id,
            store.store_id,
            {item.sku_id for item in items.values()},
            since=uow.now - WITHOUT_RECEIPT,
        )
        found = sorted(found, key=lambda one: (one.received_at, one.receipt_id), reverse=True)
    by_sku: dict[int, list[PurchaseAccrual]] = defaultdict(list)
    for one in found:
        if one.sku_id is not None:
            by_sku[one.sku_id].append(one)
    return _Source(store, supplier, by_sku)


def _returned(
    book: StockBook, source: _Source, entry: SupplierReturnEntry, item: StockItem, rows: int, index: int
) -> list[SupplierReturnLine]:
    """The lines that a request's line comes to: one for each receipt that its goods came by."""
    assert entry.reason is not None
    field = f"lines[{index}].quantity_milli"
    known = source.accruals.get(item.sku_id, ())
    parts = spread_return(known, sku=entry.sku, quantity_milli=entry.quantity_milli, field=field)
    cost = _taken(book, source.store, entry, item.sku_id, {one.receipt_id for one, _ in parts}, rows + 1, field)
    costs = allocate(cost, [quantity for _, quantity in parts])
    lines = []
    for number, ((accrual, quantity), part_cost) in enumerate(zip(parts, costs, strict=True), start=rows + 1):
        back = take_back(accrual, quantity_milli=quantity, rounding=book.rounding)
        lines.append(
            SupplierReturnLine(
                return_id=book.document_id,
                line_number=number,
                receipt_id=accrual.receipt_id,
                receipt_line_number=accrual.line_number,
                store_id=source.store.store_id,
                supplier_id=source.supplier.supplier_id,
                sku_id=item.sku_id,
                returned_from=entry.place,
                reason=entry.reason,
                quantity_milli=quantity,
                cost_minor=part_cost,
                claim_minor=back.claim_minor,
                debit_minor=back.debit_minor,
                debit_tax_minor=back.debit_tax_minor,
                business_date=book.on,
            )
        )
    return lines


def _taken(
    book: StockBook,
    store: Store,
    entry: SupplierReturnEntry,
    sku_id: int,
    receipt_ids: set[int],
    line_number: int,
    field: str,
) -> int:
    """Takes the goods from where they stand; the cost at which they left. Raises NotEnoughToReturn."""
    for_sale = entry.place is ReturnedFrom.FOR_SALE
    there = _there(book, entry, sku_id) if for_sale else book.aside(sku_id, SetAsideStatus(entry.place)).quantity_milli
    if entry.quantity_milli > there:
        raise NotEnoughToReturn(
            field, sku=entry.sku, there=there, place=entry.place.name, store_code=store.code, asked=entry.quantity_milli
        )
    if for_sale:
        layers = _layers(book, entry, sku_id, receipt_ids)
        return book.issue(sku_id, entry.quantity_milli, MovementReason.SUPPLIER_RETURN, layer_ids=layers)
    return book.take_aside(
        sku_id,
        SetAsideStatus(entry.place),
        entry.quantity_milli,
        reason=SetAsideReason.SENT_BACK,
        line_number=line_number,
    )


def _there(book: StockBook, entry: SupplierReturnEntry, sku_id: int) -> int:
    """What may leave stock: what is reserved may not, what has expired only for that reason."""
    level = book.levels[sku_id]
    if entry.reason is SupplierReturnReason.EXPIRED:
        return level.on_hand_milli - level.reserved_milli
    return book.available_milli(sku_id)


def _layers(book: StockBook, entry: SupplierReturnEntry, sku_id: int, receipt_ids: set[int]) -> list[int]:
    """The layers that are to leave first: what has expired if that is why, otherwise those of the receipts."""
    level = book.levels[sku_id]
    if not isinstance(level, LayeredLevel):
        return []
    expired = [one.layer_id for one in level.layers if one.expired(book.on)]
    if expired and entry.reason is SupplierReturnReason.EXPIRED:
        return expired
    return [one.layer_id for one in level.layers if one.document_id in receipt_ids and one.layer_id not in expired]


def _record(uow: UnitOfWork, done: SupplierReturn, rows: Sequence[SupplierReturnLine]) -> None:
    costs: dict[str, int] = defaultdict(int)
    for row in rows:
        account = SET_ASIDE_ACCOUNTS.get(row.returned_from, INVENTORY)
        costs[account.code] += row.cost_minor
    entry = JournalEntry(
        uow.new_id(), done.store_id, done.business_date, done.currency, "", DOCUMENT, done.return_id, uow.now
    )
    postings = supplier_return_postings(
        claim_minor=done.claim_minor, debit_minor=done.debit_minor, debit_tax_minor=done.debit_tax_minor, costs=costs
    )
    uow.add(done, *rows, entry, *balanced(entry.entry_id, postings))
    if done.debit_minor or done.debit_tax_minor:
        uow.add(debit_note(done))
    uow.publish(
        "GoodsReturnedToSupplier",
        done.return_id,
        {
            "return_id": done.return_id,
            "store_id": done.store_id,
            "supplier_id": done.supplier_id,
            "business_date": done.business_date.isoformat(),
            "lines": done.line_count,
            "cost_minor": done.cost_minor,
            "claim_minor": done.claim_minor,
            "currency": done.currency,
        },
    )
