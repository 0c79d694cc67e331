"""What the application needs to know of how stock is costed, of lots and their expiry."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.inventory.layers import StockLayer
from domain.inventory.stock import CostingMethod


@dataclass(frozen=True, slots=True)
class LotProduct:
    """Whether a product is told apart by lot, and its days from receipt to expiry (0 for none)."""

    sku_id: int
    lot_tracked: bool
    shelf_life_days: int


@dataclass(frozen=True, slots=True)
class LotMovement:
    """What one document did with a lot at a location; below zero for what left."""

    location_id: int
    document_id: int
    reason: str
    quantity_milli: int
    business_date: date
    moved_at: datetime


class Costings(Protocol):
    """Methods of categories, products told apart by lot, and lots wherever they are."""

    def own_methods(self) -> Mapping[int, CostingMethod]:
        """The methods that categories state themselves, by category id."""

    def put_methods(self, methods: Mapping[int, CostingMethod]) -> None:
        """States the methods of categories; those below follow unless they state one of their own."""

    def put_lot_products(self, products: Sequence[LotProduct]) -> None:
        """States how products are told apart, in place of what stood there."""

    def lot_products(self, sku_ids: Collection[int]) -> Sequence[LotProduct]:
        """Those of these products of which something was stated."""

    def expiring(
        self, location_ids: Collection[int], *, until: date, after: tuple[int, date, int] | None, limit: int
    ) -> Sequence[tuple[str, StockLayer]]:
        """Up to `limit` SKUs with layers that expire by a date and are not used up, by location, date and layer."""

    def lot_movements(
        self, sku_id: int, lot_code: str, *, location_ids: Collection[int], limit: int
    ) -> Sequence[LotMovement]:
        """What came of a lot and where it went, newest first."""
