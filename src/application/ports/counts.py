"""What the application needs to count stock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.inventory.stock_count import CountEntry, Moved, StockCount


class Counts(Protocol):
    """Counts, what was found, and what moves meanwhile."""

    def lock(self, count_id: int) -> StockCount | None:
        """The count, locked."""

    def find(self, count_id: int) -> StockCount | None:
        """The count as it stands."""

    def close(self, count: StockCount) -> None:
        """Writes how a locked count has ended."""

    def standing(self, store_id: int, *, limit: int) -> Sequence[int]:
        """Up to `limit` SKU ids of which the store has or had stock."""

    def of_categories(self, store_id: int, category_ids: Collection[int], *, limit: int) -> Sequence[int]:
        """Those of them whose product is in one of these categories."""

    def add_skus(self, count_id: int, sku_ids: Collection[int]) -> None:
        """Says which SKUs a new count is about."""

    def skus(self, count_id: int) -> Mapping[int, str]:
        """The SKUs of the count by id."""

    def entries(self, count_id: int) -> Sequence[CountEntry]:
        """What was found so far."""

    def expected(self, count_id: int) -> Mapping[int, int]:
        """What a closed count was compared with, by SKU id."""

    def moved_since(self, store_id: int, sku_ids: Collection[int], *, since: datetime) -> Sequence[Moved]:
        """What came into the books of a store after a moment, with when it took place.

        A sale took place when it was made, a difference of another count when that was counted.
        """

    def last_counted(self, store_id: int, sku_ids: Collection[int] | None = None) -> Mapping[int, datetime]:
        """When each SKU of a store was counted last by a count that is closed, of those that were."""

    def list_counts(
        self, store_ids: Collection[int] | None, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[StockCount]:
        """Up to `limit` counts, newest first; None means all stores."""
