"""One valid request for every RPC of reservations, and what leads up to it; see valid_requests.py."""

from collections.abc import Sequence
from typing import Any, Final

from application.inventory.reserve_stock import ReserveLine, ReserveStock, reserve_stock
from liansuo.inventory.v1 import reservation_pb2 as pb2
from tests.stress.chain import Chain
from tests.stress.requests import Valid


def name_reservation(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests to release a reservation name one that is open."""
    if rpc == "ReleaseStock":
        reference = requests[0].request_id
        made = chain.once(reserve_stock, ReserveStock(reference, (ReserveLine("K01", 1_000),), "S1"), chain.s1)
        for request in requests:
            request.reservation_id = made.reservation_id


RESERVATIONS: Final[dict[str, Valid]] = {
    "ReserveStock": lambda key, _: pb2.ReserveStockRequest(
        request_id=key,
        store_code="S1",
        reference=key,
        lines=[pb2.ReserveLine(sku="K01", quantity_milli=1_000)],
        minutes=1,
        partial=True,
    ),
    "ReleaseStock": lambda key, _: pb2.ReleaseStockRequest(request_id=key, reservation_id=1),
    "ListReservations": lambda *_: pb2.ListReservationsRequest(
        store_code="S1", sku="K01", reference="W-7", state=pb2.RESERVATION_STATE_OPEN, page_size=3
    ),
}
