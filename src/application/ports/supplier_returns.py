"""What the application needs to send goods back to suppliers, and to know what is not invoiced yet."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.purchasing.purchase_accrual import PurchaseAccrual
from domain.purchasing.supplier_return import SupplierReturn, SupplierReturnLine


class PurchaseAccruals(Protocol):
    """What was received and what has become of it; locked after purchase orders and before stock."""

    def lock_receipts(self, receipt_ids: Collection[int]) -> Sequence[PurchaseAccrual]:
        """The lines of purchase receipts by receipt and number, locked."""

    def lock_returnable(
        self, supplier_id: int, store_id: int, sku_ids: Collection[int], *, since: datetime
    ) -> Sequence[PurchaseAccrual]:
        """What a store has received of these SKUs from a supplier since then and may go back, locked by receipt."""

    def move(self, accruals: Sequence[PurchaseAccrual]) -> None:
        """Writes what has become of locked accruals."""


class SupplierReturns(Protocol):
    """Goods that went back."""

    def find(self, return_id: int) -> SupplierReturn | None:
        """A return."""

    def lines(self, return_id: int) -> Sequence[tuple[str, SupplierReturnLine]]:
        """Its lines by number, each with its SKU."""

    def list_returns(
        self,
        store_ids: Sequence[int] | None,
        *,
        supplier_id: int | None,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[SupplierReturn]:
        """Up to `limit` returns, newest first, those older than (returned_at, return id); None means all stores."""
