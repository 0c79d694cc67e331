"""Where a supplier sends goods that go to a customer: told while some are still to be sent, and no longer."""

from dataclasses import dataclass, field

from application.ports.kernel import UnitOfWork
from application.purchasing.own_supplier import own_order, own_supplier
from domain.purchasing.purchase_order import RECEIVABLE
from domain.shared.errors import NotFound


class NothingToSend(NotFound):
    en = "Nothing of order {order_id} is to be sent to a customer. What goes to a store says so in GetMyOrder."
    zh = "订单 {order_id} 没有需要直发客户的商品；送往门店的订单见 GetMyOrder。"


@dataclass(frozen=True, slots=True)
class GetMyDelivery:
    order_id: int


@dataclass(frozen=True, slots=True)
class MyDelivery:
    """Who gets the goods, and where: personal."""

    recipient: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


def get_my_delivery(uow: UnitOfWork, query: GetMyDelivery) -> MyDelivery:
    """Where the goods of an own order go; raises SuppliersOnly, UnknownOwnOrder, and NothingToSend.

    Nothing is told before the order was sent, once all of it is, or after the member was erased.
    """
    uow.refresh()
    supplier = own_supplier(uow)
    order = own_order(uow, supplier, query.order_id)
    drop_ship = uow.drop_ships.find(order.order_id) if order.state in RECEIVABLE else None
    delivery = None if drop_ship is None else uow.drop_ships.delivery(drop_ship)
    if delivery is None:
        raise NothingToSend("order_id", order_id=order.order_id)
    return MyDelivery(delivery.recipient, delivery.phone, delivery.address)
