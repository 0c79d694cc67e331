"""What the application needs of statistics packages: further opinions on the level of a series."""

from collections.abc import Sequence
from typing import Protocol


class LevelModels(Protocol):
    def levels(self, series: Sequence[Sequence[float]]) -> Sequence[Sequence[float]]:
        """For each weekly series, the oldest week first, what each model expects of the mean of the weeks to come.

        Without season and promotions: those are taken out before. A series that is too short or has sold nothing gets
        no opinion, and so does every series where no package is installed.
        """


class NoLevelModels:
    """No package is installed: the level is what Liansuo finds by itself."""

    def levels(self, series: Sequence[Sequence[float]]) -> Sequence[Sequence[float]]:
        return [()] * len(series)
