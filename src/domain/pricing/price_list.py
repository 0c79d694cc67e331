"""Price lists: which price applies where, for whom and when."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices of one currency with the conditions under which they apply; None or "" means any."""

    price_list_id: int
    code: str
    name: str
    currency: str
    includes_tax: bool
    priority: int
    store_id: int | None
    region_id: int | None
    channel: str
    tier: str
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Price:
    """Price of one unit of measure of one SKU on one list, from `quantity_from_milli` of the line on."""

    price_list_id: int
    sku_id: int
    quantity_from_milli: int
    valid_from: datetime | None
    valid_until: datetime | None
    unit_price_minor: int
