"""Reorder points and order-up-to levels of many places and products at once.

Every array has one element per place and product, in the same order. Demand is statistics, and in floats, in units a
day; quantities are integers in thousandths.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.replenishment.safety import service_factor

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

UNIT_MILLI: Final = 1_000
COUNTED_MEAN_MAX: Final = 30.0
"""Up to this mean over the time to cover, pieces are counted; above it the normal distribution is as good."""
PIECES_MAX: Final = 2_000
"""Where counting stops: demand that is so rare and so large has no service level that stock could give."""
WHOLE_UNITS_ONLY: Final = 0
SHARED_DAYS: Final = 28
"""How many days of its own a store's demand needs to weigh as much as what all stores tell; docs/REPLENISHMENT.md."""


@dataclass(frozen=True, slots=True)
class DailyDemand:
    """Demand of a day in units: its mean and its variance over days, those without demand included."""

    mean: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class Targets:
    """At `reorder_milli` or below it is time to order, up to `target_milli`; `safety_milli` is part of both."""

    reorder_milli: Integers
    target_milli: Integers
    safety_milli: Integers


def daily_demand(*, sold_milli: Integers, squares_milli: Floats, days: int) -> DailyDemand:
    """Mean and variance of a day from sums over `days` days (two or more) of the quantities and of their squares.

    The squares are those of a day's quantity in thousandths. Demand below zero, as where more came back than was sold,
    counts as none. The variance is that of a sample.
    """
    mean = np.maximum(sold_milli, 0) / (UNIT_MILLI * days)
    variance = (squares_milli / UNIT_MILLI**2 - days * mean**2) / (days - 1)
    return DailyDemand(mean, np.where(mean > 0, np.maximum(variance, 0.0), 0.0))


def shared_demand(*, sold_milli: Integers, squares_milli: Floats, days: int) -> DailyDemand:
    """As `daily_demand` of places (rows) and SKUs (columns), with what all of them together tell of each.

    A store knows little of what it seldom sells, and nothing of what it ran out of: without this, goods that were never
    there would never be ordered again. So each mean is drawn towards what the store would sell of the SKU if it
    sold as all do, its share of all sales times the sales of the SKU, as if that had been seen for `SHARED_DAYS` more
    days; each variance towards the mean times what the variance of the SKU is to its mean in all places.
    """
    own = daily_demand(sold_milli=sold_milli, squares_milli=squares_milli, days=days)
    sold = np.maximum(sold_milli, 0).astype(np.float64)
    total = sold.sum()
    if not total:
        return own
    expected = sold.sum(axis=1, keepdims=True) * sold.sum(axis=0, keepdims=True) / total / (UNIT_MILLI * days)
    mean = (own.mean * days + expected * SHARED_DAYS) / (days + SHARED_DAYS)
    means = own.mean.sum(axis=0)
    spread = np.divide(own.variance.sum(axis=0), means, out=np.ones_like(means), where=means > 0)
    variance = (own.variance * days + spread * mean * SHARED_DAYS) / (days + SHARED_DAYS)
    return DailyDemand(mean, np.where(mean > 0, variance, 0.0))


def demand_targets(
    demand: DailyDemand,
    *,
    lead_days: Floats,
    lead_deviation_days: Floats,
    review_days: Floats,
    cover_days: Floats,
    service_bp: Integers,
    unit_decimals: Integers,
) -> Targets:
    """The targets that serve a share `service_bp` of order cycles in full, never finer than the unit allows.

    What is ordered now must last until the next order can arrive: over the lead time and the time to the next review.
    Demand over that time has the mean d(L+R) and the variance (L+R)σd² + d²σL². What sells in single pieces is counted:
    its reorder point is the quantile of the negative binomial distribution with these moments, of the Poisson
    distribution where demand varies less than that; everything else takes the normal distribution's, mean + zσ (Silver,
    Pyke and Thomas, ch. 6 and 12). Each order also brings the demand of `cover_days`.
    """
    days = lead_days + review_days
    mean = demand.mean * days
    variance = demand.variance * days + (demand.mean * lead_deviation_days) ** 2
    reorder = mean + _service_factors(service_bp) * np.sqrt(variance)
    counted = (unit_decimals == WHOLE_UNITS_ONLY) & (mean <= COUNTED_MEAN_MAX) & (mean > 0)
    reorder[counted] = pieces_covered(mean[counted], variance[counted], service_bp[counted] / 10_000)
    step = UNIT_MILLI // 10**unit_decimals
    reorder_milli = _up(reorder, step)
    return Targets(
        reorder_milli,
        reorder_milli + _up(demand.mean * cover_days, step),
        np.maximum(reorder_milli - _up(mean, step), 0),
    )


def pieces_covered(mean: Floats, variance: Floats, service: Floats) -> Floats:
    """The fewest pieces that cover demand with the probability `service`, below 1, where its mean is above zero.

    Demand is negative binomial with this mean and variance, Poisson where the variance is not above the mean. The
    probabilities follow from one another: P(k+1) = P(k)·(k+r)/(k+1)·(1−p) with p = m/v and r = m²/(v−m).
    """
    spread = np.maximum(variance, mean * (1 + 1e-9))
    chance = mean / spread
    shape = mean * chance / (1 - chance)
    probability = chance**shape
    covered, pieces = probability.copy(), np.zeros_like(mean)
    waiting = np.flatnonzero(covered < service)
    for count in range(PIECES_MAX):
        if not waiting.size:
            break
        probability[waiting] *= (count + shape[waiting]) / (count + 1) * (1 - chance[waiting])
        covered[waiting] += probability[waiting]
        pieces[waiting] = count + 1
        waiting = waiting[covered[waiting] < service[waiting]]
    return pieces


def needed_milli(*, position_milli: Integers, reorder_milli: Integers, target_milli: Integers) -> Integers:
    """What is missing to the target where the position is at the reorder point or below it, else nothing.

    The position is what is on hand and not reserved, on its way, and on order: so what has been ordered is not ordered
    again, and of two runs in a row the second needs nothing.
    """
    needed = np.where(position_milli <= reorder_milli, target_milli - position_milli, 0)
    return np.maximum(needed, 0)


def orderable_milli(quantity_milli: Integers, *, minimum_milli: Integers, pack_milli: Integers) -> Integers:
    """As `lot_size.orderable_milli` for many: whole packs, the minimum at least, nothing for nothing."""
    packs = -(-np.maximum(quantity_milli, minimum_milli) // pack_milli)
    return np.where(quantity_milli > 0, packs * pack_milli, 0)


def _service_factors(service_bp: Integers) -> Floats:
    """Few levels of service are set: each is looked up once."""
    levels, places = np.unique(service_bp, return_inverse=True)
    return np.array([service_factor(int(level)) for level in levels])[places]


def _up(units: Floats, step: Integers) -> Integers:
    """Units as thousandths, up to whole steps; what floats left above a whole number is no further step."""
    return np.ceil(units * UNIT_MILLI / step - 1e-6).astype(np.int64) * step
