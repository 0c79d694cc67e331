"""Price lists, prices and taxes as HQ states them and everybody reads them: related things by their codes."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PriceListEntry:
    """A price list with the conditions under which it applies; an empty one means any."""

    code: str
    name: str
    currency: str
    includes_tax: bool = False
    priority: int = 0
    store_code: str = ""
    region_code: str = ""
    channel: str = ""
    tier: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """Price of one unit of measure, from `quantity_from_milli` of the line on, and the least that it may come to."""

    sku: str
    unit_price_minor: int
    quantity_from_milli: int = 0
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    minimum_unit_price_minor: int = 0


@dataclass(frozen=True, slots=True)
class TaxEntry:
    """A tax on the products of one tax category; `until_date` is the first day on which it no longer holds."""

    code: str
    name: str
    tax_category: str
    rate_ppm: int
    region_code: str = ""
    from_date: str = ""
    until_date: str = ""
