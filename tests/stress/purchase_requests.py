"""A valid request for every RPC about purchase orders, and what leads up to it; see valid_requests.py."""

from collections.abc import Sequence
from typing import Any, Final

from application.purchasing.advance_purchase_order import (
    AdvancePurchaseOrder,
    ReviewPurchaseOrder,
    advance_purchase_order,
    review_purchase_order,
)
from application.purchasing.create_purchase_orders import (
    CreatePurchaseOrders,
    PurchaseOrderEntry,
    create_purchase_orders,
)
from application.purchasing.purchase_views import PurchaseLineEntry
from domain.purchasing.purchase_order import PurchaseSource, PurchaseStep
from liansuo.purchasing.v1 import purchase_order_pb2 as pb2
from tests.stress.chain import SUPPLIER, Chain
from tests.stress.requests import Valid

STEPS: Final = (
    "ChangePurchaseOrder", "ReviewPurchaseOrder", "AdvancePurchaseOrder", "ConfirmPurchaseOrder", "ReceivePurchase",
)  # fmt: skip


def name_purchase(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests for a step of a purchase order name another one that can take it once."""
    if rpc == "TakeSupplierDocument":
        probe = pb2.ConfirmPurchaseOrderRequest()
        name_purchase(chain, "ConfirmPurchaseOrder", [probe])
        for request in requests:
            request.document = request.document.replace(b">1-1<", f">{probe.order_id}-1<".encode())
    if rpc not in STEPS:
        return
    order_id = _submitted(chain)
    if rpc not in ("ChangePurchaseOrder", "ReviewPurchaseOrder"):
        chain.once(review_purchase_order, ReviewPurchaseOrder(order_id, 1, True), chain.s1)
        if rpc != "AdvancePurchaseOrder":
            chain.do(advance_purchase_order, AdvancePurchaseOrder(order_id, PurchaseStep.SEND, 1))
    for request in requests:
        request.order_id = order_id


def sent_order(chain: Chain) -> int:
    """An order for twelve pieces at 3.00 that goods may come for."""
    order_id = _submitted(chain)
    chain.once(review_purchase_order, ReviewPurchaseOrder(order_id, 1, True), chain.s1)
    chain.do(advance_purchase_order, AdvancePurchaseOrder(order_id, PurchaseStep.SEND, 1))
    return order_id


def _submitted(chain: Chain) -> int:
    line = PurchaseLineEntry("K01", 12_000, price_minor=300, price_quantity_milli=1_000)
    entry = PurchaseOrderEntry(SUPPLIER, (line,), PurchaseSource.MANUAL, "S1")
    [order] = chain.do(create_purchase_orders, CreatePurchaseOrders((entry,), submit=True)).orders
    order_id: int = order.order_id
    return order_id


PURCHASES: Final[dict[str, Valid]] = {
    "CreatePurchaseOrders": lambda key, _: pb2.CreatePurchaseOrdersRequest(
        request_id=key,
        orders=[
            pb2.PurchaseOrderEntry(
                supplier_code=SUPPLIER,
                lines=[pb2.PurchaseLine(sku="K01", quantity_milli=12_000, price_minor=300, price_quantity_milli=1_000)],
                source=pb2.PURCHASE_SOURCE_MANUAL,
                store_code="S1",
                note="For Saturday",
            )
        ],
        submit=True,
    ),
    "ChangePurchaseOrder": lambda key, _: pb2.ChangePurchaseOrderRequest(
        request_id=key,
        order_id=1,
        version=1,
        lines=[
            pb2.PurchaseLine(
                sku="K01", quantity_milli=24_000, line_number=1, price_minor=300, price_quantity_milli=1_000
            )
        ],
        note="More",
    ),
    "AdvancePurchaseOrder": lambda key, _: pb2.AdvancePurchaseOrderRequest(
        request_id=key, order_id=1, step=pb2.PURCHASE_STEP_SEND, version=1, note="By mail"
    ),
    "ReviewPurchaseOrder": lambda key, _: pb2.ReviewPurchaseOrderRequest(
        request_id=key, order_id=1, version=1, approved=True, note="Agreed"
    ),
    "ConfirmPurchaseOrder": lambda key, _: pb2.ConfirmPurchaseOrderRequest(
        request_id=key,
        order_id=1,
        version=1,
        lines=[pb2.ConfirmedLine(line_number=1, quantity_milli=6_000)],
        note="Only half",
    ),
    "ReceivePurchase": lambda key, _: pb2.ReceivePurchaseRequest(
        request_id=key,
        order_id=1,
        lines=[pb2.ReceivedLine(line_number=1, accepted_milli=12_000)],
        delivery_note="DN-7",
        freight_minor=3,
    ),
    "GetPurchaseOrder": lambda *_: pb2.GetPurchaseOrderRequest(order_id=1),
    "ListPurchaseOrders": lambda *_: pb2.ListPurchaseOrdersRequest(store_code="S1", open_only=True, page_size=3),
}
