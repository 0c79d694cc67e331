"""Festivals of the Chinese calendar, against dates that are known."""

from datetime import date, timedelta

import pytest

from adapters.festivals import festivals_near, festivals_of
from domain.pricing.conditions import WINDOW_DAYS_MAX
from domain.pricing.promotion import Festival, FestivalDay


# Of the Hong Kong Observatory's conversion tables and the State Council's holiday notices.
@pytest.mark.parametrize(
    ("year", "festival", "day"),
    [
        (1901, Festival.SPRING, "1901-02-19"),
        (1978, Festival.MID_AUTUMN, "1978-09-17"),
        (2000, Festival.SPRING, "2000-02-05"),
        (2020, Festival.DRAGON_BOAT, "2020-06-25"),  # after a leap 4th month
        (2023, Festival.SPRING, "2023-01-22"),
        (2023, Festival.DRAGON_BOAT, "2023-06-22"),  # after a leap 2nd month
        (2024, Festival.QINGMING, "2024-04-04"),
        (2024, Festival.NEW_YEARS_EVE, "2025-01-28"),
        (2025, Festival.SPRING, "2025-01-29"),
        (2025, Festival.LANTERN, "2025-02-12"),
        (2025, Festival.DRAGON_HEAD, "2025-03-01"),
        (2025, Festival.DRAGON_BOAT, "2025-05-31"),
        (2025, Festival.QIXI, "2025-08-29"),  # after a leap 6th month
        (2025, Festival.ZHONGYUAN, "2025-09-06"),
        (2025, Festival.MID_AUTUMN, "2025-10-06"),
        (2025, Festival.DOUBLE_NINTH, "2025-10-29"),
        (2025, Festival.WINTER_SOLSTICE, "2025-12-21"),
        (2025, Festival.LABA, "2026-01-26"),
        (2025, Festival.NEW_YEARS_EVE, "2026-02-16"),  # the 12th month has 29 days
        (2026, Festival.SPRING, "2026-02-17"),
        (2033, Festival.MID_AUTUMN, "2033-09-08"),  # the leap month comes late, after the 11th
        (2034, Festival.SPRING, "2034-02-19"),
        (2100, Festival.SPRING, "2100-02-09"),
    ],
)
def test_falls_on_the_day_that_is_known(year: int, festival: Festival, day: str):
    assert festivals_of(year)[festival] == date.fromisoformat(day)


def test_every_year_has_every_festival_in_its_order():
    for year in range(1901, 2101):
        days = festivals_of(year)
        assert set(days) == set(Festival)
        assert days[Festival.NEW_YEARS_EVE] + timedelta(days=1) == festivals_of(year + 1)[Festival.SPRING]
        by_moon = [day for festival, day in days.items() if festival.value not in {"qingming", "winter_solstice"}]
        assert by_moon == sorted(by_moon)
        assert date(year, 1, 20) < days[Festival.SPRING] < date(year, 2, 22)


def test_tells_how_far_a_day_is_from_the_festivals_around_it():
    assert festivals_near(date(2025, 1, 28)) == (
        FestivalDay(Festival.LABA, 21),
        FestivalDay(Festival.NEW_YEARS_EVE, 0),
        FestivalDay(Festival.SPRING, -1),
        FestivalDay(Festival.LANTERN, -15),
    )


def test_looks_over_the_end_of_the_year():
    assert FestivalDay(Festival.SPRING, -22) in festivals_near(date(2022, 12, 31))
    assert FestivalDay(Festival.WINTER_SOLSTICE, 10) in festivals_near(date(2022, 1, 1) - timedelta(days=1))
    assert FestivalDay(Festival.WINTER_SOLSTICE, 11) in festivals_near(date(2022, 1, 1))


def test_misses_none_within_the_days_that_count():
    days = {day: festival for year in range(2024, 2028) for festival, day in festivals_of(year).items()}
    for number in range(731):
        on = date(2025, 1, 1) + timedelta(days=number)
        near = {(day.festival, day.days_after) for day in festivals_near(on)}
        assert near == {
            (festival, (on - day).days) for day, festival in days.items() if abs((on - day).days) <= WINDOW_DAYS_MAX
        }
