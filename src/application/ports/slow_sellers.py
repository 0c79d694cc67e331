"""What the application needs to find goods that hardly sell."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ListedGoods:
    """A product as it stands in the catalogue."""

    sku_id: int
    sku: str
    unstocked: bool


@dataclass(frozen=True, slots=True)
class StockHeld:
    """What some stores hold of one SKU together; what a store owes to its stock is not set off.

    `unit_cost_minor_max` is the highest moving-average cost of a unit in any of them, rounded up. `received` tells
    whether any of them has ever received it.
    """

    on_hand_milli: int
    value_minor: int
    unit_cost_minor_max: int
    received: bool


class SlowSellers(Protocol):
    """Reads that cost what lies in their ranges of products and days, not what was sold before or of other goods."""

    def goods(self, *, after: int, limit: int) -> Sequence[ListedGoods]:
        """Up to `limit` products in the order of their ids, those after `after`."""

    def sold(
        self, *, first_sku_id: int, last_sku_id: int, days: Sequence[date], store_ids: Collection[int] | None
    ) -> Mapping[int, int]:
        """The quantities sold on these business dates, less what came back and was voided, by SKU id; gifts are none.

        In thousandths of the unit; what did not move is absent. None means all stores.
        """

    def held(self, *, first_sku_id: int, last_sku_id: int, store_ids: Collection[int]) -> Mapping[int, StockHeld]:
        """What stands in these stores, by SKU id; what never moved there is absent."""

    def received_before(self, day: date, *, sku_ids: Collection[int], store_ids: Collection[int]) -> frozenset[int]:
        """Those of the SKUs that one of these stores has received before this business date."""
