"""One valid request for every RPC of alerts of goods that run low, and what leads up to it; see valid_requests.py."""

from collections.abc import Sequence
from typing import Any, Final

from application.replenishment.rules import PutReplenishmentRules, Rule, put_replenishment_rules
from application.replenishment.stock_alerts import (
    FindStockAlerts,
    ListStockAlerts,
    find_stock_alerts,
    list_stock_alerts,
)
from domain.replenishment.rule import GoodsKind, Method, PlaceKind
from liansuo.replenishment.v1 import stock_alert_pb2 as pb2
from tests.stress.chain import Chain
from tests.stress.requests import Valid

HIGHEST: Final = 10**9
_RULE: Final = Rule(
    PlaceKind.STORE, "S1", GoodsKind.SKU, "K01", Method.MIN_MAX, service_bp=9_500, lead_days=0, lead_deviation_milli=0,
    review_days=1, cover_days=0, minimum_milli=HIGHEST, maximum_milli=HIGHEST, pack_milli=0, order_minimum_milli=0,
    source_store_code="", surplus_days=0, ended=False,
)  # fmt: skip


def name_alert(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests about an alert name one that is open."""
    if rpc == "AcknowledgeStockAlert":
        chain.do(put_replenishment_rules, PutReplenishmentRules((_RULE,)))
        while chain.do(find_stock_alerts, FindStockAlerts()).more:
            pass
        [alert] = chain.do(list_stock_alerts, ListStockAlerts("S1", page_size=1)).alerts
        for request in requests:
            request.alert_id = alert.alert_id


STOCK_ALERTS: Final[dict[str, Valid]] = {
    "ListStockAlerts": lambda *_: pb2.ListStockAlertsRequest(
        store_code="S1", kind=pb2.STOCK_ALERT_KIND_LOW, unacknowledged_only=True, closed_too=True, page_size=3
    ),
    "AcknowledgeStockAlert": lambda key, _: pb2.AcknowledgeStockAlertRequest(
        request_id=key, alert_id=1, note="Ordered by phone"
    ),
}
