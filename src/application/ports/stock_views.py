"""What the application asks of stock beyond its present levels: earlier moments, and all stores at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class StockStanding:
    """What stood of one SKU at one location at a moment: the sum of the movements until then."""

    on_hand_milli: int
    value_minor: int


class StockFound(NamedTuple):
    """What one store holds of one SKU and is free to sell, always above zero."""

    store_id: int
    sku_id: int
    available_milli: int


class StockViews(Protocol):
    """Questions whose cost depends on what is asked, not on how long the chain has traded."""

    def standing(
        self, location_id: int, sku_ids: Collection[int], before: tuple[datetime, int]
    ) -> Mapping[int, StockStanding]:
        """What stood of each SKU before the movement (moved_at, movement_id), by SKU id; whatever never moved at zero.

        From the last balance that was carried forward, and the movements since.
        """

    def find(self, sku_ids: Collection[int]) -> Sequence[StockFound]:
        """Where there is some of the SKUs that nobody has reserved, in all stores ever, in no order."""

    def carry(
        self, *, first_sku_id: int, last_sku_id: int, days: Sequence[date], until: datetime, movements_min: int
    ) -> int:
        """Carries balances of SKUs in the range forward that moved on one of the business dates; returns how many.

        Each is what all movements until then came to, and is made where at least `movements_min` of them have come
        since the last one.
        """
