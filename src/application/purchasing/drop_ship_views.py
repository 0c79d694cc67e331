"""Drop-ship orders as shown, and the queries about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.purchasing.purchase_ledger import codes_of_suppliers, stored_purchase_order
from application.scope import store_in_scope
from domain.purchasing.drop_ship import DropShip, DropShipProgress
from domain.purchasing.purchase_order import PurchaseOrder, PurchaseOrderState
from domain.shared.errors import NotFound


class NoDropShip(NotFound):
    en = "Purchase order {order_id} goes to a store, not to a customer. ListDropShips shows those that do."
    zh = "采购订单 {order_id} 送往门店，不直发客户。可用 ListDropShips 查看直发订单。"


@dataclass(frozen=True, slots=True)
class GetDropShip:
    purchase_order_id: int


@dataclass(frozen=True, slots=True)
class ListDropShips:
    """Those of a store, or of one customer's order; without either all that the caller sees."""

    store_code: str = ""
    order_id: int = 0
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class DropShipLineView:
    """What of a SKU is drawn, has still to be sent, has been, and is under way at what cost: not sold or recalled."""

    line_number: int
    sku: str
    quantity_milli: int
    to_send_milli: int
    dispatched_milli: int
    under_way_milli: int
    under_way_minor: int


@dataclass(frozen=True, slots=True)
class DropShipView:
    """A purchase order whose goods go to the customer of `order_id`; lists leave its lines out."""

    purchase_order_id: int
    order_id: int
    store_code: str
    supplier_code: str
    state: PurchaseOrderState
    expected_date: str
    net_minor: int
    currency: str
    created_at: datetime
    lines: Sequence[DropShipLineView] = ()


@dataclass(frozen=True, slots=True)
class DropShipDetails:
    """With where the goods go: personal, and empty once the member is erased."""

    drop_ship: DropShipView
    recipient: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DropShipsPage:
    drop_ships: Sequence[DropShipView]
    next_page_token: str


def get_drop_ship(uow: UnitOfWork, query: GetDropShip) -> DropShipDetails:
    """How far a drop-ship is, and where it goes; raises UnknownPurchaseOrder and NoDropShip."""
    purchase = stored_purchase_order(uow, query.purchase_order_id)
    drop_ship = drop_ship_of(uow, purchase.order_id)
    delivery = uow.drop_ships.delivery(drop_ship)
    view = drop_ship_view(uow, drop_ship, purchase, uow.drop_ships.progress(purchase.order_id))
    if delivery is None:
        return DropShipDetails(view, "", "", "")
    return DropShipDetails(view, delivery.recipient, delivery.phone, delivery.address)


def list_drop_ships(uow: UnitOfWork, query: ListDropShips) -> DropShipsPage:
    """Drop-ships of the stores in scope, newest first, without their lines; raises UnknownStore."""
    asked = page(query.page_size, query.page_token, key=(int,))
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    found = uow.drop_ships.list_drop_ships(
        None if store_ids is None else sorted(store_ids),
        order_id=query.order_id or None,
        before=asked.after[0] if asked.after else None,
        limit=asked.limit + 1,
    )
    shown = found[: asked.limit]
    purchases = uow.purchase_orders.by_ids({one.purchase_order_id for one in shown})
    codes = codes_of_suppliers(uow, list(purchases.values()))
    return DropShipsPage(
        [_view(uow, one, purchases[one.purchase_order_id], codes[purchases[one.purchase_order_id].supplier_id], ())
         for one in shown],
        next_token(found, asked.limit, lambda one: (one.purchase_order_id,)),
    )  # fmt: skip


def drop_ship_of(uow: UnitOfWork, purchase_order_id: int) -> DropShip:
    """The drop-ship of a purchase order that the caller sees; raises NoDropShip."""
    found = uow.drop_ships.find(purchase_order_id)
    if found is None:
        raise NoDropShip("purchase_order_id", order_id=purchase_order_id)
    return found


def drop_ship_view(
    uow: UnitOfWork, drop_ship: DropShip, purchase: PurchaseOrder, progress: Sequence[DropShipProgress]
) -> DropShipView:
    """The drop-ship with its lines."""
    skus = uow.catalog.skus({one.sku_id for one in progress})
    lines = [
        DropShipLineView(
            one.line_number, skus[one.sku_id], one.quantity_milli, one.to_send_milli, one.dispatched_milli,
            one.under_way_milli, one.under_way_minor,
        )
        for one in progress
    ]  # fmt: skip
    return _view(uow, drop_ship, purchase, codes_of_suppliers(uow, [purchase])[purchase.supplier_id], lines)


def _view(
    uow: UnitOfWork,
    drop_ship: DropShip,
    purchase: PurchaseOrder,
    supplier_code: str,
    lines: Sequence[DropShipLineView],
) -> DropShipView:
    return DropShipView(
        drop_ship.purchase_order_id, drop_ship.order_id, uow.chain.stores[drop_ship.store_id].code, supplier_code,
        purchase.state, purchase.expected_on.isoformat(), purchase.net_minor, purchase.currency, drop_ship.created_at,
        lines,
    )  # fmt: skip
