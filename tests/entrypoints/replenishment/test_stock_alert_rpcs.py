import pytest

from application.replenishment.stock_alerts import (
    FindStockAlerts,
    StockAlertView,
    acknowledge_stock_alert,
    find_stock_alerts,
)
from entrypoints.grpc.stock_alerts import SERVICE
from liansuo.replenishment.v1 import stock_alert_pb2 as pb2
from tests.application.replenishment.test_replenishment import bounded, rules
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import World


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "ListStockAlerts": "inventory.read",
        "AcknowledgeStockAlert": "inventory.alerts",
    }


@pytest.mark.capability("RSK-03")
def test_an_alert_is_listed_and_seen(world: World):
    rules(world, bounded("TEA", 101, 200))
    world.do(find_stock_alerts, FindStockAlerts())
    asked = pb2.ListStockAlertsRequest(store_code="S1", kind=pb2.STOCK_ALERT_KIND_LOW, unacknowledged_only=True)
    [alert] = ask(world, SERVICE, "ListStockAlerts", asked).alerts
    assert (alert.sku, alert.kind, alert.now_milli) == ("TEA", pb2.STOCK_ALERT_KIND_LOW, 100_000)
    assert not alert.HasField("acknowledged_at")
    method = SERVICE.methods[f"/{SERVICE.name}/AcknowledgeStockAlert"]
    request = pb2.AcknowledgeStockAlertRequest(alert_id=alert.alert_id, note="Ordered")
    done: StockAlertView = world.do(acknowledge_stock_alert, method.decode(request))
    seen = pb2.AcknowledgeStockAlertResponse.FromString(method.show(done)).alert
    assert (seen.note, seen.HasField("acknowledged_at")) == ("Ordered", True)
    assert list(ask(world, SERVICE, "ListStockAlerts", asked).alerts) == []
