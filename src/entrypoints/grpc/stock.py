"""The RPCs of stock beyond the present levels of one store."""

from typing import Final

from application.inventory.as_of import get_stock_as_of
from application.inventory.find_stock import find_stock
from entrypoints.grpc.rpc import Service, read
from liansuo.inventory.v1 import stock_pb2 as pb2

READ: Final = "inventory.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["StockService"],
    {
        "GetStockAsOf": read(get_stock_as_of, pb2.GetStockAsOfResponse, needs=READ),
        "FindStock": read(find_stock, pb2.FindStockResponse, needs="inventory.find"),
    },
)
