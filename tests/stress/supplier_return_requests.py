"""A valid request for every RPC about goods that go back to suppliers; see valid_requests.py."""

from collections.abc import Sequence
from typing import Any, Final

from application.purchasing.receive_purchase import ReceivedLine, ReceivePurchase, receive_purchase
from liansuo.purchasing.v1 import supplier_return_pb2 as pb2
from tests.stress.chain import Chain
from tests.stress.purchase_requests import sent_order
from tests.stress.requests import Valid

RETURNED_AT_ONCE: Final = 6
"""Twelve came, and every request sends two of them back."""


def name_supplier_return(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests send goods back name a receipt that they came by."""
    if rpc == "ReturnToSupplier":
        came = chain.do(receive_purchase, ReceivePurchase(sent_order(chain), (ReceivedLine(1, 12_000),)))
        for request in requests:
            request.receipt_id = came.receipt_id


SUPPLIER_RETURNS: Final[dict[str, Valid]] = {
    "ReturnToSupplier": lambda key, _: pb2.ReturnToSupplierRequest(
        request_id=key,
        receipt_id=1,
        lines=[
            pb2.SupplierReturnEntry(
                sku="K01",
                quantity_milli=2_000,
                reason=pb2.SUPPLIER_RETURN_REASON_DAMAGED,
                returned_from=pb2.RETURNED_FROM_FOR_SALE,
            )
        ],
        reference="RMA-7",
        note="Wet",
    ),
    "GetSupplierReturn": lambda *_: pb2.GetSupplierReturnRequest(return_id=1),
    "ListSupplierReturns": lambda *_: pb2.ListSupplierReturnsRequest(store_code="S1", page_size=3),
}
