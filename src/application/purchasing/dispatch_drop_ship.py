"""A supplier tells that goods are on their way to a customer: received, and gone at once, at what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import NamedTwice, at_most, optional_name, within
from application.ports.kernel import UnitOfWork
from application.purchasing.central_shares import split_receipt
from application.purchasing.drop_ship_views import DropShipView, drop_ship_of, drop_ship_view
from application.purchasing.purchase_ledger import (
    UnknownPurchaseLine,
    UnknownPurchaseOrder,
    locked_purchase_order,
    nothing_open,
)
from application.purchasing.purchase_ledger import note_event as note_purchase
from application.purchasing.purchase_writing import LINES_MAX
from application.purchasing.record_receipt import record_receipt
from application.sales.order_ledger import locked_order, note_event
from application.sales.order_money import CompleteOrder, complete_order
from application.scope import trading_day
from application.stock_book import StockBook, open_book
from domain.catalog.quantity import QUANTITY_MILLI_MAX, checked_quantity
from domain.finance.drop_ship_postings import dispatch_postings
from domain.inventory.set_aside import SetAsideReason, SetAsideStatus
from domain.purchasing.drop_ship import (
    DropShip,
    DropShipEntry,
    DropShipEntryKind,
    MoreThanDrawn,
)
from domain.purchasing.purchase_order import (
    PurchaseEventKind,
    PurchaseOrder,
    PurchaseOrderLine,
    check_receivable,
    close,
    received,
)
from domain.purchasing.purchase_receipt import (
    PurchaseReceipt,
    PurchaseReceiptLine,
    RejectedTo,
    cost_of_goods,
    spread_freight,
)
from domain.purchasing.purchase_terms import price_of
from domain.sales.order import OPEN, Order, OrderEventKind
from domain.shared.errors import Refusal
from domain.shared.money import AMOUNT_MINOR_MAX, Rounding

NOT_PAID: Final = "NOT_PAID"


@dataclass(frozen=True, slots=True)
class DispatchedLine:
    """What of a line of the purchase order is on its way; 0 for all that is still to be sent of it."""

    line_number: int
    quantity_milli: int = 0


@dataclass(frozen=True, slots=True)
class DispatchDropShip:
    """Without lines all that is still to be sent. `parcel` is the number by which it is followed."""

    purchase_order_id: int
    lines: tuple[DispatchedLine, ...] = ()
    parcel: str = ""
    freight_minor: int = 0
    close_rest: bool = False


@dataclass(frozen=True, slots=True)
class DropShipDispatched:
    """`sale_id` is the sale of the customer's order; 0 while that waits, and `waits_for` says why."""

    receipt_id: int
    business_date: str
    goods_minor: int
    freight_minor: int
    drop_ship: DropShipView
    order_state: str
    sale_id: int
    waits_for: str


@dataclass(frozen=True, slots=True)
class _Sent:
    line: PurchaseOrderLine
    quantity_milli: int
    goods_minor: int


