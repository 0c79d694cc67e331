"""One valid request for every RPC of counts, and what leads up to it; see valid_requests.py."""

from collections.abc import Sequence
from typing import Any, Final

from application.inventory.counting import OpenCount, open_count
from domain.inventory.stock_count import CountKind
from liansuo.inventory.v1 import count_pb2 as pb2
from tests.stress.chain import Chain
from tests.stress.requests import Valid


def name_count(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests about a count name one that is open."""
    if rpc in ("EnterCount", "CloseCount"):
        made = chain.do(open_count, OpenCount(CountKind.LIST, "S1", skus=("K01",)))
        for request in requests:
            request.count_id = made.count_id


COUNTS: Final[dict[str, Valid]] = {
    "OpenCount": lambda key, _: pb2.OpenCountRequest(
        request_id=key, kind=pb2.COUNT_KIND_LIST, store_code="S1", skus=["K01", "K02"], blind=True, reference="Saturday"
    ),
    "EnterCount": lambda key, _: pb2.EnterCountRequest(
        request_id=key,
        count_id=1,
        lines=[pb2.CountedLine(sku="K01", quantity_milli=1_000_000_000, section="shelf")],
    ),
    "GetCount": lambda *_: pb2.GetCountRequest(count_id=1, differences_only=True, page_size=3),
    "ListCounts": lambda *_: pb2.ListCountsRequest(store_code="S1", page_size=3),
    "CloseCount": lambda key, _: pb2.CloseCountRequest(request_id=key, count_id=1),
    "PlanCounts": lambda *_: pb2.PlanCountsRequest(store_code="S1"),
}
