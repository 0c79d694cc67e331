"""Which store a request means, within what its caller may see."""

from datetime import date, timedelta
from typing import Final

from application.fields import optional_date
from application.ports.kernel import UnitOfWork
from application.ports.selection import Selection
from domain.identity.organisation import Store, StoreStatus
from domain.shared.errors import Forbidden, Invalid, NotFound, Rejected
from domain.shared.period import business_date, zone

CLOCK_AHEAD_MAX: Final = timedelta(hours=48)
"""How far a terminal's clock may run ahead: beyond it, the business date would be nonsense."""


class StoreNeeded(Invalid):
    en = "Name the store: this caller sees more than one."
    zh = "请指定门店：当前调用方可见多家门店。"


class UnknownStore(NotFound):
    en = "There is no store “{store_code}” in this caller's scope."
    zh = "当前调用方范围内没有门店“{store_code}”。"


class StoreClosed(Rejected):
    en = "Store “{store_code}” is closed. Name one that is open."
    zh = "门店“{store_code}”已停业，请选择营业中的门店。"


class LastBeforeFirst(Invalid):
    en = "The last date {to_date} lies before the first date {from_date}."
    zh = "结束日期 {to_date} 早于开始日期 {from_date}。"


class WholeChainOnly(Forbidden):
    en = "This concerns every store, so only who may act for the whole chain may do it. Ask head office."
    zh = "此操作涉及所有门店，只能由管理整个连锁的人员办理。请联系总部。"


def open_store(uow: UnitOfWork, store_code: str, *, field: str = "store_code") -> Store:
    """As `store_in_scope`, of stores that are open; raises StoreClosed too."""
    return checked_open(store_in_scope(uow, store_code, field=field), field=field)


def checked_open(store: Store, *, field: str) -> Store:
    """The store itself; raises StoreClosed."""
    if store.status is StoreStatus.CLOSED:
        raise StoreClosed(field, store_code=store.code)
    return store


def store_in_scope(uow: UnitOfWork, store_code: str, *, field: str = "store_code") -> Store:
    """The store that a request names; without a name the terminal's own, or the only one that the caller sees.

    Raises UnknownStore alike for a store that does not exist and for one that is none of the caller's business.
    """
    caller, chain = uow.caller, uow.chain
    if not store_code:
        store_id = caller.store_id
        if store_id is None and caller.store_ids is not None and len(caller.store_ids) == 1:
            store_id = min(caller.store_ids)
        if store_id is None:
            raise StoreNeeded(field)
        return chain.stores[store_id]
    found = chain.store_ids.get(store_code)
    if found is None or not caller.sees(found):
        raise UnknownStore(field, store_code=store_code)
    return chain.stores[found]


def trading_day(uow: UnitOfWork, store: Store) -> date:
    """The business date of a store now."""
    return business_date(uow.now, time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes)


def latest_day(uow: UnitOfWork) -> date:
    """The latest date that it is anywhere in the chain: no sale of today is left out, wherever it was made."""
    zones = {store.time_zone for store in uow.chain.stores.values()}
    return max((uow.now.astimezone(zone(name)).date() for name in zones), default=uow.now.date())


def chain_day(uow: UnitOfWork) -> date:
    """The latest business date that has begun in every open store; that of UTC in a chain without stores.

    What the whole chain shares, such as points, is over when it is over in every store, each by its own day.
    """
    days = [trading_day(uow, store) for store in uow.chain.stores.values() if store.status is not StoreStatus.CLOSED]
    return min(days, default=uow.now.date())


def selected(uow: UnitOfWork, *, store_code: str, from_date: str, to_date: str) -> Selection:
    """The stores and business dates that a query asks for; without a store all that the caller sees.

    Raises UnknownStore, InvalidDate and LastBeforeFirst.
    """
    store_ids = uow.caller.store_ids
    first = optional_date(from_date, field="from_date") or date.min
    last = optional_date(to_date, field="to_date") or date.max
    if last < first:
        raise LastBeforeFirst("to_date", from_date=from_date, to_date=to_date)
    if store_code:
        return Selection((store_in_scope(uow, store_code).store_id,), first, last)
    return Selection(None if store_ids is None else sorted(store_ids), first, last)


def who(uow: UnitOfWork, *, caller_id: int, staff_id: int | None) -> str:
    """The code of the member of staff who did something, else that of the terminal or service."""
    chain = uow.chain
    system = "system" if not caller_id else ""
    return chain.staff_codes.get(staff_id or 0) or chain.caller_codes.get(caller_id, system)
