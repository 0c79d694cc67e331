"""Stock as shown: stores and SKUs by their codes."""

from dataclasses import dataclass
from datetime import datetime

from domain.inventory.stock import MovementReason


@dataclass(frozen=True, slots=True)
class StockLevelView:
    """What stands of one SKU in one store, valued at moving-average cost."""

    store_code: str
    sku: str
    on_hand_milli: int
    reserved_milli: int
    available_milli: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class MovementView:
    """One movement; `document_id` is the sale, refund or receipt that caused it."""

    movement_id: int
    quantity_milli: int
    value_minor: int
    reason: MovementReason
    document_id: int
    business_date: str
    moved_at: datetime
