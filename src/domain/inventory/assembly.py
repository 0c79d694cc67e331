"""Goods that a store makes out of others by their recipe, or takes apart again."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class Assembly:
    """Header of goods that were made, or taken apart where `quantity_milli` is below zero.

    Its lines are the stock movements that name it: what leaves is worth what comes, `cost_minor`.
    `cost_correction_minor` is as that of a receipt.
    """

    assembly_id: int
    store_id: int
    sku_id: int
    quantity_milli: int
    cost_minor: int
    cost_correction_minor: int
    reference: str
    business_date: date
    made_at: datetime
