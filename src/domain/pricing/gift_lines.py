"""Gifts as lines of their own, at price zero, wherever a basket is priced."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.pricing.basket import PricedBasket, PricedLine
from domain.pricing.goods import UNIT_MILLI
from domain.shared.applied import AppliedDiscount, gift_code


@dataclass(slots=True)
class GiftLine:
    """A line that a promotion gives away; it names the promotion as a discount of nothing."""

    sku: str
    quantity_milli: int
    promotion_code: str
    priced: PricedLine


def gift_lines(priced: PricedBasket) -> Iterator[GiftLine]:
    """The gifts that a basket has earned, in the order of its promotions, numbered after the lines that it has."""
    number = len(priced.lines)
    for one in priced.considered:
        for gift in one.gifts:
            number += 1
            given = AppliedDiscount(gift_code(one.code), one.name, 0, 0)
            line = PricedLine(number, 0, 0, 0, 0, 0, 0, [given], [])
            yield GiftLine(gift.sku, gift.units * UNIT_MILLI, one.code, line)
