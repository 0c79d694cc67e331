"""One valid request for every RPC of central purchasing, and what leads up to it; see valid_requests.py."""

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
from application.purchasing.purchase_views import PurchaseLineEntry, StoreShare
from application.purchasing.receive_purchase import ReceivedLine, ReceivePurchase, receive_purchase
from domain.purchasing.purchase_order import PurchaseSource, PurchaseStep
from liansuo.purchasing.v1 import central_purchasing_pb2 as pb2
from tests.stress.chain import SUPPLIER, Chain
from tests.stress.requests import Valid


def name_receipt_to_split(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests about a receipt name one of which something is for another store."""
    if rpc != "DistributeReceipt":
        return
    shares = (StoreShare("S2", 5_000),)
    line = PurchaseLineEntry("K01", 12_000, price_minor=300, price_quantity_milli=1_000, shares=shares)
    entry = PurchaseOrderEntry(SUPPLIER, (line,), PurchaseSource.MANUAL, "S1")
    [order] = chain.do(create_purchase_orders, CreatePurchaseOrders((entry,), submit=True)).orders
    chain.once(review_purchase_order, ReviewPurchaseOrder(order.order_id, 1, True), chain.s1)
    chain.do(advance_purchase_order, AdvancePurchaseOrder(order.order_id, PurchaseStep.SEND, 1))
    came = chain.do(receive_purchase, ReceivePurchase(order.order_id, (ReceivedLine(1, 12_000),)))
    for request in requests:
        request.receipt_id = came.receipt_id


CENTRAL: Final[dict[str, Valid]] = {
    "DistributeReceipt": lambda key, _: pb2.DistributeReceiptRequest(request_id=key, receipt_id=1),
    "ListReceiptShares": lambda *_: pb2.ListReceiptSharesRequest(receipt_id=1),
    "ListReceiptsToDistribute": lambda *_: pb2.ListReceiptsToDistributeRequest(store_code="S1", page_size=3),
}
