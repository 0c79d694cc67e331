"""The level of a weekly series: what a week is expected to sell once season and promotions are taken out."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from domain.forecasting.demand_kind import DemandKind, demand_pattern

SMOOTHING: Final = 0.2
SELDOM_SMOOTHING: Final = 0.1
"""Croston's: intervals between demands are few, so that each may tell little."""


def smoothed(*, sold: Sequence[float], alpha: float = SMOOTHING) -> float:
    """Simple exponential smoothing, whose weights are made to sum to one however short the series is; 0 of nothing.

    R. G. Brown, Exponential smoothing for predicting demand (1956). The weight of a week k weeks ago is (1 - alpha)^k,
    divided by the sum of all, so that the first week does not weigh more than it would in a longer series.
    """
    total = weight = 0.0
    for one in sold:
        total = total * (1 - alpha) + one
        weight = weight * (1 - alpha) + 1
    return total / weight if weight else 0.0


def croston(*, sold: Sequence[float], alpha: float = SELDOM_SMOOTHING) -> float:
    """The smoothed size of a demand over the smoothed interval between two, both from weeks with demand; 0 of nothing.

    J. D. Croston, Forecasting and stock control for intermittent demands, Operational Research Quarterly 23 (1972).
    """
    size = interval = 0.0
    waited = 1
    for one in sold:
        if one <= 0:
            waited += 1
            continue
        size = size + alpha * (one - size) if size else one
        interval = interval + alpha * (waited - interval) if interval else float(waited)
        waited = 1
    return size / interval if size else 0.0


def syntetos_boylan(*, sold: Sequence[float], alpha: float = SELDOM_SMOOTHING) -> float:
    """Croston's forecast without its bias upwards, which is 1 / (1 - alpha / 2).

    A. A. Syntetos and J. E. Boylan, The accuracy of intermittent demand estimates, International Journal of Forecasting
    21 (2005).
    """
    return (1 - alpha / 2) * croston(sold=sold, alpha=alpha)


def teunter_syntetos_babai(*, sold: Sequence[float], alpha: float = SMOOTHING, beta: float = SELDOM_SMOOTHING) -> float:
    """The smoothed probability of a demand times its smoothed size: it falls while nothing sells, as goods die out.

    R. H. Teunter, A. A. Syntetos and M. Z. Babai, Intermittent demand: Linking forecasting to inventory obsolescence,
    European Journal of Operational Research 214 (2011).
    """
    sizes = [one for one in sold if one > 0]
    if not sizes:
        return 0.0
    size, probability = sizes[0], len(sizes) / len(sold)
    for one in sold:
        probability += beta * ((one > 0) - probability)
        if one > 0:
            size += alpha * (one - size)
    return probability * size


def level(*, sold: Sequence[float], others: Sequence[float] = ()) -> float:
    """The median of what several ways say, which is steadier than the one that did best last time.

    `others` are levels that were found elsewhere, for example by a statistics package. Goods that sell seldom are
    judged by the ways that were made for them. Never negative.
    """
    kind = demand_pattern(sold=sold).kind
    if kind is DemandKind.NONE:
        return 0.0
    ways = [smoothed(sold=sold), syntetos_boylan(sold=sold), *others]
    if kind in (DemandKind.INTERMITTENT, DemandKind.LUMPY):
        ways.append(teunter_syntetos_babai(sold=sold))
    return max(0.0, median(ways))
