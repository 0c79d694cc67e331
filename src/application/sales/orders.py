"""Customers' orders: taking one, noting its steps, and telling of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from application.delivery_addresses import checked_address
from application.fields import optional_date, optional_name, required_code
from application.named_members import known_member_id
from application.paging import next_token, page
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.reserving import keep_stock, lock_free, lock_reserved, record_taken, reserved_in, take_reserved
from application.sales.basket import Basket, BasketLine
from application.sales.held_quote import check_total
from application.sales.order_ledger import after_change, locked_order, note_event, stored_order
from application.sales.order_views import OrderLineView, OrderView, order_view, whole_view
from application.sales.queries import UnknownMemberNumber
from application.sales.quote import Quote, promise
from application.sales.selling_terms import OpenPriceNeeded
from application.scope import open_store, store_in_scope, trading_day
from domain.identity.organisation import Store
from domain.logistics.address import DeliveryAddress
from domain.sales.order import Fulfilment, Order, OrderEventKind, OrderLine, OrderState, check_step
from domain.shared.errors import Invalid, Rejected

PROMISED_FOR: Final = timedelta(days=3_660)
"""How long the promised price of an order is good: beyond any due date."""
DUE_DAYS_MAX: Final = 366


class FulfilmentMissing(Invalid):
    en = "Say how the customer gets the goods: SHIP, COLLECT or LAY_BY."
    zh = "请说明交货方式：SHIP、COLLECT 或 LAY_BY。"


class NothingToShip(Invalid):
    en = "Only an order to SHIP goes somewhere. Leave ship_to empty."
    zh = "只有配送（SHIP）订单才有收货地址，请将 ship_to 留空。"


class DueOutOfRange(Invalid):
    en = "An order is due from {first} to {last}, and due_date is required."
    zh = "订单交货日期必须填写，且在 {first} 至 {last} 之间。"


class NoPriceToPromise(Rejected):
    en = "The price of “{sku}” is keyed in at the till, so an order cannot promise one. Sell it when it is there."
    zh = "商品“{sku}”的价格在收银时手工输入，订单无法承诺价格。请在到货时直接销售。"


class NotEnoughToPromise(Rejected):
    en = "“{sku}” has {available} thousandths free in store “{store_code}”, not {asked}. Order less, or elsewhere."
    zh = "门店“{store_code}”商品“{sku}”可预留 {available}（千分之一单位），不足 {asked}。请减少数量或选择其他门店。"


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """`reservation_id` is the reservation whose goods the order takes over, 0 for none."""

    lines: tuple[OrderLineView, ...]
    member_key: str = ""
    channel: str = ""
    store_code: str = ""
    fulfilment: Fulfilment | None = None
    due_date: str = ""
    expected_total_minor: int = 0
    note: str = ""
    ship_to: DeliveryAddress | None = field(default=None, repr=False)
    reservation_id: int = 0


@dataclass(frozen=True, slots=True)
class AdvanceOrder:
    order_id: int
    state: OrderState | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class GetOrder:
    order_id: int


@dataclass(frozen=True, slots=True)
class ListOrders:
    store_code: str = ""
    open_only: bool = False
    member_number: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class OrdersPage:
    orders: Sequence[OrderView]
    next_page_token: str


def place_order(uow: UnitOfWork, command: PlaceOrder) -> OrderView:
    """Takes an order at the price of this moment and keeps its stock, or refuses it with the reason.

    Raises what `quote_basket` raises, PriceChanged, NoPriceToPromise, NotEnoughToPromise, FulfilmentMissing,
    NothingToShip, DueOutOfRange, UnknownReservation, ReservationOver, UnknownStore, StoreClosed.
    """
    if command.fulfilment is None:
        raise FulfilmentMissing("fulfilment")
    note = optional_name(command.note, field="note")
    address = _ship_to(command)
    uow.refresh()
    store = open_store(uow, command.store_code)
    due_on = optional_date(command.due_date, field="due_date")
    today = trading_day(uow, store)
    if due_on is None or not today <= due_on <= today + timedelta(days=DUE_DAYS_MAX):
        last = today + timedelta(days=DUE_DAYS_MAX)
        raise DueOutOfRange("due_date", first=today.isoformat(), last=last.isoformat())
    basket = basket_of(command.lines, store, member_key=command.member_key, channel=command.channel)
    quoted = _promised(uow, basket)
    if command.expected_total_minor:
        check_total(command.expected_total_minor, quoted.total_minor, field="expected_total_minor")
    items = uow.stock.items({line.sku for line in command.lines})
    order = Order(
        order_id=uow.new_id(),
        terminal_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        request_id=uow.request_id,
        store_id=store.store_id,
        channel=basket.channel or "store",
        currency=store.currency,
        member_id=known_member_id(uow, command.member_key) if command.member_key else None,
        fulfilment=command.fulfilment,
        state=OrderState.ACCEPTED,
        total_minor=quoted.total_minor,
        paid_minor=0,
        due_on=due_on,
        placed_at=uow.now,
        sale_id=None,
        note=note,
        quote_token=quoted.quote_token,
    )
    _keep(uow, order, store, command, items)
    lines = [
        OrderLine(order.order_id, number, items[line.sku].sku_id, line.quantity_milli)
        for number, line in enumerate(command.lines, start=1)
    ]
    uow.add(order, *lines)
    if address is not None:
        uow.shipments.keep_address(order.order_id, order.member_id, address)
    note_event(uow, order, OrderEventKind.PLACED)
    return after_change(uow, order)


def advance_order(uow: UnitOfWork, command: AdvanceOrder) -> OrderView:
    """Notes that an order was allocated, picked or signed for; raises UnknownOrder, NoStepToNote, OrderNotThere."""
    note = optional_name(command.note, field="note")
    uow.refresh()
    order = locked_order(uow, command.order_id)
    order.state = check_step(order, command.state)
    uow.orders.move(order)
    note_event(uow, order, OrderEventKind(order.state.value), note=note)
    return after_change(uow, order)


def get_order(uow: UnitOfWork, query: GetOrder) -> OrderView:
    """One order with all that belongs to it; raises UnknownOrder."""
    return whole_view(uow, stored_order(uow, query.order_id))


def list_orders(uow: UnitOfWork, query: ListOrders) -> OrdersPage:
    """Orders of the stores in scope, newest first; raises UnknownStore and UnknownMemberNumber."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    member_id = None
    if query.member_number:
        member_id = uow.sales_history.member_id(required_code(query.member_number, field="member_number"))
        if member_id is None:
            raise UnknownMemberNumber("member_number")
    after = (asked.after[0], asked.after[1]) if asked.after else None
    found = uow.orders.list_orders(
        store_ids=store_ids, member_id=member_id, open_only=query.open_only, after=after, limit=asked.limit + 1
    )
    token = next_token(found, asked.limit, lambda row: (row[0].placed_at, row[0].order_id))
    return OrdersPage([order_view(uow, order, number) for order, number in found[: asked.limit]], token)


