"""Baskets of conformance cases, priced by the rules of Liansuo."""

from domain.pricing.basket import LineRequest, Manual, PricedBasket, price_lines
from domain.pricing.tax import Tax, TaxRounding
from domain.shared.money import Rounding
from tests.conformance.stored_cases import milli, minor, scaled


def tax(percent, number=1):
    return Tax(number, f"T{number}", f"{percent} %", "standard", scaled(percent, 4), None, None, None)


def percent_off(percent):
    return Manual("case", scaled(percent, 2), 0)


def amount_off(amount):
    return Manual("case", 0, minor(amount))


def line(unit_price, quantity=1, *, taxes=(), included=True, off=()):
    """`unit_price` in major units, `taxes` in percent."""
    return line_minor(minor(unit_price), quantity, taxes=taxes, included=included, off=off)


def line_minor(unit_price, quantity=1, *, taxes=(), included=True, off=()):
    line_taxes = tuple(tax(percent, number) for number, percent in enumerate(taxes, start=1))
    return LineRequest(
        1, milli(quantity), int(unit_price), int(unit_price), "", "", included, line_taxes, tuple(off), None
    )


def priced(lines, *, off=(), tax_rounding=TaxRounding.DOCUMENT, promoting=None) -> PricedBasket:
    return price_lines(
        lines, basket_discounts=off, tax_rounding=tax_rounding, rounding=Rounding.HALF_UP, promoting=promoting
    )
