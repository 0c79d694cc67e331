"""Points that nobody has spent in time: what lapses, and what of it a refund finds again."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.loyalty.ledger import PointsLot
from domain.shared.money import divide


class IssuedLot(NamedTuple):
    """A lot with the store whose liability it is: the one of the document that opened it."""

    lot: PointsLot
    store_id: int


class Lapsed(NamedTuple):
    """Points of one lot that have expired and that no refund has found again, with the liability they carried."""

    points: int
    value_minor: int


def lots_by_store(lots: Iterable[IssuedLot]) -> dict[int, list[PointsLot]]:
    """The lots of each store by its id, stores and lots in the order in which they come."""
    found: dict[int, list[PointsLot]] = {}
    for lot, store_id in lots:
        found.setdefault(store_id, []).append(lot)
    return found


def found_again(lapsed: Lapsed, *, points_left: int, points: int) -> Lapsed:
    """What of lapsed points a refund that takes `points` (0 or more) back puts into their lot, to take it from there.

    It takes what is left of the sale's points (`points_left`) first. Points that have lapsed were never spent: a refund
    after the expiry comes to the same money and points as one just before it. The value is in proportion, and all of it
    with the last point.
    """
    missing = min(max(points - points_left, 0), lapsed.points)
    if not missing:
        return Lapsed(0, 0)
    whole = missing == lapsed.points
    return Lapsed(missing, lapsed.value_minor if whole else divide(lapsed.value_minor * missing, lapsed.points))
