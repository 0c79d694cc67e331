"""What was taken off a line and what tax it bears, as pricing computes it and as the document keeps it for ever.

Plain dataclasses, because every line has some; nothing changes one after it is made.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_GIFT: Final = "gift:"
TAX_EXEMPTION: Final = "tax_exemption"
"""The code under which a line of an exempt sale names its certificate, with the tax that was taken out of its price."""

STAFF_PURCHASE: Final = "staff_purchase"
"""The code under which every line of a staff purchase names who buys by staff code, with what came off for it."""


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


def gift_code(promotion_code: str) -> str:
    """The code under which a line at price zero names, as a discount of nothing, the promotion that gave it away."""
    return _GIFT + promotion_code


def given_by(discounts: Iterable[AppliedDiscount]) -> str:
    """The code of the promotion that gave a line away; empty for goods that were bought.

    Only a gift has a discount of nothing: what a terminal or a person takes off is more.
    """
    for discount in discounts:
        if not discount.amount_minor and not discount.base_minor and discount.code.startswith(_GIFT):
            return discount.code[len(_GIFT) :]
    return ""


def bought_by(discounts: Iterable[AppliedDiscount]) -> str:
    """The code of the member of staff who bought a line, empty for customers; a terminal's own discounts come first."""
    found = ""
    for discount in discounts:
        if discount.code == STAFF_PURCHASE:
            found = discount.name
    return found
