"""What the application needs from stock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.catalog.product import Recipe, taken_from_stock
from domain.inventory.layers import Origin
from domain.inventory.stock import Costing, CostingMethod, StockLevel, StockMovement


@dataclass(frozen=True, slots=True)
class StockItem:
    """What a movement of a product depends on; `unit_decimals` says how fine its quantity may be.

    What is `blocked` is neither sold nor given away. Goods that are `lot_tracked` are told apart by lot and
    expire, where a receipt names no date, so many days after they came.
    """

    sku_id: int
    unit_decimals: int
    unstocked: bool
    blocked: bool
    category_id: int = 0
    lot_tracked: bool = False
    shelf_life_days: int = 0
    recipe: Recipe | None = None

    def takes(self, quantity_milli: int) -> list[tuple[int, int]]:
        """The SKU ids, with quantities above zero, that selling so much of it takes out of stock."""
        return taken_from_stock(self.sku_id, quantity_milli, unstocked=self.unstocked, recipe=self.recipe)


class Stock(Protocol):
    """Stock levels and movements."""

    def lock(self, keys: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], StockLevel]:
        """The levels of (location, SKU id) keys, locked in key order; an absent level is first created as zero."""

    def origins(
        self, document_id: int, sku_ids: Collection[int], *, reversed_by: Sequence[int] | None = None
    ) -> Mapping[int, Sequence[Origin]]:
        """By SKU id: the layers that a document took goods from which have not come back, in the order of taking.

        `reversed_by` are the documents by which goods came back; None where those of a sale are to be looked for.
        """

    def standard_numbers(self, location_id: int, sku_ids: Collection[int]) -> Mapping[int, int]:
        """How many standard costs levels have had, by SKU id; those without any are absent. They are locked."""

    def set_costings(self, location_id: int, costings: Mapping[int, Costing]) -> None:
        """How levels are valued from now on, by SKU id; they are locked."""

    def category_methods(self) -> Mapping[int, CostingMethod]:
        """The costing method of every category that does not use the moving average, inherited from those above it."""

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
