"""What the application needs from stock."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.inventory.stock import StockLevel


class Stock(Protocol):
    """Stock levels and movements."""

    def lock(self, keys: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], StockLevel]:
        """The levels of (location, SKU id) keys, locked in key order; an absent level is first created as zero."""
