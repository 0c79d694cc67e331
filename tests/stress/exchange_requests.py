"""One valid request for every RPC of exchanges; see valid_requests.py."""

from collections.abc import Mapping
from typing import Final

from liansuo.sales.v1 import sales_pb2
from tests.stress.requests import Valid


def exchange(request_id: str, sale_id: int, pieces: Mapping[str, int]) -> sales_pb2.ExchangeSaleRequest:
    """Everything that is left of a sale for other pieces, which cost as much or less."""
    request = sales_pb2.ExchangeSaleRequest(request_id=request_id)
    request.returned.sale_id, request.returned.reason = sale_id, "Wrong size"
    for sku, count in pieces.items():
        request.sale.basket.lines.add(sku=sku, quantity_milli=count * 1000)
    return request


def _exchange(key: str, sold: int) -> sales_pb2.ExchangeSaleRequest:
    request = exchange(key, sold, {"K01": 1})
    request.returned.lines.add(line_number=1, quantity_milli=1_000)
    return request


EXCHANGES: Final[dict[str, Valid]] = {"ExchangeSale": _exchange}
