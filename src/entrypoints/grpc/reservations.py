"""The RPCs of reservations."""

from typing import Final

from application.inventory.reserve_stock import list_reservations, release_stock, reserve_stock
from entrypoints.grpc.rpc import Service, read, write
from liansuo.inventory.v1 import reservation_pb2 as pb2

RESERVE: Final = "inventory.reserve"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["ReservationService"],
    {
        "ReserveStock": write(reserve_stock, pb2.ReserveStockResponse, into="reservation", needs=RESERVE),
        "ReleaseStock": write(release_stock, pb2.ReleaseStockResponse, into="reservation", needs=RESERVE),
        "ListReservations": read(list_reservations, pb2.ListReservationsResponse, needs="inventory.read"),
    },
)
