"""What stock does: goods that nobody buys, goods of which there is too much, and how often stock turns over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from application.fields import Missing, OutOfRange, optional_date, within
from application.paging import Page, next_token, page, token_of
from application.ports.kernel import UnitOfWork
from application.ports.stock_reports import CategoryTurnover, Key, OverStock, SlowStock
from application.scope import LastBeforeFirst, latest_day, store_in_scope, trading_day
from domain.identity.organisation import Store
from domain.inventory.turnover import cover_days, excess_milli, turnover_bp
from domain.shared.errors import Invalid
from domain.shared.period import day_end

DAYS_MAX: Final = 3_660
SLOW_LOOKED_AT_MAX: Final = 50_000
OVER_LOOKED_AT_MAX: Final = 5_000
"""How many levels a page looks at: the second kind sums what each has sold."""
SALES_DAYS: Final = 56
"""Eight whole weeks, as replenishment goes by."""
PERIOD_DAYS_MAX: Final = 366
EARLIEST: Final = date(1900, 1, 1)
"""Before it nothing has moved, and there are moments that no clock tells."""
STORES_AT_ONCE: Final = 10


class PeriodNotOver(Invalid):
    en = "{to_date} has not come yet in store “{store_code}”. Ask until today at the latest."
    zh = "门店“{store_code}”尚未到 {to_date}，请查询到今天或更早的日期。"


@dataclass(frozen=True, slots=True)
class ListSlowMovers:
    """`days` is 0 for the setting `slow_mover_days` of the chain."""

    store_code: str = ""
    days: int = 0
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class SlowMover:
    """See the message of this name in the contract; dates are ISO, empty for never."""

    store_code: str
    sku: str
    name: str
    on_hand_milli: int
    value_minor: int
    last_sold_on: str
    last_received_on: str
    idle_days: int


@dataclass(frozen=True, slots=True)
class SlowMoverPage:
    days: int
    slow_movers: Sequence[SlowMover]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListOverstock:
    """`days` is 0 for the setting `overstock_days` of the chain."""

    store_code: str = ""
    days: int = 0
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class OverstockedGoods:
    """See the message of this name in the contract."""

    store_code: str
    sku: str
    name: str
    on_hand_milli: int
    value_minor: int
    sold_milli: int
    cover_days: int
    excess_milli: int


@dataclass(frozen=True, slots=True)
class OverstockPage:
    days: int
    goods: Sequence[OverstockedGoods]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GetStockTurnover:
    """Of the business dates named, both included."""

    store_code: str = ""
    from_date: str = ""
    to_date: str = ""
    by_category: bool = False
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class StockTurnover:
    """See the message of this name in the contract; `category_code` is empty for the whole store."""

    store_code: str
    category_code: str
    currency: str
    cost_of_goods_sold_minor: int
    opening_minor: int
    closing_minor: int
    turnover_bp: int


@dataclass(frozen=True, slots=True)
class TurnoverPage:
    rows: Sequence[StockTurnover]
    next_page_token: str


def list_slow_movers(uow: UnitOfWork, query: ListSlowMovers) -> SlowMoverPage:
    """Goods on hand without a sale for so many days, by store and SKU id; raises UnknownStore.

    A page looks at 50,000 levels at most, so that it may hold few or none while others follow.
    """
    asked = page(query.page_size, query.page_token, key=(int, int))
    uow.refresh()
    days = within(query.days, 0, DAYS_MAX, field="days") or uow.chain.chain_policies.slow_mover_days
    store_ids, after, today = _store_ids(uow, query.store_code), _after(asked), latest_day(uow)
    rows = uow.stock_reports.slow(
        store_ids,
        idle_since=today - timedelta(days=days),
        after=after,
        looked_at=SLOW_LOOKED_AT_MAX,
        limit=asked.limit + 1,
    )
    shown = [
        SlowMover(
            uow.chain.stores[one.location_id].code, one.sku, one.name, one.on_hand_milli, one.value_minor,
            _iso(one.last_sold_on), _iso(one.last_received_on), (today - one.idle_since).days,
        )
        for one in rows[: asked.limit]
    ]  # fmt: skip
    return SlowMoverPage(days, shown, _token(uow, rows, asked, store_ids, SLOW_LOOKED_AT_MAX))


def list_overstock(uow: UnitOfWork, query: ListOverstock) -> OverstockPage:
    """Goods of which more is on hand than so many days of what was sold in eight weeks; raises UnknownStore.

    A page looks at 5,000 levels at most, so that it may hold few or none while others follow.
    """
    asked = page(query.page_size, query.page_token, key=(int, int))
    uow.refresh()
    days = within(query.days, 0, DAYS_MAX, field="days") or uow.chain.chain_policies.overstock_days
    store_ids = _store_ids(uow, query.store_code)
    rows = uow.stock_reports.over(
        store_ids,
        since=uow.now - timedelta(days=SALES_DAYS),
        in_days=SALES_DAYS,
        days=days,
        after=_after(asked),
        looked_at=OVER_LOOKED_AT_MAX,
        limit=asked.limit + 1,
    )
    shown = [
        OverstockedGoods(
            uow.chain.stores[one.location_id].code,
            one.sku,
            one.name,
            one.on_hand_milli,
            one.value_minor,
            one.sold_milli,
            cover_days(on_hand_milli=one.on_hand_milli, sold_milli=one.sold_milli, in_days=SALES_DAYS),
            excess_milli(
                on_hand_milli=one.on_hand_milli, sold_milli=one.sold_milli, in_days=SALES_DAYS, wanted_days=days
            ),
        )
        for one in rows[: asked.limit]
    ]
    return OverstockPage(days, shown, _token(uow, rows, asked, store_ids, OVER_LOOKED_AT_MAX))


def get_stock_turnover(uow: UnitOfWork, query: GetStockTurnover) -> TurnoverPage:
    """How often the stock of up to 10 stores turned over, by the average of opening and closing stock.

    Raises UnknownStore, Missing, InvalidDate, LastBeforeFirst, OutOfRange and PeriodNotOver.
    """
    asked = page(STORES_AT_ONCE, query.page_token, key=(int,))
    first, last = _period(query)
    uow.refresh()
    after = asked.after[0] if asked.after else 0
    stores = [uow.chain.stores[one] for one in sorted(_store_ids(uow, query.store_code)) if one > after]
    rows: list[StockTurnover] = []
    for store in stores[: asked.limit]:
        if last > trading_day(uow, store):
            raise PeriodNotOver("to_date", to_date=last.isoformat(), store_code=store.code)
        opening, closing = (
            day_end(on, time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes)
            for on in (max(first, EARLIEST) - timedelta(days=1), last)
        )
        found = uow.stock_reports.turnover(store.store_id, opening=opening, closing=closing)
        rows += _turnovers(uow, store, found, by_category=query.by_category)
    return TurnoverPage(rows, next_token(stores, asked.limit, lambda store: (store.store_id,)))


def _period(query: GetStockTurnover) -> tuple[date, date]:
    first = optional_date(query.from_date, field="from_date")
    last = optional_date(query.to_date, field="to_date")
    if first is None or last is None:
        raise Missing("to_date" if first else "from_date")
    if last < first:
        raise LastBeforeFirst("to_date", from_date=query.from_date, to_date=query.to_date)
    if (last - first).days >= PERIOD_DAYS_MAX:
        raise OutOfRange("to_date", value=(last - first).days + 1, low=1, high=PERIOD_DAYS_MAX)
    return first, last


def _turnovers(
    uow: UnitOfWork, store: Store, found: Sequence[CategoryTurnover], *, by_category: bool
) -> Iterator[StockTurnover]:
    yield _turnover(store, "", found)
    if by_category:
        codes = {category.category_id: category.code for category in uow.catalog.categories()}
        for one in sorted(found, key=lambda one: codes[one.category_id]):
            yield _turnover(store, codes[one.category_id], [one])


def _turnover(store: Store, category_code: str, parts: Sequence[CategoryTurnover]) -> StockTurnover:
    sold = sum(one.cost_of_goods_sold_minor for one in parts)
    opening, closing = sum(one.opening_minor for one in parts), sum(one.closing_minor for one in parts)
    rate = turnover_bp(cost_of_goods_sold_minor=sold, opening_minor=opening, closing_minor=closing)
    return StockTurnover(store.code, category_code, store.currency, sold, opening, closing, rate)


def _store_ids(uow: UnitOfWork, store_code: str) -> frozenset[int]:
    if store_code:
        return frozenset({store_in_scope(uow, store_code).store_id})
    return frozenset(store_id for store_id in uow.chain.stores if uow.caller.sees(store_id))


def _after(asked: Page) -> Key | None:
    return (asked.after[0], asked.after[1]) if asked.after else None


def _token(
    uow: UnitOfWork, rows: Sequence[SlowStock | OverStock], asked: Page, store_ids: frozenset[int], looked_at: int
) -> str:
    """Where the next page goes on: after the last row shown, else after the last level looked at."""
    if len(rows) > asked.limit:
        return next_token(rows, asked.limit, lambda one: (one.location_id, one.sku_id))
    last = uow.stock_reports.last_looked_at(store_ids, after=_after(asked), looked_at=looked_at)
    return token_of(last) if last is not None else ""


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""
