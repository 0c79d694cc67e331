"""What the application needs to forecast demand: runs with their forecasts, and what was sold before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.forecasting.run import ErrorSums, ForecastRun, SeriesForecast


@dataclass(frozen=True, slots=True)
class ForecastGoods:
    """A product whose demand is forecast: one that is stocked and sold."""

    sku_id: int
    sku: str
    category_id: int


@dataclass(frozen=True, slots=True)
class CategoryErrors:
    """What the back-tests of a category (0: of all) came to, and how many of its series each method forecasts."""

    category_id: int
    series: int
    by_effects: int
    by_recent_mean: int
    by_seasonal_naive: int
    sums: ErrorSums


class Forecasts(Protocol):
    """Forecasts of demand, run by run. Whoever adds or changes a run has raised the version "forecasts" before."""

    def computing(self) -> ForecastRun | None:
        """The run that is not whole yet, of which there is one at most."""

    def newest(self) -> ForecastRun | None:
        """The run that was finished last."""

    def find(self, run_id: int) -> ForecastRun | None:
        """The run of this id."""

    def add(self, run: ForecastRun) -> None:
        """Adds a run without forecasts."""

    def change(self, run: ForecastRun) -> None:
        """Writes what a run is now."""

    def list_runs(self, *, after: tuple[datetime, int] | None, limit: int) -> Sequence[ForecastRun]:
        """Up to `limit` runs, the newest first."""

    def drop_series(self, *, keep: int) -> None:
        """Drops all forecasts but those of the `keep` runs finished last and of the one under way."""

    def first_sale_on(self) -> date | None:
        """The first business date on which anything was sold."""

    def count_goods(self) -> int:
        """How many products are forecast."""

    def goods(self, *, after: tuple[int, int], limit: int) -> Sequence[ForecastGoods]:
        """Up to `limit` products by category and id, those after a key of both."""

    def goods_of(self, category_id: int, *, limit: int) -> Sequence[ForecastGoods]:
        """Up to `limit` products of a category, those that were put in last."""

    def weekly(
        self, sku_ids: Collection[int], *, first: date, weeks: int, place_of: Mapping[int, int]
    ) -> Mapping[tuple[int, int], Sequence[int]]:
        """What was sold week by week from a Monday on, less what came back, in thousandths, by SKU and place.

        `place_of` names the place of each store that counts; what sold nothing is absent. The cost depends on the weeks
        and the SKUs, not on how old the chain is.
        """

    def add_series(self, series: Sequence[SeriesForecast]) -> None:
        """Adds forecasts of a run that is being computed."""

    def series_of(self, run_id: int, sku_id: int) -> Mapping[int, SeriesForecast]:
        """The forecasts of a SKU by place."""

    def weeks_between(
        self, run_id: int, *, first_sku_id: int, last_sku_id: int
    ) -> Sequence[tuple[int, int, Sequence[int]]]:
        """SKU, place and the weeks of every forecast in a range of SKU ids, both included."""

    def errors(self, run_id: int, *, place_ids: Collection[int] | None) -> CategoryErrors:
        """What the back-tests of a run came to in these places, None for all."""

    def errors_by_category(
        self, run_id: int, *, place_ids: Collection[int] | None, after: int, limit: int
    ) -> Sequence[CategoryErrors]:
        """The same by category, up to `limit` by id, those after `after`."""
