"""Quantities: thousandths of a product's unit of measure, as fine as the unit allows."""

from typing import Final

from domain.shared.errors import Invalid

UNIT_MILLI: Final = 1_000
QUANTITY_MILLI_MAX: Final = 10**9
"""A million units on one line: far above any sale, so a larger quantity is a slip."""


class QuantityNotPositive(Invalid):
    en = "A quantity of {quantity_milli} thousandths is not above zero."
    zh = "数量（千分之 {quantity_milli}）必须大于零。"


class QuantityTooFine(Invalid):
    en = "{quantity_milli} thousandths are finer than the product's unit, which has {unit_decimals} decimals."
    zh = "数量（千分之 {quantity_milli}）的小数位超过该商品单位允许的 {unit_decimals} 位。"


class QuantityTooLarge(Invalid):
    en = "A quantity of {quantity_milli} thousandths is above the limit of {quantity_milli_max}."
    zh = "数量（千分之 {quantity_milli}）超过上限 {quantity_milli_max}。"


def checked_quantity(quantity_milli: int, *, unit_decimals: int, field: str) -> int:
    """The quantity itself, above zero and no finer than `unit_decimals` (0 to 3) of its unit.

    Raises QuantityNotPositive, QuantityTooFine or QuantityTooLarge.
    """
    if quantity_milli <= 0:
        raise QuantityNotPositive(field, quantity_milli=quantity_milli)
    if quantity_milli > QUANTITY_MILLI_MAX:
        raise QuantityTooLarge(field, quantity_milli=quantity_milli, quantity_milli_max=QUANTITY_MILLI_MAX)
    if quantity_milli % 10 ** (3 - unit_decimals):
        raise QuantityTooFine(field, quantity_milli=quantity_milli, unit_decimals=unit_decimals)
    return quantity_milli
