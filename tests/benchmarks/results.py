"""What was measured, per figure one value for each round."""

from statistics import median
from typing import Any, Final

OTHERS_SHARE: Final = "others_cpu_share"
"""Share of all cores that went, during a round, to what is no part of the benchmark."""

OTHERS_SHARE_MAX: Final = 0.05
"""With more than this in any round, the machine was busy with something else, and figures say little about ours."""


class Results:
    """Collects values; figures are summarised as median, minimum and maximum of their runs."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}
        self._cpu_us: dict[str, dict[str, list[float]]] = {}
        self.rows: dict[str, dict[str, int]] = {}
        """What one checkout writes, by table."""

    def add(self, key: str, value: float) -> None:
        """One more run of a figure."""
        self._values.setdefault(key, []).append(value)

    def add_cpu(self, key: str, **used_us: float) -> None:
        """CPU per checkout in microseconds, by who used it, in the run that measured a figure."""
        for who, value in used_us.items():
            self._cpu_us.setdefault(key, {}).setdefault(who, []).append(value)

    def values(self, key: str) -> list[float]:
        """All runs of a figure, in order; empty when it was not measured."""
        return self._values.get(key, [])

    def count(self, key: str) -> int:
        return len(self.values(key))

    @property
    def quiet(self) -> bool:
        """Whether the machine had nothing else to do."""
        return max(self.values(OTHERS_SHARE), default=0.0) <= OTHERS_SHARE_MAX

    def figures(self) -> dict[str, dict[str, Any]]:
        """Every figure, summarised."""
        return {key: summary(values) for key, values in self._values.items()}

    def cpu_us_each(self) -> dict[str, dict[str, dict[str, Any]]]:
        """CPU per checkout, summarised."""
        return {key: {who: summary(values) for who, values in used.items()} for key, used in self._cpu_us.items()}


def summary(values: list[float]) -> dict[str, Any]:
    """Median, minimum, maximum and number of runs, and the values themselves."""
    rounded = [round(value, 4) for value in values]
    return {
        "median": round(median(values), 4),
        "min": min(rounded),
        "max": max(rounded),
        "runs": len(values),
        "values": rounded,
    }
