"""What the application needs to show suppliers of their own: orders, stock of their goods, and what they announce."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.purchasing.delivery_notice import DeliveryNotice, DeliveryNoticeLine
from domain.purchasing.purchase_order import PurchaseOrder


@dataclass(frozen=True, slots=True)
class SuppliedProduct:
    """A SKU that a supplier delivers, with what they call it."""

    sku_id: int
    sku: str
    supplier_sku: str


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices a list holds; None filters nothing. `open_only` keeps those that are announced."""

    store_ids: Collection[int] | None
    order_id: int | None = None
    open_only: bool = False


class SupplierAccess(Protocol):
    """A supplier's own orders that they were sent, the stock of their goods, and dispatch notices."""

    def list_sent(
        self, supplier_id: int, *, open_only: bool, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[PurchaseOrder]:
        """Up to `limit` orders that the supplier was sent, newest first, those older than (created_at, order id)."""

    def products(self, supplier_id: int, *, sku: str, from_sku_id: int, limit: int) -> Sequence[SuppliedProduct]:
        """Up to `limit` of what a supplier delivers by SKU id, from one on; with a `sku` that one only."""

    def on_hand(self, store_ids: Collection[int], sku_ids: Collection[int]) -> Mapping[tuple[int, int], int]:
        """What is on hand in thousandths, by SKU id and store id; absent where the SKU never stood."""

    def sold(
        self, store_ids: Collection[int], sku_ids: Collection[int], *, since: datetime
    ) -> Mapping[tuple[int, int], int]:
        """What was sold less what came back since a moment, by SKU id and store id; absent where nothing was."""

    def lock_notice(self, notice_id: int) -> DeliveryNotice | None:
        """A notice of an order that is locked; None when there is none."""

    def notice_lines(self, notice_ids: Collection[int]) -> Mapping[int, Sequence[DeliveryNoticeLine]]:
        """The lines of notices, by notice and number."""

    def notices(self, order_id: int) -> Sequence[DeliveryNotice]:
        """The notices of an order, the first first."""

    def put_notice(self, notice: DeliveryNotice) -> None:
        """Writes the state and the receipt of a notice."""

    def list_notices(
        self, wanted: NoticeFilter, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[DeliveryNotice]:
        """Up to `limit` notices, newest first, those older than (announced_at, notice id)."""
