"""What people took off a basket, or sold below its floor: the figures that their permissions are measured by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.pricing.basket import BASKET, MANUAL, PricedBasket
from domain.pricing.tax import MILLION
from domain.shared.applied import STAFF_PURCHASE, TAX_EXEMPTION
from domain.shared.money import Rounding, divide, divide_up

_NOBODYS: Final = frozenset({TAX_EXEMPTION, STAFF_PURCHASE})
"""What comes off by rules of head office, and is no act of the seller."""


@dataclass(slots=True)
class HandLine:
    """One line on which a person acted, by its position from zero.

    `off_minor` is what the person took off the `base_minor` that the line would have cost, `manual_minor` what of it
    was given as discounts, `above_minor` what a price named by hand adds to the list price. What the basket's discounts
    take off the line is not in it.
    """

    position: int
    overridden: bool
    base_minor: int
    off_minor: int
    manual_minor: int
    above_minor: int


@dataclass(slots=True)
class ByHand:
    """What people did to a basket: by line, and in all with the basket's discounts. `bases` are those of all lines.

    `below_floor` are the positions of lines that are sold for less than their floor, `below_floor_minor` what they are
    sold for together. Neither tells how high the floor is. `exempt_minor` is the tax that is not charged, and
    `own_purchase_minor` what is sold to the seller, or by nobody knows whom to a member of staff.
    """

    lines: list[HandLine] = field(default_factory=list)
    bases: list[int] = field(default_factory=list)
    off_minor: int = 0
    basket_off_minor: int = 0
    above_minor: int = 0
    below_floor: tuple[int, ...] = ()
    exempt_minor: int = 0
    below_floor_minor: int = 0
    own_purchase_minor: int = 0


def floor_of_line(
    *,
    minimum_unit_price_minor: int,
    minimum_includes_tax: bool,
    cost_minor: int,
    quantity_milli: int,
    price_includes_tax: bool,
    rate_ppm: int,
) -> int:
    """What a line must come to at least, in the terms of its price: with the taxes (`rate_ppm`) where that has them.

    The higher one of the minimum price and of the cost of the goods, which is always without tax; both zero is none.
    """
    minimum = divide_up(minimum_unit_price_minor * quantity_milli, 1000)
    if minimum and price_includes_tax and not minimum_includes_tax:
        minimum = divide_up(minimum * (MILLION + rate_ppm), MILLION)
    elif minimum and minimum_includes_tax and not price_includes_tax:
        minimum = divide_up(minimum * MILLION, MILLION + rate_ppm)
    cost = divide_up(cost_minor * (MILLION + rate_ppm), MILLION) if price_includes_tax else cost_minor
    return max(minimum, cost)


def measured(priced: PricedBasket, rounding: Rounding, *, below_floor: Sequence[int] | None = None) -> ByHand:
    """What people did to the lines. `below_floor` is given where the floors were looked at before, with a quote."""
    found = ByHand(exempt_minor=priced.exempt_minor)
    low = []
    for position, (request, line) in enumerate(zip(priced.requests, priced.lines, strict=True)):
        # The first discounts of a line that its terminal has priced have that terminal's codes, whatever they are.
        discounts = line.discounts[len(request.terminal.discounts) if request.terminal else 0 :]
        manual = sum([one.amount_minor for one in discounts if one.code == MANUAL])
        basket = sum([one.amount_minor for one in discounts if one.code == BASKET])
        # Floors are for the price of customers, with whatever taxes others would have paid in it.
        relief = sum([one.amount_minor for one in discounts if one.code in _NOBODYS])
        after = line.gross_minor - line.discount_minor + relief
        before = after + manual + basket
        by_price = divide(request.unit_price_minor * request.quantity_milli, 1000, rounding)
        overridden = request.override is not None
        if overridden:
            listed = max(request.list_price_minor, request.unit_price_minor)
            above = max(0, before - divide(listed * request.quantity_milli, 1000, rounding))
            base, off = by_price, max(0, by_price - before) + manual
        else:
            above, base, off = 0, before, manual
        if overridden or off:
            found.lines.append(HandLine(position, overridden, base, off, manual, above))
        found.bases.append(base)
        found.off_minor += off + basket
        found.basket_off_minor += basket
        found.above_minor += above
        # A price that head office has set is no act of a person, even where it lies below the floor.
        if after < (request.floor_minor if request.terminal else min(request.floor_minor, by_price)):
            low.append(position)
    found.below_floor = tuple(low if below_floor is None else below_floor)
    found.below_floor_minor = sum(
        [priced.lines[n].gross_minor - priced.lines[n].discount_minor for n in found.below_floor]
    )
    return found
