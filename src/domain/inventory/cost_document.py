"""Documents that change what stock is worth or write off what has expired: always entries of their own day."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class CostDocumentKind(StrEnum):
    STANDARD_COSTS = "standard_costs"
    """New standard costs; the gain in value is purchase price variance."""
    COSTING = "costing"
    """Another method; what is on hand keeps its value."""
    EXPIRED = "expired_lots"
    """Lots that have expired, written off."""
    LANDED_COST = "landed_cost"
    """What receipts have cost besides, which became known later."""
    RECEIPT_CORRECTION = "receipt_correction"
    """Lines of a receipt that had been recorded wrongly."""


OF_RECEIPTS: Final = frozenset({CostDocumentKind.LANDED_COST, CostDocumentKind.RECEIPT_CORRECTION})
"""Documents about receipts: they are in the books even where the value of stock stays as it is."""


@dataclass(slots=True)
class CostDocument:
    """Header; its lines are the movements that name it. `stock_minor` is by how much stock has gained in value."""

    document_id: int
    kind: CostDocumentKind
    store_id: int
    business_date: date
    currency: str
    reference: str
    stock_minor: int
    posted_at: datetime
