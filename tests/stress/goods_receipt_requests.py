"""One valid request for every RPC of goods receipts, and what leads up to it; see valid_requests.py."""

from collections.abc import Sequence
from typing import Any, Final

from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from liansuo.inventory.v1 import goods_receipt_pb2 as pb2
from tests.stress.chain import Chain
from tests.stress.requests import Valid


def name_receipt(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests about a receipt name one that has come."""
    if rpc in ("GetGoodsReceipt", "AddLandedCost", "CorrectReceipt"):
        receipt_id = chain.do(receive_goods, ReceiveGoods((ReceiptLine("K01", 50_000, 40_000),), "S1")).receipt_id
        for request in requests:
            if rpc == "AddLandedCost":
                request.receipt_ids[:] = [receipt_id]
            else:
                request.receipt_id = receipt_id


GOODS_RECEIPTS: Final[dict[str, Valid]] = {
    "ListGoodsReceipts": lambda *_: pb2.ListGoodsReceiptsRequest(store_code="S1", page_size=3),
    "GetGoodsReceipt": lambda *_: pb2.GetGoodsReceiptRequest(receipt_id=1, page_size=3),
    "AddLandedCost": lambda key, _: pb2.AddLandedCostRequest(
        request_id=key,
        receipt_ids=[1],
        charges=[pb2.Charge(amount_minor=300, kind=pb2.CHARGE_KIND_FREIGHT, basis=pb2.SPREAD_BASIS_WEIGHT)],
        weights=[pb2.UnitWeight(sku="K01", weight_grams=250)],
        reference="Waybill 7",
    ),
    "CorrectReceipt": lambda key, _: pb2.CorrectReceiptRequest(
        request_id=key,
        receipt_id=1,
        lines=[
            pb2.LineCorrection(
                line_number=1,
                old_quantity_milli=50_000,
                old_cost_minor=40_000,
                quantity_milli=51_000,
                cost_minor=40_800,
            )
        ],
        reason="Counted again",
    ),
}
