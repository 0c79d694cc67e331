from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.tax import Tax, TaxRounding, spread_taxes, taxes_for
from domain.shared.applied import AppliedTax
from domain.shared.money import Rounding, divide


def tax(code, rate_ppm, *, category="standard", region=None, start=None, end=None):
    return Tax(sum(map(ord, code)), code, code, category, rate_ppm, region, start, end)


VAT13, VAT9, VAT6 = tax("VAT13", 130_000), tax("VAT9", 90_000), tax("VAT6", 60_000)


def spread(amounts, taxes, *, includes_tax=True, tax_rounding=TaxRounding.DOCUMENT, rounding=Rounding.HALF_UP):
    return spread_taxes(
        amounts,
        taxes=[taxes] * len(amounts),
        includes_tax=[includes_tax] * len(amounts),
        tax_rounding=tax_rounding,
        rounding=rounding,
    )


def pairs(taxed):
    return [(line.net_minor, line.tax_minor) for line in taxed]


def test_finds_the_taxes_of_the_category_the_region_and_the_date():
    known = [
        tax("OLD16", 160_000, end=date(2019, 4, 1)),
        tax("VAT13", 130_000, start=date(2019, 4, 1)),
        tax("CITY", 10_000, region=7),
        tax("FOOD9", 90_000, category="food"),
    ]

    def codes(region, on, category="standard"):
        return [t.code for t in taxes_for(known, tax_category=category, region_id=region, on=on)]

    assert codes(1, date(2019, 3, 31)) == ["OLD16"]
    assert codes(1, date(2019, 4, 1)) == ["VAT13"]
    assert codes(7, date(2026, 1, 1)) == ["CITY", "VAT13"]
    assert codes(7, date(2026, 1, 1), "food") == ["FOOD9"]
    assert codes(7, date(2026, 1, 1), "exempt") == []


def test_gives_taxes_by_code_whatever_their_order():
    orders = permutations([VAT13, VAT9, VAT6])
    answers = {taxes_for(o, tax_category="standard", region_id=1, on=date(2026, 1, 1)) for o in orders}
    assert answers == {(VAT13, VAT6, VAT9)}


def test_takes_two_taxes_out_of_one_price():
    (line,) = spread([12_200], (VAT13, VAT9))
    assert (line.net_minor, line.tax_minor) == (10_000, 2_200)
    assert line.taxes == [AppliedTax("VAT13", 130_000, 10_000, 1_300), AppliedTax("VAT9", 90_000, 10_000, 900)]


def test_keeps_a_tax_of_zero_percent_on_the_line():
    (line,) = spread([500], (tax("ZERO", 0),))
    assert line.taxes == [AppliedTax("ZERO", 0, 500, 0)]


def test_rounds_each_tax_once_on_lines_with_the_same_taxes_and_spreads_it():
    assert pairs(spread([999, 999, 999], (VAT13,))) == [(884, 115), (884, 115), (884, 115)]
    assert pairs(spread([50, 50, 50], (VAT13,))) == [(44, 6), (44, 6), (45, 5)]
    assert pairs(spread([50, 50, 50], (VAT13,), tax_rounding=TaxRounding.LINE)) == [(44, 6), (44, 6), (44, 6)]


def test_sums_equal_taxes_even_when_other_lines_stand_between():
    taxed = spread_taxes(
        [50, 100, 50, 50],
        taxes=[(VAT13,), (VAT9,), (tax("VAT13", 130_000),), (VAT13,)],
        includes_tax=[True] * 4,
        tax_rounding=TaxRounding.DOCUMENT,
        rounding=Rounding.HALF_UP,
    )
    assert pairs(taxed) == [(44, 6), (92, 8), (44, 6), (45, 5)]


def test_never_sums_prices_with_tax_and_prices_without():
    taxed = spread_taxes(
        [113, 100],
        taxes=[(VAT13,), (VAT13,)],
        includes_tax=[True, False],
        tax_rounding=TaxRounding.DOCUMENT,
        rounding=Rounding.HALF_UP,
    )
    assert pairs(taxed) == [(100, 13), (100, 13)]


def test_never_takes_more_tax_out_of_a_price_than_there_is():
    # Five taxes of 100 % on three: each is 0.5 and rounds up, but there are only three.
    (line,) = spread([3], tuple(tax(f"T{i}", 1_000_000) for i in range(5)))
    assert ([part.tax_minor for part in line.taxes], line.net_minor) == ([1, 1, 1, 0, 0], 0)


def test_keeps_every_line_above_zero_where_two_taxes_meet_on_small_lines():
    taxed = spread([1, 1, 1, 1], (tax("A", 1_000_000), tax("B", 1_000_000)))
    assert [[part.tax_minor for part in line.taxes] for line in taxed] == [[1, 0], [0, 1], [0, 0], [0, 0]]
    assert [line.net_minor for line in taxed] == [0, 0, 1, 1]


@pytest.mark.parametrize(("rounding", "tax_minor"), [("half_up", 13), ("half_even", 12), ("down", 12)])
def test_rounds_a_half_as_the_policy_says(rounding, tax_minor):
    (line,) = spread([250], (tax("T", 50_000),), includes_tax=False, rounding=Rounding(rounding))
    assert line.tax_minor == tax_minor


tax_sets = st.lists(st.builds(lambda i, r: tax(f"T{i}", r), st.integers(0, 9), st.integers(0, 1_000_000)), max_size=4)


@given(
    amounts=st.lists(st.integers(0, 10_000), min_size=1, max_size=12),
    taxes=tax_sets.map(tuple),
    tax_rounding=st.sampled_from(TaxRounding),
    rounding=st.sampled_from(Rounding),
)
def test_net_and_taxes_are_the_price_that_includes_them(amounts, taxes, tax_rounding, rounding):
    taxed = spread(amounts, taxes, tax_rounding=tax_rounding, rounding=rounding)
    assert [line.net_minor + line.tax_minor for line in taxed] == amounts
    for line in taxed:
        assert line.tax_minor == sum(part.tax_minor for part in line.taxes)
        assert min([line.net_minor, *[part.tax_minor for part in line.taxes]]) >= 0


@given(
    amounts=st.lists(st.integers(0, 10_000), min_size=1, max_size=12),
    taxes=tax_sets.map(tuple),
    rounding=st.sampled_from(Rounding),
)
def test_each_tax_on_top_is_its_rate_of_the_sum(amounts, taxes, rounding):
    taxed = spread(amounts, taxes, includes_tax=False, rounding=rounding)
    assert [line.net_minor for line in taxed] == amounts
    for number, one in enumerate(taxes):
        parts = [line.taxes[number].tax_minor for line in taxed]
        assert sum(parts) == divide(sum(amounts) * one.rate_ppm, 1_000_000, rounding)
        assert min(parts) >= 0
