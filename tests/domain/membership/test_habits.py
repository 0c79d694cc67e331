from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.membership.habits import Habits, Purchase, habits_of

MONDAY = date(2026, 11, 16)


def bought(day: int, *categories: str) -> Purchase:
    return Purchase(MONDAY + timedelta(days=day), frozenset(categories))


@pytest.mark.capability("MEM-07")
def test_tells_the_category_and_weekday_of_most_purchases():
    purchases = [bought(0, "TEA"), bought(5, "TEA", "HOME"), bought(12, "TEA"), bought(19, "HOME"), bought(20, "FRUIT")]
    assert habits_of(purchases=purchases) == Habits("TEA", 6)
    assert habits_of(purchases=purchases[1:]) == Habits("", 0)


def test_the_later_of_two_equally_frequent_choices_is_told_then_the_smaller():
    purchases = [bought(0, "TEA"), bought(7, "TEA"), bought(1, "HOME"), bought(8, "HOME"), bought(2)]
    assert habits_of(purchases=purchases) == Habits("HOME", 2)
    assert habits_of(purchases=[bought(0, "TEA", "HOME")] * 5) == Habits("HOME", 1)


def test_purchases_of_nothing_but_gifts_tell_a_weekday_only():
    assert habits_of(purchases=[bought(6)] * 5) == Habits("", 7)


@given(st.lists(st.builds(bought, st.integers(0, 20), st.sampled_from("ABC"), st.sampled_from("CDE")), min_size=5))
def test_no_choice_is_more_frequent_than_the_one_told_in_whatever_order(purchases):
    told = habits_of(purchases=purchases)
    assert habits_of(purchases=purchases[::-1]) == told
    with_it = sum(told.top_category_code in one.category_codes for one in purchases)
    assert with_it == max(sum(code in one.category_codes for one in purchases) for code in "ABCDE")
    that_day = sum(one.business_date.isoweekday() == told.usual_weekday for one in purchases)
    assert that_day == max(sum(one.business_date.isoweekday() == day for one in purchases) for day in range(1, 8))
