"""Forecasts and their back-tests, as they are read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from application.fields import at_most, required_code, within
from application.forecasting.run_forecast import ForecastRunView, place_id_of, places_of, run_view
from application.paging import next_token, page
from application.ports.forecasts import CategoryErrors
from application.ports.kernel import UnitOfWork
from application.ports.replenishment import Range
from application.scope import UnknownStore, latest_day
from domain.forecasting.calendar import WEEK_DAYS
from domain.forecasting.forecast import Method
from domain.forecasting.places import parts, week_of_part
from domain.forecasting.run import ForecastRun, PlaceKind, RunState, SeriesForecast
from domain.identity.organisation import WHOLE_CHAIN, Scope, ScopeKind, Store, StoreStatus
from domain.shared.errors import Forbidden, NotFound

STORES_MAX: Final = 500
WEEKS_MAX: Final = 26
PART_DAYS: Final = 56
"""Eight whole weeks tell which part of its region's sales a store makes."""


class UnknownSku(NotFound):
    en = "There is no product with SKU “{sku}”."
    zh = "没有 SKU 为“{sku}”的商品。"


class NoForecast(NotFound):
    en = "No forecast has been made yet. Run one with RunForecast or `liansuo forecast run`."
    zh = "尚无预测结果，请先用 RunForecast 或 `liansuo forecast run` 运行预测。"


class UnknownForecastRun(NotFound):
    en = "There is no finished forecast run {run_id}."
    zh = "没有已完成的预测 {run_id}。"


class ForecastBeyondScope(Forbidden):
    en = "This forecast is of regions or of the whole chain, which you may not act for. Ask head office."
    zh = "该预测针对区域或整个连锁，超出您的管理范围，请联系总部。"


@dataclass(frozen=True, slots=True)
class GetForecast:
    sku: str
    store_codes: tuple[str, ...] = ()
    weeks: int = 0
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ListForecastRuns:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class GetForecastAccuracy:
    run_id: int = 0
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ForecastWeek:
    """What a store is expected to sell from a Monday on, and between what in eight of ten cases."""

    week_on: str
    quantity_milli: int
    low_milli: int
    high_milli: int


@dataclass(frozen=True, slots=True)
class StoreForecast:
    """`method` is None for goods that nobody near has sold: nothing is forecast of them."""

    store_code: str
    method: Method | None
    weeks: Sequence[ForecastWeek]


