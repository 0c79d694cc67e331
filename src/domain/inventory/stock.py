"""The stock ledger: movements, and the level that only movements move."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntFlag, StrEnum
from typing import Final


class MovementReason(StrEnum):
    RECEIPT = "receipt"
    SALE = "sale"
    RETURN = "return"
    VOID = "void"
    COST_CORRECTION = "cost_correction"
    SCRAP = "scrap"
    GIFT = "gift"
    GIFT_RETURN = "gift_return"
    SET_ASIDE = "set_aside"
    COST_VARIANCE = "cost_variance"
    LANDED_COST = "landed_cost"
    REVALUATION = "revaluation"
    RECEIPT_CORRECTION = "receipt_correction"
    EXPIRED = "expired"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OVER = "transfer_over"
    COUNT = "count"
    ADJUSTMENT = "adjustment"
    WRITE_OFF = "write_off"
    TAKEN_OVER = "taken_over"
    COMPONENT = "component"
    """Went into what was made of it, or came out of it."""
    ASSEMBLY = "assembly"
    SUPPLIER_RETURN = "supplier_return"
    INVOICE_DIFFERENCE = "invoice_difference"
    """A supplier has invoiced goods that are still there at another price than they came at."""


OF_SALES: Final = (MovementReason.SALE, MovementReason.RETURN, MovementReason.VOID)
"""Movements that sum to what was sold, with what came back of it; gifts are told apart."""

COST_CHANGES: Final = (MovementReason.COST_CORRECTION, MovementReason.COST_VARIANCE)
"""Why the value of stock changes beside what a document moves: goods had been sold at another cost, or stand at one."""


class CostingMethod(StrEnum):
    """What goods are worth that leave (setting `costing_method`)."""

    MOVING_AVERAGE = "moving_average"
    FIFO = "fifo"
    STANDARD = "standard"


class Costing(IntFlag):
    """What sets a level apart from one that is valued at its moving average and whose goods are all alike."""

    FIFO = 1
    STANDARD = 2
    LOTS = 4


@dataclass(slots=True)
class StockLevel:
    """What stands of one SKU at one location; valued at moving-average cost unless `costing` (flags) says otherwise.

    `on_hand_milli` and `value_minor` are always the sums of the movements. The last receipt's cost and quantity price
    what is sold before it is received.
    """

    location_id: int
    sku_id: int
    on_hand_milli: int
    reserved_milli: int
    value_minor: int
    last_cost_minor: int
    last_cost_quantity_milli: int
    costing: int = 0

    def available_milli(self, on: date) -> int:
        """What may leave on that day: on hand, but for what is reserved or has expired."""
        return self.on_hand_milli - self.reserved_milli


@dataclass(slots=True)
class StockMovement:
    location_id: int
    sku_id: int
    movement_id: int
    quantity_milli: int
    value_minor: int
    reason: MovementReason
    document_id: int
    business_date: date
    moved_at: datetime
