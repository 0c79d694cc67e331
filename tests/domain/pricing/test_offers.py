import time
from random import Random

import pytest

from domain.pricing.goods import Goods, Remaining
from domain.pricing.offers import needs_unmet, offer
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Needed, Promotion, Step, Unmet
from domain.shared.money import Rounding
from tests.domain.pricing.pools import units_of

ALL = ItemSet(everything=True)


def items(*skus):
    return ItemSet(skus=skus)


def goods(sku, value_minor, quantity_milli=1000, *categories):
    return Goods(sku, frozenset(categories), quantity_milli, value_minor)


def promotion(kind, benefit_items=ALL, *, needs=(), times_max=0, discount_max=0, line_max=0, line_bp=0, **benefit):
    return Promotion(
        "P",
        "P",
        Benefit(BenefitKind(kind), benefit_items, **benefit),
        needs=needs,
        times_max=times_max,
        discount_minor_max=discount_max,
        line_discount_minor_max=line_max,
        line_discount_bp_max=line_bp,
    )


def given_by(asked, *lines, rounding=Rounding.HALF_UP):
    """(position, quantity, off) of every part."""
    found = offer(asked, Remaining(lines), rounding)
    assert found.off_minor == sum(part.off_minor for part in found.parts)
    return [(part.position, part.quantity_milli, part.off_minor) for part in found.parts]


def off(asked, *lines, rounding=Rounding.HALF_UP):
    return offer(asked, Remaining(lines), rounding).off_minor


def unmet(asked, *lines):
    found = offer(asked, Remaining(lines), Rounding.HALF_UP)
    assert (found.parts, found.off_minor) == ([], 0)
    return found.unmet, found.missing_quantity_milli, found.missing_amount_minor


# Which goods are meant.


@pytest.mark.parametrize(
    ("meant", "holds"),
    [
        (ALL, "cola tea bread"),
        (items("cola", "bread"), "cola bread"),
        (ItemSet(category_codes=("drinks",)), "cola tea"),
        (ItemSet(category_codes=("food",)), "cola tea bread"),
        (ItemSet(category_codes=("drinks",), skus=("bread",)), "cola tea bread"),
        (ItemSet(category_codes=("drinks",), excluded_skus=("tea",)), "cola"),
        (ItemSet(category_codes=("food",), excluded_category_codes=("drinks",)), "bread"),
        (ItemSet(everything=True, excluded_skus=("cola",), excluded_category_codes=("bakery",)), "tea"),
        (ItemSet(skus=("cola",), excluded_skus=("cola",)), ""),
        (ItemSet(), ""),
    ],
)
def test_means_goods_by_sku_and_category_but_never_the_excluded(meant, holds):
    shelf = [
        goods("cola", 500, 1000, "drinks", "food"),
        goods("tea", 500, 1000, "drinks", "food"),
        goods("bread", 500, 1000, "bakery", "food"),
    ]
    assert [line.sku for line in shelf if meant.holds(line)] == holds.split()
    taken = [shelf[position].sku for position, _, _ in given_by(promotion("rate", meant, rate_bp=1000), *shelf)]
    assert taken == holds.split()


# A rate off.


@pytest.mark.capability("PRM-02")
def test_takes_twelve_percent_off():
    (part,) = offer(promotion("rate", rate_bp=1200), Remaining([goods("a", 10_000)]), Rounding.HALF_UP).parts
    assert (part.off_minor, part.value_minor - part.off_minor) == (1200, 8800)
    (part,) = offer(promotion("amount", off_minor=1200), Remaining([goods("a", 10_000)]), Rounding.HALF_UP).parts
    assert (part.off_minor, part.value_minor - part.off_minor) == (1200, 8800)


def test_rounds_a_rate_once_and_spreads_it_over_the_goods():
    lines = [goods("a", 333), goods("b", 333), goods("c", 333), goods("d", 0)]
    assert given_by(promotion("rate", rate_bp=1000), *lines) == [
        (0, 1000, 34),
        (1, 1000, 33),
        (2, 1000, 33),
        (3, 1000, 0),
    ]


@pytest.mark.parametrize(("rounding", "expected"), [("half_up", 3), ("half_even", 2), ("down", 2)])
def test_rounds_a_rate_as_the_policy_says(rounding, expected):
    assert off(promotion("rate", rate_bp=1000), goods("a", 25), rounding=Rounding(rounding)) == expected


