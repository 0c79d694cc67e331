"""Forecasts through the real use case, over two years of a chain with seasons, festivals, promotions and prices."""

import json
from threading import Thread

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.forecasting.queries import (
    GetForecast,
    GetForecastAccuracy,
    ListForecastRuns,
    StoreForecast,
    get_forecast,
    get_forecast_accuracy,
    list_forecast_runs,
)
from application.forecasting.run_forecast import ForecastRunView, RunForecast, run_forecast
from domain.forecasting.forecast import Method
from domain.forecasting.run import PlaceKind, RunState
from domain.identity.organisation import SYSTEM
from domain.shared.errors import Refusal
from tests.application.forecasting.two_years import ORIGIN, PLANNED, SKUS, WEEKS, monday, pieces, trade
from tests.world import World

SHORT = 12
"""Weeks that are enough where neither season nor festival matters."""


@pytest.fixture
def chain(world: World) -> World:
    trade(world, weeks=SHORT)
    return world


def run(world: World, **asked: bool) -> ForecastRunView:
    made = world.do(run_forecast, RunForecast(**asked))
    while made.state is RunState.COMPUTING:
        made = world.do(run_forecast, RunForecast(**asked))
    return made


def of_store(world: World, sku: str, store: str = "S1", weeks: int = 0) -> StoreForecast:
    [found] = world.ask(get_forecast, GetForecast(sku, (store,), weeks)).stores
    return found


def quantities(world: World, sku: str, store: str = "S1") -> list[int]:
    """Whole pieces, week by week."""
    return [round(week.quantity_milli / 1_000) for week in of_store(world, sku, store).weeks]


def refused(world: World, use_case: object, command: object, **as_who: object) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        world.do(use_case, command, **as_who)
    return caught.value.reason, caught.value.field


@pytest.mark.capability("REP-02")
@pytest.mark.capability("REP-03")
def test_summer_drinks_rise_before_june_and_festivals_and_offers_are_seen_coming(world: World) -> None:
    trade(world)
    world.set("forecast_weeks", "26")
    made = run(world)
    assert (made.place_kind, made.origin_on, made.history_weeks) == (PlaceKind.REGION, ORIGIN.isoformat(), 104)
    lemonade = quantities(world, "LEMONADE")
    # Week by week from 2 April: more each week until the end of June, before a single warm week was sold this year.
    assert lemonade[:13] == sorted(lemonade[:13])
    assert (lemonade[0], lemonade[8], lemonade[14]) == (44, 68, 75)
    # Mid-Autumn is on 22 September 2029; the years before it was on 15 September and 3 October.
    assert quantities(world, "MOONCAKE")[21:26] == [18, 20, 48, 67, 19]
    # Tea will be 30 % off in one week, and mugs will cost a fifth less in another.
    promoted, cheap = PLANNED[0] - WEEKS, PLANNED[1] - WEEKS
    assert quantities(world, "TEA")[promoted - 1 : promoted + 2] == [35, 88, 37]
    assert quantities(world, "MUG")[cheap - 1 : cheap + 2] == [25, 43, 24]

    # The back-test stands beside it: ours, the mean of four weeks, and the same weeks of the year before.
    sold = sum(pieces(sku, week) + round(pieces(sku, week) / 2) for sku in SKUS for week in range(WEEKS - 8, WEEKS))
    assert (made.held_out_weeks, made.sold_milli) == (8, 1_000 * sold)
    assert (made.wape_bp, made.recent_mean_wape_bp, made.seasonal_naive_wape_bp) == (878, 2_951, 2_093)
    told = world.ask(get_forecast_accuracy, GetForecastAccuracy())
    assert (told.run_id, told.total.wape_bp, told.total.series) == (made.run_id, 878, 5)
    found = {one.category_code: one for one in told.categories}
    drinks, cakes = found["DRINKS"], found["CAKES"]
    assert (drinks.series, drinks.by_effects, drinks.wape_bp, drinks.seasonal_naive_wape_bp) == (2, 2, 962, 1_052)
    # Mooncakes sold evenly in the weeks held out: the mean of four weeks was better, and is the level they go by.
    assert (cakes.by_recent_mean, cakes.recent_mean_wape_bp, cakes.wape_bp) == (1, 486, 817)
    assert of_store(world, "MOONCAKE").method is Method.RECENT_MEAN
    assert of_store(world, "LEMONADE").method is Method.EFFECTS


