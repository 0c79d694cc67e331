"""Taking goods back so that what is kept costs what it costs by itself.

A step takes what lies between what is left of a line and the price of what is kept of it; lines of which nothing comes
back are corrected too, with a quantity of zero. As every step begins where the one before has ended, and the last one
takes all, any sequence of returns sums to the sale.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.sales.reversal import LineLeft, paired, reversed_line
from domain.sales.sale import SaleLine
from domain.shared.applied import AppliedDiscount, AppliedTax
from domain.shared.money import allocate, divide

RETURN: Final = "return"
"""The code of the discount by which goods that are kept cost no more than what was paid."""


@dataclass(slots=True)
class KeptLine:
    """What is kept of a sold line, priced again; amounts are those of the sale's sign, `quantity_milli` is what goes.

    `rest` is what was left of it before. `includes_tax` as the price has it: gross less discounts is total or net.
    """

    rest: LineLeft
    quantity_milli: int
    gross_minor: int
    net_minor: int
    tax_minor: int
    includes_tax: bool
    discounts: list[AppliedDiscount]
    taxes: list[AppliedTax]

    @property
    def total_minor(self) -> int:
        return self.net_minor + self.tax_minor

    @property
    def stored_minor(self) -> int:
        """What is kept would cost by the stored allocation."""
        before = self.rest.net_minor + self.rest.tax_minor
        if not self.quantity_milli:
            return before
        return before + reversed_line(self.rest, self.quantity_milli, sale_id=0, line_number=0).total_minor


def bound_by_paid(kept: Iterable[KeptLine], paid_minor: int) -> int:
    """Lets the kept lines together cost no more than `paid_minor`, and returns by how much they would have.

    The difference stays as a discount on the lines that would have become dearer, in proportion to by how much;
    `paid_minor` is at least what they would cost by the stored allocation.
    """
    lines = list(kept)
    excess = sum([line.total_minor for line in lines]) - paid_minor
    if excess <= 0:
        return 0
    dearer = [max(0, line.total_minor - line.stored_minor) for line in lines]
    for line, part in zip(lines, allocate(excess, dearer), strict=True):
        if part:
            _cheaper(line, part)
    return excess


def _cheaper(line: KeptLine, part: int) -> None:
    was = line.total_minor
    line.tax_minor = divide(line.tax_minor * (was - part), was)
    line.net_minor = was - part - line.tax_minor
    shares = allocate(line.tax_minor, [tax.tax_minor for tax in line.taxes])
    line.taxes = [
        AppliedTax(tax.code, tax.rate_ppm, line.net_minor, share) for tax, share in zip(line.taxes, shares, strict=True)
    ]
    base = line.gross_minor - sum([discount.amount_minor for discount in line.discounts])
    off = base - (line.total_minor if line.includes_tax else line.net_minor)
    if off:
        line.discounts = [*line.discounts, AppliedDiscount(RETURN, "Return", off, base)]


def repriced_line(kept: KeptLine, *, sale_id: int, line_number: int) -> SaleLine | None:
    """The line that leaves what is kept at its price: negative as goods go, positive where what is kept becomes dearer.

    Cost, points and deferred revenue go with the goods, by their share. None where nothing changes.
    """
    rest, sold, quantity = kept.rest, kept.rest.line, kept.quantity_milli

    def share(amount: int) -> int:
        return divide(amount * quantity, rest.quantity_milli) if quantity else 0

    discounts = [AppliedDiscount(one.code, one.name, -one.amount_minor, -one.base_minor) for one in rest.discounts]
    for mine, theirs in paired(discounts, kept.discounts):
        mine.amount_minor += theirs.amount_minor
        mine.base_minor += theirs.base_minor
    taxes = [
        AppliedTax(tax.code, tax.rate_ppm, now.base_minor - tax.base_minor, now.tax_minor - tax.tax_minor)
        for tax, now in zip(rest.taxes, kept.taxes, strict=True)
    ]
    gross, net = kept.gross_minor - rest.gross_minor, kept.net_minor - rest.net_minor
    tax_minor = kept.tax_minor - rest.tax_minor
    moved = any(one.amount_minor for one in discounts) or any(one.tax_minor for one in taxes)
    if not (quantity or gross or net or moved):
        return None
    return SaleLine(
        sale_id=sale_id,
        line_number=line_number,
        sku_id=sold.sku_id,
        department_id=sold.department_id,
        quantity_milli=-quantity,
        unit_price_minor=sold.unit_price_minor,
        gross_minor=gross,
        discount_minor=sum([one.amount_minor for one in discounts]),
        net_minor=net,
        tax_minor=tax_minor,
        total_minor=net + tax_minor,
        cost_minor=-share(rest.cost_minor),
        points_earned=-share(rest.points_earned),
        deferred_minor=-share(rest.deferred_minor),
        original_line_number=sold.line_number,
        discounts=discounts,
        taxes=taxes,
    )


def left_by_promotion(left: Mapping[int, LineLeft], prefix: str) -> dict[str, int]:
    """What each promotion still takes off what is left of a sale; `prefix` is that of the codes of their discounts."""
    found: dict[str, int] = {}
    for rest in left.values():
        for discount in rest.discounts:
            if discount.code.startswith(prefix):
                code = discount.code[len(prefix) :]
                found[code] = found.get(code, 0) + discount.amount_minor
    return found
