"""The RPCs of drop-ship."""

from typing import Final

from application.purchasing.create_drop_ship import create_drop_ship
from application.purchasing.dispatch_drop_ship import dispatch_drop_ship
from application.purchasing.drop_ship_views import get_drop_ship, list_drop_ships
from application.purchasing.recall_drop_ship import recall_drop_ship
from entrypoints.grpc.rpc import Service, read, write
from liansuo.purchasing.v1 import drop_ship_pb2 as pb2

ORDER: Final = "purchasing.order"
RECEIVE: Final = "purchasing.receive"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["DropShipService"],
    {
        "CreateDropShip": write(create_drop_ship, pb2.CreateDropShipResponse, needs=ORDER),
        "DispatchDropShip": write(dispatch_drop_ship, pb2.DispatchDropShipResponse, needs=RECEIVE),
        "RecallDropShip": write(recall_drop_ship, pb2.RecallDropShipResponse, needs=RECEIVE),
        # It tells where somebody lives: whoever sends the order to the supplier has to know.
        "GetDropShip": read(get_drop_ship, pb2.GetDropShipResponse, needs=ORDER),
        "ListDropShips": read(list_drop_ships, pb2.ListDropShipsResponse, needs="purchasing.read"),
    },
)
