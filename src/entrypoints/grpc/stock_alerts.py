"""The RPCs of alerts of goods that run low."""

from typing import Final

from application.replenishment.stock_alerts import acknowledge_stock_alert, list_stock_alerts
from entrypoints.grpc.rpc import Service, read, write
from liansuo.replenishment.v1 import stock_alert_pb2 as pb2

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["StockAlertService"],
    {
        "ListStockAlerts": read(list_stock_alerts, pb2.ListStockAlertsResponse, needs="inventory.read"),
        "AcknowledgeStockAlert": write(
            acknowledge_stock_alert, pb2.AcknowledgeStockAlertResponse, into="alert", needs="inventory.alerts"
        ),
    },
)
