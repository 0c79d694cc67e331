"""Levels by whatever package is installed; it is loaded when a forecast first asks, and by no other process."""

from collections.abc import Sequence
from functools import cached_property

from application.ports.level_models import LevelModels, NoLevelModels


class InstalledLevels:
    """What statsforecast says where the optional part `forecast` is installed, and nothing otherwise."""

    def levels(self, series: Sequence[Sequence[float]]) -> Sequence[Sequence[float]]:
        return self._models.levels(series)

    @cached_property
    def _models(self) -> LevelModels:
        # It takes seconds to load.
        try:
            from adapters.forecasting.statsforecast import StatsforecastLevels
        except ModuleNotFoundError:
            return NoLevelModels()
        return StatsforecastLevels()
