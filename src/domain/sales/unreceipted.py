"""What goods bring that come back without a receipt: the lowest price that they were lately sold at, never more."""

from collections.abc import Iterable
from fractions import Fraction

from domain.sales.sale import SaleLine
from domain.shared.applied import AppliedTax
from domain.shared.money import Rounding, allocate, divide


def unit_price(line: SaleLine) -> Fraction:
    """What a thousandth of the goods was paid with, tax included, exactly."""
    return Fraction(line.total_minor, line.quantity_milli)


def cheapest(sold: Iterable[tuple[int, int, int]]) -> int | None:
    """Which of (quantity_milli, total_minor, sale id) cost least per unit: its sale id, the latest of equals.

    Quantities and totals are above zero; None for nothing at all.
    """
    lowest = min(sold, key=lambda one: (Fraction(one[1], one[0]), -one[2]), default=None)
    return None if lowest is None else lowest[2]


def unreceipted_line(sold: SaleLine, quantity_milli: int, *, sale_id: int, line_number: int) -> SaleLine:
    """The negative line that takes `quantity_milli` back at what a unit of the `sold` line was paid with.

    Rounded down, so that no quantity brings more than its share. Taxes are in the proportion that they had in it. It
    names no discount, takes no points, and has no line that it takes back; the price before tax is the gross amount
    where taxes came on top. Its cost is in proportion too.
    """

    def share(amount: int) -> int:
        return divide(amount * quantity_milli, sold.quantity_milli, Rounding.DOWN)

    total = share(sold.total_minor)
    tax = min(share(sold.tax_minor), total)
    includes_tax = sold.gross_minor - sold.discount_minor == sold.total_minor
    gross = total if includes_tax else total - tax
    tax_parts = allocate(tax, [one.tax_minor for one in sold.taxes])
    return SaleLine(
        sale_id=sale_id,
        line_number=line_number,
        sku_id=sold.sku_id,
        department_id=sold.department_id,
        quantity_milli=-quantity_milli,
        unit_price_minor=divide(gross * 1000, quantity_milli, Rounding.DOWN),
        gross_minor=-gross,
        discount_minor=0,
        net_minor=tax - total,
        tax_minor=-tax,
        total_minor=-total,
        cost_minor=-share(sold.cost_minor),
        points_earned=0,
        deferred_minor=0,
        original_line_number=0,
        discounts=[],
        taxes=[
            AppliedTax(one.code, one.rate_ppm, -share(one.base_minor), -part)
            for one, part in zip(sold.taxes, tax_parts, strict=True)
        ],
    )
