"""A sale without taxes: by which certificate, why, and how much tax was not charged."""

from dataclasses import dataclass


@dataclass(slots=True)
class TaxExemption:
    """Written with the sale and never changed; `exempt_minor` is the tax that anybody else would have paid."""

    sale_id: int
    certificate: str
    reason: str
    exempt_minor: int
