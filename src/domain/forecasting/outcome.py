"""Forecasts of many series at once, each with its back-test, and by the baseline wherever that did better."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, TypeAlias

from domain.forecasting.baselines import recent_mean, seasonal_naive
from domain.forecasting.effects import Effects, Series, Week, learn_effects
from domain.forecasting.forecast import (
    BACK_TEST_WEEKS,
    BASELINE_BETTER,
    YEAR_WEEKS,
    BackTest,
    Method,
    back_test,
    forecast,
    plain,
    season_length,
)

Levels: TypeAlias = Callable[[Sequence[Sequence[float]]], Sequence[Sequence[float]]]
"""What other models say of the level of each series."""

WEEKS_MIN: Final = 8
"""Less is no history."""
INTERVAL_FACTOR: Final = 1.2816
"""Of a normal distribution, so many deviations to either side hold eight of ten values."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The forecast of a series in its unit, week by week, how it was made, and how it did over the weeks held out.

    `deviation` is that of a week: the root of the mean squared error over the weeks held out, at least what counting
    alone makes of so many pieces (the root of the mean).
    """

    method: Method
    weeks: tuple[float, ...]
    deviation: float
    test: BackTest


def held_out(weeks: int) -> int:
    """How many of the weeks that are known are held out for the back-test: eight, or fewer of a short history."""
    return min(BACK_TEST_WEEKS, weeks // 3)


def interval(*, expected: float, deviation: float) -> tuple[float, float]:
    """What a week sells between in eight of ten cases; never below zero."""
    return max(0.0, expected - INTERVAL_FACTOR * deviation), expected + INTERVAL_FACTOR * deviation


def forecast_all(
    *,
    series: Sequence[Series],
    weeks: Sequence[Week],
    ahead: Sequence[Week],
    planned: Sequence[Sequence[str]],
    levels: Levels,
) -> list[Outcome]:
    """The outcome of each series; all of them cover `weeks`, `planned` names what is offered in each week ahead.

    A back-test forecasts the last weeks from those before. Where a baseline forecast a category better as a whole, all
    of it goes by that baseline; in every other category a series goes by a baseline that erred by a fifth less. Raises
    ValueError for less than WEEKS_MIN weeks.
    """
    if len(weeks) < WEEKS_MIN:
        raise ValueError(f"a forecast takes {WEEKS_MIN} weeks")
    cut = len(weeks) - held_out(len(weeks))
    before = [Series(one.sku_id, one.category, one.sold[:cut], one.promoted[:cut]) for one in series]
    _, tried = _by_effects(before, weeks[:cut], weeks[cut:], [one.promoted[cut:] for one in series], levels)
    tests = [
        back_test(known=known.sold, actual=one.sold[cut:], forecast=found)
        for known, one, found in zip(before, series, tried, strict=True)
    ]
    of_category: defaultdict[str, BackTest] = defaultdict(BackTest)
    for one, test in zip(series, tests, strict=True):
        of_category[one.category] += test
    effects, expected = _by_effects(series, weeks, ahead, planned, levels)
    found = []
    for one, promoted, test, trial, by_effects in zip(series, planned, tests, tried, expected, strict=True):
        method = choose(test=test, category=of_category[one.category], weeks=cut)
        values = by_baseline(method, series=one, effects=effects, weeks=weeks, ahead=ahead, promoted=promoted)
        values = values or by_effects
        found.append(Outcome(method, tuple(values), _deviation(one.sold[cut:], trial, values), test))
    return found


def choose(*, test: BackTest, category: BackTest, weeks: int) -> Method:
    """The way that forecasts a series whose back-test knew `weeks` weeks; a season is repeated only once it was seen.

    What repeats only the last month is no season, and the mean of the month is better than it.
    """
    of_series = {Method.RECENT_MEAN: test.recent_mean_error}
    of_category = {Method.RECENT_MEAN: category.recent_mean_error}
    if weeks >= YEAR_WEEKS:
        of_series[Method.SEASONAL_NAIVE] = test.seasonal_naive_error
        of_category[Method.SEASONAL_NAIVE] = category.seasonal_naive_error
    better = min(of_category, key=lambda method: (of_category[method], method))
    if of_category[better] < category.error:
        return better
    best = min(of_series, key=lambda method: (of_series[method], method))
    return best if of_series[best] < BASELINE_BETTER * test.error else Method.EFFECTS


def by_baseline(
    method: Method,
    *,
    series: Series,
    effects: Effects,
    weeks: Sequence[Week],
    ahead: Sequence[Week],
    promoted: Sequence[str],
) -> list[float]:
    """What a baseline says of the weeks ahead, never below zero; nothing for a method that is none.

    A baseline stands in for the level. What it repeats is carried over to the weeks ahead by what calendar and offers
    do to these and did to those: weeks held out in March say nothing against a summer.
    """
    known = effects.of(series, weeks)
    to_come = [
        effects.factor(sku_id=series.sku_id, category=series.category, week=week, promotion=promotion)
        for week, promotion in zip(ahead, promoted, strict=True)
    ]
    if method is Method.RECENT_MEAN:
        again, then = (recent_mean(sold=one, weeks=len(ahead)) for one in (series.sold, known))
    elif method is Method.SEASONAL_NAIVE:
        season = season_length(len(weeks))
        again, then = (seasonal_naive(sold=one, weeks=len(ahead), season=season) for one in (series.sold, known))
    else:
        return []
    return [max(0.0, sold) * now / before for sold, before, now in zip(again, then, to_come, strict=True)]


def _by_effects(
    series: Sequence[Series],
    weeks: Sequence[Week],
    ahead: Sequence[Week],
    planned: Sequence[Sequence[str]],
    levels: Levels,
) -> tuple[Effects, list[list[float]]]:
    effects = learn_effects(series=series, weeks=weeks)
    others = levels([plain(series=one, effects=effects, weeks=weeks) for one in series])
    return effects, [
        forecast(series=one, effects=effects, weeks=weeks, ahead=ahead, promoted=promoted, others=other)
        for one, other, promoted in zip(series, others, planned, strict=True)
    ]


def _deviation(actual: Sequence[float], tried: Sequence[float], expected: Sequence[float]) -> float:
    squares = [(sold - planned) ** 2 for sold, planned in zip(actual, tried, strict=True)]
    counted = sqrt(sum(expected) / len(expected))
    return max(sqrt(sum(squares) / len(squares)), counted)
