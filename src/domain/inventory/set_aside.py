"""Goods that a store holds but must not sell: a ledger of entries, and levels that only entries move.

They have left the stock that is for sale, at their cost, and stand in an account of their own.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.shared.money import Rounding, divide


class SetAsideStatus(StrEnum):
    """What the goods are or wait for."""

    CONSIGNMENT = "consignment"
    """A supplier's own, worth nothing to the chain until it takes them over."""
    DAMAGED = "damaged"
    DISPATCHED = "dispatched"
    """Sent to a customer by a supplier, and not sold yet: in no store."""
    IN_TRANSIT = "in_transit"
    """On their way to this location."""
    QUARANTINE = "quarantine"
    TO_SUPPLIER = "to_supplier"


class SetAsideReason(StrEnum):
    RETURNED = "returned"
    """Brought back by a customer, out of stock in the same document."""
    MOVED = "moved"
    """From stock or back to it, or from one status to another."""
    TRANSFERRED = "transferred"
    """On the way from another location, arrived, or missing."""
    ADJUSTED = "adjusted"
    """Lost, spoiled, used or turned up."""
    CONSIGNED = "consigned"
    """Came from a supplier on consignment, went back to it, or was taken over."""
    DISPATCHED = "dispatched"
    """Sent to a customer by a supplier, then sold or recalled."""
    RECEIVED = "received"
    """Came from a supplier and was not accepted."""
    SENT_BACK = "sent_back"
    """Went back to a supplier, by a return."""


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


def take(level: SetAsideLevel, *, quantity_milli: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Moves a quantity, above zero and at most what is there, out of the level; the value that goes with it.

    Goods leave at the average, the last of them with all the value that is left.
    """
    value = level.value_minor
    if quantity_milli < level.quantity_milli:
        value = divide(value * quantity_milli, level.quantity_milli, rounding)
    level.quantity_milli -= quantity_milli
    level.value_minor -= value
    return value