def test_takes_a_rate_off_weighed_goods():
    found = offer(promotion("rate", rate_bp=1500), Remaining([goods("apples", 1873, 1345)]), Rounding.HALF_UP)
    assert (found.off_minor, found.base_minor) == (281, 1873)


@pytest.mark.parametrize(
    ("quantity", "expected"), [(1000, 500), (2000, 1000), (2999, 1500), (3000, 4500), (10_000, 20_000)]
)
def test_gives_the_rate_of_the_highest_step_reached(quantity, expected):
    steps = (Step(rate_bp=500), Step(quantity_milli=3000, rate_bp=1500), Step(quantity_milli=5000, rate_bp=2000))
    assert off(promotion("rate", steps=steps), goods("a", quantity * 10, quantity)) == expected


def test_tells_what_is_missing_to_the_lowest_step():
    by_amount = (Step(amount_minor=20_000, rate_bp=2000), Step(amount_minor=10_000, rate_bp=1000))
    assert unmet(promotion("rate", steps=by_amount), goods("a", 9_999)) == (Unmet.AMOUNT_MISSING, 0, 1)
    by_quantity = (Step(quantity_milli=3000, rate_bp=1000),)
    assert unmet(promotion("rate", steps=by_quantity), goods("a", 100, 500)) == (Unmet.QUANTITY_MISSING, 2500, 0)
    by_both = (Step(quantity_milli=2000, amount_minor=1000, rate_bp=1000),)
    assert unmet(promotion("rate", steps=by_both), goods("a", 300)) == (Unmet.QUANTITY_MISSING, 1000, 700)


def test_gives_no_advantage_where_the_rate_comes_to_nothing():
    assert unmet(promotion("rate", rate_bp=1000), goods("a", 4)) == (Unmet.NO_ADVANTAGE, 0, 0)
    assert unmet(promotion("rate", items("b"), rate_bp=1000), goods("a", 400)) == (Unmet.NO_ADVANTAGE, 0, 0)


# An amount off.


@pytest.mark.capability("PRM-03")
def test_takes_fifty_off_three_hundred_once_or_each_time():
    steps = (Step(amount_minor=30_000, off_minor=5_000),)
    assert off(promotion("amount", steps=steps), goods("a", 65_000)) == 5_000
    assert off(promotion("amount", steps=steps, each=True), goods("a", 65_000)) == 10_000
    assert unmet(promotion("amount", steps=steps), goods("a", 29_999)) == (Unmet.AMOUNT_MISSING, 0, 1)


@pytest.mark.parametrize(("value", "expected"), [(59_999, 5_000), (60_000, 10_000), (90_000, 10_000)])
def test_takes_an_amount_no_more_often_than_its_times(value, expected):
    steps = (Step(amount_minor=30_000, off_minor=5_000),)
    assert off(promotion("amount", steps=steps, each=True, times_max=2), goods("a", value)) == expected


def test_takes_the_amount_of_the_highest_step():
    steps = (Step(amount_minor=10_000, off_minor=1_000), Step(amount_minor=30_000, off_minor=5_000))
    assert [off(promotion("amount", steps=steps), goods("a", value)) for value in (29_999, 30_000)] == [1_000, 5_000]


def test_takes_an_amount_for_every_so_many_pieces():
    steps = (Step(quantity_milli=3000, off_minor=200),)
    assert off(promotion("amount", steps=steps, each=True), goods("a", 8_000, 8_000)) == 400
    both = (Step(quantity_milli=3000, amount_minor=5_000, off_minor=200),)
    assert off(promotion("amount", steps=both, each=True), goods("a", 8_000, 8_000)) == 200


def test_takes_an_amount_without_steps_once():
    assert off(promotion("amount", off_minor=300, each=True), goods("a", 8_000, 8_000)) == 300


def test_spreads_an_amount_by_value_and_never_exceeds_it():
    lines = [goods("a", 100), goods("b", 200), goods("apples", 333, 1234)]
    assert given_by(promotion("amount", off_minor=100), *lines) == [(0, 1000, 16), (1, 1000, 31), (2, 1234, 53)]
    assert given_by(promotion("amount", off_minor=1_000), *lines) == [(0, 1000, 100), (1, 1000, 200), (2, 1234, 333)]


# An amount off each unit, a price for each unit.


def test_takes_an_amount_off_each_whole_unit_but_not_off_weighed_goods():
    lines = [goods("a", 900, 3000), goods("b", 500, 1000), goods("apples", 2000, 1500)]
    assert given_by(promotion("unit_amount", off_minor=120), *lines) == [(1, 1000, 120), (0, 3000, 360)]


