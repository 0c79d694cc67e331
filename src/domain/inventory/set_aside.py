"""Goods that a store holds but must not sell: a ledger of entries, and levels that only entries move.

They have left the stock that is for sale, at their cost, and stand in an account of their own.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class SetAsideStatus(StrEnum):
    """What the goods wait for."""

    TO_SUPPLIER = "to_supplier"


class SetAsideReason(StrEnum):
    RETURNED = "returned"


@dataclass(slots=True)
class SetAsideLevel:
    """What is set aside of one SKU at one location in one status; always the sum of its entries."""

    location_id: int
    sku_id: int
    status: SetAsideStatus
    quantity_milli: int
    value_minor: int


@dataclass(slots=True)
class SetAsideEntry:
    """What came to the goods set aside (above zero) or left them, by which line of which document, at what cost."""

    location_id: int
    sku_id: int
    entry_id: int
    status: SetAsideStatus
    quantity_milli: int
    value_minor: int
    reason: SetAsideReason
    document_id: int
    line_number: int
    business_date: date
    posted_at: datetime
