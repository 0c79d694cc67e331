"""Next purchases by the rhythm of a member and of all members."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.forecasting.next_purchase import DAYS_MAX, NextPurchase, Rhythm, added, next_purchase, rhythm_of

FIRST = date(2026, 1, 5)


def every(days: int, times: int, *, first: date = FIRST) -> list[date]:
    return [first + timedelta(days=days * number) for number in range(times)]


def of_all(*members: list[date]) -> Rhythm:
    rhythm = Rhythm()
    for days in members:
        rhythm = added(rhythm, rhythm_of(days=days))
    return rhythm


def after(*gaps: int) -> list[date]:
    days = [FIRST]
    for gap in gaps:
        days.append(days[-1] + timedelta(days=gap))
    return days


MIXED = of_all(*[after(gap, 2 * gap, gap, gap + 3, gap) for gap in (3, 5, 7, 7, 10, 14, 21)])
"""Some come twice a week and some every three weeks, none by the clock."""


def told(days: list[date], *, later: int = 0, category: Rhythm = MIXED) -> NextPurchase:
    found = next_purchase(days=days, category=category, all_goods=MIXED, on=days[-1] + timedelta(days=later))
    assert found is not None
    return found


@pytest.mark.capability("REP-08")
def test_who_buys_every_ten_days_is_expected_on_the_tenth() -> None:
    assert told(every(10, 20)) == NextPurchase(
        last_on=date(2026, 7, 14),
        purchase_days=20,
        interval_days=10,
        next_on=date(2026, 7, 24),
        from_on=date(2026, 7, 23),
        until_on=date(2026, 7, 25),
        confidence_bp=9_385,
    )


def test_few_purchases_leave_a_member_near_the_rhythm_of_all() -> None:
    # One purchase tells nothing; two that are 28 days apart move the answer, ten more decide it.
    assert [told(every(28, times)).interval_days for times in (1, 2, 3, 12)] == [10, 21, 24, 28]
    assert [told(every(28, times)).confidence_bp for times in (1, 2, 3, 12)] == [4_778, 3_440, 3_512, 4_708]


def test_who_has_not_come_when_expected_is_expected_later() -> None:
    found = [told(every(7, 6), later=later) for later in (0, 7, 14, 60)]
    assert [(one.next_on - one.last_on).days for one in found] == [7, 8, 15, 66]


def test_a_category_nobody_bought_twice_of_has_the_rhythm_of_all_goods() -> None:
    assert told([FIRST], category=Rhythm()) == told([FIRST])


def test_nothing_is_told_while_nobody_bought_twice() -> None:
    assert next_purchase(days=[FIRST], category=Rhythm(), all_goods=Rhythm(), on=FIRST) is None
    assert next_purchase(days=[], category=MIXED, all_goods=MIXED, on=FIRST) is None


def test_the_rhythm_of_a_member_sums_logarithms_of_days() -> None:
    # ln 1 = 0 and ln 7 = 1.945910; the mean is 0.972955, and each is as far from it.
    assert rhythm_of(days=after(1, 7)) == Rhythm(1, 2, 972_955, 946_642, 500_000, 1_893_283)
    assert rhythm_of(days=[FIRST]) == Rhythm()


@given(
    gaps=st.lists(st.integers(1, 400), max_size=30),
    others=st.lists(st.lists(st.integers(1, 400), min_size=1, max_size=6), min_size=1, max_size=6),
    later=st.integers(0, 2_000),
)
def test_dates_are_in_order_and_never_past(gaps: list[int], others: list[list[int]], later: int) -> None:
    rhythm, days = of_all(*[after(*one) for one in others]), after(*gaps)
    on = days[-1] + timedelta(days=later)
    found = next_purchase(days=days, category=rhythm, all_goods=rhythm, on=on)
    assert found is not None
    assert max(on, days[-1] + timedelta(days=1)) <= found.from_on <= found.next_on <= found.until_on
    assert found.until_on <= max(on, days[-1] + timedelta(days=1)) + timedelta(days=DAYS_MAX)
    assert 0 <= found.confidence_bp <= 10_000
    assert 1 <= found.interval_days <= DAYS_MAX
