"""Runs of the forecast: what was asked, how far they are, and what their back-tests came to.

Quantities are integers in thousandths of the unit of measure.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from domain.forecasting.forecast import Method
from domain.forecasting.outcome import Outcome


class PlaceKind(StrEnum):
    """What demand is forecast for: each store by itself, the stores of a region together, or the whole chain."""

    STORE = "store"
    REGION = "region"
    CHAIN = "chain"


class RunState(StrEnum):
    COMPUTING = "computing"
    FINISHED = "finished"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Absolute errors of three forecasts over the weeks held out, and what was sold in them."""

    sold_milli: int = 0
    error_milli: int = 0
    recent_mean_error_milli: int = 0
    seasonal_naive_error_milli: int = 0

    def wape_bp(self, error_milli: int) -> int:
        """An error over what was sold, in hundredths of a percent; 0 where nothing was sold."""
        return round(10_000 * error_milli / self.sold_milli) if self.sold_milli > 0 else 0


@dataclass(frozen=True, slots=True)
class ForecastRun:
    """A forecast of all goods for `weeks` weeks from the Monday `origin_on` on, from the `history_weeks` before it.

    It was computed up to the product after (`next_category_id`, `next_sku_id`), `skus` of `skus_total` so far. The last
    `held_out_weeks` of the history were forecast from those before: the sums say how that went. `kept` is false once
    the forecasts themselves were dropped, of which only those of the latest runs stay.
    """

    run_id: int
    state: RunState
    place_kind: PlaceKind
    origin_on: date
    weeks: int
    history_weeks: int
    held_out_weeks: int
    skus: int
    skus_total: int
    series: int
    next_category_id: int
    next_sku_id: int
    sold_milli: int
    error_milli: int
    recent_mean_error_milli: int
    seasonal_naive_error_milli: int
    kept: bool
    started_at: datetime
    finished_at: datetime | None

    @property
    def sums(self) -> ErrorSums:
        return ErrorSums(
            self.sold_milli, self.error_milli, self.recent_mean_error_milli, self.seasonal_naive_error_milli
        )


@dataclass(frozen=True, slots=True)
class SeriesForecast:
    """What a run expects a place to sell of a SKU, week by week from its origin on.

    `place_id` is a store or a region by the run's kind of place, 0 for the chain; `deviation_milli` is that of a week.
    """

    run_id: int
    sku_id: int
    place_id: int
    category_id: int
    method: Method
    weeks_milli: tuple[int, ...]
    deviation_milli: int
    sold_milli: int
    error_milli: int
    recent_mean_error_milli: int
    seasonal_naive_error_milli: int


def series_forecast(*, run: ForecastRun, sku_id: int, place_id: int, category_id: int, of: Outcome) -> SeriesForecast:
    """An outcome in thousandths, as it is kept."""
    return SeriesForecast(
        run_id=run.run_id,
        sku_id=sku_id,
        place_id=place_id,
        category_id=category_id,
        method=of.method,
        weeks_milli=tuple([round(1_000 * one) for one in of.weeks]),
        deviation_milli=round(1_000 * of.deviation),
        sold_milli=round(1_000 * of.test.sold),
        error_milli=round(1_000 * of.test.error),
        recent_mean_error_milli=round(1_000 * of.test.recent_mean_error),
        seasonal_naive_error_milli=round(1_000 * of.test.seasonal_naive_error),
    )


def carried_on(
    run: ForecastRun, *, series: list[SeriesForecast], skus: int, upto: tuple[int, int], finished_at: datetime | None
) -> ForecastRun:
    """The run with one batch more, up to the category and SKU named; None while there is more."""
    return replace(
        run,
        state=RunState.COMPUTING if finished_at is None else RunState.FINISHED,
        skus=run.skus + skus,
        series=run.series + len(series),
        next_category_id=upto[0],
        next_sku_id=upto[1],
        sold_milli=run.sold_milli + sum(one.sold_milli for one in series),
        error_milli=run.error_milli + sum(one.error_milli for one in series),
        recent_mean_error_milli=run.recent_mean_error_milli + sum(one.recent_mean_error_milli for one in series),
        seasonal_naive_error_milli=run.seasonal_naive_error_milli
        + sum(one.seasonal_naive_error_milli for one in series),
        finished_at=finished_at,
    )
