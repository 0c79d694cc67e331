"""What the application needs of goods receipts: their lines, what changed them, and the layers that they opened."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.inventory.layers import Lot
from domain.inventory.receipt import GoodsReceipt, GoodsReceiptLine, LandedCharge, ReceiptLineKind


@dataclass(frozen=True, slots=True)
class OpenedLayer:
    """A layer that a document has opened, whether or not anything of it is left, and its lot."""

    document_id: int
    sku_id: int
    layer_id: int
    lot: Lot


@dataclass(frozen=True, slots=True)
class ReceiptChanged:
    """A document that changed a receipt, and by how much in all."""

    number: int
    kind: ReceiptLineKind
    document_id: int
    business_date: date
    reference: str
    quantity_milli: int
    cost_minor: int


class GoodsReceipts(Protocol):
    """Receipts of goods, of purchase orders and without one."""

    def lock(self, receipt_ids: Collection[int]) -> Mapping[int, GoodsReceipt]:
        """The receipts, locked in the order of ids, before stock levels; what does not exist is absent."""

    def find(self, receipt_id: int) -> GoodsReceipt | None:
        """The receipt as it came."""

    def entries(self, receipt_ids: Collection[int]) -> Sequence[GoodsReceiptLine]:
        """All lines with all their changes, by receipt, line number and number."""

    def page(self, receipt_id: int, *, after: int, limit: int) -> Sequence[GoodsReceiptLine]:
        """As `entries`, of up to `limit` lines after a line number."""

    def changes(self, receipt_id: int) -> Sequence[ReceiptChanged]:
        """What changed a receipt, the first first."""

    def charges(self, document_ids: Collection[int]) -> Sequence[LandedCharge]:
        """The costs that these documents have spread, by document and number."""

    def opened_layers(self, location_id: int, document_ids: Collection[int]) -> Sequence[OpenedLayer]:
        """The layers that these documents have opened at a location, in the order in which they did."""

    def order_of(self, receipt_id: int) -> int | None:
        """The purchase order that the receipt is of."""

    def list_receipts(
        self, store_ids: Collection[int] | None, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[GoodsReceipt]:
        """Up to `limit` receipts, newest first, those older than (received_at, receipt id); None means all stores."""
