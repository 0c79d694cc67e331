"""When a member will buy of a category again, from the days on which they did and from the rhythm of all members.

Logarithms of the days between purchases spread around a mean of the member's own, and these means around that of the
category (empirical Bayes, as in Efron and Morris, JASA 70, 1975): the fewer purchases a member made, the nearer the
category's rhythm is theirs. The days themselves are taken to be log-logistic, as survival analysis has it: whoever has
stayed away for long will stay away for long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import exp, log, pi, sqrt
from typing import Final, NamedTuple

MICRO: Final = 1_000_000
MEMBERS_OF_ALL: Final = 20
"""A category's rhythm is drawn towards that of all goods as if so many more members had been seen there."""
SPREAD_PURCHASES: Final = 8
"""How regular a member is, is drawn towards their category as if so many more intervals had been seen."""
DAYS_MAX: Final = 1_096
"""Nothing is foretold beyond three years."""
NEAR_DAYS: Final = 3
_SPREAD_MIN: Final = 0.05


class Rhythm(NamedTuple):
    """What intervals between purchases sum to, over members who made two or more; logarithms of days in millionths.

    `means_micro` and `squares_micro` are sums of the members' mean logarithms and of the squares of these,
    `parts_micro` of 1 / intervals of each member, `within_micro` of the squared distances from each member's mean.
    """

    members: int = 0
    intervals: int = 0
    means_micro: int = 0
    squares_micro: int = 0
    parts_micro: int = 0
    within_micro: int = 0


@dataclass(frozen=True, slots=True)
class NextPurchase:
    """What is expected of a member: `next_on`, before and after which the purchase is as likely.

    In half of all cases it is from `from_on` to `until_on`. `interval_days` is the usual time between two purchase
    days, of which there were `purchase_days`; `confidence_bp` is the chance that it is within three days of `next_on`.
    """

    last_on: date
    purchase_days: int
    interval_days: int
    next_on: date
    from_on: date
    until_on: date
    confidence_bp: int


def rhythm_of(*, days: Sequence[date]) -> Rhythm:
    """What the purchase days of one member, distinct and in order, add to the rhythm of a category."""
    logs = _logs(days)
    if not logs:
        return Rhythm()
    mean = sum(logs) / len(logs)
    return Rhythm(
        members=1,
        intervals=len(logs),
        means_micro=round(MICRO * mean),
        squares_micro=round(MICRO * mean * mean),
        parts_micro=round(MICRO / len(logs)),
        within_micro=round(MICRO * sum((one - mean) ** 2 for one in logs)),
    )


def added(one: Rhythm, other: Rhythm) -> Rhythm:
    """The rhythm of the members of both."""
    return Rhythm(*[left + right for left, right in zip(one, other, strict=True)])


def next_purchase(*, days: Sequence[date], category: Rhythm, all_goods: Rhythm, on: date) -> NextPurchase | None:
    """When a member who bought on these days (distinct, in order, none after `on`) buys again, `on` at the earliest.

    None while nobody has bought anything twice. Who has not come when expected is expected later: that they did not
    come is taken into account.
    """
    if not days or not all_goods.members:
        return None
    mean, spread = _expected(_logs(days), _drawn(category, all_goods))
    # A logistic distribution of this steepness has that deviation.
    steepness = pi / sqrt(3) / spread
    # A day is from half a day before it to half a day after; nobody buys twice on one.
    first = max((on - days[-1]).days, 1)

    def odds(days_after: float) -> float:
        """How much likelier they come before than after so many days."""
        return exp(steepness * (log(days_after) - mean))

    waited = odds(first - 0.5)

    def day(share: float) -> int:
        """The day by which they come in this share of the cases in which they have not come until now."""
        days_after = exp(mean + log((share + waited) / (1 - share)) / steepness)
        return min(max(first, round(days_after)), first + DAYS_MAX)

    expected = day(0.5)
    low, high = max(expected - NEAR_DAYS - 0.5, first - 0.5), expected + NEAR_DAYS + 0.5
    near = (1 + waited) * (1 / (1 + odds(low)) - 1 / (1 + odds(high)))
    return NextPurchase(
        last_on=days[-1],
        purchase_days=len(days),
        interval_days=min(max(1, round(exp(mean))), DAYS_MAX),
        next_on=days[-1] + timedelta(days=expected),
        from_on=days[-1] + timedelta(days=day(0.25)),
        until_on=days[-1] + timedelta(days=day(0.75)),
        confidence_bp=min(max(0, round(10_000 * near)), 10_000),
    )


def _logs(days: Sequence[date]) -> list[float]:
    return [log((after - before).days) for before, after in pairwise(days)]


class _Prior(NamedTuple):
    """Of a category: the mean of the members' means, their variance, and that of the intervals of one member."""

    mean: float
    between: float
    within: float


def _drawn(category: Rhythm, all_goods: Rhythm) -> _Prior:
    """The rhythm of a category, drawn towards that of all goods."""
    share = MEMBERS_OF_ALL / all_goods.members
    members, intervals, means, squares, parts, within = (
        own + share * of_all for own, of_all in zip(category, all_goods, strict=True)
    )
    mean = means / members / MICRO
    variance = max(within / MICRO / max(intervals - members, 1.0), _SPREAD_MIN**2)
    between = squares / members / MICRO - mean * mean - variance * parts / members / MICRO
    return _Prior(mean, max(between, _SPREAD_MIN**2), variance)


def _expected(logs: Sequence[float], prior: _Prior) -> tuple[float, float]:
    """Mean and deviation of the logarithm of the next interval."""
    count = len(logs)
    if not count:
        return prior.mean, sqrt(prior.within + prior.between)
    own = sum(logs) / count
    squares = sum((one - own) ** 2 for one in logs)
    within = (squares + SPREAD_PURCHASES * prior.within) / (count - 1 + SPREAD_PURCHASES)
    weight = count * prior.between / (count * prior.between + within)
    return weight * own + (1 - weight) * prior.mean, sqrt(within + (1 - weight) * prior.between)