def dispatch_drop_ship(uow: UnitOfWork, command: DispatchDropShip) -> DropShipDispatched:
    """Receives what the supplier has sent at the order's price and its freight, as goods dispatched to the customer.

    Once nothing more is to be sent the customer's order is handed over, if it is paid in whole and whatever comes from
    the shelf is picked. Raises UnknownPurchaseOrder, NoDropShip, PurchaseOrderNotThere, UnknownPurchaseLine,
    MoreThanDrawn and FreightWithoutGoods.
    """
    _check(command)
    parcel = optional_name(command.parcel, field="parcel")
    uow.refresh()
    drop_ship = _drop_ship(uow, command.purchase_order_id)
    # The customer's order first, as whoever hands it over does.
    order = locked_order(uow, drop_ship.order_id)
    purchase = locked_purchase_order(uow, drop_ship.purchase_order_id)
    check_receivable(purchase)
    sent = _sent(uow, purchase, command)
    receipt, freight = _receipt(uow, purchase, sent, command, parcel)
    _move(uow, order, receipt, sent, freight)
    _record(uow, purchase, receipt, sent, freight)
    allocations = uow.purchase_orders.allocations(purchase.order_id)
    moved, _ = split_receipt(
        purchase, receipt.receipt_id, allocations, {one.line.line_number: one.quantity_milli for one in sent}
    )
    uow.purchase_orders.move_allocations(moved)
    received(purchase, open_milli=sum(one.open_milli for one in allocations))
    note_purchase(uow, purchase, PurchaseEventKind.RECEIVED, note=parcel)
    if command.close_rest:
        nothing_open(uow, purchase)
        close(purchase)
        note_purchase(uow, purchase, PurchaseEventKind.CLOSED)
    uow.purchase_orders.move(purchase)
    note_event(uow, order, OrderEventKind.DISPATCHED, note=parcel)
    sale_id, waits_for = _handed_over(uow, order, parcel)
    state = uow.orders.lock(order.order_id)
    assert state is not None
    view = drop_ship_view(uow, drop_ship, purchase, uow.drop_ships.progress(purchase.order_id))
    return DropShipDispatched(
        receipt.receipt_id, receipt.business_date.isoformat(), receipt.goods_minor, receipt.freight_minor, view,
        state.state.value, sale_id, waits_for,
    )  # fmt: skip


def _check(command: DispatchDropShip) -> None:
    if command.lines:
        at_most(command.lines, LINES_MAX, field="lines")
    within(command.freight_minor, 0, AMOUNT_MINOR_MAX, field="freight_minor")
    seen: set[int] = set()
    for index, line in enumerate(command.lines):
        within(line.quantity_milli, 0, QUANTITY_MILLI_MAX, field=f"lines[{index}].quantity_milli")
        if line.line_number in seen:
            raise NamedTwice(f"lines[{index}].line_number", code=line.line_number)
        seen.add(line.line_number)


def _drop_ship(uow: UnitOfWork, purchase_order_id: int) -> DropShip:
    """Raises UnknownPurchaseOrder and NoDropShip."""
    purchase = uow.purchase_orders.find(purchase_order_id)
    if purchase is None or not uow.caller.sees(purchase.store_id):
        raise UnknownPurchaseOrder("purchase_order_id", order_id=purchase_order_id)
    return drop_ship_of(uow, purchase_order_id)


def _sent(uow: UnitOfWork, purchase: PurchaseOrder, command: DispatchDropShip) -> list[_Sent]:
    """What was sent, with what it costs."""
    stored = uow.purchase_orders
    lines = {line.line_number: line for line in stored.lines(purchase.order_id, purchase.version)}
    progress = {one.line_number: one for one in uow.drop_ships.progress(purchase.order_id)}
    skus = uow.catalog.skus({line.sku_id for line in lines.values()})
    products = stored.buyable(set(skus.values()))
    rounding = Rounding(uow.chain.policies(purchase.store_id).rounding_mode)
    named = command.lines or [
        DispatchedLine(number) for number, one in progress.items() if number in lines and one.to_send_milli
    ]
    sent = []
    for index, entry in enumerate(named):
        here = f"lines[{index}]"
        line, found = lines.get(entry.line_number), progress.get(entry.line_number)
        if line is None or found is None:
            raise UnknownPurchaseLine(f"{here}.line_number", order_id=purchase.order_id, line_number=entry.line_number)
        quantity, most = entry.quantity_milli or found.to_send_milli, found.quantity_milli - found.dispatched_milli
        if not 0 < quantity <= most:
            raise MoreThanDrawn(f"{here}.quantity_milli", line_number=line.line_number, most=most, quantity=quantity)
        decimals = products[skus[line.sku_id]].unit_decimals
        checked_quantity(quantity, unit_decimals=decimals, field=f"{here}.quantity_milli")
        goods = cost_of_goods(
            price_of(line), received_milli=found.dispatched_milli, accepted_milli=quantity, rounding=rounding
        )
        sent.append(_Sent(line, quantity, goods))
    if not sent:
        raise MoreThanDrawn("lines", line_number=0, most=0, quantity=0)
    return sent


