from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.by_hand import floor_of_line
from domain.pricing.offers import Remaining
from domain.pricing.promoting import Stacking, _what
from domain.pricing.promotion import Benefit, BenefitKind, Component, Promotion, Step, Unmet
from tests.domain.pricing.pools import often
from tests.domain.pricing.test_promoting import (
    ALL,
    ANY,
    RIVALS,
    baskets,
    by_line,
    consider,
    goods,
    items,
    larger_baskets,
    most_by_trying_everything,
    rate,
    roundings,
    some_of,
    stackings,
    told,
    total,
)


def floored(sku, value_minor, floor_minor, quantity_milli=1000):
    return replace(goods(sku, value_minor, quantity_milli), room_minor=max(0, value_minor - floor_minor))


def with_floors(lines, shares):
    """Some of the lines with a floor of so many hundredths of their value; None is no floor."""
    return [
        line if share is None else replace(line, room_minor=line.value_minor - line.value_minor * share // 100)
        for line, share in zip(lines, shares, strict=False)
    ]


def test_takes_off_down_to_the_floor_and_tells_what_it_could_not():
    (one,) = consider([rate("HALF", 50)], [floored("a", 10_000, 8_000)])
    assert (one.applied, one.off_minor, one.cut_minor, one.off_by_line, one.base_minor) == (
        True, 2_000, 3_000, [2_000], 10_000,
    )  # fmt: skip


def test_gives_nothing_at_the_floor():
    (one,) = consider([rate("HALF", 50)], [floored("a", 10_000, 10_000)])
    assert (one.applied, one.unmet, one.off_minor, one.cut_minor, one.off_by_line) == (
        False, Unmet.AT_FLOOR, 0, 5_000, [0],
    )  # fmt: skip


def test_other_lines_do_not_make_up_for_what_a_floor_has_cut():
    spend = Promotion("M", "满300减50", Benefit(BenefitKind.AMOUNT, ALL, steps=(Step(amount_minor=300, off_minor=50),)))
    lines = [floored("a", 100, 95), goods("b", 150), floored("c", 50, 0)]
    (one,) = consider([spend], lines)
    # 50 over 100, 150 and 50 is 16.67, 25 and 8.33; the first line has room for 5.
    assert (one.off_by_line, one.off_minor, one.cut_minor) == ([5, 25, 8], 38, 12)


@pytest.mark.parametrize(
    ("stacking", "expected"),
    [
        # 30 % of 1,000 and 30 % of the 700 left; the floor at 600 leaves 100 for the second.
        (Stacking.COMPOUND, {"A": 300, "B": 100}),
        (Stacking.ADDITIVE, {"A": 300, "B": 100}),
        (Stacking.BEST, {"A": 300, "B": (Unmet.BEATEN, "A")}),
    ],
)
def test_stages_share_the_room_above_the_floor(stacking, expected):
    promotions = [rate("A", 30), rate("B", 30, stage=1)]
    considered = consider(promotions, [floored("a", 1_000, 600)], stacking=stacking)
    assert told(considered) == expected
    assert {one.code: one.cut_minor for one in considered if one.applied} == (
        {"A": 0} if stacking is Stacking.BEST else {"A": 0, "B": 110 if stacking is Stacking.COMPOUND else 200}
    )


def test_prefers_what_gives_more_above_the_floor():
    lines = [floored("a", 1_000, 900), goods("b", 300)]
    # Without a floor A would take 500 off; with it, 100, and B takes more.
    promotions = [rate("A", 50, items("a")), Promotion("B", "B", _set_price(("a", "b"), 1_100))]
    assert told(consider(promotions, [goods("a", 1_000), goods("b", 300)])) == {"A": 500, "B": (Unmet.BEATEN, "A")}
    assert told(consider(promotions, lines)) == {"A": (Unmet.BEATEN, "B"), "B": 146}


def _set_price(skus, price_minor):
    components = tuple(Component(items(sku), 1) for sku in skus)
    return Benefit(BenefitKind.SET_PRICE, components=components, price_minor=price_minor)


def test_a_free_unit_counts_for_its_whole_line():
    third_free = Promotion("T", "3 for 2", Benefit(BenefitKind.EVERY_NTH, ALL, every=3, units=1, rate_bp=10_000))
    for floor, off, cut in ((2_000, 1_000, 0), (2_400, 600, 400)):
        (one,) = consider([third_free], [floored("a", 3_000, floor, 3000)])
        assert (one.off_minor, one.cut_minor) == (off, cut)


@pytest.mark.parametrize(
    ("terms", "floor"),
    [
        ({"minimum_unit_price_minor": 800, "quantity_milli": 2_000}, 1_600),
        # What must not be undercut is rounded up.
        ({"minimum_unit_price_minor": 799, "quantity_milli": 1_235}, 987),
        # 100.00 of cost needs 113.00 with 13 % tax inside.
        ({"cost_minor": 10_000}, 11_300),
        ({"cost_minor": 10_000, "price_includes_tax": False, "minimum_includes_tax": False}, 10_000),
        ({"cost_minor": 5_001}, 5_652),
        ({"minimum_unit_price_minor": 6_000, "cost_minor": 5_001}, 6_000),
        ({"minimum_unit_price_minor": 1_000, "minimum_includes_tax": False}, 1_130),
        ({"minimum_unit_price_minor": 1_130, "price_includes_tax": False}, 1_000),
        ({}, 0),
    ],
)
def test_a_floor_is_in_the_terms_of_the_price(terms, floor):
    facts = {
        "minimum_unit_price_minor": 0, "minimum_includes_tax": True, "cost_minor": 0, "quantity_milli": 1_000,
        "price_includes_tax": True, "rate_ppm": 130_000,
    }  # fmt: skip
    assert floor_of_line(**{**facts, **terms}) == floor


shares = st.lists(st.sampled_from([None, 0, 30, 77, 100]), min_size=6, max_size=6)


@often
@given(baskets, shares, some_of(ANY), stackings, st.integers(0, 99))
def test_floors_depend_on_no_order(lines, shares, promotions, stacking, seed):
    lines = with_floors(lines, shares)
    random = Random(seed)
    first = told(consider(promotions, lines, stacking=stacking))
    random.shuffle(lines)
    random.shuffle(promotions)
    assert told(consider(promotions, lines, stacking=stacking)) == first


@often
@given(baskets, shares, some_of(ANY), stackings, roundings)
def test_no_line_goes_below_its_floor(lines, shares, promotions, stacking, rounding):
    lines = with_floors(lines, shares)
    considered = consider(promotions, lines, stacking=stacking, rounding=rounding)
    for line, off in zip(lines, by_line(considered, lines), strict=True):
        assert 0 <= off <= (line.value_minor if line.room_minor is None else line.room_minor)
    for one in considered:
        assert sum(one.off_by_line) == one.off_minor
        assert one.cut_minor >= 0
        assert one.applied is (one.unmet is None)
        assert one.applied is (one.off_minor > 0) or one.reward
        assert one.unmet is not Unmet.AT_FLOOR or one.cut_minor > 0


@given(baskets, some_of(ANY), stackings, roundings)
def test_a_floor_of_nothing_changes_nothing(lines, promotions, stacking, rounding):
    without = consider(promotions, lines, stacking=stacking, rounding=rounding)
    assert consider(promotions, with_floors(lines, [0] * 4), stacking=stacking, rounding=rounding) == without


@often
@given(larger_baskets, shares, some_of(RIVALS, 4))
def test_finds_what_trying_everything_finds_above_floors(lines, shares, promotions):
    # In the order in which they are looked at: the odd cent goes to the earlier of two lines, and one has room for it.
    lines = sorted(with_floors(lines, shares), key=_what)
    remaining = Remaining(lines)
    assert total(consider(promotions, lines)) == most_by_trying_everything(promotions, remaining)
