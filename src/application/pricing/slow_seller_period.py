"""Which stores and which days a list of slow sellers is about."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from application.fields import TooMany, required_code, within
from application.paging import InvalidPageToken
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope, trading_day
from domain.identity.organisation import Store
from domain.shared.errors import Invalid, NotFound, Rejected
from domain.shared.money import minor_digits

DAYS_DEFAULT: Final = 30
DAYS_MAX: Final = 366
DAYS_OF_MONTH: Final = 30
"""Where no calendar month is named."""
STORES_MAX: Final = 500
_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class InvalidMonth(Invalid):
    en = "“{text}” is no month. Write it as YYYY-MM, or leave it empty for the last {days} days."
    zh = "“{text}”不是有效月份，请使用 YYYY-MM 格式；留空则为最近 {days} 天。"


class MonthWithDays(Invalid):
    en = "A month and a number of days exclude each other. Send one of them."
    zh = "月份与天数不能同时提供，请只填其中一项。"


class MonthNotBegun(Rejected):
    en = "No day of {month} is over in all stores yet. Ask for an earlier month."
    zh = "{month} 尚无任何一天在所有门店结束，请查询更早的月份。"


class StoresWithRegion(Invalid):
    en = "Stores and a region exclude each other. Send one of them."
    zh = "门店与区域不能同时提供，请只填其中一项。"


class UnknownRegion(NotFound):
    en = "There is no region “{region_code}” with a store in this caller's scope."
    zh = "当前调用方范围内没有区域“{region_code}”的门店。"


class NoStores(NotFound):
    en = "There is no store in this caller's scope."
    zh = "当前调用方范围内没有门店。"


class OneCurrency(Invalid):
    en = "Prices and costs are told in one currency. Name one that the stores keep: {currencies}."
    zh = "价格与成本以一种货币列示。请指定门店使用的货币：{currencies}。"


@dataclass(frozen=True, slots=True)
class Days:
    """Business dates from `first` to `last`, both included; `of_month` are the days that a threshold a month is for."""

    first: date
    last: date
    of_month: int

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    def each(self) -> Sequence[date]:
        return [self.first + timedelta(days=n) for n in range(self.count)]


def stores_asked(
    uow: UnitOfWork, *, store_codes: Sequence[str], region_code: str, currency: str
) -> tuple[list[Store], str]:
    """The stores that are meant, by code, and their currency; without any named, all that the caller sees.

    Raises UnknownStore, UnknownRegion, NoStores, StoresWithRegion, TooMany and OneCurrency.
    """
    if store_codes and region_code:
        raise StoresWithRegion("region_code")
    if len(store_codes) > STORES_MAX:
        raise TooMany("store_codes", count=len(store_codes), count_max=STORES_MAX)
    found: dict[int, Store] = {}
    if store_codes:
        for place, code in enumerate(store_codes):
            store = store_in_scope(
                uow, required_code(code, field=f"store_codes[{place}]"), field=f"store_codes[{place}]"
            )
            found[store.store_id] = store
    else:
        found = {store_id: store for store_id, store in uow.chain.stores.items() if uow.caller.sees(store_id)}
    if region_code:
        ids = {region.region_id for region in uow.chain.regions.values() if region.code == region_code}
        found = {store_id: store for store_id, store in found.items() if store.region_id in ids}
        if not found:
            raise UnknownRegion("region_code", region_code=region_code[:64])
    if not found:
        raise NoStores("store_codes")
    kept = sorted({store.currency for store in found.values()})
    if currency:
        minor_digits(currency)
    wanted = currency or kept[0]
    if wanted not in kept or (not currency and len(kept) > 1):
        raise OneCurrency("currency", currencies=", ".join(kept))
    return sorted([one for one in found.values() if one.currency == wanted], key=lambda one: one.code), wanted


def days_asked(uow: UnitOfWork, stores: Sequence[Store], *, month: str, days: int, until: date | None) -> Days:
    """The days that are meant, none of which is still running in any of the stores.

    `until` is the last one that the page before told, so that all pages are about the same days. Raises InvalidMonth,
    MonthWithDays, MonthNotBegun and OutOfRange.
    """
    within(days, 0, DAYS_MAX, field="days")
    yesterday = min(trading_day(uow, store) for store in stores) - timedelta(days=1)
    if month:
        if days:
            raise MonthWithDays("days")
        first, last = _month(month)
        of_month = (last - first).days + 1
        last = min(last, yesterday)
        if last < first:
            raise MonthNotBegun("month", month=month)
    else:
        last, of_month = yesterday, DAYS_OF_MONTH
        first = last
    if until is not None:
        if not (first if month else date.min + timedelta(days=DAYS_MAX)) <= until <= last:
            raise InvalidPageToken("page_token")
        last = until
    if not month:
        first = last - timedelta(days=(days or DAYS_DEFAULT) - 1)
    return Days(first, last, of_month)


def _month(text: str) -> tuple[date, date]:
    found = _MONTH.fullmatch(text)
    if found is None or found[1] == "0000":
        raise InvalidMonth("month", text=text[:64], days=DAYS_DEFAULT)
    year, number = int(found[1]), int(found[2])
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])
