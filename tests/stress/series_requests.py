"""One valid request for the RPC of terminals' receipt numbers; see valid_requests.py."""

from typing import Final

from liansuo.sales.v1 import sales_pb2
from tests.stress.requests import Valid

SERIES: Final[dict[str, Valid]] = {
    "ListTerminalSeries": lambda key, _: sales_pb2.ListTerminalSeriesRequest(
        store_code="S1", from_date="2026-01-01", to_date="2027-01-01", page_size=3
    ),
}
