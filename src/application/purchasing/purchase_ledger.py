"""What use cases of purchase orders share: finding one, writing what happened, and what of it is for which store."""

from collections.abc import Mapping, Sequence

from application.ports.kernel import UnitOfWork
from application.purchasing.central_shares import allocations_of
from domain.purchasing.purchase_order import (
    Buyer,
    PurchaseEvent,
    PurchaseEventKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    PurchaseOrderVersion,
    received,
)
from domain.purchasing.purchase_receipt import PurchaseAllocation
from domain.shared.errors import NotFound, Rejected


class UnknownPurchaseOrder(NotFound):
    en = "There is no purchase order {order_id} in this caller's scope."
    zh = "当前调用方范围内没有采购订单 {order_id}。"


class UnknownPurchaseLine(NotFound):
    en = "Purchase order {order_id} has no line {line_number} in force. Read it again."
    zh = "采购订单 {order_id} 的现行版本没有第 {line_number} 行，请重新读取。"


class BelowReceived(Rejected):
    en = "{received} thousandths of line {line_number} were received, so it cannot ask for {quantity} or another SKU."
    zh = "第 {line_number} 行已收 {received}（千分之一单位），不能改为 {quantity} 或更换商品。"


def locked_purchase_order(uow: UnitOfWork, order_id: int) -> PurchaseOrder:
    """The order, locked; raises UnknownPurchaseOrder alike for none and for one of a foreign store."""
    return _seen(uow, uow.purchase_orders.lock(order_id), order_id)


def stored_purchase_order(uow: UnitOfWork, order_id: int) -> PurchaseOrder:
    """The order as it stands; raises UnknownPurchaseOrder."""
    return _seen(uow, uow.purchase_orders.find(order_id), order_id)


def buyer(uow: UnitOfWork) -> Buyer:
    """Who asks."""
    return Buyer(uow.caller.caller_id, uow.caller.staff_id)


def note_event(
    uow: UnitOfWork, order: PurchaseOrder, kind: PurchaseEventKind, *, version: int = 0, note: str = ""
) -> None:
    """Adds an entry to the timeline of a locked order, and tells the world of it."""
    order.events += 1
    about = version or order.version
    caller = uow.caller
    uow.add(PurchaseEvent(order.order_id, order.events, kind, about, note, caller.caller_id, caller.staff_id, uow.now))
    uow.publish(
        "PurchaseOrderMoved",
        order.order_id,
        {
            "order_id": order.order_id,
            "store_id": order.store_id,
            "supplier_id": order.supplier_id,
            "event": kind.value,
            "state": order.state.value,
            "version": about,
            "net_minor": order.net_minor,
            "currency": order.currency,
        },
    )


def version_of(uow: UnitOfWork, order: PurchaseOrder, version: int) -> PurchaseOrderVersion:
    """A version that the order has."""
    found = uow.purchase_orders.version(order.order_id, version)
    if found is None:
        raise AssertionError(f"purchase order {order.order_id} has no version {version}")
    return found


def check_not_below_received(
    allocations: Sequence[PurchaseAllocation], lines: Sequence[PurchaseOrderLine], *, field: str = "lines"
) -> None:
    """Raises BelowReceived where a version asks for less of a line than has come, or for another SKU by its number."""
    written = {line.line_number: line for line in lines}
    came: dict[int, int] = {}
    for one in allocations:
        came[one.line_number] = came.get(one.line_number, 0) + one.received_milli
        line = written.get(one.line_number)
        quantity = line.quantity_milli if line is not None else 0
        if came[one.line_number] > quantity or (line is not None and line.sku_id != one.sku_id):
            raise BelowReceived(field, line_number=one.line_number, received=came[one.line_number], quantity=quantity)


def allocate_version(uow: UnitOfWork, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> None:
    """What of the version that came in force is for which store; what it does not ask for any more is not open."""
    found = uow.purchase_orders.allocations(order.order_id)
    shares = uow.central_purchasing.line_shares(order.order_id, order.version)
    allocations = allocations_of(order, lines, shares, found)
    standing = {(one.line_number, one.location_id) for one in found}
    uow.add(*[one for one in allocations if (one.line_number, one.location_id) not in standing])
    uow.purchase_orders.move_allocations(allocations)
    if order.state is PurchaseOrderState.PARTLY_RECEIVED:
        received(order, open_milli=sum(one.open_milli for one in allocations))


def nothing_open(uow: UnitOfWork, order: PurchaseOrder) -> int:
    """Of an order that is over nothing is to come any more; what had been, in thousandths."""
    allocations = [one for one in uow.purchase_orders.allocations(order.order_id) if one.open_milli]
    left = sum(one.open_milli for one in allocations)
    for one in allocations:
        one.open_milli = 0
    uow.purchase_orders.move_allocations(allocations)
    return left


def codes_of_suppliers(uow: UnitOfWork, orders: Sequence[PurchaseOrder]) -> Mapping[int, str]:
    """The codes of the suppliers of these orders, by id."""
    found = uow.suppliers.by_ids({order.supplier_id for order in orders})
    return {supplier_id: supplier.code for supplier_id, supplier in found.items()}


def _seen(uow: UnitOfWork, order: PurchaseOrder | None, order_id: int) -> PurchaseOrder:
    if order is None or not uow.caller.sees(order.store_id):
        raise UnknownPurchaseOrder("order_id", order_id=order_id)
    return order
