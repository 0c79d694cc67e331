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


def _adjust(key: str, _number: int) -> Message:
    lines = [
        stock_pb2.AdjustmentLine(
            sku="K01",
            quantity_milli=1_000,
            from_place=stock_pb2.STOCK_PLACE_NOWHERE,
            to_place=stock_pb2.STOCK_PLACE_FOR_SALE,
            reason=stock_pb2.ADJUSTMENT_REASON_FOUND,
            cost=stock_pb2.StatedCost(amount_minor=100),
        ),
        stock_pb2.AdjustmentLine(
            sku="K01",
            quantity_milli=1_000,
            from_place=stock_pb2.STOCK_PLACE_FOR_SALE,
            to_place=stock_pb2.STOCK_PLACE_DAMAGED,
        ),
    ]
    return stock_pb2.AdjustStockRequest(request_id=key, store_code="S1", lines=lines, note="Shelf 3")


STOCK: Final[dict[str, Valid]] = {
    "GetStockAsOf": _as_of,
    "AdjustStock": _adjust,
    "ListAdjustments": lambda key, _: stock_pb2.ListAdjustmentsRequest(
        store_code="S1", from_date="2026-01-01", to_date="2026-12-31", page_size=3
    ),
    "FindStock": lambda key, _: stock_pb2.FindStockRequest(
        skus=["K01", "K02"], store_code="S1", order=stock_pb2.STORE_ORDER_NEAREST, page_size=3
    ),
}
