"""Documents that change what stock is worth, or write off what has expired: always entries of their own day."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class CostDocumentKind(StrEnum):
    STANDARD_COSTS = "standard_costs"
    """New standard costs; the gain in value is purchase price variance."""
    COSTING = "costing"
    """Another method; what is on hand keeps its value."""
    EXPIRED = "expired_lots"
    """Lots that have expired, written off."""


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
