"""Weeks as forecasts count them: from Monday on, with the week of the year and what makes a week unlike others."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from domain.forecasting.effects import SLOTS, Week

WEEK_DAYS: Final = 7
HOLIDAYS: Final[Mapping[str, tuple[int, int]]] = {
    "new_year": (1, 1),
    "labour_day": (5, 1),
    "national_day": (10, 1),
    "singles_day": (11, 11),
    "christmas": (12, 25),
}
"""Month and day of what stands on the same day each year: in one week it does more than the season around it tells."""
BEFORE: Final = "before "
"""People buy for a festival in the week before it too, and otherwise than in its own."""


def monday_of(on: date) -> date:
    """The first day of the week in which a day lies."""
    return on - timedelta(days=on.weekday())


def mondays_from(first: date, count: int) -> list[date]:
    """So many weeks by their first day, the earliest first; `first` is a Monday."""
    return [first + timedelta(days=WEEK_DAYS * number) for number in range(count)]


def weeks_of(*, mondays: Sequence[date], festivals: Mapping[date, Sequence[str]]) -> list[Week]:
    """Each week with its occasions: the festivals on its days, those of the week after, and fixed holidays.

    `festivals` are named by their day and move from year to year. A year's 53rd week counts as its last.
    """
    return [
        Week(min(monday.isocalendar().week, SLOTS) - 1, tuple(sorted(_occasions(monday, festivals))))
        for monday in mondays
    ]


def _occasions(monday: date, festivals: Mapping[date, Sequence[str]]) -> set[str]:
    days = [monday + timedelta(days=day) for day in range(2 * WEEK_DAYS)]
    found = {name for day in days[:WEEK_DAYS] for name in festivals.get(day, ())}
    found |= {BEFORE + name for day in days[WEEK_DAYS:] for name in festivals.get(day, ())}
    return found | {name for name, fixed in HOLIDAYS.items() if fixed in {(d.month, d.day) for d in days[:WEEK_DAYS]}}
