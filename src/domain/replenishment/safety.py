"""When to order: the reorder point, and the safety stock in it.

Demand and lead time are statistics, so they are floats, in any unit of quantity and of time as long as it is the same
throughout. Formulas: Heizer and Render, Operations Management, ch. 12; Silver, Pyke and Thomas, Inventory and
Production Management in Supply Chains, ch. 6.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Final

from domain.replenishment.classification import WHOLE_BP
from domain.shared.errors import Invalid

_NORMAL: Final = NormalDist()
SERVICE_BP_MIN: Final = 5_000
SERVICE_BP_MAX: Final = 9_999


class NotADistribution(Invalid):
    en = (
        "A distribution of demand needs quantities in rising order, with weights of zero or more that are not all zero."
    )
    zh = "需求分布的数量须递增，权重不得为负，且不能全为零。"


def service_factor(service_bp: int) -> float:
    """z: how many standard deviations cover this share of cycles, in basis points from 1 to 9999."""
    return _NORMAL.inv_cdf(service_bp / WHOLE_BP)


def service_level(*, safety_stock: float, deviation: float) -> float:
    """The share of cycles without a shortage, 0 to 1, that a safety stock gives; `deviation` is above zero."""
    return _NORMAL.cdf(safety_stock / deviation)


def lead_time_deviation(*, mean: float, deviation: float, lead_time: float, lead_time_deviation: float = 0.0) -> float:
    """The standard deviation of demand over a lead time that varies itself: sqrt(L·σd² + d²·σL²).

    `mean` and `deviation` are those of demand in one unit of time; demands of two units are independent.
    """
    return math.sqrt(lead_time * deviation**2 + (mean * lead_time_deviation) ** 2)


def reorder_point(*, mean: float, lead_time: float, safety_stock: float = 0.0) -> float:
    """What is asked for while an order is on its way, and the safety stock: at this stock it is time to order."""
    return mean * lead_time + safety_stock


def covered_demand(quantities: Sequence[int], weights: Sequence[int], *, service_bp: int) -> int:
    """The smallest of the quantities that covers demand with at least this probability, in basis points.

    `quantities` rise; `weights` say how often each was asked for, as whole numbers, so that the comparison is exact.
    For a demand in classes give the upper bound of each. Raises NotADistribution.
    """
    rising = all(low < high for low, high in pairwise(quantities))
    total = sum(weights)
    if not rising or len(quantities) != len(weights) or total <= 0 or min(weights) < 0:
        raise NotADistribution("weights")
    covered = 0
    for quantity, weight in zip(quantities, weights, strict=True):
        covered += weight
        if covered * WHOLE_BP >= total * service_bp:
            return quantity
    raise AssertionError("a service level is at most the whole")
