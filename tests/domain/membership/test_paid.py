"""Paid memberships: how long they last, what is earned of them by a day, and what comes back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.membership.paid import MembershipBegun, PaidMembership, earned_by, end_after, take_back
from domain.membership.tier import MembershipPlan

BEGIN = date(2026, 1, 31)


def plan(months: int = 0, days: int = 0) -> MembershipPlan:
    return MembershipPlan("P", "Plan", "方案", "P", "gold", months, days)


def membership(units: int = 2, value: int = 1_000, months: int = 0, days: int = 30) -> PaidMembership:
    ends_on = end_after(BEGIN, units, plan(months, 0 if months else days))
    return PaidMembership(
        1, 2, "P", "gold", 3, 1, "CNY", 4, months, 0 if months else days, units, BEGIN, ends_on, value, 0, BEGIN,
        False, "", None, datetime(2026, 1, 31, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("units", "months", "days", "ends_on"),
    [(1, 1, 0, "2026-02-28"), (2, 1, 0, "2026-03-31"), (1, 12, 0, "2027-01-31"), (25, 1, 0, "2028-02-29"),
     (3, 0, 30, "2026-05-01")],
)  # fmt: skip
def test_ends_on_the_day_of_the_month_on_which_it_began(units: int, months: int, days: int, ends_on: str):
    assert end_after(BEGIN, units, plan(months, days)).isoformat() == ends_on


@given(st.integers(1, 24), st.integers(0, 10**9), st.lists(st.integers(-40, 900), max_size=6))
def test_earns_all_of_it_day_by_day_however_often_it_is_asked(units: int, value: int, days: list[int]):
    one = membership(units, value, months=1)
    earned = [earned_by(one, BEGIN + timedelta(days=day)) for day in sorted(days)]
    assert earned == sorted(earned)
    assert all(0 <= part <= value for part in earned)
    assert (earned_by(one, BEGIN), earned_by(one, one.ends_on)) == (0, value)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 200), st.integers(0, 10**6), st.booleans())
def test_what_comes_back_and_what_stays_are_the_whole(units: int, asked: int, day: int, value: int, whole: bool):
    asked = min(asked, units)
    one, on = membership(units, value), BEGIN + timedelta(days=day)
    one.released_minor = earned_by(one, on)
    begun = -(-day // 30)
    if asked > units - min(begun, units) and not (whole and asked == units):
        with pytest.raises(MembershipBegun):
            take_back(one, asked, on=on, whole=whole, field="lines")
        assert (one.units, one.value_minor) == (units, value)
        return
    back = take_back(one, asked, on=on, whole=whole, field="lines")
    assert back + one.value_minor == value
    assert one.released_minor <= one.value_minor
    assert (one.units, one.ended) == (units - asked, units == asked)
    if one.ended:
        assert one.value_minor == one.released_minor
    else:
        assert one.ends_on == BEGIN + timedelta(days=30 * one.units)
