"""One valid request for every RPC that tells what stock does; see valid_requests.py."""

from datetime import UTC, datetime, timedelta
from typing import Final

from google.protobuf.message import Message

from liansuo.inventory.v1 import stock_report_pb2 as pb2
from tests.stress.requests import Valid


def _turnover(_key: str, _number: int) -> Message:
    day = datetime.now(UTC).date() - timedelta(days=2)
    return pb2.GetStockTurnoverRequest(
        store_code="S1", from_date=day.isoformat(), to_date=day.isoformat(), by_category=True
    )


STOCK_REPORTS: Final[dict[str, Valid]] = {
    "ListSlowMovers": lambda *_: pb2.ListSlowMoversRequest(store_code="S1", days=1, page_size=3),
    "ListOverstock": lambda *_: pb2.ListOverstockRequest(store_code="S1", days=1, page_size=3),
    "GetStockTurnover": _turnover,
}
