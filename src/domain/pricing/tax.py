"""Taxes: which rates a product has, and what they come to."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax on one tax category; `rate_ppm` in parts per million, `until_date` exclusive, `region_id` None for all."""

    tax_id: int
    code: str
    name: str
    tax_category: str
    rate_ppm: int
    region_id: int | None
    from_date: date | None
    until_date: date | None