def test_takes_no_more_off_a_unit_than_it_costs():
    assert off(promotion("unit_amount", off_minor=120), goods("a", 300, 3000)) == 300


def test_takes_an_amount_off_the_dearest_units_first():
    lines = [goods("a", 900, 3000), goods("b", 500, 1000)]
    assert given_by(promotion("unit_amount", off_minor=120, times_max=2), *lines) == [(1, 1000, 120), (0, 1000, 120)]


def test_sells_units_at_a_price_unless_they_cost_less():
    lines = [goods("a", 2_000, 2000), goods("b", 700), goods("c", 800), goods("apples", 2_990, 1495)]
    found = given_by(promotion("unit_price", price_minor=800), *lines)
    assert found == [(0, 2000, 400), (3, 1495, 1_794)]
    assert unmet(promotion("unit_price", price_minor=1_000), goods("a", 2_000, 2000)) == (Unmet.NO_ADVANTAGE, 0, 0)


def test_sells_so_many_units_at_a_price():
    lines = [goods("a", 2_000, 2000), goods("b", 3_000, 2000), goods("apples", 9_990, 1495)]
    assert given_by(promotion("unit_price", price_minor=800, times_max=3), *lines) == [(1, 2000, 1_400), (0, 1000, 200)]


# The cheapest.


def test_gives_the_cheapest_unit_for_nothing():
    lines = [goods("a", 3_000, 2000), goods("b", 900), goods("c", 1_000)]
    assert given_by(promotion("cheapest", rate_bp=10_000, units=1), *lines) == [(1, 1000, 900)]
    assert given_by(promotion("cheapest", rate_bp=10_000, units=3), *lines) == [
        (1, 1000, 900),
        (2, 1000, 1_000),
        (0, 1000, 1_500),
    ]


def test_gives_the_cheapest_of_three_only_when_there_are_three():
    three = promotion("cheapest", rate_bp=10_000, units=1, needs=(Needed(ALL, quantity_milli=3000),))
    lines = [goods("a", 500), goods("b", 300)]
    missing = needs_unmet(three, Remaining(lines))
    assert (missing.unmet, missing.missing_quantity_milli) == (Unmet.QUANTITY_MISSING, 1000)
    lines.append(goods("c", 400))
    assert needs_unmet(three, Remaining(lines)) is None
    assert given_by(three, *lines) == [(1, 1000, 300)]


def test_counts_no_weighed_goods_among_the_cheapest():
    lines = [goods("apples", 10, 1500), goods("a", 3_000)]
    assert given_by(promotion("cheapest", rate_bp=5_000, units=1), *lines) == [(1, 1000, 1_500)]
    two = promotion("cheapest", rate_bp=5_000, units=2)
    assert unmet(two, *lines) == (Unmet.QUANTITY_MISSING, 1000, 0)


def test_compares_units_before_their_price_is_rounded():
    lines = [goods("a", 333, 10_000), goods("b", 332, 10_000)]  # 33.3 and 33.2 each
    assert given_by(promotion("cheapest", rate_bp=10_000, units=1), *lines) == [(1, 1000, 33)]


# Every n-th unit.


@pytest.mark.parametrize(("units", "expected"), [(2, 500), (3, 500), (4, 1_000), (5, 1_000), (6, 1_500)])
def test_takes_half_off_every_second_unit(units, expected):
    second = promotion("every_nth", every=2, units=1, rate_bp=5_000)
    assert off(second, goods("a", units * 1_000, units * 1000)) == expected


def test_takes_the_cheaper_of_each_pair_dearest_first():
    second = promotion("every_nth", every=2, units=1, rate_bp=5_000)
    lines = [goods("a", 1_000), goods("b", 400), goods("c", 800), goods("d", 600)]
    assert given_by(second, *lines) == [(0, 1000, 0), (2, 1000, 400), (3, 1000, 0), (1, 1000, 200)]


def test_gives_two_of_three_across_lines():
    two_of_three = promotion("every_nth", every=3, units=2, rate_bp=10_000)
    lines = [goods("a", 4_000, 4000), goods("b", 1_800, 2000), goods("c", 500)]
    # 10 [10 10] 10 [9 9], and 5 is left over.
    assert given_by(two_of_three, *lines) == [(0, 4000, 2_000), (1, 2000, 1_800)]


