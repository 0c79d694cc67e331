"""One valid request for every RPC of drop-ship, and what leads up to it; see valid_requests.py."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from application.purchasing.advance_purchase_order import (
    AdvancePurchaseOrder,
    ReviewPurchaseOrder,
    advance_purchase_order,
    review_purchase_order,
)
from application.purchasing.create_drop_ship import CreateDropShip, DrawnItem, create_drop_ship
from application.purchasing.dispatch_drop_ship import DispatchDropShip, dispatch_drop_ship
from application.purchasing.supplier_products import (
    PutSupplierProducts,
    SupplierProductEntry,
    put_supplier_products,
)
from application.sales.order_views import OrderLineView
from application.sales.orders import PlaceOrder, place_order
from domain.purchasing.purchase_order import PurchaseStep
from domain.sales.order import Fulfilment
from liansuo.purchasing.v1 import drop_ship_pb2 as pb2
from tests.stress.chain import PHONES, SUPPLIER, Chain
from tests.stress.order_requests import SKU
from tests.stress.requests import Valid

STEPS: Final = ("CreateDropShip", "DispatchDropShip", "RecallDropShip")


def name_drop_ship(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests for a step of a drop-ship name another one that can take it once."""
    if rpc not in STEPS:
        return
    offer = SupplierProductEntry(SKU, price_minor=300, price_quantity_milli=1_000)
    chain.do(put_supplier_products, PutSupplierProducts(SUPPLIER, (offer,)))
    due = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    asked = PlaceOrder((OrderLineView(SKU, 2_000),), PHONES[0], fulfilment=Fulfilment.SHIP, due_date=due)
    order = chain.once(place_order, asked, chain.s1)
    if rpc == "CreateDropShip":
        for request in requests:
            request.order_id = order.order_id
        return
    drawn = CreateDropShip(
        order.order_id, "Wang", "13800138000", "1 Nanjing Road", (DrawnItem(SKU, 2_000),), SUPPLIER, submit=True
    )
    [made] = chain.do(create_drop_ship, drawn).drop_ships
    number = made.purchase_order_id
    chain.once(review_purchase_order, ReviewPurchaseOrder(number, 1, True), chain.s1)
    chain.do(advance_purchase_order, AdvancePurchaseOrder(number, PurchaseStep.SEND, 1))
    if rpc == "RecallDropShip":
        chain.once(dispatch_drop_ship, DispatchDropShip(number), chain.s1)
    for request in requests:
        request.purchase_order_id = number


DROP_SHIPS: Final[dict[str, Valid]] = {
    "CreateDropShip": lambda key, _: pb2.CreateDropShipRequest(
        request_id=key,
        order_id=1,
        recipient="Wang",
        phone="13800138000",
        address="1 Nanjing Road",
        lines=[pb2.DrawnItem(sku=SKU, quantity_milli=2_000)],
        supplier_code=SUPPLIER,
        submit=True,
    ),
    "DispatchDropShip": lambda key, _: pb2.DispatchDropShipRequest(
        request_id=key,
        purchase_order_id=1,
        lines=[pb2.DispatchedLine(line_number=1, quantity_milli=2_000)],
        parcel="SF-1",
        freight_minor=7,
    ),
    "RecallDropShip": lambda key, _: pb2.RecallDropShipRequest(
        request_id=key, purchase_order_id=1, lines=[pb2.RecalledLine(line_number=1)], note="Nobody at home"
    ),
    "GetDropShip": lambda *_: pb2.GetDropShipRequest(purchase_order_id=1),
    "ListDropShips": lambda *_: pb2.ListDropShipsRequest(store_code="S1", order_id=1, page_size=3),
}