@dataclass(frozen=True, slots=True)
class Forecast:
    run_id: int
    place_kind: PlaceKind
    origin_on: str
    stores: Sequence[StoreForecast]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ForecastRunPage:
    runs: Sequence[ForecastRunView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ForecastErrors:
    """Errors of a back-test over what was sold, in hundredths of a percent; `category_code` is empty for all."""

    category_code: str
    series: int
    by_effects: int
    by_recent_mean: int
    by_seasonal_naive: int
    sold_milli: int
    wape_bp: int
    recent_mean_wape_bp: int
    seasonal_naive_wape_bp: int


@dataclass(frozen=True, slots=True)
class ForecastAccuracy:
    run_id: int
    place_kind: PlaceKind
    origin_on: str
    held_out_weeks: int
    total: ForecastErrors
    categories: Sequence[ForecastErrors]
    next_page_token: str


def get_forecast(uow: UnitOfWork, query: GetForecast) -> Forecast:
    """What stores in the caller's scope are expected to sell of a SKU, by the run that was finished last.

    Without stores named it is a page of all. Raises UnknownSku, UnknownStore, NoForecast and the refusals of fields.
    """
    asked = page(query.page_size, query.page_token, key=(int,))
    sku = required_code(query.sku, field="sku")
    within(query.weeks, 0, WEEKS_MAX, field="weeks")
    if query.store_codes:
        at_most(query.store_codes, STORES_MAX, field="store_codes")
    uow.refresh()
    sku_id = uow.catalog.sku_ids([sku]).get(sku)
    if sku_id is None:
        raise UnknownSku("sku", sku=sku)
    stores = stores_named(uow, query.store_codes, after=asked.after[0] if asked.after else 0)
    run = _newest(uow)
    series = uow.forecasts.series_of(run.run_id, sku_id)
    shown = stores[: asked.limit]
    own_part = _parts(uow, run, sku_id)
    weeks = min(query.weeks or run.weeks, run.weeks)
    found = [
        _of_store(store, series.get(place_id_of(run.place_kind, store)), run, own_part.get(store.store_id, 0.0), weeks)
        for store in shown
    ]
    token = next_token(stores, asked.limit, lambda store: (store.store_id,))
    return Forecast(run.run_id, run.place_kind, run.origin_on.isoformat(), found, token)


def list_forecast_runs(uow: UnitOfWork, query: ListForecastRuns) -> ForecastRunPage:
    """Runs, the newest first; raises ForecastBeyondScope for whoever does not see the whole chain."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    uow.refresh()
    if uow.caller.store_ids is not None:
        raise ForecastBeyondScope("")
    after = None if asked.after is None else (asked.after[0], asked.after[1])
    runs = uow.forecasts.list_runs(after=after, limit=asked.limit + 1)
    token = next_token(runs, asked.limit, lambda run: (run.started_at, run.run_id))
    return ForecastRunPage([run_view(run) for run in runs[: asked.limit]], token)


def get_forecast_accuracy(uow: UnitOfWork, query: GetForecastAccuracy) -> ForecastAccuracy:
    """The back-test of a run (0: the newest) in places of the caller's scope, as a whole and by category.

    Of runs whose forecasts were dropped only the whole is left. Raises UnknownForecastRun, NoForecast and
    ForecastBeyondScope.
    """
    asked = page(query.page_size, query.page_token, key=(int,))
    uow.refresh()
    run = _finished(uow, query.run_id) if query.run_id else _newest(uow)
    place_ids = _places_in_scope(uow, run.place_kind)
    codes = {category.category_id: category.code for category in uow.catalog.categories()}
    rows = uow.forecasts.errors_by_category(
        run.run_id, place_ids=place_ids, after=asked.after[0] if asked.after else 0, limit=asked.limit + 1
    )
    total = uow.forecasts.errors(run.run_id, place_ids=place_ids)
    if place_ids is None:
        # What a run came to as a whole stays when its forecasts are dropped.
        total = replace(total, series=run.series, sums=run.sums)
    return ForecastAccuracy(
        run.run_id,
        run.place_kind,
        run.origin_on.isoformat(),
        run.held_out_weeks,
        _errors("", total),
        [_errors(codes[row.category_id], row) for row in rows[: asked.limit]],
        next_token(rows, asked.limit, lambda row: (row.category_id,)),
    )


def _newest(uow: UnitOfWork) -> ForecastRun:
    run = uow.forecasts.newest()
    if run is None:
        raise NoForecast("")
    return run


def _finished(uow: UnitOfWork, run_id: int) -> ForecastRun:
    run = uow.forecasts.find(run_id)
    if run is None or run.state is not RunState.FINISHED:
        raise UnknownForecastRun("run_id", run_id=run_id)
    return run


def stores_named(uow: UnitOfWork, codes: Sequence[str], *, after: int) -> list[Store]:
    """The open stores with these codes by id, those after an id; without codes all that the caller sees.

    Raises UnknownStore.
    """
    chain, caller = uow.chain, uow.caller
    for index, code in enumerate(codes):
        store_id = chain.store_ids.get(code)
        if store_id is None or not caller.sees(store_id):
            raise UnknownStore(f"store_codes[{index}]", store_code=code)
    wanted = set(codes)
    return [
        store
        for store in sorted(chain.stores.values(), key=lambda store: store.store_id)
        if store.store_id > after
        and caller.sees(store.store_id)
        and store.status is not StoreStatus.CLOSED
        and (not wanted or store.code in wanted)
    ]


def _parts(uow: UnitOfWork, run: ForecastRun, sku_id: int) -> dict[int, float]:
    """Which part of its place's forecast each store makes, by what all of them sold of the SKU in eight weeks.

    A piece more is counted for each: a store that sold none of few may still sell one.
    """
    places = places_of(uow, run.place_kind)
    if run.place_kind is PlaceKind.STORE:
        return {store.store_id: 1.0 for stores in places.values() for store in stores}
    store_ids = [store.store_id for stores in places.values() for store in stores]
    days = [latest_day(uow) - timedelta(days=ago) for ago in range(1, PART_DAYS + 1)]
    sold = uow.replenishment.sold(Range(sku_id, sku_id, store_ids, [sku_id]), days).quantity[:, 0]
    of_store = dict(zip(store_ids, sold.tolist(), strict=True))
    found: dict[int, float] = {}
    for stores in places.values():
        weights = parts([of_store[store.store_id] + 1_000 for store in stores])
        found |= {store.store_id: part for store, part in zip(stores, weights, strict=True)}
    return found


def _of_store(store: Store, series: SeriesForecast | None, run: ForecastRun, part: float, weeks: int) -> StoreForecast:
    if series is None:
        return StoreForecast(store.code, None, [])
    found = []
    for number, expected in enumerate(series.weeks_milli[:weeks]):
        monday = run.origin_on + timedelta(days=WEEK_DAYS * number)
        mean, low, high = week_of_part(expected=expected / 1_000, deviation=series.deviation_milli / 1_000, part=part)
        found.append(ForecastWeek(monday.isoformat(), round(1_000 * mean), round(1_000 * low), round(1_000 * high)))
    return StoreForecast(store.code, series.method, found)


def _places_in_scope(uow: UnitOfWork, kind: PlaceKind) -> Collection[int] | None:
    """The places for all of which the caller may act, None for all; raises ForecastBeyondScope where there is none."""
    caller = uow.caller
    if caller.store_ids is None or caller.manages(WHOLE_CHAIN):
        return None
    found: list[int] = []
    if kind is PlaceKind.STORE:
        found = sorted(caller.store_ids)
    elif kind is PlaceKind.REGION:
        found = [one for one in sorted(uow.chain.regions) if caller.manages(Scope(ScopeKind.REGION, one))]
    if not found:
        raise ForecastBeyondScope("")
    return found


def _errors(code: str, row: CategoryErrors) -> ForecastErrors:
    sums = row.sums
    return ForecastErrors(
        code,
        row.series,
        row.by_effects,
        row.by_recent_mean,
        row.by_seasonal_naive,
        sums.sold_milli,
        sums.wape_bp(sums.error_milli),
        sums.wape_bp(sums.recent_mean_error_milli),
        sums.wape_bp(sums.seasonal_naive_error_milli),
    )