def test_gives_every_nth_no_more_often_than_its_times():
    second = promotion("every_nth", every=2, units=1, rate_bp=5_000, times_max=1)
    assert given_by(second, goods("a", 6_000, 6000)) == [(0, 2000, 500)]


def test_tells_how_many_units_are_missing_to_the_nth():
    third = promotion("every_nth", items("a"), every=3, units=1, rate_bp=10_000)
    assert unmet(third, goods("a", 1_000, 2000), goods("b", 100)) == (Unmet.QUANTITY_MISSING, 1000, 0)
    assert unmet(third, goods("a", 1_000, 2500)) == (Unmet.QUANTITY_MISSING, 3000, 0)


# Buy and get.


@pytest.mark.parametrize(("units", "free"), [(4, 1), (7, 1), (8, 2), (11, 2), (12, 3)])
def test_gives_one_free_for_three_bought(units, free):
    buy = promotion("buy_get", components=(Component(ALL, 3),), units=1, rate_bp=10_000)
    assert off(buy, goods("a", units * 32_000, units * 1000)) == free * 32_000


def test_gives_the_cheapest_and_uses_up_the_dearest():
    buy = promotion("buy_get", components=(Component(ALL, 3),), units=1, rate_bp=10_000)
    lines = [goods("a", 400), goods("b", 300), goods("c", 500, 1000), goods("d", 200), goods("e", 600)]
    assert given_by(buy, *lines) == [(4, 1000, 0), (2, 1000, 0), (0, 1000, 0), (3, 1000, 200)]
    left = Remaining(lines).without(offer(buy, Remaining(lines), Rounding.HALF_UP).parts)
    assert [line.quantity_milli for line in left] == [
        0,
        1000,
        0,
        0,
        0,
    ]


def test_gives_other_goods_than_those_bought():
    buy = promotion("buy_get", items("g"), components=(Component(items("a"), 2),), units=1, rate_bp=10_000)
    lines = [goods("a", 5_000, 5000), goods("g", 1_200, 3000)]
    assert given_by(buy, *lines) == [(0, 4000, 0), (1, 2000, 800)]
    assert given_by(promotion("buy_get", items("g"), components=buy.benefit.components, units=1, rate_bp=10_000,
                              times_max=1), *lines) == [(0, 2000, 0), (1, 1000, 400)]  # fmt: skip


def test_tells_which_goods_are_missing_to_what_is_bought_or_got():
    buy = promotion("buy_get", items("g"), components=(Component(items("a"), 3),), units=2, rate_bp=10_000)
    assert unmet(buy, goods("a", 200, 2000), goods("g", 100)) == (Unmet.GOODS_MISSING, 1000, 0)
    assert unmet(buy, goods("a", 300, 3000), goods("g", 100)) == (Unmet.GOODS_MISSING, 1000, 0)


def test_does_not_use_up_as_bought_what_only_can_be_got():
    buy = promotion("buy_get", items("cola"), components=(Component(ALL, 1),), units=1, rate_bp=10_000)
    assert given_by(buy, goods("cola", 500), goods("water", 200)) == [(1, 1000, 0), (0, 1000, 500)]


def test_takes_part_of_the_price_off_what_is_got():
    buy = promotion("buy_get", items("b"), components=(Component(items("a"), 1),), units=1, rate_bp=3_000)
    assert given_by(buy, goods("a", 999), goods("b", 555)) == [(0, 1000, 0), (1, 1000, 167)]


# Sets.

A_AND_B = (Component(items("A"), 1), Component(items("B"), 1))


@pytest.mark.capability("PRM-05")
def test_sells_a_set_and_allocates_its_price_by_value():
    bundle = promotion("set_price", ItemSet(), components=A_AND_B, price_minor=15_000)
    found = offer(bundle, Remaining([goods("A", 10_000), goods("B", 8_000)]), Rounding.HALF_UP)
    assert [part.value_minor - part.off_minor for part in found.parts] == [8_333, 6_667]
    assert (found.off_minor, found.base_minor) == (3_000, 18_000)


def test_sells_as_many_sets_as_there_are_goods():
    bundle = promotion("set_price", ItemSet(), components=A_AND_B, price_minor=15_000)
    lines = [goods("A", 30_000, 3000), goods("B", 16_000, 2000)]
    assert sorted(given_by(bundle, *lines)) == [(0, 2000, 3_333), (1, 2000, 2_667)]
    assert unmet(bundle, goods("A", 30_000, 3000)) == (Unmet.GOODS_MISSING, 1000, 0)
    assert unmet(bundle, goods("A", 30_000, 3000), goods("B", 8_000, 1500)) == (Unmet.GOODS_MISSING, 1000, 0)


