"""The stock ledger: movements, and the level that only movements move."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


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
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OVER = "transfer_over"
    ADJUSTMENT = "adjustment"
    WRITE_OFF = "write_off"
    TAKEN_OVER = "taken_over"
    COMPONENT = "component"
    """Went into what was made of it, or came out of it."""
    ASSEMBLY = "assembly"


@dataclass(slots=True)
class StockLevel:
    """What stands of one SKU at one location, valued at moving-average cost.

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