def test_a_store_has_its_part_of_what_its_region_sells(chain: World) -> None:
    run(chain)
    first, second = of_store(chain, "COLA", "S1", 1), of_store(chain, "COLA", "S2", 1)
    assert (first.weeks[0].week_on, second.weeks[0].week_on) == (monday(SHORT).isoformat(), monday(SHORT).isoformat())
    [kept] = chain.rows(
        "SELECT s.weeks_milli FROM forecast_series s JOIN products p ON p.sku_id = s.sku_id WHERE p.sku = 'COLA'"
    )
    weeks = kept[0] if isinstance(kept[0], list) else json.loads(kept[0])
    # S1 sells two of three; one piece more is counted for each.
    assert (weeks[0], first.weeks[0].quantity_milli, second.weeks[0].quantity_milli) == (16_070, 10_550, 5_520)
    assert first.weeks[0].low_milli < first.weeks[0].quantity_milli < first.weeks[0].high_milli


def test_each_store_is_forecast_by_itself_when_the_setting_says_so(chain: World) -> None:
    chain.set("forecast_places", "store")
    assert (run(chain).place_kind, run(chain).series) == (PlaceKind.STORE, 10)
    assert len(of_store(chain, "TEA").weeks) == 13
    seen = chain.terminal("T2", "forecasts.read")
    shown = chain.ask(get_forecast, GetForecast("TEA"), seen)
    assert [one.store_code for one in shown.stores] == ["S2"]
    assert chain.ask(get_forecast_accuracy, GetForecastAccuracy(), seen).total.series == 5


