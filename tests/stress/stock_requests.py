"""One valid request for every RPC of stock beyond the present levels; see valid_requests.py."""

from datetime import UTC, datetime
from typing import Final

from google.protobuf.message import Message

from liansuo.inventory.v1 import stock_pb2
from tests.stress.requests import Valid


def _as_of(_key: str, _number: int) -> Message:
    request = stock_pb2.GetStockAsOfRequest(store_code="S1", skus=["K01", "K02"], page_size=3)
    request.as_of.FromDatetime(datetime(2026, 1, 1, tzinfo=UTC))
    return request


STOCK: Final[dict[str, Valid]] = {
    "GetStockAsOf": _as_of,
    "FindStock": lambda key, _: stock_pb2.FindStockRequest(
        skus=["K01", "K02"], store_code="S1", order=stock_pb2.STORE_ORDER_NEAREST, page_size=3
    ),
}
