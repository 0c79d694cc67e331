"""When birthdays come that are known by month and day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta


def month_day(birthday: str) -> str:
    """Month and day, "02-29", of a birthday that is an ISO date or that already."""
    return birthday[-5:]


def birthdays_on(day: date) -> tuple[str, ...]:
    """The months and days whose birthday is on a day: on 28 February of a year without a 29th that one too."""
    own = day.isoformat()[-5:]
    if own == "02-28" and (day + timedelta(days=1)).month == 3:
        return (own, "02-29")
    return (own,)


def birthdays_ahead(today: date, days: int) -> Mapping[int, Sequence[str]]:
    """The months and days whose birthday comes from today to so many days ahead, by the year in which it does."""
    found: dict[int, list[str]] = {}
    for ahead in range(days + 1):
        day = today + timedelta(days=ahead)
        found.setdefault(day.year, []).extend(birthdays_on(day))
    return found
