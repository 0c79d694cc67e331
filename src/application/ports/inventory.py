"""What the application needs from stock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.catalog.product import Recipe, taken_from_stock
from domain.inventory.stock import StockLevel, StockMovement


@dataclass(frozen=True, slots=True)
class StockItem:
    """What a movement of a product depends on; `unit_decimals` says how fine its quantity may be.

    What is `blocked` is neither sold nor given away.
    """

    sku_id: int
    unit_decimals: int
    unstocked: bool
    blocked: bool
    recipe: Recipe | None = None

    def takes(self, quantity_milli: int) -> list[tuple[int, int]]:
        """The SKU ids, with quantities above zero, that selling so much of it takes out of stock."""
        return taken_from_stock(self.sku_id, quantity_milli, unstocked=self.unstocked, recipe=self.recipe)


class Stock(Protocol):
    """Stock levels and movements."""

    def lock(self, keys: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], StockLevel]:
        """The levels of (location, SKU id) keys, locked in key order; an absent level is first created as zero."""

    def items(self, skus: Collection[str]) -> Mapping[str, StockItem]:
        """The products with these SKUs; what does not exist is absent."""

    def list_levels(
        self,
        *,
        location_ids: Collection[int],
        sku_ids: Collection[int] | None,
        after: tuple[int, int] | None,
        limit: int,
    ) -> Sequence[tuple[str, StockLevel]]:
        """Up to `limit` SKUs with their levels by location and SKU id, those after `after`; None means all SKUs."""

    def list_movements(
        self, *, location_id: int, sku_id: int, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[StockMovement]:
        """Up to `limit` movements, newest first, those older than the (moved_at, movement_id) in `after`."""
