"""Taxes: which rates a product has, and what they come to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from domain.shared.applied import AppliedTax
from domain.shared.money import Rounding, allocate, divide

MILLION: Final = 1_000_000


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


class TaxRounding(StrEnum):
    """Where tax is rounded (policy `tax_rounding`): once per tax of a document, or on every line."""

    DOCUMENT = "document"
    LINE = "line"


@dataclass(slots=True)
class TaxedAmount:
    """An amount taken apart: net and tax of a line, and the taxes one by one, which sum to `tax_minor`."""

    net_minor: int
    tax_minor: int
    taxes: list[AppliedTax]


def taxes_for(taxes: Iterable[Tax], *, tax_category: str, region_id: int, on: date) -> tuple[Tax, ...]:
    """The taxes of `tax_category` that hold in the region on the business date `on`, by code.

    A regional tax comes on top of those of all regions. Equal answers of one snapshot are worth keeping: they depend
    on nothing else.
    """
    found = [
        tax
        for tax in taxes
        if tax.tax_category == tax_category
        and (tax.region_id is None or tax.region_id == region_id)
        and (tax.from_date is None or tax.from_date <= on)
        and (tax.until_date is None or on < tax.until_date)
    ]
    found.sort(key=lambda tax: tax.code)
    return tuple(found)


def spread_taxes(
    amounts: Sequence[int],
    *,
    taxes: Sequence[tuple[Tax, ...]],
    includes_tax: Sequence[bool],
    tax_rounding: TaxRounding,
    rounding: Rounding,
) -> list[TaxedAmount]:
    """Net and taxes of every line; an amount that includes tax is exactly its net plus its taxes, none below zero.

    `amounts` (zero or more, after discounts), `taxes` and `includes_tax` are parallel, one per line. The tax inside an
    amount is amount * rate / (1 + sum of the line's rates), the net what remains (价税分离); on top of an amount it is
    amount * rate. With TaxRounding.DOCUMENT lines with the same taxes are summed, each tax is rounded once on the sum
    and spread over the lines by largest remainder; with TaxRounding.LINE every line stands alone.
    """
    if tax_rounding is TaxRounding.LINE:
        return [
            _tax_together([amount], line_taxes, rounding, included=included)[0]
            for amount, line_taxes, included in zip(amounts, taxes, includes_tax, strict=True)
        ]
    groups: dict[tuple[bool, tuple[Tax, ...]], list[int]] = {}
    positions: list[int] = []
    last: tuple[Tax, ...] | None = None
    last_included = False
    for position, (line_taxes, included) in enumerate(zip(taxes, includes_tax, strict=True)):
        # Neighbours mostly share their taxes, and hashing a tax costs more than taxing a line.
        if line_taxes is not last or included is not last_included:
            positions = groups.setdefault((included, line_taxes), [])
            last, last_included = line_taxes, included
        positions.append(position)
    if len(groups) == 1:
        return _tax_together(amounts, last or (), rounding, included=last_included)
    by_position: dict[int, TaxedAmount] = {}
    for (included, line_taxes), positions in groups.items():
        together = _tax_together([amounts[i] for i in positions], line_taxes, rounding, included=included)
        by_position.update(zip(positions, together, strict=True))
    return [by_position[position] for position in range(len(amounts))]


def _tax_together(
    amounts: Sequence[int], taxes: tuple[Tax, ...], rounding: Rounding, *, included: bool
) -> list[TaxedAmount]:
    if not taxes:
        return [TaxedAmount(amount, 0, []) for amount in amounts]
    columns = _taxes_inside(amounts, taxes, rounding) if included else _taxes_on_top(amounts, taxes, rounding)
    if len(taxes) == 1:
        code, rate = taxes[0].code, taxes[0].rate_ppm
        nets = (
            [amount - tax_minor for amount, tax_minor in zip(amounts, columns[0], strict=True)] if included else amounts
        )
        return [
            TaxedAmount(net, tax_minor, [AppliedTax(code, rate, net, tax_minor)])
            for net, tax_minor in zip(nets, columns[0], strict=True)
        ]
    taxed = []
    for amount, parts in zip(amounts, zip(*columns, strict=True), strict=True):
        tax_minor = sum(parts)
        net = amount - tax_minor if included else amount
        line_taxes = [AppliedTax(tax.code, tax.rate_ppm, net, part) for tax, part in zip(taxes, parts, strict=True)]
        taxed.append(TaxedAmount(net, tax_minor, line_taxes))
    return taxed


def _taxes_inside(amounts: Sequence[int], taxes: tuple[Tax, ...], rounding: Rounding) -> list[list[int]]:
    """Per tax its part of every amount, such that on no line the taxes exceed the amount."""
    whole = left = sum(amounts)
    divisor = MILLION + sum([tax.rate_ppm for tax in taxes])
    totals = []
    for tax in taxes:
        # Many taxes of a few minor units could all be rounded up; what is left bounds them.
        total = min(divide(whole * tax.rate_ppm, divisor, rounding), left)
        left -= total
        totals.append(total)
    # All taxes together are spread first, because parts never exceed their weights then; each tax takes its share of
    # what the lines owe, the last one what remains.
    owed = allocate(whole - left, amounts)
    columns = []
    for total in totals[:-1]:
        parts = allocate(total, owed)
        owed = [rest - part for rest, part in zip(owed, parts, strict=True)]
        columns.append(parts)
    columns.append(owed)
    return columns


def _taxes_on_top(amounts: Sequence[int], taxes: tuple[Tax, ...], rounding: Rounding) -> list[list[int]]:
    whole = sum(amounts)
    return [allocate(divide(whole * tax.rate_ppm, MILLION, rounding), amounts) for tax in taxes]
