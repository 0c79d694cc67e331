"""Goods receipts: what a supplier delivered, at its cost."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class GoodsReceipt:
    """Header of a receipt; its lines are the stock movements that name it.

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
