"""One valid request for every RPC of receipts and stock levels; see valid_requests.py."""

from typing import Final

from google.protobuf.message import Message

from liansuo.inventory.v1 import inventory_pb2
from tests.stress.requests import Valid


def _receipt(request_id: str, _: int) -> Message:
    request = inventory_pb2.ReceiveGoodsRequest(request_id=request_id, store_code="S1", reference="D-1")
    request.lines.add(sku="K01", quantity_milli=1_000, cost_minor=400)
    request.lines.add(sku="RICE", quantity_milli=1_234, cost_minor=617)
    return request


INVENTORY: Final[dict[str, Valid]] = {
    "ReceiveGoods": _receipt,
    "GetStock": lambda key, _: inventory_pb2.GetStockRequest(store_code="S1", skus=["K01", "K02"], page_size=3),
    "ListMovements": lambda key, _: inventory_pb2.ListMovementsRequest(store_code="S1", sku="K01", page_size=3),
}
