"""Goods that a supplier has sent to a customer come to the store instead: the parcel was refused, or has come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from application.fields import NamedTwice, at_most, optional_name
from application.ports.kernel import UnitOfWork
from application.purchasing.drop_ship_views import DropShipView, drop_ship_of, drop_ship_view
from application.purchasing.purchase_ledger import UnknownPurchaseLine, UnknownPurchaseOrder
from application.purchasing.purchase_writing import LINES_MAX
from application.receiving_lots import cost_as_set, lot_of
from application.reserving import keep_stock
from application.sales.order_ledger import locked_order, note_event
from application.scope import checked_open, trading_day
from application.stock_book import open_book
from domain.finance.drop_ship_postings import recall_postings
from domain.finance.journal import JournalEntry, balanced
from domain.inventory.set_aside import SetAsideReason, SetAsideStatus
from domain.purchasing.drop_ship import DropShip, DropShipEntry, DropShipEntryKind, DropShipProgress, NothingUnderWay
from domain.sales.order import OPEN, OrderEventKind

DOCUMENT_KIND = "drop_ship_recall"


@dataclass(frozen=True, slots=True)
class RecalledLine:
    """A line of the purchase order; lot and date are of goods that are told apart by lot."""

    line_number: int
    lot_code: str = ""
    expiry_date: str = ""


@dataclass(frozen=True, slots=True)
class RecallDropShip:
    """Lines that are named come with their lot; all that is under way comes."""

    purchase_order_id: int
    lines: tuple[RecalledLine, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class DropShipRecalled:
    """`value_minor` came into stock, and is kept for the customer's order while that is open."""

    document_id: int
    business_date: str
    value_minor: int
    drop_ship: DropShipView


def recall_drop_ship(uow: UnitOfWork, command: RecallDropShip) -> DropShipRecalled:
    """Puts all that is under way to the customer into the store's stock at what it costs.

    Raises UnknownPurchaseOrder, NoDropShip, NothingUnderWay, UnknownPurchaseLine, StoreClosed and those of lots.
    """
    note = optional_name(command.note, field="note")
    named = _named(command.lines)
    uow.refresh()
    purchase = uow.purchase_orders.find(command.purchase_order_id)
    if purchase is None or not uow.caller.sees(purchase.store_id):
        raise UnknownPurchaseOrder("purchase_order_id", order_id=command.purchase_order_id)
    drop_ship = drop_ship_of(uow, purchase.order_id)
    order = locked_order(uow, drop_ship.order_id)
    progress = [one for one in uow.drop_ships.progress(purchase.order_id) if one.under_way_milli]
    if not progress:
        raise NothingUnderWay("purchase_order_id", order_id=purchase.order_id)
    for number, index in named.items():
        if number not in {one.line_number for one in progress}:
            raise UnknownPurchaseLine(f"lines[{index}].line_number", order_id=purchase.order_id, line_number=number)
    document_id = uow.new_id()
    on, value = _into_stock(uow, drop_ship, progress, command.lines, named, document_id, purchase.currency)
    if order.state in OPEN:
        kept: dict[int, int] = {}
        for one in progress:
            kept[one.sku_id] = kept.get(one.sku_id, 0) + one.under_way_milli
        keep_stock(uow, order.order_id, order.store_id, sorted(kept.items()))
    note_event(uow, order, OrderEventKind.RECALLED, note=note)
    view = drop_ship_view(uow, drop_ship, purchase, uow.drop_ships.progress(purchase.order_id))
    return DropShipRecalled(document_id, on, value, view)


def _named(lines: Sequence[RecalledLine]) -> dict[int, int]:
    """The place in the request of each line that it names."""
    if lines:
        at_most(lines, LINES_MAX, field="lines")
    named: dict[int, int] = {}
    for index, line in enumerate(lines):
        if line.line_number in named:
            raise NamedTwice(f"lines[{index}].line_number", code=line.line_number)
        named[line.line_number] = index
    return named


def _into_stock(
    uow: UnitOfWork,
    drop_ship: DropShip,
    progress: Sequence[DropShipProgress],
    lines: Sequence[RecalledLine],
    named: Mapping[int, int],
    document_id: int,
    currency: str,
) -> tuple[str, int]:
    """Moves the goods with their entries and their posting; gives the date, and what they are worth."""
    store = checked_open(uow.chain.stores[drop_ship.store_id], field="purchase_order_id")
    on = trading_day(uow, store)
    skus = uow.catalog.skus({one.sku_id for one in progress})
    items = uow.stock.items(set(skus.values()))
    book = open_book(uow, store, set(skus), document_id=document_id, on=on)
    cost_as_set(uow, book, items.values())
    book.lock_aside(set(skus), SetAsideStatus.DISPATCHED)
    value = 0
    for one in progress:
        index = named.get(one.line_number, 0)
        entry = lines[index] if one.line_number in named else RecalledLine(one.line_number)
        sku = skus[one.sku_id]
        lot = lot_of(items[sku], sku, entry.lot_code, entry.expiry_date, received_on=on, field=f"lines[{index}]")
        book.set_aside(
            one.sku_id, SetAsideStatus.DISPATCHED, -one.under_way_milli, -one.under_way_minor,
            reason=SetAsideReason.DISPATCHED, line_number=one.line_number,
        )  # fmt: skip
        book.receive(one.sku_id, one.under_way_milli, one.under_way_minor, lot=lot)
        uow.add(
            DropShipEntry(
                one.purchase_order_id, uow.new_id(), one.line_number, one.order_id, one.sku_id,
                DropShipEntryKind.RECALLED, -one.under_way_milli, -one.under_way_minor, store.store_id, currency,
                document_id, on, uow.now,
            )
        )  # fmt: skip
        value += one.under_way_minor
    postings = recall_postings(
        cost_minor=value, correction_minor=book.correction_minor, variance_minor=book.variance_minor
    )
    journal = JournalEntry(uow.new_id(), store.store_id, on, currency, "", DOCUMENT_KIND, document_id, uow.now)
    uow.add(journal, *balanced(journal.entry_id, postings))
    uow.publish(
        "DropShipRecalled",
        document_id,
        {
            "document_id": document_id,
            "purchase_order_id": drop_ship.purchase_order_id,
            "order_id": drop_ship.order_id,
            "store_id": store.store_id,
            "business_date": on.isoformat(),
            "value_minor": value,
            "currency": currency,
        },
    )
    return on.isoformat(), value
