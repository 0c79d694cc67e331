"""The demand of the weeks to come, forecast batch by batch from what was sold, the calendar and what is planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from application.forecasting.offers import offers_of
from application.ports.forecasts import ForecastGoods
from application.ports.kernel import UnitOfWork
from application.scope import WholeChainOnly, chain_day
from domain.forecasting.calendar import WEEK_DAYS, monday_of, mondays_from, weeks_of
from domain.forecasting.effects import Series
from domain.forecasting.outcome import WEEKS_MIN, forecast_all, held_out
from domain.forecasting.run import ForecastRun, PlaceKind, RunState, SeriesForecast, carried_on, series_forecast
from domain.identity.organisation import WHOLE_CHAIN, Store, StoreStatus
from domain.pricing.promotion import Festival
from domain.shared.errors import Rejected

HISTORY_WEEKS_MAX: Final = 104
"""Two years: a second one tells season and trend apart."""
SERIES_AT_ONCE: Final = 400
"""What a transaction computes: a second or two, without or with statsforecast."""
RUNS_KEPT: Final = 8
OCCASIONS: Final = (Festival.SPRING, Festival.LANTERN, Festival.DRAGON_BOAT, Festival.QIXI, Festival.MID_AUTUMN)
"""Festivals that move from year to year and for which people shop; what stands still the season holds."""


class TooLittleHistory(Rejected):
    en = "There are {weeks} whole weeks of sales. A forecast takes {weeks_min}: run it again later."
    zh = "目前只有 {weeks} 个完整周的销售数据，预测至少需要 {weeks_min} 周，请稍后再运行。"


@dataclass(frozen=True, slots=True)
class RunForecast:
    """`when_due`: nothing is begun where the forecast of this week exists, as the weekly job asks."""

    when_due: bool = False


@dataclass(frozen=True, slots=True)
class ForecastRunView:
    """How far a run is, and what its back-test came to: see the message of this name in the contract."""

    run_id: int
    state: RunState
    place_kind: PlaceKind
    origin_on: str
    weeks: int
    history_weeks: int
    held_out_weeks: int
    skus: int
    skus_total: int
    series: int
    sold_milli: int
    wape_bp: int
    recent_mean_wape_bp: int
    seasonal_naive_wape_bp: int
    kept: bool
    started_at: datetime


def run_forecast(uow: UnitOfWork, command: RunForecast) -> ForecastRunView:
    """Computes one more batch of the run under way, or begins one; it is whole once its state is FINISHED.

    A run that another week or other settings have overtaken is abandoned for a new one. Raises WholeChainOnly and
    TooLittleHistory.
    """
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly("")
    uow.bump("forecasts")
    uow.refresh()
    policies = uow.chain.chain_policies
    asked = PlaceKind(policies.forecast_places), monday_of(chain_day(uow)), policies.forecast_weeks
    run = uow.forecasts.computing()
    if run is not None and (run.place_kind, run.origin_on, run.weeks) != asked:
        uow.forecasts.change(replace(run, state=RunState.ABANDONED, finished_at=uow.now))
        run = None
    if run is None:
        newest = uow.forecasts.newest() if command.when_due else None
        if newest is not None and newest.origin_on >= asked[1]:
            return run_view(newest)
        run = _begun(uow, *asked)
        uow.forecasts.add(run)
    return run_view(_computed(uow, run))


def run_view(run: ForecastRun) -> ForecastRunView:
    """A run as it is shown."""
    sums = run.sums
    return ForecastRunView(
        run_id=run.run_id,
        state=run.state,
        place_kind=run.place_kind,
        origin_on=run.origin_on.isoformat(),
        weeks=run.weeks,
        history_weeks=run.history_weeks,
        held_out_weeks=run.held_out_weeks,
        skus=run.skus,
        skus_total=run.skus_total,
        series=run.series,
        sold_milli=sums.sold_milli,
        wape_bp=sums.wape_bp(sums.error_milli),
        recent_mean_wape_bp=sums.wape_bp(sums.recent_mean_error_milli),
        seasonal_naive_wape_bp=sums.wape_bp(sums.seasonal_naive_error_milli),
        kept=run.kept,
        started_at=run.started_at,
    )


def places_of(uow: UnitOfWork, kind: PlaceKind) -> Mapping[int, Sequence[Store]]:
    """The open stores of every place of a kind, by id."""
    found: dict[int, list[Store]] = {}
    for store in sorted(uow.chain.stores.values(), key=lambda store: store.store_id):
        if store.status is not StoreStatus.CLOSED:
            found.setdefault(place_id_of(kind, store), []).append(store)
    return found


def place_id_of(kind: PlaceKind, store: Store) -> int:
    """The place of a kind to which a store belongs; 0 for the chain."""
    return {PlaceKind.STORE: store.store_id, PlaceKind.REGION: store.region_id, PlaceKind.CHAIN: 0}[kind]


def festivals_on(uow: UnitOfWork, mondays: Sequence[date]) -> Mapping[date, Sequence[str]]:
    """The festivals of these weeks and of the one after, by day."""
    found: dict[date, list[str]] = {}
    for monday in mondays:
        for near in uow.pricing.festivals(monday):
            if near.festival in OCCASIONS and -2 * WEEK_DAYS < near.days_after <= 0:
                names = found.setdefault(monday - timedelta(days=near.days_after), [])
                if near.festival.value not in names:
                    names.append(near.festival.value)
    return found


def whole_weeks(uow: UnitOfWork, origin: date) -> int:
    """How many whole weeks of sales lie before a Monday, two years at most."""
    first = uow.forecasts.first_sale_on()
    if first is None:
        return 0
    # A week in which the chain opened is not whole.
    begun = monday_of(first - timedelta(days=1)) + timedelta(days=WEEK_DAYS)
    return max(0, min(HISTORY_WEEKS_MAX, (origin - begun).days // WEEK_DAYS))


def _begun(uow: UnitOfWork, kind: PlaceKind, origin: date, weeks: int) -> ForecastRun:
    history = whole_weeks(uow, origin)
    if history < WEEKS_MIN:
        raise TooLittleHistory("", weeks=history, weeks_min=WEEKS_MIN)
    return ForecastRun(
        run_id=uow.new_id(),
        state=RunState.COMPUTING,
        place_kind=kind,
        origin_on=origin,
        weeks=weeks,
        history_weeks=history,
        held_out_weeks=held_out(history),
        skus=0,
        skus_total=uow.forecasts.count_goods(),
        series=0,
        next_category_id=0,
        next_sku_id=0,
        sold_milli=0,
        error_milli=0,
        recent_mean_error_milli=0,
        seasonal_naive_error_milli=0,
        kept=True,
        started_at=uow.now,
        finished_at=None,
    )


def _computed(uow: UnitOfWork, run: ForecastRun) -> ForecastRun:
    """The run with one batch more; older forecasts are dropped once it is finished."""
    places = places_of(uow, run.place_kind)
    count = max(1, SERIES_AT_ONCE // max(1, len(places)))
    found = uow.forecasts.goods(after=(run.next_category_id, run.next_sku_id), limit=count + 1)
    batch, more = found[:count], len(found) > count
    series = _batch(uow, run, batch, places) if batch and places else []
    uow.forecasts.add_series(series)
    upto = (batch[-1].category_id, batch[-1].sku_id) if batch else (run.next_category_id, run.next_sku_id)
    done = carried_on(run, series=series, skus=len(batch), upto=upto, finished_at=None if more else uow.now)
    uow.forecasts.change(done)
    if not more:
        uow.forecasts.drop_series(keep=RUNS_KEPT)
    return done


def _batch(
    uow: UnitOfWork, run: ForecastRun, batch: Sequence[ForecastGoods], places: Mapping[int, Sequence[Store]]
) -> list[SeriesForecast]:
    """The forecasts of some SKUs in every place that has sold them."""
    known, goods = run.history_weeks, {one.sku_id: one for one in batch}
    mondays = mondays_from(run.origin_on - timedelta(days=WEEK_DAYS * known), known + run.weeks)
    place_of = {store.store_id: place_id for place_id, stores in places.items() for store in stores}
    sold = uow.forecasts.weekly(list(goods), first=mondays[0], weeks=known, place_of=place_of)
    names = offers_of(uow, [one.sku for one in batch], places=places, mondays=mondays, known=known)
    weeks = weeks_of(mondays=mondays, festivals=festivals_on(uow, mondays))
    keys = [key for key in sorted(sold) if max(sold[key]) > 0]
    outcomes = forecast_all(
        series=[
            Series(
                sku_id,
                str(goods[sku_id].category_id),
                [quantity / 1_000 for quantity in sold[sku_id, place_id]],
                names[sku_id, place_id][:known],
            )
            for sku_id, place_id in keys
        ],
        weeks=weeks[:known],
        ahead=weeks[known:],
        planned=[names[key][known:] for key in keys],
        levels=uow.level_models.levels,
    )
    return [
        series_forecast(run=run, sku_id=sku_id, place_id=place_id, category_id=goods[sku_id].category_id, of=outcome)
        for (sku_id, place_id), outcome in zip(keys, outcomes, strict=True)
    ]
