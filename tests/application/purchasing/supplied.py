"""Orders to suppliers and what comes of them, in a line each, for tests about suppliers."""

from typing import Any

from application.purchasing.advance_purchase_order import AdvancePurchaseOrder, advance_purchase_order
from application.purchasing.create_purchase_orders import (
    CreatePurchaseOrders,
    PurchaseOrderEntry,
    create_purchase_orders,
)
from application.purchasing.purchase_order_queries import GetPurchaseOrder, get_purchase_order
from application.purchasing.purchase_views import PurchaseLineEntry
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.receive_purchase import ReceivedLine, ReceivePurchase, receive_purchase
from application.purchasing.supplier_products import PutSupplierProducts, SupplierProductEntry, put_supplier_products
from domain.purchasing.purchase_order import PurchaseSource, PurchaseStep
from tests.world import World


def with_suppliers(world: World) -> World:
    """MILL sells tea and mugs in three days, FARM tea in two hundreds at once; nobody has to approve orders."""
    mill = SupplierEntry("MILL", "Tea mill", "CNY", lead_days=3)
    world.do(put_suppliers, PutSuppliers((mill, SupplierEntry("FARM", "Tea farm", "CNY", lead_days=10))))
    tea = SupplierProductEntry("TEA", "M-TEA", 10_000, price_minor=800, price_quantity_milli=1_000)
    mug = SupplierProductEntry("MUG", "M-MUG", price_minor=2_000, price_quantity_milli=1_000)
    world.do(put_supplier_products, PutSupplierProducts("MILL", (tea, mug)))
    bulk = SupplierProductEntry("TEA", "F-TEA", moq_milli=200_000, price_minor=750, price_quantity_milli=1_000)
    world.do(put_supplier_products, PutSupplierProducts("FARM", (bulk,)))
    world.set("purchase_approval_above", "100000000")
    return world


def ordered(
    world: World, count: int = 1, *, sku: str = "TEA", units: int = 20, supplier: str = "MILL", store: str = "S1",
    send: bool = True, **line: Any,
) -> list[int]:  # fmt: skip
    """The ids of so many orders of one line, approved and sent."""
    lines = (PurchaseLineEntry(sku, units * 1_000, **line),)
    entry = PurchaseOrderEntry(supplier, lines, PurchaseSource.MANUAL, store)
    made = world.do(create_purchase_orders, CreatePurchaseOrders((entry,) * count, submit=True)).orders
    order_ids = [order.order_id for order in made]
    for order_id in order_ids if send else ():
        step(world, order_id, PurchaseStep.SEND)
    return order_ids


def step(world: World, order_id: int, what: PurchaseStep) -> Any:
    """Takes a step with the newest version of an order."""
    newest = world.ask(get_purchase_order, GetPurchaseOrder(order_id)).versions[-1].version
    return world.do(advance_purchase_order, AdvancePurchaseOrder(order_id, what, newest))


def received(world: World, order_id: int, units: int, rejected: int = 0, **options: Any) -> Any:
    """Receives line 1 of an order, some of it rejected."""
    reason = "Broken" if rejected else ""
    came = (ReceivedLine(1, units * 1_000, rejected * 1_000, reject_reason=reason),)
    return world.do(receive_purchase, ReceivePurchase(order_id, came, **options))
