"""What the application needs of drop-ship: purchase orders whose goods go to customers."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from domain.purchasing.drop_ship import Delivery, DropShip, DropShipProgress


class DropShips(Protocol):
    """Drop-ship orders; whoever writes them has locked the customer's order."""

    def add(self, drop_ship: DropShip, delivery: Delivery) -> None:
        """Adds one; where the goods go is encrypted as what is known of the member."""

    def find(self, purchase_order_id: int) -> DropShip | None:
        """The drop-ship of a purchase order; None where its goods go to a store."""

    def among(self, purchase_order_ids: Collection[int]) -> Collection[int]:
        """Those of these purchase orders whose goods go to customers."""

    def delivery(self, drop_ship: DropShip) -> Delivery | None:
        """Where its goods go; None once the member is erased."""

    def progress(self, purchase_order_id: int) -> Sequence[DropShipProgress]:
        """How far its lines are, by number."""

    def of_order(self, order_id: int) -> Sequence[DropShipProgress]:
        """How far everything is that suppliers send for a customer's order, by purchase order and line."""

    def supplier_codes(self, sku_ids: Collection[int]) -> Mapping[int, str]:
        """By SKU id the supplier of the product; empty for none."""

    def list_drop_ships(
        self, store_ids: Sequence[int] | None, *, order_id: int | None, before: int | None, limit: int
    ) -> Sequence[DropShip]:
        """Up to `limit` of these stores, or of one customer's order, newest first, before a purchase order's id."""
