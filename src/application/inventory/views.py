"""Stock as shown: stores and SKUs by their codes."""

from dataclasses import dataclass
from datetime import datetime

from domain.inventory.stock import MovementReason


@dataclass(frozen=True, slots=True)
class StockLevelView:
    """What stands of one SKU in one store, valued at moving-average cost.

    What is set aside is no part of it, and stands beside it at its own cost; what is on consignment costs nothing.
    """

    store_code: str
    sku: str
    on_hand_milli: int
    reserved_milli: int
    available_milli: int
    value_minor: int
    to_supplier_milli: int = 0
    to_supplier_minor: int = 0
    damaged_milli: int = 0
    damaged_minor: int = 0
    quarantine_milli: int = 0
    quarantine_minor: int = 0
    in_transit_milli: int = 0
    in_transit_minor: int = 0
    consignment_milli: int = 0
    dispatched_milli: int = 0
    dispatched_minor: int = 0


@dataclass(frozen=True, slots=True)
class MovementView:
    """One movement; `document_id` is the sale, refund or receipt that caused it.

    `on_hand_milli` and `stock_value_minor` are what stood after it.
    """

    movement_id: int
    quantity_milli: int
    value_minor: int
    reason: MovementReason
    document_id: int
    business_date: str
    moved_at: datetime
    on_hand_milli: int
    stock_value_minor: int
