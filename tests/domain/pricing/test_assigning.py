from random import Random

import pytest

from domain.pricing.assigning import Assignment, preferred
from domain.pricing.offers import ASSIGNED_LINES_MAX, Remaining, offer
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Promotion
from domain.shared.money import Rounding
from tests.domain.pricing.pools import goods, items, units_of


def promotion(kind, benefit_items, **benefit):
    return Promotion("P", "P", Benefit(BenefitKind(kind), benefit_items, **benefit))


def off(asked, *lines):
    return offer(asked, Remaining(lines), Rounding.HALF_UP).off_minor


def test_moves_units_on_to_make_room():
    assignment = Assignment([{0, 1}, {1, 2}], [1, 1])
    assert [assignment.take(position, 1) for position in (1, 0, 2)] == [1, 1, 0]
    assert assignment.full


def test_takes_as_many_of_what_is_preferred_as_any_assignment_allows():
    assert preferred([{0, 1}, {0}], [2, 1], [(1, 5), (0, 5)]) == {1: 2, 0: 1}
    assert preferred([{0, 1}, {0}], [2, 1], [(0, 5), (1, 5)]) == {0: 3}
    assert preferred([{0, 1}, {0}], [2, 1], [(1, 5)]) is None
    assert preferred([{0}], [10**6], [(0, 10**9)]) == {0: 10**6}


def test_makes_sets_of_the_dearest_goods_whichever_part_they_are():
    # Taken one part after the other, the only 50 that the first part may have would go to the second.
    parts = (Component(items("a", "b"), 1), Component(items("a", "c"), 1), Component(items("b", "c"), 1))
    asked = promotion("set_price", ItemSet(), components=parts, price_minor=60)
    assert off(asked, goods("a", 50), goods("b", 40), goods("b", 40), goods("c", 10)) == 70


def test_finds_what_can_be_got_whichever_goods_are_bought():
    bought = (Component(items("a", "b"), 1), Component(items("b", "c"), 1))
    asked = promotion("buy_get", items("c"), components=bought, units=1, rate_bp=10_000)
    # Buying a and b leaves c to be got.
    assert off(asked, goods("a", 90), goods("b", 50), goods("c", 30)) == 30


def bought_in_every_way(components, units, times):
    """Every set of units, by their places, of which so many sets can be made."""
    ways = {frozenset()}
    for component in components:
        for _ in range(component.units * times):
            ways = {
                way | {place}
                for way in ways
                for place, (_, sku, _) in enumerate(units)
                if place not in way and sku in component.items.skus
            }
    return ways


def most_for_sets(benefit, units):
    """The most that sets at this price can take off, by trying every way to make them."""
    most = 0
    for times in range(1, len(units) + 1):
        for way in bought_in_every_way(benefit.components, units, times):
            most = max(most, sum(units[place][2] for place in way) - times * benefit.price_minor)
    return most


def got_by_trying(benefit, units):
    """The least and the most that can be got, as often as it can be, by trying every way to buy what is needed."""
    found = (0, 0)
    for times in range(1, len(units) + 1):
        worth = []
        for way in bought_in_every_way(benefit.components, units, times):
            left = [
                value for place, (_, sku, value) in enumerate(units) if place not in way and sku in benefit.items.skus
            ]
            if len(left) >= times * benefit.units:
                worth.append(sum(sorted(left)[: times * benefit.units]))
        if worth:
            found = min(worth), max(worth)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_finds_what_trying_every_way_finds(seed):
    random = Random(seed)
    for _ in range(50):
        quantities = [random.choice([1, 1, 1, 2]) for _ in range(random.randint(1, 5))]
        lines = [goods(random.choice("abcd"), n * random.choice([1, 5, 20, 50, 99]), n * 1_000) for n in quantities]
        units = units_of(lines)
        components = tuple(
            Component(items(*random.sample("abcd", random.randint(1, 3))), random.choice([1, 1, 2]))
            for _ in range(random.randint(1, 3))
        )
        sets = promotion("set_price", ItemSet(), components=components, price_minor=random.choice([1, 20, 60, 100]))
        assert off(sets, *lines) == most_for_sets(sets.benefit, units)
        got = promotion(
            "buy_get", items(*random.sample("abcd", random.randint(1, 2))), components=components, rate_bp=10_000,
            units=random.choice([1, 1, 2]),
        )  # fmt: skip
        least, most = got_by_trying(got.benefit, units)
        assert least <= off(got, *lines) <= most


def test_takes_one_part_after_the_other_where_there_are_more_lines_than_it_tries():
    parts = (Component(items("a", "b"), 1), Component(items("a", "c"), 1), Component(items("b", "c"), 1))
    asked = promotion("set_price", ItemSet(), components=parts, price_minor=60)
    few = [goods("a", 50), goods("b", 40), goods("b", 40), goods("c", 10)]
    many = [*few, *[goods("c", 1) for _ in range(ASSIGNED_LINES_MAX)]]
    assert off(asked, *many[:ASSIGNED_LINES_MAX]) == 70
    assert off(asked, *many) <= 70
