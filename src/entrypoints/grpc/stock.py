"""The RPCs of stock beyond the present levels of one store."""

from typing import Final

from application.inventory.adjust_stock import adjust_stock
from application.inventory.adjustments import list_adjustments
from application.inventory.as_of import get_stock_as_of
from application.inventory.find_stock import find_stock
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.inventory.v1 import stock_pb2 as pb2

READ: Final = "inventory.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["StockService"],
    {
        "GetStockAsOf": read(get_stock_as_of, pb2.GetStockAsOfResponse, needs=READ),
        "AdjustStock": write(
            adjust_stock, pb2.AdjustStockResponse, needs="inventory.adjust", bytes_max=BULK_REQUEST_BYTES_MAX
        ),
        "ListAdjustments": read(list_adjustments, pb2.ListAdjustmentsResponse, needs=READ),
        "FindStock": read(find_stock, pb2.FindStockResponse, needs="inventory.find"),
    },
)
