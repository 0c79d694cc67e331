"""Reservations: stock that is kept for a while, for an outside reference or for a customer's order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.shared.errors import Rejected


class ReservationState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    """Everything was taken by sales, orders and transfers."""
    RELEASED = "released"
    EXPIRED = "expired"


class ReservationOver(Rejected):
    en = "Reservation {reservation_id} is {state}, so nothing is kept by it. Reserve again, or go on without it."
    zh = "预留 {reservation_id} 的状态为 {state}，已不再保留商品。请重新预留，或不使用该预留。"


@dataclass(frozen=True, slots=True)
class StockReservation:
    """How much more of a SKU is kept for an order or a reservation; below zero less.

    Their sums are the level's `reserved_milli`.
    """

    document_id: int
    entry_id: int
    location_id: int
    sku_id: int
    quantity_milli: int
    entered_at: datetime


@dataclass(slots=True)
class Reservation:
    """Goods of a store kept until `expires_at`; `document_id` is what has taken goods of it last."""

    reservation_id: int
    store_id: int
    reference: str
    state: ReservationState
    reserved_at: datetime
    expires_at: datetime
    caller_id: int
    staff_id: int | None
    ended_at: datetime | None = None
    document_id: int | None = None

    def state_at(self, at: datetime) -> ReservationState:
        """Its state at a moment: one whose time is over is expired, whether or not its goods are freed yet."""
        if self.state is ReservationState.OPEN and self.expires_at <= at:
            return ReservationState.EXPIRED
        return self.state


@dataclass(frozen=True, slots=True)
class ReservationLine:
    """What was asked for, and what of it was reserved."""

    reservation_id: int
    line_number: int
    sku_id: int
    asked_milli: int
    quantity_milli: int


@dataclass(slots=True)
class ReservedGoods:
    """A locked reservation with what it keeps now, by SKU id; `entries` are what was taken since it was loaded."""

    reservation: Reservation
    kept: dict[int, int]
    entries: list[StockReservation] = field(default_factory=list)


def check_takes(reservation: Reservation, *, at: datetime, field: str) -> None:
    """Raises ReservationOver unless goods may be taken from the reservation at that moment."""
    state = reservation.state_at(at)
    if state is not ReservationState.OPEN:
        raise ReservationOver(field, reservation_id=reservation.reservation_id, state=state.value)


def reservable(
    *,
    asked_milli: int,
    step_milli: int,
    takes: Callable[[int], Sequence[tuple[int, int]]],
    free_milli: Mapping[int, int],
) -> int:
    """The largest quantity, at most what is asked and a multiple of the step, that what is free suffices for.

    `takes` tells what a quantity takes out of stock, as (SKU id, thousandths); it grows with the quantity.
    """
    granted = asked_milli
    for sku_id, needed in takes(asked_milli):
        granted = min(granted, max(0, free_milli[sku_id]) * asked_milli // needed)
    granted -= granted % step_milli
    # What is made of parts takes each rounded to thousandths, which may be one more than its share.
    while granted > 0 and any(needed > free_milli[sku_id] for sku_id, needed in takes(granted)):
        granted -= step_milli
    return granted


def to_take(kept_milli: Mapping[int, int], wanted_milli: Mapping[int, int]) -> dict[int, int]:
    """What of the goods that are kept is taken by who wants these, by SKU id; only what is above zero."""
    found = {sku_id: min(kept, wanted_milli.get(sku_id, 0)) for sku_id, kept in kept_milli.items()}
    return {sku_id: taken for sku_id, taken in found.items() if taken > 0}
