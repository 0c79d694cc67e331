"""What was taken off a line and what tax it bears, as pricing computes it and as the document keeps it for ever.

Plain dataclasses, because every line has some; nothing changes one after it is made.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class AppliedDiscount:
    """A discount on one line, with where it came from and the base that it was computed from."""

    code: str
    name: str
    amount_minor: int
    base_minor: int


@dataclass(slots=True)
class AppliedTax:
    """One tax on one line; `rate_ppm` in parts per million, `base_minor` is the line without tax."""

    code: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
