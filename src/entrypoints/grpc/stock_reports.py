"""The RPCs that tell what stock does."""

from typing import Final

from application.inventory.stock_reports import get_stock_turnover, list_overstock, list_slow_movers
from entrypoints.grpc.rpc import Service, read
from liansuo.inventory.v1 import stock_report_pb2 as pb2

READ: Final = "inventory.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["StockReportService"],
    {
        "ListSlowMovers": read(list_slow_movers, pb2.ListSlowMoversResponse, needs=READ),
        "ListOverstock": read(list_overstock, pb2.ListOverstockResponse, needs=READ),
        "GetStockTurnover": read(get_stock_turnover, pb2.GetStockTurnoverResponse, needs=READ),
    },
)
