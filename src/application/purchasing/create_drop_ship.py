"""What a customer's order lacks is ordered from suppliers, who send it to the customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from application.fields import (
    CODE_CHARACTERS_MAX,
    at_most,
    named_once,
    optional_code,
    required_code,
    required_name,
    required_text,
    within,
)
from application.ports.kernel import UnitOfWork
from application.ports.orders import StoredOrder
from application.purchasing.create_purchase_orders import CreatePurchaseOrders, PurchaseOrderEntry, write_orders
from application.purchasing.drop_ship_views import DropShipView, drop_ship_view
from application.purchasing.purchase_ledger import buyer
from application.purchasing.purchase_views import PurchaseLineEntry
from application.reserving import lock_free
from application.sales.order_ledger import locked_order, note_event, release_stock, stored_order
from application.scope import trading_day
from domain.catalog.quantity import QUANTITY_MILLI_MAX, checked_quantity
from domain.purchasing.drop_ship import (
    Delivery,
    DropShip,
    DropShipLine,
    Lack,
    MoreThanOrdered,
    NothingShort,
)
from domain.purchasing.purchase_order import PurchaseSource
from domain.sales.order import Fulfilment, Order, OrderEventKind, check_open
from domain.shared.errors import NotFound, Refusal, Rejected

LINES_MAX: Final = 500
PIECES: Final = 1
"""A supplier sends a customer single pieces, whatever packs it delivers to stores."""


class NotSent(Rejected):
    en = "Order {order_id} is not sent but collected, so a supplier cannot send it. Order the goods for the store."
    zh = "订单 {order_id} 由顾客自提，不能由供应商直发。请为门店订货。"


class NobodyToSendTo(Rejected):
    en = "Order {order_id} is no member's. Suppliers send to members only, whose address is kept as their file is."
    zh = "订单 {order_id} 不属于会员。供应商只向会员直发，其地址与会员档案同等保护。"


class NoSupplierForSku(Rejected):
    en = "No supplier is known for “{sku}”. Name supplier_code, or set it with the product."
    zh = "商品“{sku}”没有供应商。请填写 supplier_code，或在商品中设置。"


class NotOnOrder(NotFound):
    en = "Order {order_id} asks for no “{sku}” that a supplier could send."
    zh = "订单 {order_id} 中没有可由供应商直发的商品“{sku}”。"


@dataclass(frozen=True, slots=True)
class DrawnItem:
    """What of a SKU a supplier is to send; 0 for what is short of it."""

    sku: str
    quantity_milli: int = 0


@dataclass(frozen=True, slots=True)
class CreateDropShip:
    """Without lines all that is short; without a supplier those of the products, an order each.

    Recipient, phone and address are where the goods go: personal. Without them, where the order goes.
    """

    order_id: int
    recipient: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    lines: tuple[DrawnItem, ...] = ()
    supplier_code: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class DropShipsCreated:
    drop_ships: Sequence[DropShipView]


def create_drop_ship(uow: UnitOfWork, command: CreateDropShip) -> DropShipsCreated:
    """Orders what is short from suppliers, all or none, and keeps nothing on the shelf for it any more.

    Raises UnknownOrder, OrderClosed, NotSent, NobodyToSendTo, NothingShort, NotOnOrder, MoreThanOrdered,
    NoSupplierForSku, and what CreatePurchaseOrders raises of supplier, price and store.
    """
    _check(command)
    uow.refresh()
    order = locked_order(uow, command.order_id)
    delivery = _delivery(uow, command)
    check_open(order)
    if order.fulfilment is not Fulfilment.SHIP:
        raise NotSent("order_id", order_id=order.order_id)
    if order.member_id is None or uow.personal_data.erased([order.member_id]):
        raise NobodyToSendTo("order_id", order_id=order.order_id)
    stored = stored_order(uow, order.order_id)
    lacks = _lacks(uow, order, stored)
    drawn = _drawn(uow, order, command.lines, lacks, stored.skus)
    by_supplier = _by_supplier(uow, drawn, command.supplier_code, stored.skus)
    released = {sku_id: lacks[sku_id].released_milli(quantity) for sku_id, quantity in drawn.items()}
    entries = tuple(
        PurchaseOrderEntry(
            code,
            tuple(
                PurchaseLineEntry(stored.skus[sku_id], drawn[sku_id], line_number=number, pack_milli=PIECES)
                for number, sku_id in enumerate(sku_ids, start=1)
            ),
            PurchaseSource.DROP_SHIP,
            uow.chain.stores[order.store_id].code,
        )
        for code, sku_ids in by_supplier.items()
    )
    try:
        made = write_orders(uow, CreatePurchaseOrders(entries, submit=command.submit))
    except Refusal as refusal:
        refusal.field = "supplier_code" if refusal.field.endswith("supplier_code") else "lines"
        raise
    by = buyer(uow)
    views = []
    for purchase, sku_ids in zip(made, by_supplier.values(), strict=True):
        drop_ship = DropShip(
            purchase.order_id, order.order_id, order.store_id, order.member_id, by.caller_id, by.staff_id, uow.now
        )
        uow.drop_ships.add(drop_ship, delivery)
        uow.add(
            *[
                DropShipLine(purchase.order_id, number, order.order_id, sku_id, drawn[sku_id])
                for number, sku_id in enumerate(sku_ids, start=1)
            ]
        )
        views.append(drop_ship_view(uow, drop_ship, purchase, uow.drop_ships.progress(purchase.order_id)))
    release_stock(uow, order, released)
    numbers = ", ".join(str(purchase.order_id) for purchase in made)
    note_event(uow, order, OrderEventKind.DRAWN, note=f"Purchase order {numbers}")
    return DropShipsCreated(views)


def _check(command: CreateDropShip) -> None:
    if command.lines:
        at_most(command.lines, LINES_MAX, field="lines")
    named_once([line.sku for line in command.lines], field="lines", key="sku")
    for index, line in enumerate(command.lines):
        required_code(line.sku, field=f"lines[{index}].sku")
        within(line.quantity_milli, 0, QUANTITY_MILLI_MAX, field=f"lines[{index}].quantity_milli")
    optional_code(command.supplier_code, field="supplier_code")


def _delivery(uow: UnitOfWork, command: CreateDropShip) -> Delivery:
    """Where the goods go: as the request says, or where the order goes if that is known."""
    if not (command.recipient or command.phone or command.address):
        known = uow.shipments.address_of(command.order_id)
        if known is not None:
            return Delivery(known.recipient, known.phone, known.full)
    return Delivery(
        required_name(command.recipient, field="recipient"),
        required_text(command.phone, CODE_CHARACTERS_MAX, field="phone"),
        required_text(command.address, 2 * 200, field="address"),
    )


def _lacks(uow: UnitOfWork, order: Order, stored: StoredOrder) -> dict[int, Lack]:
    """What of each SKU the order lacks, with the levels locked; goods that are made when they are sold are left out."""
    items = uow.stock.items(set(stored.skus.values()))
    asked: dict[int, int] = {}
    for line in stored.lines:
        if not items[stored.skus[line.sku_id]].unstocked:
            asked[line.sku_id] = asked.get(line.sku_id, 0) + line.quantity_milli
    kept = uow.reservations.kept([order.order_id]).get(order.order_id, {})
    progress = uow.drop_ships.of_order(order.order_id)
    store = uow.chain.stores[order.store_id]
    levels = lock_free(uow, store, {*asked, *kept})
    today = trading_day(uow, store)
    return {
        sku_id: Lack(
            quantity,
            kept.get(sku_id, 0),
            sum(one.to_send_milli + one.under_way_milli for one in progress if one.sku_id == sku_id),
            max(0, -levels[order.store_id, sku_id].available_milli(today)),
        )
        for sku_id, quantity in sorted(asked.items())
    }


def _drawn(
    uow: UnitOfWork,
    order: Order,
    lines: Sequence[DrawnItem],
    lacks: Mapping[int, Lack],
    skus: Mapping[int, str],
) -> dict[int, int]:
    """How much of each SKU suppliers are to send, by id."""
    if not lines:
        drawn = {sku_id: lack.short_milli for sku_id, lack in lacks.items() if lack.short_milli}
        if not drawn:
            raise NothingShort("order_id", order_id=order.order_id)
        return drawn
    ids = {skus[sku_id]: sku_id for sku_id in lacks}
    items = uow.stock.items(set(ids))
    drawn = {}
    for index, line in enumerate(lines):
        here = f"lines[{index}]"
        sku_id = ids.get(line.sku)
        if sku_id is None:
            raise NotOnOrder(f"{here}.sku", order_id=order.order_id, sku=line.sku)
        quantity = line.quantity_milli or lacks[sku_id].short_milli
        if not quantity:
            raise NothingShort(f"{here}.quantity_milli", order_id=order.order_id)
        checked_quantity(quantity, unit_decimals=items[line.sku].unit_decimals, field=f"{here}.quantity_milli")
        if quantity > lacks[sku_id].most_milli:
            raise MoreThanOrdered(
                f"{here}.quantity_milli",
                order_id=order.order_id, sku=line.sku, most=lacks[sku_id].most_milli, quantity=quantity,
            )  # fmt: skip
        drawn[sku_id] = quantity
    return drawn


def _by_supplier(
    uow: UnitOfWork, drawn: Mapping[int, int], supplier_code: str, skus: Mapping[int, str]
) -> dict[str, list[int]]:
    """The SKUs that each supplier is to send, by code."""
    codes = dict.fromkeys(drawn, supplier_code) if supplier_code else uow.drop_ships.supplier_codes(drawn.keys())
    found: dict[str, list[int]] = {}
    for sku_id in sorted(drawn):
        if not codes.get(sku_id):
            raise NoSupplierForSku("supplier_code", sku=skus[sku_id])
        found.setdefault(codes[sku_id], []).append(sku_id)
    return dict(sorted(found.items()))
