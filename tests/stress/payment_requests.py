"""One valid request for every RPC of payments by providers; see valid_requests.py."""

from typing import Final

from liansuo.sales.v1 import payment_pb2, sales_pb2
from tests.stress.requests import Valid

PAYMENTS: Final[dict[str, Valid]] = {
    "StartPayment": lambda key, _: payment_pb2.StartPaymentRequest(
        request_id=key,
        provider="fake",
        kind=sales_pb2.TENDER_KIND_WALLET,
        amount_minor=1_000,
        payment_token="284500000000000001",
        currency="CNY",
        store_code="S1",
    ),
    "GetPayment": lambda key, sold: payment_pb2.GetPaymentRequest(payment_id=sold),
    "CancelPayment": lambda key, sold: payment_pb2.CancelPaymentRequest(payment_id=sold),
    "ListPayments": lambda key, _: payment_pb2.ListPaymentsRequest(older_than_minutes=15, store_code="S1", page_size=3),
}
