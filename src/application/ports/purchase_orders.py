"""What the application needs of purchase orders."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.purchasing.purchase_order import (
    PurchaseEvent,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    PurchaseOrderVersion,
)
from domain.purchasing.purchase_receipt import PurchaseAllocation, PurchaseReceipt, PurchaseReceiptLine
from domain.purchasing.purchase_terms import NetPrice


@dataclass(frozen=True, slots=True)
class BuyableProduct:
    """What an order depends on: `unit_decimals` says how fine a quantity may be; what is `blocked` is not bought."""

    sku_id: int
    unit_decimals: int
    tax_category: str
    unstocked: bool
    blocked: bool


@dataclass(frozen=True, slots=True)
class OnOrder:
    """What of a SKU is still to come to a location by a date, in thousandths; `sent` once a supplier knows of it."""

    location_id: int
    sku_id: int
    expected_on: date
    quantity_milli: int
    sent: bool


@dataclass(frozen=True, slots=True)
class LineProgress:
    """What of a line of an order was ordered, accepted, rejected, and is still open, in thousandths.

    `goods_minor`, `freight_minor` and `quarantine_minor` are what was posted as received and not invoiced so far.
    """

    line_number: int
    sku_id: int
    ordered_milli: int
    accepted_milli: int
    rejected_milli: int
    open_milli: int
    goods_minor: int
    freight_minor: int
    quarantine_minor: int


@dataclass(frozen=True, slots=True)
class PurchaseOrderFilter:
    """Which orders a list holds; None and False filter nothing. `due_before` keeps open ones expected before a date."""

    store_ids: Sequence[int] | None
    supplier_id: int | None = None
    state: PurchaseOrderState | None = None
    open_only: bool = False
    due_before: date | None = None


class PurchaseOrders(Protocol):
    """Purchase orders with their versions, lines, receipts and timeline."""

    def lock(self, order_id: int) -> PurchaseOrder | None:
        """The order, locked, before anything else that its use cases lock; None when there is none."""

    def find(self, order_id: int) -> PurchaseOrder | None:
        """The order as it stands."""

    def by_ids(self, order_ids: Collection[int]) -> Mapping[int, PurchaseOrder]:
        """The orders with these ids."""

    def of_proposal(self, proposal_reference: str) -> Sequence[PurchaseOrder]:
        """The orders that were made of a proposal, in the order in which they were made."""

    def move(self, order: PurchaseOrder) -> None:
        """Writes where a locked order stands."""

    def version(self, order_id: int, version: int) -> PurchaseOrderVersion | None:
        """One version of an order."""

    def versions(self, order_id: int) -> Sequence[PurchaseOrderVersion]:
        """All versions of an order, the first first."""

    def lines(self, order_id: int, version: int) -> Sequence[PurchaseOrderLine]:
        """The lines of a version, by number."""

    def all_lines(self, order_id: int) -> Sequence[PurchaseOrderLine]:
        """The lines of all versions, by version and number."""

    def events(self, order_id: int) -> Sequence[PurchaseEvent]:
        """The timeline of an order."""

    def allocations(self, order_id: int) -> Sequence[PurchaseAllocation]:
        """What of the order is for which store, by line and location."""

    def move_allocations(self, allocations: Sequence[PurchaseAllocation]) -> None:
        """Writes allocations of a locked order: dates, what is ordered, received and open."""

    def receipts(self, order_id: int) -> Sequence[PurchaseReceipt]:
        """The receipts of an order, the first first."""

    def receipt_lines(self, order_id: int) -> Sequence[PurchaseReceiptLine]:
        """What came of an order, by receipt and line."""

    def progress(self, order_id: int) -> Sequence[LineProgress]:
        """How far each line of the order has come, by number; a supplier's invoice is matched against it."""

    def buyable(self, skus: Collection[str]) -> Mapping[str, BuyableProduct]:
        """The products with these SKUs; what does not exist is absent."""

    def last_prices(
        self, sku_ids: Collection[int], *, currency: str, supplier_id: int | None
    ) -> Mapping[int, NetPrice]:
        """The price that was last paid in a currency, to anybody or to one supplier; absent where none was."""

    def on_order(self, location_ids: Collection[int], sku_ids: Collection[int] | None) -> Sequence[OnOrder]:
        """What is still to come, drafts included, by location, SKU and date; None means all SKUs.

        What goes to customers comes to no location.
        """

    def list_orders(
        self, wanted: PurchaseOrderFilter, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[PurchaseOrder]:
        """Up to `limit` orders, newest first, those older than (created_at, order id)."""
