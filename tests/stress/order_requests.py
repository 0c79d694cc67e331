"""One valid request for every RPC of customers' orders; see valid_requests.py."""

from datetime import UTC, datetime, timedelta
from typing import Final

from liansuo.sales.v1 import order_pb2 as pb2
from liansuo.sales.v1 import sales_pb2
from tests.stress.chain import GOODS, PHONES
from tests.stress.requests import Valid

SKU: Final = min(GOODS)
ORDERS: Final[dict[str, Valid]] = {
    "PlaceOrder": lambda key, _: pb2.PlaceOrderRequest(
        request_id=key,
        lines=[pb2.OrderLine(sku=SKU, quantity_milli=1_000)],
        member_key=PHONES[0],
        channel="phone",
        store_code="S1",
        fulfilment=pb2.FULFILMENT_COLLECT,
        due_date=(datetime.now(UTC) + timedelta(days=2)).date().isoformat(),
        expected_total_minor=GOODS[SKU],
        note="Rings twice",
    ),
    "PayOrder": lambda key, _: pb2.PayOrderRequest(
        request_id=key,
        order_id=1,
        payments=[pb2.OrderPayment(kind=sales_pb2.TENDER_KIND_CARD, amount_minor=1, reference="A1")],
    ),
    "AdvanceOrder": lambda key, _: pb2.AdvanceOrderRequest(
        request_id=key, order_id=1, state=pb2.ORDER_STATE_ALLOCATED, note="Shelf 7"
    ),
    "CompleteOrder": lambda key, _: pb2.CompleteOrderRequest(
        request_id=key,
        order_id=1,
        tenders=[sales_pb2.Tender(kind=sales_pb2.TENDER_KIND_CASH, amount_minor=GOODS[SKU])],
        note="Parcel 7",
        age_confirmed=True,
    ),
    "CancelOrder": lambda key, _: pb2.CancelOrderRequest(request_id=key, order_id=1, reason="Changed her mind"),
    "GetOrder": lambda key, _: pb2.GetOrderRequest(order_id=1),
    "ListOrders": lambda key, _: pb2.ListOrdersRequest(store_code="S1", open_only=True, page_size=3),
}
