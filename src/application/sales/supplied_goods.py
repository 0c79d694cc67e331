"""Goods that suppliers send to the customer of an order: part of its sale, at what they cost, from no shelf."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from application.ports.kernel import UnitOfWork
from domain.inventory.set_aside import SetAsideEntry, SetAsideReason, SetAsideStatus
from domain.purchasing.drop_ship import DropShipEntry, DropShipEntryKind, DropShipProgress, covers
from domain.sales.order import Order, OrderLine
from domain.shared.errors import Rejected
from domain.shared.money import divide


class SupplierStillSends(Rejected):
    en = (
        "Purchase order {purchase_order_id} still has a supplier send goods to this customer. Wait for them, or "
        "cancel or close it first."
    )
    zh = "采购订单 {purchase_order_id} 的供应商仍将向该客户直发商品。请等待发货，或先取消或关闭该采购订单。"


class UnderWayToCustomer(Rejected):
    en = (
        "Goods of purchase order {purchase_order_id} are under way to this customer. Recall them into the store "
        "first, or hand the order over and refund it."
    )
    zh = "采购订单 {purchase_order_id} 的商品正发往该客户。请先召回到门店，或完成订单后退货。"


@dataclass(slots=True)
class _Sent:
    quantity_milli: int
    cost_minor: int


@dataclass(slots=True, eq=False)
class SuppliedGoods:
    """What is under way for an order; a sale takes of it line by line, and the last line all the cost that is left."""

    progress: Sequence[DropShipProgress] = ()
    taken_minor: int = 0
    _left: dict[int, _Sent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.progress:
            sent = self._left.setdefault(one.sku_id, _Sent(0, 0))
            sent.quantity_milli += one.under_way_milli
            sent.cost_minor += one.under_way_minor

    def quantity_milli(self, sku_id: int) -> int:
        """What of a SKU need not come from the shelf."""
        sent = self._left.get(sku_id)
        return sent.quantity_milli if sent is not None else 0

    def take(self, sku_id: int, quantity_milli: int) -> tuple[int, int]:
        """How much of a line was sent by suppliers, and what that cost."""
        sent = self._left.get(sku_id)
        if sent is None or not sent.quantity_milli:
            return 0, 0
        taken = min(quantity_milli, sent.quantity_milli)
        cost = divide(sent.cost_minor * taken, sent.quantity_milli)
        sent.quantity_milli -= taken
        sent.cost_minor -= cost
        self.taken_minor += cost
        return taken, cost


NOT_SUPPLIED = SuppliedGoods()


def supplied_goods(uow: UnitOfWork, order: Order) -> SuppliedGoods:
    """What suppliers have sent for a locked order; raises SupplierStillSends while something is to be sent."""
    progress = uow.drop_ships.of_order(order.order_id)
    for one in progress:
        if one.to_send_milli:
            raise SupplierStillSends("order_id", purchase_order_id=one.purchase_order_id)
    return SuppliedGoods([one for one in progress if one.under_way_milli])


def check_nothing_supplied(uow: UnitOfWork, order: Order) -> None:
    """Raises SupplierStillSends and UnderWayToCustomer for a locked order that is to end without its goods."""
    for one in supplied_goods(uow, order).progress:
        raise UnderWayToCustomer("order_id", purchase_order_id=one.purchase_order_id)


def supplied_wholly(supplied: SuppliedGoods, lines: Sequence[OrderLine]) -> bool:
    """Whether nothing of the order comes from the shelf, so that nobody has to pick it."""
    asked: dict[int, int] = {}
    for line in lines:
        asked[line.sku_id] = asked.get(line.sku_id, 0) + line.quantity_milli
    return covers(supplied.progress, asked)


def hand_over_supplied(uow: UnitOfWork, order: Order, supplied: SuppliedGoods, *, sale_id: int, on: date) -> None:
    """What suppliers have sent is sold by the sale of the order, and under way no more."""
    if not supplied.progress:
        return
    sku_ids = {one.sku_id for one in supplied.progress}
    uow.set_aside.lock(order.store_id, sku_ids, SetAsideStatus.DISPATCHED)
    for one in supplied.progress:
        uow.add(
            SetAsideEntry(
                location_id=order.store_id,
                sku_id=one.sku_id,
                entry_id=uow.new_id(),
                status=SetAsideStatus.DISPATCHED,
                quantity_milli=-one.under_way_milli,
                value_minor=-one.under_way_minor,
                reason=SetAsideReason.DISPATCHED,
                document_id=sale_id,
                line_number=one.line_number,
                business_date=on,
                posted_at=uow.now,
            ),
            DropShipEntry(
                one.purchase_order_id, uow.new_id(), one.line_number, one.order_id, one.sku_id,
                DropShipEntryKind.HANDED_OVER, -one.under_way_milli, -one.under_way_minor, order.store_id,
                order.currency, sale_id, on, uow.now,
            ),
        )  # fmt: skip