def test_sells_no_more_sets_than_its_times():
    bundle = promotion("set_price", ItemSet(), components=A_AND_B, price_minor=15_000, times_max=1)
    assert off(bundle, goods("A", 30_000, 3000), goods("B", 16_000, 2000)) == 3_000


def test_puts_the_dearest_goods_into_sets_and_makes_none_that_costs_more():
    three = promotion("set_price", ItemSet(), components=(Component(ALL, 3),), price_minor=1_000)
    lines = [goods("a", 500, 1000), goods("b", 1_200, 3000), goods("c", 600, 3000)]
    # 5 4 4 for 10, and 4 2 2 would cost less than 10.
    assert given_by(three, *lines) == [(0, 1000, 115), (1, 2000, 185)]
    assert unmet(three, goods("a", 900, 3000)) == (Unmet.NO_ADVANTAGE, 0, 0)


def test_finds_a_set_whatever_the_order_of_its_components():
    drink, cola = Component(items("cola", "water"), 1), Component(items("cola"), 1)
    lines = [goods("cola", 500), goods("water", 400)]
    for components in [(drink, cola), (cola, drink)]:
        bundle = promotion("set_price", ItemSet(), components=components, price_minor=700)
        assert off(bundle, *lines) == 200


def test_sells_all_sets_where_a_unit_is_worth_a_fraction_more_than_its_price():
    single = promotion("set_price", ItemSet(), components=(Component(ALL, 1),), price_minor=33)
    assert off(single, goods("a", 33_333, 1_000_000)) == 333


# Bounds.


def test_gives_no_more_than_its_largest_amount():
    lines = [goods("a", 300), goods("b", 600), goods("c", 100)]
    assert given_by(promotion("rate", rate_bp=2_000, discount_max=50), *lines) == [
        (0, 1000, 15),
        (1, 1000, 30),
        (2, 1000, 5),
    ]
    assert off(promotion("rate", rate_bp=2_000, discount_max=201), *lines) == 200
    second = promotion("every_nth", every=2, units=1, rate_bp=5_000, discount_max=99)
    assert given_by(second, *lines) == [(1, 1000, 0), (0, 1000, 99)]


def test_gives_no_more_than_its_largest_amount_on_a_line():
    half = promotion("rate", rate_bp=5_000, line_max=300)
    assert given_by(half, goods("a", 1_000), goods("b", 400), goods("c", 601)) == [
        (0, 1_000, 300),
        (1, 1_000, 200),
        (2, 1_000, 300),
    ]
    # Half of 20.01 is 10.01, which was spread before the cap: 5.00 of the first was cut to 3.00 and given to nobody.
    assert off(promotion("amount", off_minor=1_000, line_max=300), goods("a", 1_000), goods("b", 100)) == 391


def test_gives_no_more_than_its_largest_share_of_a_line():
    asked = promotion("unit_price", price_minor=100, line_bp=2_500)
    assert given_by(asked, goods("a", 1_000), goods("b", 110), goods("c", 399, 2_000)) == [
        (0, 1_000, 250),
        (1, 1_000, 10),
        (2, 2_000, 99),
    ]
    both = promotion("unit_price", price_minor=100, line_bp=2_500, line_max=240)
    assert off(both, goods("a", 1_000), goods("b", 110)) == 250


def test_caps_a_line_of_which_one_part_is_bought_and_another_got():
    asked = promotion(
        "buy_get", items("a"), components=(Component(items("a"), 1),), units=1, rate_bp=10_000, line_max=70
    )
    assert given_by(asked, goods("a", 400, 4_000)) == [(0, 2_000, 0), (0, 2_000, 70)]


def test_caps_each_line_before_the_whole():
    asked = promotion("rate", rate_bp=5_000, line_max=300, discount_max=400)
    assert given_by(asked, goods("a", 1_000), goods("b", 1_000), goods("c", 200)) == [
        (0, 1_000, 172),
        (1, 1_000, 171),
        (2, 1_000, 57),
    ]


def test_uses_up_nothing_that_it_does_not_touch():
    lines = [goods("a", 300, 3000), goods("b", 600), goods("c", 100)]
    cheapest = promotion("cheapest", rate_bp=10_000, units=2)
    left = Remaining(lines).without(offer(cheapest, Remaining(lines), Rounding.HALF_UP).parts)
    assert [(line.sku, line.quantity_milli, line.value_minor) for line in left] == [
        ("a", 2000, 200),
        ("b", 1000, 600),
        ("c", 0, 0),
    ]


