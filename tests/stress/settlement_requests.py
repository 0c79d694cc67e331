"""One valid request for every RPC of settlements between stores; see valid_requests.py."""

from typing import Final

from liansuo.finance.v1 import finance_pb2
from tests.stress.requests import Valid

SETTLEMENT: Final[dict[str, Valid]] = {
    "SettleStores": lambda key, _: finance_pb2.SettleStoresRequest(request_id=key),
    "GetSettlement": lambda key, _: finance_pb2.GetSettlementRequest(page_size=3),
}