def test_a_run_is_computed_batch_by_batch_and_carried_on(chain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(chain)
    monkeypatch.setattr("application.forecasting.run_forecast.SERIES_AT_ONCE", 2)
    first = chain.do(run_forecast, RunForecast())
    assert (first.state, first.skus, first.skus_total) == (RunState.COMPUTING, 2, 6)
    assert chain.do(run_forecast, RunForecast()).run_id == first.run_id
    # Until it is finished the run before answers.
    assert chain.ask(get_forecast, GetForecast("TEA")).run_id == whole.run_id
    last = chain.do(run_forecast, RunForecast())
    assert (last.run_id, last.state, last.skus, last.series) == (first.run_id, RunState.FINISHED, 6, 5)
    assert chain.ask(get_forecast, GetForecast("TEA")).run_id == first.run_id


def test_the_weekly_job_makes_one_forecast_a_week(chain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(chain, when_due=True)
    assert run(chain, when_due=True).run_id == first.run_id
    assert run(chain).run_id != first.run_id
    # A run that the next week has overtaken is left for a new one.
    monkeypatch.setattr("application.forecasting.run_forecast.SERIES_AT_ONCE", 2)
    left = chain.do(run_forecast, RunForecast())
    chain.clock.advance(days=7)
    next_week = chain.do(run_forecast, RunForecast(when_due=True))
    assert (next_week.origin_on, next_week.state) == (monday(SHORT + 1).isoformat(), RunState.COMPUTING)
    states = {one.run_id: one.state for one in chain.ask(list_forecast_runs, ListForecastRuns()).runs}
    assert (states[left.run_id], states[next_week.run_id]) == (RunState.ABANDONED, RunState.COMPUTING)


def test_the_forecasts_of_the_latest_runs_stay(chain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.forecasting.run_forecast.RUNS_KEPT", 1)
    first, second = run(chain), run(chain)
    assert chain.count("forecast_series") == 5
    runs = {one.run_id: one for one in chain.ask(list_forecast_runs, ListForecastRuns()).runs}
    assert (runs[first.run_id].kept, runs[second.run_id].kept) == (False, True)
    told = chain.ask(get_forecast_accuracy, GetForecastAccuracy(first.run_id))
    assert (told.total.wape_bp, told.total.series, list(told.categories)) == (first.wape_bp, 5, [])


def test_two_at_once_compute_one_run_together(chain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.forecasting.run_forecast.SERIES_AT_ONCE", 1)
    made: list[ForecastRunView] = []
    chain.do(run_forecast, RunForecast())
    threads = [Thread(target=lambda: made.append(chain.do(run_forecast, RunForecast()))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.skus for one in made) == [2, 3, 4, 5, 6]
    assert (len({one.run_id for one in made}), chain.count("forecast_runs"), chain.count("forecast_series")) == (
        1,
        1,
        5,
    )


def test_refuses_what_cannot_be_forecast(world: World) -> None:
    assert refused(world, run_forecast, RunForecast()) == ("TOO_LITTLE_HISTORY", "")
    assert refused(world, get_forecast, GetForecast("TEA")) == ("NO_FORECAST", "")
    assert refused(world, get_forecast_accuracy, GetForecastAccuracy()) == ("NO_FORECAST", "")
    trade(world, weeks=8)
    assert refused(world, run_forecast, RunForecast()) == ("TOO_LITTLE_HISTORY", "")
    assert world.count("forecast_runs") == 0
    world.clock.advance(days=7)
    made = run(world)
    assert (made.history_weeks, made.held_out_weeks) == (8, 2)
    terminal = world.terminal("T1", "forecasts.run", "forecasts.read")
    assert refused(world, run_forecast, RunForecast(), caller=terminal) == ("WHOLE_CHAIN_ONLY", "")
    assert refused(world, list_forecast_runs, ListForecastRuns(), caller=terminal) == ("FORECAST_BEYOND_SCOPE", "")
    assert refused(world, get_forecast_accuracy, GetForecastAccuracy(), caller=terminal)[0] == "FORECAST_BEYOND_SCOPE"
    for query, reason, field in (
        (GetForecast("NOPE"), "UNKNOWN_SKU", "sku"),
        (GetForecast(""), "MISSING", "sku"),
        (GetForecast("TEA", ("S9",)), "UNKNOWN_STORE", "store_codes[0]"),
        (GetForecast("TEA", weeks=27), "OUT_OF_RANGE", "weeks"),
        (GetForecast("TEA", page_size=501), "INVALID_PAGE_SIZE", "page_size"),
    ):
        assert refused(world, get_forecast, query) == (reason, field)
    assert refused(world, get_forecast, GetForecast("TEA", ("S2",)), caller=terminal) == (
        "UNKNOWN_STORE",
        "store_codes[0]",
    )
    assert refused(world, get_forecast_accuracy, GetForecastAccuracy(7)) == ("UNKNOWN_FORECAST_RUN", "run_id")
    # Nobody has ever sold rice.
    assert (of_store(world, "RICE").method, list(of_store(world, "RICE").weeks)) == (None, [])


def test_the_check_finds_what_was_tampered_with(world: World) -> None:
    trade(world, weeks=9)
    run(world)
    [invariant] = [one for one in INVARIANTS if one.id == "REP-forecasts"]
    for tampering in (
        "UPDATE forecast_runs SET error_milli = error_milli + 1",
        "UPDATE forecast_series SET seasonal_naive_error_milli = seasonal_naive_error_milli + 1 WHERE method <> ''",
        "DELETE FROM forecast_series",
    ):
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.execute(text(tampering))
            assert (tampering, examine(uow, invariant).violated) == (tampering, 1)
