"""Time zones and business dates."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone `name`; raises KeyError or ValueError when there is none."""
    return ZoneInfo(name)


def business_date(at: datetime, *, time_zone: str, day_cutoff_minutes: int) -> date:
    """The trading day that `at` (an aware instant) belongs to in a store.

    The day ends `day_cutoff_minutes` after local midnight: with 240, a sale at 03:59 belongs to the day before.
    """
    local = at.astimezone(zone(time_zone))
    minutes = local.hour * 60 + local.minute
    return local.date() - timedelta(days=1) if minutes < day_cutoff_minutes else local.date()


def holds_day(from_date: str, to_date: str, *, on: date) -> bool:
    """Whether a period of ISO dates, both included and empty for no bound, holds a day."""
    # ISO dates are in the order of time.
    day = on.isoformat()
    return (not from_date or from_date <= day) and (not to_date or day <= to_date)


def day_end(on: date, *, time_zone: str, day_cutoff_minutes: int) -> datetime:
    """The instant at which the trading day `on` of a store ends: the first one that belongs to the day after.

    A cut-off that a change of the clock skips counts by the time before the change.
    """
    midnight = datetime.combine(on + timedelta(days=1), time(), zone(time_zone))
    return (midnight + timedelta(minutes=day_cutoff_minutes)).astimezone(UTC)
