"""Goods turn up, get lost, spoil, go aside or come back: one document for all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.approving import use_approval
from application.fields import at_most, optional_name, within
from application.inventory.queries import UnknownSku
from application.inventory.receive_goods import Unstocked
from application.named_goods import items_of
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.scope import open_store, trading_day
from application.stock_book import StockBook, open_book
from domain.finance.journal import JournalEntry, balanced
from domain.finance.sale_postings import correction_postings
from domain.finance.stock_postings import adjustment_postings
from domain.identity.organisation import Store
from domain.inventory.adjustment import (
    AdjustmentReason,
    StockAdjustment,
    StockAdjustmentLine,
    StockPlace,
    check_move,
)
from domain.inventory.costing import issue
from domain.inventory.set_aside import SetAsideReason
from domain.inventory.stock import MovementReason
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

BEYOND: Final = "inventory.adjust_beyond"
DOCUMENT: Final = "stock_adjustment"
LINES_MAX: Final = 5_000


class PlacesNeeded(Invalid):
    en = "Say where the goods come from and where they go (from_place, to_place)."
    zh = "请说明商品的来源与去向（from_place、to_place）。"


class NotEnoughThere(Rejected):
    en = "Of “{sku}” {there} thousandths are {place} in store “{store_code}”, not {asked}. Adjust at most those."
    zh = "门店“{store_code}”商品“{sku}”在 {place} 的数量为 {there}（千分之一单位），不足 {asked}。请减少数量。"


class CostNeeded(Invalid):
    en = "State the cost at which “{sku}” is taken over from its supplier."
    zh = "请填写从供应商接收“{sku}”的成本。"


class SecondPersonForAdjustment(Rejected):
    en = (
        "Goods of {amount_minor} minor units are lost or found, more than one person may decide ({limit})."
        " A second person who may “{action}” approves exactly that amount."
    )
    zh = (
        "损益金额 {amount_minor}（最小货币单位）超过一人可决定的上限 {limit}，"
        "需要拥有“{action}”权限的第二人按此金额审批。"
    )


@dataclass(frozen=True, slots=True)
class StatedCost:
    """Of a whole line, without tax."""

    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class AdjustmentLine:
    """`cost` is stated for goods that turn up (without it they come at the average) or are taken over."""

    sku: str
    quantity_milli: int
    from_place: StockPlace | None = None
    to_place: StockPlace | None = None
    reason: AdjustmentReason | None = None
    cost: StatedCost | None = None

    @property
    def cost_minor(self) -> int | None:
        """What is stated; None where nothing is."""
        return None if self.cost is None else self.cost.amount_minor


@dataclass(frozen=True, slots=True)
class AdjustStock:
    lines: tuple[AdjustmentLine, ...]
    store_code: str = ""
    note: str = ""
    approval_token: str = ""


@dataclass(frozen=True, slots=True)
class StockAdjusted:
    adjustment_id: int
    number: int
    business_date: str
    lost_minor: int
    found_minor: int


def adjust_stock(uow: UnitOfWork, command: AdjustStock) -> StockAdjusted:
    """Moves all lines or none, in their order, and posts their cost from the account of one place to the other's.

    What is lost and found together, beyond the setting `stock_adjustment_max`, takes a second person. Reserved goods
    stay. Raises PlacesNeeded, UnknownSku, Unstocked, NotEnoughThere, CostNeeded, SecondPersonForAdjustment, and as
    `check_move`, `checked_quantity` and `use_approval`.
    """
    note = optional_name(command.note, field="note")
    _check(command)
    uow.refresh()
    store = open_store(uow, command.store_code)
    items = items_of(uow, command.lines, unknown=UnknownSku, unstocked=Unstocked)
    on = trading_day(uow, store)
    adjustment_id = uow.new_id()
    number = uow.adjustments.next_number(store.store_id)
    book = open_book(uow, store, {item.sku_id for item in items.values()}, document_id=adjustment_id, on=on)
    statuses = {
        place.status for line in command.lines for place in (line.from_place, line.to_place) if place and place.status
    }
    book.lock_aside({item.sku_id for item in items.values()}, *statuses)
    rows = [
        _moved(book, store, line, items[line.sku], adjustment_id, place)
        for place, line in enumerate(command.lines, start=1)
    ]
    adjustment = StockAdjustment(
        adjustment_id=adjustment_id,
        store_id=store.store_id,
        number=number,
        business_date=on,
        posted_at=uow.now,
        request_id=uow.request_id,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        note=note,
        line_count=len(rows),
        lost_minor=sum(row.value_minor for row in rows if row.to_place is StockPlace.NOWHERE),
        found_minor=sum(row.value_minor for row in rows if row.from_place is StockPlace.NOWHERE),
    )
    _approve(uow, store, adjustment, command.approval_token)
    _record(uow, store, adjustment, rows, book.correction_minor)
    return StockAdjusted(adjustment_id, number, on.isoformat(), adjustment.lost_minor, adjustment.found_minor)


def _check(command: AdjustStock) -> None:
    at_most(command.lines, LINES_MAX, field="lines")
    total = 0
    for index, line in enumerate(command.lines):
        field = f"lines[{index}]"
        if line.from_place is None or line.to_place is None:
            raise PlacesNeeded(f"{field}.{'to_place' if line.from_place else 'from_place'}")
        check_move(
            from_place=line.from_place,
            to_place=line.to_place,
            reason=line.reason,
            has_cost=line.cost is not None,
            field=field,
        )
        if line.cost_minor is not None:
            total += within(line.cost_minor, 0, AMOUNT_MINOR_MAX - total, field=f"{field}.cost")
        elif line.from_place is StockPlace.CONSIGNMENT and line.to_place is StockPlace.FOR_SALE:
            raise CostNeeded(f"{field}.cost", sku=line.sku)


def _moved(
    book: StockBook, store: Store, line: AdjustmentLine, item: StockItem, adjustment_id: int, number: int
) -> StockAdjustmentLine:
    """Takes the goods of a line from one place, and puts them into the other at the cost that they left with."""
    assert line.from_place is not None and line.to_place is not None
    cost = _taken(book, store, line, item, line.from_place, number)
    _put(book, line, item, line.to_place, cost, number)
    return StockAdjustmentLine(
        adjustment_id, number, item.sku_id, line.from_place, line.to_place, line.reason, line.quantity_milli, cost
    )


def _taken(book: StockBook, store: Store, line: AdjustmentLine, item: StockItem, place: StockPlace, number: int) -> int:
    """The cost of the goods that leave a place."""
    sku_id, quantity, status = item.sku_id, line.quantity_milli, place.status
    if place is StockPlace.FOR_SALE:
        _enough(book.available_milli(sku_id), store, line, place, number)
        return book.issue(sku_id, quantity, _movement_reason(line))
    if status is not None:
        _enough(book.aside(sku_id, status).quantity_milli, store, line, place, number)
        value = book.take_aside(sku_id, status, quantity, reason=_aside_reason(line), line_number=number)
        return value if line.cost_minor is None else line.cost_minor
    if line.cost_minor is not None:
        return line.cost_minor
    if place is StockPlace.SUPPLIER:
        return 0
    return issue(book.levels[sku_id], quantity_milli=quantity, rounding=book.rounding)


def _put(book: StockBook, line: AdjustmentLine, item: StockItem, place: StockPlace, cost: int, number: int) -> None:
    sku_id, quantity, status = item.sku_id, line.quantity_milli, place.status
    if status is not None:
        book.set_aside(sku_id, status, quantity, cost, reason=_aside_reason(line), line_number=number)
    elif place is StockPlace.FOR_SALE and line.from_place is StockPlace.CONSIGNMENT:
        book.receive(sku_id, quantity, cost, MovementReason.TAKEN_OVER)
    elif place is StockPlace.FOR_SALE:
        book.put_back(sku_id, quantity, cost, _movement_reason(line))


def _enough(there: int, store: Store, line: AdjustmentLine, place: StockPlace, number: int) -> None:
    if line.quantity_milli > there:
        raise NotEnoughThere(
            f"lines[{number - 1}].quantity_milli",
            sku=line.sku, there=there, place=place.name, store_code=store.code, asked=line.quantity_milli,
        )  # fmt: skip


def _movement_reason(line: AdjustmentLine) -> MovementReason:
    if line.to_place is StockPlace.NOWHERE:
        return MovementReason.WRITE_OFF
    return MovementReason.ADJUSTMENT if line.from_place is StockPlace.NOWHERE else MovementReason.SET_ASIDE


def _aside_reason(line: AdjustmentLine) -> SetAsideReason:
    if StockPlace.NOWHERE in (line.from_place, line.to_place):
        return SetAsideReason.ADJUSTED
    if StockPlace.CONSIGNMENT in (line.from_place, line.to_place):
        return SetAsideReason.CONSIGNED
    return SetAsideReason.MOVED


def _approve(uow: UnitOfWork, store: Store, adjustment: StockAdjustment, token: str) -> None:
    amount = adjustment.lost_minor + adjustment.found_minor
    limit = uow.chain.policies(store.store_id).stock_adjustment_max
    if token:
        use_approval(uow, token, store.store_id, amounts={BEYOND: amount}, document_id=adjustment.adjustment_id)
    elif amount > limit:
        raise SecondPersonForAdjustment("approval_token", amount_minor=amount, limit=limit, action=BEYOND)


def _record(
    uow: UnitOfWork, store: Store, adjustment: StockAdjustment, rows: Sequence[StockAdjustmentLine], correction: int
) -> None:
    entry = JournalEntry(
        uow.new_id(), store.store_id, adjustment.business_date, store.currency, "", DOCUMENT, adjustment.adjustment_id,
        uow.now,
    )  # fmt: skip
    postings = [
        posting
        for row in rows
        for posting in adjustment_postings(
            from_place=row.from_place, to_place=row.to_place, reason=row.reason or "", value_minor=row.value_minor
        )
    ]
    postings += correction_postings(correction_minor=correction)
    uow.add(adjustment, *rows, entry, *balanced(entry.entry_id, postings))
    uow.publish(
        "StockAdjusted",
        adjustment.adjustment_id,
        {
            "adjustment_id": adjustment.adjustment_id,
            "store_id": store.store_id,
            "business_date": adjustment.business_date.isoformat(),
            "lines": adjustment.line_count,
            "lost_minor": adjustment.lost_minor,
            "found_minor": adjustment.found_minor,
            "currency": store.currency,
        },
    )
