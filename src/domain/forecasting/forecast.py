"""Forecasts of weekly demand: the level of each series times what is known to come, and a back-test beside each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.forecasting.baselines import recent_mean, seasonal_naive
from domain.forecasting.effects import Effects, Series, Week
from domain.forecasting.levels import level

BACK_TEST_WEEKS: Final = 8
BASELINE_BETTER: Final = 0.8
"""A baseline is taken for a series only if it erred by a fifth less: a little less is luck more often than not."""
YEAR_WEEKS: Final = 52
MONTH_WEEKS: Final = 4


class Method(StrEnum):
    """How a series is forecast: `effects` is its level with season, occasions and promotions."""

    EFFECTS = "effects"
    RECENT_MEAN = "recent_mean"
    SEASONAL_NAIVE = "seasonal_naive"
    LOOK_ALIKES = "look_alikes"


@dataclass(frozen=True, slots=True)
class BackTest:
    """What three forecasts came to over the last weeks, made from what was known before them.

    The absolute errors are in the unit of `sold`, summed over the weeks. They can be added up over series, and over
    what was sold they are the WAPE.
    """

    sold: float = 0.0
    error: float = 0.0
    recent_mean_error: float = 0.0
    seasonal_naive_error: float = 0.0

    def __add__(self, other: "BackTest") -> "BackTest":
        return BackTest(
            self.sold + other.sold,
            self.error + other.error,
            self.recent_mean_error + other.recent_mean_error,
            self.seasonal_naive_error + other.seasonal_naive_error,
        )

    @property
    def method(self) -> Method:
        """The way that forecasts this series."""
        if self.recent_mean_error < BASELINE_BETTER * self.error:
            return Method.RECENT_MEAN
        return Method.EFFECTS


def plain(*, series: Series, effects: Effects, weeks: Sequence[Week]) -> list[float]:
    """What would have been sold without season, occasions and promotions, week by week; what came back is no demand."""
    factors = effects.of(series, weeks)
    return [max(0.0, sold) / factor for sold, factor in zip(series.sold, factors, strict=True)]


def forecast(
    *,
    series: Series,
    effects: Effects,
    weeks: Sequence[Week],
    ahead: Sequence[Week],
    promoted: Sequence[str],
    others: Sequence[float] = (),
    method: Method = Method.EFFECTS,
) -> list[float]:
    """What each of the weeks `ahead` is expected to sell, in the unit of the series; never negative.

    `weeks` are those of the series, `promoted` names the promotion of each week ahead as far as it is planned, `others`
    are levels that other models found in the `plain` series.
    """
    if method is Method.RECENT_MEAN:
        return [max(0.0, one) for one in recent_mean(sold=series.sold, weeks=len(ahead))]
    at = level(sold=plain(series=series, effects=effects, weeks=weeks), others=others)
    return [
        at * effects.factor(sku_id=series.sku_id, category=series.category, week=week, promotion=promotion)
        for week, promotion in zip(ahead, promoted, strict=True)
    ]


def season_length(weeks: int) -> int:
    """The season that a naive forecast repeats: a year, or four weeks while less than a year is known."""
    return YEAR_WEEKS if weeks >= YEAR_WEEKS else MONTH_WEEKS


def back_test(*, known: Sequence[float], actual: Sequence[float], forecast: Sequence[float]) -> BackTest:
    """The errors of a forecast and of two baselines made from `known`, over the weeks `actual` that followed it."""
    weeks = len(actual)
    return BackTest(
        sold=sum(actual),
        error=_error(actual, forecast),
        recent_mean_error=_error(actual, recent_mean(sold=known, weeks=weeks)),
        seasonal_naive_error=_error(actual, seasonal_naive(sold=known, weeks=weeks, season=season_length(len(known)))),
    )


def _error(actual: Sequence[float], forecast: Sequence[float]) -> float:
    return sum(abs(sold - planned) for sold, planned in zip(actual, forecast, strict=True))
