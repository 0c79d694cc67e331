"""Demand as it is forecast: what each place is expected to sell a day, over the days that an order has to last.

Arrays of two dimensions have a row per place and a column per SKU, as in planning.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.replenishment.targets import UNIT_MILLI, DailyDemand, Flags, Floats

WEEK_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Forecasted:
    """What groups of places are expected to sell week by week, in thousandths.

    `weeks_milli` has a row per group, a column per SKU and a week in its third dimension; `known` says where there is a
    forecast. `groups` names the group of each place. `passed_days` of the first week are over.
    """

    weeks_milli: NDArray[np.float64]
    known: Flags
    groups: Sequence[int]
    passed_days: int


def forecasted_demand(
    demand: DailyDemand, forecasted: Forecasted, *, days: Floats, asked: Flags
) -> tuple[DailyDemand, Flags]:
    """The demand of a day by the forecast where it is asked for and known, and where that is so.

    It is the mean over the next `days` days, or over what is forecast when that ends before. A place has the part of
    its group's forecast that it has of the group's demand of the last weeks; where nobody sold the SKU, of all that the
    group sold. What varied about the mean then varies about this one in the same proportion, and as counts do where
    nothing was sold.
    """
    groups = np.array(forecasted.groups)
    mean, variance = demand.mean.copy(), demand.variance.copy()
    by_forecast = asked & forecasted.known[groups]
    upto = np.concatenate(
        [np.zeros((*forecasted.weeks_milli.shape[:2], 1)), forecasted.weeks_milli.cumsum(axis=2)], axis=2
    )
    for group in sorted(set(forecasted.groups)):
        rows = np.flatnonzero(groups == group)
        wanted = by_forecast[rows]
        if not wanted.any():
            continue
        own = demand.mean[rows]
        part = _parts(own)
        expected = _daily(upto[group], days[rows], forecasted.passed_days) * part
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.where(own > 0, demand.variance[rows] * expected / own, expected)
        mean[rows] = np.where(wanted, expected, own)
        variance[rows] = np.where(wanted, spread, demand.variance[rows])
    return DailyDemand(mean, variance), by_forecast


def _parts(own: Floats) -> Floats:
    """The part of each place (row) in the demand of its group, SKU by SKU."""
    of_sku = own.sum(axis=0, keepdims=True)
    of_place = own.sum(axis=1, keepdims=True)
    total = of_place.sum()
    by_size = of_place / total if total else np.full_like(of_place, 1 / len(own))
    with np.errstate(divide="ignore", invalid="ignore"):
        parts: Floats = np.where(of_sku > 0, own / of_sku, by_size)
    return parts


def _daily(upto: NDArray[np.float64], days: Floats, passed_days: int) -> Floats:
    """Units a day of a group over the next days: `upto` sums its weeks by column, the last of them included."""
    weeks = upto.shape[1] - 1
    end_days = min(float(passed_days), float(weeks * WEEK_DAYS - 1))
    first = np.full_like(days, end_days / WEEK_DAYS)
    last = np.minimum(first + np.maximum(days, 1.0) / WEEK_DAYS, float(weeks))
    span_days = (last - first) * WEEK_DAYS
    return (_reached(upto, last) - _reached(upto, first)) / span_days / UNIT_MILLI


def _reached(upto: NDArray[np.float64], at: Floats) -> Floats:
    """What is sold until `at`, in weeks, evenly within each week."""
    whole = np.minimum(at.astype(np.int64), upto.shape[1] - 2)
    columns = np.broadcast_to(np.arange(at.shape[1]), at.shape)
    before = upto[columns, whole]
    reached: Floats = before + (upto[columns, whole + 1] - before) * (at - whole)
    return reached
