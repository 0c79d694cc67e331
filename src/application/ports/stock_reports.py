"""What the application needs to tell what stock does."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

Key = tuple[int, int]
"""Store and SKU by id."""


@dataclass(frozen=True, slots=True)
class SlowStock:
    """Goods on hand that nobody buys; `idle_since` is the date of their last sale, else of when they first came."""

    location_id: int
    sku_id: int
    sku: str
    name: str
    on_hand_milli: int
    value_minor: int
    idle_since: date
    last_sold_on: date | None
    last_received_on: date | None


@dataclass(frozen=True, slots=True)
class OverStock:
    location_id: int
    sku_id: int
    sku: str
    name: str
    on_hand_milli: int
    value_minor: int
    sold_milli: int


@dataclass(frozen=True, slots=True)
class CategoryTurnover:
    """What goods of a category came to in a store between two moments."""

    category_id: int
    opening_minor: int
    closing_minor: int
    cost_of_goods_sold_minor: int


class StockReports(Protocol):
    """Reads whose cost is that of the levels that they look at, and of what moved in their period."""

    def slow(
        self, store_ids: Collection[int], *, idle_since: date, after: Key | None, looked_at: int, limit: int
    ) -> Sequence[SlowStock]:
        """Up to `limit` goods without a sale after that date, among the next `looked_at` levels by store and SKU id."""

    def over(
        self, store_ids: Collection[int], *, since: datetime, in_days: int, days: int, after: Key | None,
        looked_at: int, limit: int,
    ) -> Sequence[OverStock]:  # fmt: skip
        """Up to `limit` goods of which more is there than `days` of what was sold since, among the next levels.

        That was `in_days` ago.
        """

    def last_looked_at(self, store_ids: Collection[int], *, after: Key | None, looked_at: int) -> Key | None:
        """The key of the last of the next `looked_at` levels; None where there are not more than that."""

    def turnover(self, store_id: int, *, opening: datetime, closing: datetime) -> Sequence[CategoryTurnover]:
        """By category of a store's goods, what moved from `opening` on and before `closing`."""
