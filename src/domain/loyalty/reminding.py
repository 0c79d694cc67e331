"""Which warnings are due before points expire."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import NamedTuple


class Notice(NamedTuple):
    """The warning `days` before the points that are worth nothing from `expires_on` on."""

    expires_on: date
    days: int


def due_notices(*, today: date, days: Sequence[int], done: Collection[Notice]) -> list[Notice]:
    """The notices of `days` (1 or more each, none twice) that are due on `today` and not done, the most urgent first.

    A date gets the notice of the smallest number of days that it is still within: with 30 and 7, one of 30 days from
    30 to 8 days ahead, one of 7 days from then on. So a job that was not run for a day makes up for it, and never sends
    both at once.
    """
    due = []
    nearest = 0
    for notice in sorted(days):
        due += [Notice(today + timedelta(days=ahead), notice) for ahead in range(nearest + 1, notice + 1)]
        nearest = notice
    return [one for one in due if one not in done]
