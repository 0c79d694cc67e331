"""What the application needs of adjustments of stock."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from application.ports.selection import Selection
from domain.inventory.adjustment import StockAdjustment, StockAdjustmentLine


class Adjustments(Protocol):
    """What was adjusted. What lies outside the caller's scope is for the caller to see."""

    def next_number(self, store_id: int) -> int:
        """The number of the store's next adjustment; whoever else adjusts there waits for the end of this one."""

    def find(self, adjustment_id: int) -> StockAdjustment | None: ...

    def lines(self, adjustment_id: int) -> Sequence[tuple[str, StockAdjustmentLine]]:
        """The lines of an adjustment with their SKUs, by number."""

    def list_adjustments(
        self, selection: Selection, *, after: tuple[date, datetime, int] | None, limit: int
    ) -> Sequence[StockAdjustment]:
        """Up to `limit` adjustments, newest first, those older than `after`."""