def _receipt(
    uow: UnitOfWork, purchase: PurchaseOrder, sent: Sequence[_Sent], command: DispatchDropShip, parcel: str
) -> tuple[PurchaseReceipt, list[int]]:
    freight = spread_freight(command.freight_minor, [one.goods_minor for one in sent])
    receipt_id = uow.new_id()
    receipt = PurchaseReceipt(
        receipt_id=receipt_id,
        delivery_id=receipt_id,
        order_id=purchase.order_id,
        store_id=purchase.store_id,
        supplier_id=purchase.supplier_id,
        currency=purchase.currency,
        delivery_note=parcel,
        business_date=trading_day(uow, uow.chain.stores[purchase.store_id]),
        goods_minor=sum(one.goods_minor for one in sent),
        freight_minor=command.freight_minor,
        quarantine_minor=0,
        received_at=uow.now,
    )
    return receipt, freight


def _move(
    uow: UnitOfWork, order: Order, receipt: PurchaseReceipt, sent: Sequence[_Sent], freight: Sequence[int]
) -> StockBook:
    """What was sent stands as goods dispatched, beside the stock of the store."""
    store = uow.chain.stores[receipt.store_id]
    book = open_book(uow, store, (), document_id=receipt.receipt_id, on=receipt.business_date)
    book.lock_aside({one.line.sku_id for one in sent}, SetAsideStatus.DISPATCHED)
    for one, share in zip(sent, freight, strict=True):
        cost = one.goods_minor + share
        book.set_aside(
            one.line.sku_id, SetAsideStatus.DISPATCHED, one.quantity_milli, cost,
            reason=SetAsideReason.DISPATCHED, line_number=one.line.line_number,
        )  # fmt: skip
        uow.add(
            DropShipEntry(
                receipt.order_id, uow.new_id(), one.line.line_number, order.order_id, one.line.sku_id,
                DropShipEntryKind.DISPATCHED, one.quantity_milli, cost, receipt.store_id, receipt.currency,
                receipt.receipt_id, receipt.business_date, uow.now,
            )
        )  # fmt: skip
    return book


def _record(
    uow: UnitOfWork, purchase: PurchaseOrder, receipt: PurchaseReceipt, sent: Sequence[_Sent], freight: Sequence[int]
) -> None:
    """The receipt with its lines: nothing of it goes into stock."""
    lines = []
    for one, share in zip(sent, freight, strict=True):
        price = price_of(one.line)
        lines.append(
            PurchaseReceiptLine(
                receipt.receipt_id, one.line.line_number, receipt.order_id, receipt.supplier_id, receipt.currency,
                one.line.sku_id, one.quantity_milli, 0, RejectedTo.DRIVER, "", price.minor, price.quantity_milli,
                one.goods_minor, share, 0, receipt.received_at,
            )
        )  # fmt: skip
    record_receipt(
        uow,
        purchase,
        receipt,
        list(zip([one.line for one in sent], lines, strict=True)),
        stocked=(),
        postings=dispatch_postings(cost_minor=receipt.goods_minor + receipt.freight_minor),
    )


def _handed_over(uow: UnitOfWork, order: Order, parcel: str) -> tuple[int, str]:
    """The sale of the customer's order, or 0 and why it waits; a refusal of the sale leaves nothing behind."""
    if order.state not in OPEN:
        return 0, ""
    if order.due_minor:
        return 0, NOT_PAID
    try:
        return complete_order(uow, CompleteOrder(order.order_id, note=parcel)).sale.sale_id, ""
    except Refusal as refusal:
        return 0, refusal.reason
