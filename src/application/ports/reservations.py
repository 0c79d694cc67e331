"""What the application needs to keep stock for orders and reservations."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.inventory.reservation import Reservation, ReservationLine, ReservationState, StockReservation


@dataclass(frozen=True, slots=True)
class ReservationFilter:
    """Which reservations a list wants: None for all; `at` is the moment by which they count as expired."""

    store_ids: Collection[int] | None
    sku_id: int | None
    reference: str | None
    state: ReservationState | None
    at: datetime


class Reservations(Protocol):
    """Reservations, and the entries by which stock is kept for them and for orders."""

    def move(self, entries: Sequence[StockReservation]) -> None:
        """Records entries and moves the levels by them, which are locked."""

    def kept(self, document_ids: Collection[int]) -> Mapping[int, Mapping[int, int]]:
        """By order or reservation what is kept for it, above zero, in thousandths by SKU id in ascending order."""

    def add(self, reservation: Reservation) -> None:
        """Adds an open reservation; raises Contention where its reference has got one in its store meanwhile."""

    def find(self, reservation_id: int) -> Reservation | None:
        """The reservation as it stands."""

    def find_open(self, store_id: int, reference: str) -> Reservation | None:
        """The one that stands open for a reference, its time over or not."""

    def lock(self, reservation_ids: Collection[int]) -> Mapping[int, Reservation]:
        """Reservations by id, locked in the order of ids, after the stock levels of what they keep."""

    def end(self, reservations: Sequence[Reservation]) -> None:
        """Writes state, end and last document of locked reservations."""

    def due(self, at: datetime, *, limit: int) -> Mapping[int, int]:
        """The stores, by id, of up to `limit` open reservations whose time is over, the longest first."""

    def due_of(self, store_id: int, sku_ids: Collection[int], at: datetime, *, limit: int) -> Sequence[int]:
        """Up to `limit` ids of those in a store that have ever kept some of these SKUs."""

    def lines(self, reservation_ids: Collection[int]) -> Mapping[int, Sequence[ReservationLine]]:
        """The lines by reservation, in their order."""

    def list_reservations(self, wanted: ReservationFilter, *, before: int | None, limit: int) -> Sequence[Reservation]:
        """Up to `limit` reservations with ids below `before`, the highest first."""
