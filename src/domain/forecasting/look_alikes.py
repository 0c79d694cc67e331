"""What goods that nobody knows yet will sell: as those alike did after they were launched, week by week since then.

Forecasting by analogy (F. M. Bass, J. Gordon, T. L. Ferguson and M. L. Githens, DIRECTV: Forecasting diffusion of a new
technology prior to product launch, Interfaces 31, 2001). Demand is that of a week in one store, without the season.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final

PRICE_SPREAD: Final = 0.35
"""Goods a third dearer or cheaper weigh about three fifths of those that cost the same."""
SAME_BRAND: Final = 2.0
LOOK_ALIKES_MAX: Final = 10
OWN_PIECES: Final = 20.0
"""How many expected pieces the first weeks of the goods themselves need to weigh as much as those alike."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What goods are alike in beside their category; a price of 0 is not known."""

    price_minor: int
    brand: str
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Launched:
    """Goods that were launched in the week `week` of what is known, and sold `sold` week by week since then."""

    sku_id: int
    week: int
    traits: Traits
    sold: Sequence[float]


@dataclass(frozen=True, slots=True)
class LaunchErrors:
    """How far past launches were forecast wrong from those before each, in pieces of a store.

    `mean_error` is that of the plain mean of the category, which whoever weighs by likeness must beat.
    """

    launches: int = 0
    sold: float = 0.0
    error: float = 0.0
    mean_error: float = 0.0


def since_launch(by_store: Mapping[int, Sequence[float]], factors: Sequence[float]) -> tuple[int, list[float]]:
    """The week of the first sale anywhere, and what a store sold in each week since it began, without the season.

    Stores begin in different weeks: each counts from its own first sale, for as long as the slowest of the first has
    been selling. `factors` are what the calendar does to each week. Raises ValueError where nobody sold.
    """
    begun = {store: next(week for week, one in enumerate(sold) if one > 0) for store, sold in by_store.items()}
    first = min(begun.values())
    weeks = len(factors) - first
    sums, stores = [0.0] * weeks, [0] * weeks
    for store, sold in by_store.items():
        for since, week in enumerate(range(begun[store], len(factors))):
            sums[since] += max(0.0, sold[week]) / factors[week]
            stores[since] += 1
    return first, [total / count for total, count in zip(sums, stores, strict=True)]


def likeness(one: Traits, other: Traits) -> float:
    """How much goods of the same category weigh for each other: by price, brand and tags; always above zero."""
    weight = SAME_BRAND if one.brand and one.brand == other.brand else 1.0
    if one.price_minor > 0 and other.price_minor > 0:
        away = log(one.price_minor / other.price_minor) / PRICE_SPREAD
        weight *= max(exp(-away * away / 2), 1e-6)
    tags = one.tags | other.tags
    return weight * (1 + (len(one.tags & other.tags) / len(tags) if tags else 0.0))


def look_alikes(traits: Traits, launches: Sequence[Launched]) -> list[tuple[Launched, float]]:
    """The launches that are most alike, ten at most, with weights that sum to one, the heaviest first."""
    weighed = sorted([(-likeness(traits, one.traits), one.sku_id, one) for one in launches])[:LOOK_ALIKES_MAX]
    total = sum(-weight for weight, _, _ in weighed)
    return [(one, -weight / total) for weight, _, one in weighed]


def after_launch(alike: Sequence[tuple[Launched, float]], *, weeks: int, own: Sequence[float] = ()) -> list[float]:
    """What a store is expected to sell in each of the first `weeks` weeks since the launch.

    Where the goods have sold for some weeks themselves (`own`), all is raised or lowered by how those went.
    """
    expected = [sum(weight * one.sold[week] for one, weight in alike) for week in range(weeks)]
    told = expected[: len(own)]
    if not told or not sum(told):
        return expected
    level = (sum(own[:weeks]) + OWN_PIECES) / (sum(told) + OWN_PIECES)
    return [level * one for one in expected]


def left_one_out(launches: Sequence[Launched], *, weeks: int) -> LaunchErrors:
    """The errors of each launch that had others before it, forecast from those alone, over its first `weeks` weeks."""
    found = LaunchErrors()
    for one in launches:
        before = [other for other in launches if other.week < one.week]
        if not before:
            continue
        actual = one.sold[:weeks]
        planned = after_launch(look_alikes(one.traits, before), weeks=weeks)
        mean = after_launch([(other, 1 / len(before)) for other in before], weeks=weeks)
        found = LaunchErrors(
            found.launches + 1,
            found.sold + sum(actual),
            found.error + _apart(actual, planned),
            found.mean_error + _apart(actual, mean),
        )
    return found


def _apart(actual: Sequence[float], planned: Sequence[float]) -> float:
    return sum(abs(sold - one) for sold, one in zip(actual, planned, strict=True))
