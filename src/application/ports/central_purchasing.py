"""What the application needs of central purchasing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.purchasing.central import LineShare, ReceiptShare
from domain.purchasing.purchase_receipt import PurchaseReceipt


@dataclass(frozen=True, slots=True)
class Promised:
    """What of a SKU stands at a centre for another store, in no transfer yet, in thousandths."""

    centre_id: int
    location_id: int
    sku_id: int
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class WaitingReceipt:
    """A receipt of which something waits to be taken to so many stores."""

    receipt_id: int
    order_id: int
    store_id: int
    business_date: date
    stores: int
    lines: int


class CentralPurchasing(Protocol):
    """What of orders that come to a centre is for which stores, and what of each receipt."""

    def line_shares(self, order_id: int, version: int | None) -> Sequence[LineShare]:
        """The stores' shares of a version, or of all versions, by version, line and store."""

    def receipt(self, receipt_id: int) -> PurchaseReceipt | None:
        """The receipt of this id."""

    def receipt_shares(self, receipt_id: int) -> Sequence[ReceiptShare]:
        """The stores' shares of a receipt, by store and line."""

    def settle(self, shares: Sequence[ReceiptShare]) -> None:
        """Writes what became of shares of a receipt whose order is locked."""

    def promised(self, sku_ids: Collection[int]) -> Sequence[Promised]:
        """What waits at centres for stores, by centre, store and SKU."""

    def waiting(self, store_ids: Sequence[int] | None, *, after: int, limit: int) -> Sequence[WaitingReceipt]:
        """Up to `limit` receipts of these centres by id, those after `after`, of which something waits."""