def basket_of(lines: Sequence[OrderLineView], store: Store, *, member_key: str, channel: str) -> Basket:
    """The basket of an order: the same when it is promised and when it is handed over."""
    return Basket(
        tuple([BasketLine(line.sku, quantity_milli=line.quantity_milli) for line in lines]),
        member_key=member_key,
        channel=channel,
        store_code=store.code,
    )


def _ship_to(command: PlaceOrder) -> DeliveryAddress | None:
    if command.ship_to is None:
        return None
    if command.fulfilment is not Fulfilment.SHIP:
        raise NothingToShip("ship_to")
    return checked_address(command.ship_to, field="ship_to")


def _promised(uow: UnitOfWork, basket: Basket) -> Quote:
    try:
        return promise(uow, basket, until=uow.now.replace(microsecond=0) + PROMISED_FOR)
    except OpenPriceNeeded as needed:
        # An order has no field for it.
        field = needed.field.removesuffix("open_price_minor") + "sku"
        raise NoPriceToPromise(field, **needed.details) from None


def _keep(uow: UnitOfWork, order: Order, store: Store, command: PlaceOrder, items: Mapping[str, StockItem]) -> None:
    """Keeps the stock of the lines for the order, where there is enough or the store sells what it does not have.

    What a reservation keeps of it becomes the order's.
    """
    lines = command.lines
    asked: dict[int, int] = {}
    first: dict[int, int] = {}
    for index, line in enumerate(lines):
        for sku_id, quantity in items[line.sku].takes(line.quantity_milli):
            asked[sku_id] = asked.get(sku_id, 0) + quantity
            first.setdefault(sku_id, index)
    levels = lock_free(uow, store, asked)
    reserved = lock_reserved(uow, [command.reservation_id] if command.reservation_id else [])
    if command.reservation_id:
        goods = reserved_in(reserved, command.reservation_id, store, uow, field="reservation_id")
        take_reserved(uow, goods, asked, levels, order.order_id)
    today = trading_day(uow, store)
    forbidden = uow.chain.policies(store.store_id).negative_stock == "forbid"
    for sku_id, quantity in asked.items():
        level = levels[store.store_id, sku_id]
        free = level.available_milli(today)
        if forbidden and quantity > free:
            index = first[sku_id]
            raise NotEnoughToPromise(
                f"lines[{index}].quantity_milli",
                sku=lines[index].sku, available=free, asked=quantity, store_code=store.code,
            )  # fmt: skip
    record_taken(uow, reserved.values())
    keep_stock(uow, order.order_id, store.store_id, sorted(asked.items()))
