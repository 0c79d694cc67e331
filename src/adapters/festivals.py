"""The festivals of the Chinese calendar by the days of the civil one.

The dates are those of GB/T 33661-2017, computed by lunar-python for the meridian of Beijing.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from lunar_python import Lunar, LunarYear, Solar

from domain.pricing.conditions import WINDOW_DAYS_MAX
from domain.pricing.promotion import Festival, FestivalDay

_BY_MOON: Final = {
    Festival.SPRING: (1, 1),
    Festival.LANTERN: (1, 15),
    Festival.DRAGON_HEAD: (2, 2),
    Festival.DRAGON_BOAT: (5, 5),
    Festival.QIXI: (7, 7),
    Festival.ZHONGYUAN: (7, 15),
    Festival.MID_AUTUMN: (8, 15),
    Festival.DOUBLE_NINTH: (9, 9),
    Festival.LABA: (12, 8),
}
"""Month and day of the lunar year; a leap month has no festivals."""
_BY_SUN: Final = {Festival.QINGMING: "清明", Festival.WINTER_SOLSTICE: "DONG_ZHI"}
"""The solar term that the festival is. The table of a year begins with the winter before, and names its own so."""
YEARS_KEPT_MAX: Final = 16
DAYS_KEPT_MAX: Final = 64


@lru_cache(maxsize=DAYS_KEPT_MAX)
def festivals_near(on: date) -> tuple[FestivalDay, ...]:
    """How far `on` is from each festival that is at most WINDOW_DAYS_MAX days away; by day, those to come last."""
    found = [
        FestivalDay(festival, (on - day).days)
        for year in (on.year - 1, on.year, on.year + 1)
        for festival, day in festivals_of(year).items()
        if abs((on - day).days) <= WINDOW_DAYS_MAX
    ]
    return tuple(sorted(found, key=lambda near: (-near.days_after, near.festival)))


@lru_cache(maxsize=YEARS_KEPT_MAX)
def festivals_of(year: int) -> dict[Festival, date]:
    """The festivals of the lunar year that begins in `year`: from its Spring Festival to the next New Year's Eve.

    Those of the sun, which have no lunar date, are of the civil year.
    """
    months = LunarYear.fromYear(year)
    found: dict[Festival, date] = {}
    for festival, (month, day) in _BY_MOON.items():
        first = Solar.fromJulianDay(months.getMonth(month).getFirstJulianDay())
        found[festival] = _date(first) + timedelta(days=day - 1)
    next_year = Solar.fromJulianDay(LunarYear.fromYear(year + 1).getMonth(1).getFirstJulianDay())
    found[Festival.NEW_YEARS_EVE] = _date(next_year) - timedelta(days=1)
    terms = Lunar.fromYmd(year, 6, 1).getJieQiTable()
    for festival, name in _BY_SUN.items():
        found[festival] = _date(terms[name])
    return found


def _date(solar: Solar) -> date:
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
