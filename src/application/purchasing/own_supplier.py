"""Whose orders and goods an account of a supplier sees: its own supplier's, and nobody else's."""

from application.ports.kernel import UnitOfWork
from domain.purchasing.purchase_order import PurchaseOrder
from domain.purchasing.supplier import Supplier
from domain.shared.errors import Forbidden, NotFound


class SuppliersOnly(Forbidden):
    en = "This shows a supplier what is theirs. Call it with an account that was created for a supplier."
    zh = "此调用只供供应商查看自己的数据，请使用为供应商创建的账户。"


class UnknownOwnOrder(NotFound):
    en = "You were sent no order {order_id}. ListMyOrders shows yours."
    zh = "您没有收到过订单 {order_id}。可用 ListMyOrders 查看自己的订单。"


def own_supplier(uow: UnitOfWork) -> Supplier:
    """The supplier whose account calls; raises SuppliersOnly for everybody else, whatever they may do."""
    supplier_id = uow.caller.supplier_id
    if not supplier_id:
        raise SuppliersOnly
    return uow.suppliers.by_ids({supplier_id})[supplier_id]


def own_order(uow: UnitOfWork, supplier: Supplier, order_id: int) -> PurchaseOrder:
    """An order that the supplier was sent; raises UnknownOwnOrder alike for none and for one of somebody else."""
    return _theirs(uow.purchase_orders.find(order_id), supplier, order_id)


def locked_own_order(uow: UnitOfWork, supplier: Supplier, order_id: int) -> PurchaseOrder:
    """As `own_order`, locked."""
    return _theirs(uow.purchase_orders.lock(order_id), supplier, order_id)


def _theirs(order: PurchaseOrder | None, supplier: Supplier, order_id: int) -> PurchaseOrder:
    # What was never sent is the chain's own business yet.
    if order is None or order.supplier_id != supplier.supplier_id or not order.sent_version:
        raise UnknownOwnOrder("order_id", order_id=order_id)
    return order
