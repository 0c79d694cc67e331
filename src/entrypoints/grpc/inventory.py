"""The RPCs of inventory."""

from typing import Final

from application.inventory.queries import get_stock, list_movements
from application.inventory.receive_goods import receive_goods
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.inventory.v1 import inventory_pb2 as pb2

RECEIVE: Final = "inventory.receive"
READ: Final = "inventory.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["InventoryService"],
    {
        "ReceiveGoods": write(receive_goods, pb2.ReceiveGoodsResponse, needs=RECEIVE, bytes_max=BULK_REQUEST_BYTES_MAX),
        "GetStock": read(get_stock, pb2.GetStockResponse, needs=READ),
        "ListMovements": read(list_movements, pb2.ListMovementsResponse, needs=READ),
    },
)