def test_splits_a_line_without_losing_a_minor_unit():
    left = Remaining([goods("a", 100, 3000)])
    values = []
    for _ in range(3):
        found = offer(promotion("cheapest", rate_bp=10_000, units=1), left, Rounding.HALF_UP)
        values.append(found.off_minor)
        left = left.without(found.parts)
    assert (values, left[0].quantity_milli, left[0].value_minor) == ([33, 34, 33], 0, 0)


MILLION_UNITS = [
    (promotion("rate", rate_bp=1_000), 100_000_000),
    (promotion("amount", steps=(Step(amount_minor=30_000, off_minor=5_000),), each=True), 166_665_000),
    (promotion("unit_amount", off_minor=7), 7_000_000),
    (promotion("unit_price", price_minor=900), 100_000_000),
    (promotion("cheapest", units=999_999, rate_bp=10_000), 999_999_000),
    (promotion("every_nth", every=2, units=1, rate_bp=5_000), 250_000_000),
    (promotion("buy_get", components=(Component(ALL, 3),), units=1, rate_bp=10_000), 250_000_000),
    (promotion("set_price", ItemSet(), components=(Component(ALL, 2),), price_minor=1_500), 250_000_000),
]


@pytest.mark.parametrize(("asked", "expected"), MILLION_UNITS)
def test_prices_a_million_units_as_fast_as_one(asked, expected):
    pallet = goods("a", 1_000_000_000, 1_000_000_000)
    begun = time.process_time()
    found = off(asked, pallet)
    assert time.process_time() - begun < 0.1
    assert found == expected


# What the basket must hold.


def test_needs_other_goods_in_the_basket():
    wants = promotion("rate", items("b"), rate_bp=1_000, needs=(Needed(items("a"), amount_minor=20_000),))
    missing = needs_unmet(wants, Remaining([goods("a", 10_000), goods("b", 10_000)]))
    assert (missing.unmet, missing.missing_amount_minor) == (Unmet.AMOUNT_MISSING, 10_000)
    lines = [goods("a", 20_000, 2000), goods("b", 10_000)]
    assert needs_unmet(wants, Remaining(lines)) is None
    assert given_by(wants, *lines) == [(1, 1000, 1_000)]


def test_needs_goods_however_few():
    wants = promotion("rate", rate_bp=1_000, needs=(Needed(items("a")),))
    assert needs_unmet(wants, Remaining([goods("b", 100)])).unmet is Unmet.GOODS_MISSING
    assert needs_unmet(wants, Remaining([goods("b", 100), goods("a", 1, 5)])) is None


def test_needs_everything_that_it_names():
    wants = promotion("rate", rate_bp=1_000, needs=(Needed(items("a")), Needed(ALL, quantity_milli=3000)))
    missing = needs_unmet(wants, Remaining([goods("a", 100), goods("apples", 100, 1500)]))
    assert (missing.unmet, missing.missing_quantity_milli) == (Unmet.QUANTITY_MISSING, 500)


@pytest.mark.parametrize("seed", range(10))
def test_counts_units_as_counting_them_one_by_one_does(seed):
    random = Random(seed)
    for _ in range(100):
        lines = [
            goods(random.choice("abc"), n * random.choice([10, 20, 50, 990]), n * 1_000)
            for n in [random.choice([1, 1, 2, 3]) for _ in range(random.randint(1, 5))]
        ]
        meant = random.sample("abc", 2)
        values = sorted([value for _, sku, value in units_of(lines) if sku in meant], reverse=True)
        units = random.choice([1, 2])
        every = units + random.choice([1, 2])
        full = [values[n : n + every] for n in range(0, len(values) - every + 1, every)]
        nth = promotion("every_nth", items(*meant), every=every, units=units, rate_bp=5_000)
        assert off(nth, *lines) == sum(sum(group[-units:]) for group in full) // 2
        cheapest = promotion("cheapest", items(*meant), units=units, rate_bp=5_000)
        assert off(cheapest, *lines) == (sum(values[-units:]) // 2 if len(values) >= units else 0)
        assert off(promotion("unit_amount", items(*meant), off_minor=30, times_max=units), *lines) == sum(
            min(value, 30) for value in values[:units]
        )
        assert off(promotion("unit_price", items(*meant), price_minor=30, times_max=units), *lines) == sum(
            max(0, value - 30) for value in values[:units]
        )
