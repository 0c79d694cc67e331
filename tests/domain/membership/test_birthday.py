"""Every birthday comes on one day of every year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.membership.birthday import birthdays_ahead, birthdays_on, month_day
from domain.pricing.conditions import days_after_birthday

LEAP = date(2028, 1, 1)
MONTH_DAYS = [(LEAP + timedelta(days=number)).isoformat()[5:] for number in range(366)]


@pytest.mark.capability("LVL-09")
@given(st.integers(2000, 2099), st.sampled_from(MONTH_DAYS))
def test_a_birthday_comes_once_a_year_on_the_day_that_promotions_take_for_it(year, birthday):
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365 + (year % 4 == 0))]
    [day] = [day for day in days if birthday in birthdays_on(day)]
    assert days_after_birthday(birthday, day) == 0


@pytest.mark.capability("LVL-09")
@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2027, 2, 28), ("02-28", "02-29")),
        (date(2028, 2, 28), ("02-28",)),
        (date(2028, 2, 29), ("02-29",)),
        (date(2027, 3, 1), ("03-01",)),
    ],
)
def test_29_february_is_the_28th_in_years_that_have_none(day, found):
    assert birthdays_on(day) == found


def test_what_comes_is_told_by_year():
    assert birthdays_ahead(date(2026, 12, 30), 3) == {2026: ["12-30", "12-31"], 2027: ["01-01", "01-02"]}
    assert birthdays_ahead(date(2026, 5, 4), 0) == {2026: ["05-04"]}


def test_a_birthday_is_known_by_month_and_day():
    assert (month_day("1990-02-29"), month_day("02-29")) == ("02-29", "02-29")
