"""Sales that name a reservation: what it keeps may be sold by them."""

from collections.abc import Iterable

from application.ports.kernel import UnitOfWork
from application.ports.sales import SaleState
from application.reserving import reserved_in
from application.sales.preparing import Prepared
from domain.inventory.reservation import ReservedGoods
from domain.shared.errors import Refusal


def named_reservations(sales: Iterable[Prepared]) -> set[int]:
    """The ids of the reservations that these name; most sales name none."""
    return {found.call.command.reservation_id for found in sales if found.call.command.reservation_id}


def reserved_goods(uow: UnitOfWork, found: Prepared, state: SaleState) -> tuple[ReservedGoods | None, list[str]]:
    """The reservation that a sale takes its goods from, if it names one; raises UnknownReservation and ReservationOver.

    A sale that has happened is stored all the same, with a warning.
    """
    command = found.call.command
    if not command.reservation_id:
        return None, []
    try:
        return reserved_in(state.reserved, command.reservation_id, found.basket.store, uow, field="reservation_id"), []
    except Refusal as refusal:
        if not command.uploaded:
            raise
        return None, [refusal.message(found.call.caller.language)]
