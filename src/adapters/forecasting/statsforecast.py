"""Levels by statsforecast: exponential smoothing with optimised weights, and the dynamic optimised theta model.

Both are among the best of the M competitions and cost milliseconds a series (R. J. Hyndman et al., Forecasting with
Exponential Smoothing, 2008; J. A. Fiorucci et al., Models for optimising the theta method, International Journal of
Forecasting 32, 2016). The package is the optional part `forecast` of Liansuo.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from statsforecast.models import AutoETS, DynamicOptimizedTheta

WEEKS_MIN: Final = 10
"""Shorter series have nothing to optimise over."""
AHEAD_WEEKS: Final = 8


class StatsforecastLevels:
    """Opinions of two models; both are fitted to each series by itself."""

    def __init__(self) -> None:
        self._models = (AutoETS(season_length=1, model="ANN"), DynamicOptimizedTheta(season_length=1))

    def levels(self, series: Sequence[Sequence[float]]) -> Sequence[Sequence[float]]:
        return [self._of(one) for one in series]

    def _of(self, sold: Sequence[float]) -> Sequence[float]:
        # A series that never changes is its own level; an optimiser has nothing to hold on to.
        if len(sold) < WEEKS_MIN or min(sold) == max(sold):
            return ()
        values = np.asarray(sold, dtype=np.float64)
        found = [float(model.forecast(y=values, h=AHEAD_WEEKS)["mean"].mean()) for model in self._models]
        return [one for one in found if np.isfinite(one)]
