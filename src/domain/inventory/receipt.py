"""Goods receipts: what a supplier delivered, at its cost, and what became of its lines since."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ReceiptLineKind(StrEnum):
    """By what a line of a receipt has come to be or has changed."""

    RECEIVED = "received"
    CORRECTION = "correction"
    """It had been recorded wrongly; what the supplier is owed changes with it."""
    LANDED_COST = "landed_cost"
    """Freight, duty or the like, which became known later."""


@dataclass(slots=True)
class GoodsReceipt:
    """Header of a receipt as it came; what changed since is in its lines.

    `cost_correction_minor` is what was charged to cost of goods sold because goods had been sold before they were
    received, below zero when they turned out cheaper than assumed.
    """

    receipt_id: int
    store_id: int
    reference: str
    business_date: date
    received_at: datetime
    line_count: int
    cost_minor: int
    cost_correction_minor: int


@dataclass(slots=True)
class GoodsReceiptLine:
    """What came of a line (`number` 0, which its receipt is the document of), or by how much a document changed it.

    The figures of all numbers of a line sum to how it stands. A landed cost has no quantity.
    """

    receipt_id: int
    line_number: int
    number: int
    kind: ReceiptLineKind
    document_id: int
    sku_id: int
    quantity_milli: int
    cost_minor: int


@dataclass(slots=True)
class LandedCharge:
    """One of the costs, `number` by number, that a document has spread over lines of receipts, and by what."""

    document_id: int
    number: int
    kind: str
    basis: str
    amount_minor: int
