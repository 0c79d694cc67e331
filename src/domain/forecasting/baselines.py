"""The forecasts that cost nothing: whatever is cleverer must be better than these."""

from collections.abc import Sequence
from typing import Final

RECENT_WEEKS: Final = 4


def naive(*, sold: Sequence[float], weeks: int) -> list[float]:
    """The last week again, `weeks` times; nothing where nothing is known."""
    return [sold[-1] if sold else 0.0] * weeks


def seasonal_naive(*, sold: Sequence[float], weeks: int, season: int) -> list[float]:
    """What was sold one season before each week; a season that is not yet full is as long as what is known."""
    last = list(sold[-season:])
    return [last[week % len(last)] for week in range(weeks)] if last else [0.0] * weeks


def recent_mean(*, sold: Sequence[float], weeks: int, of: int = RECENT_WEEKS) -> list[float]:
    """The mean of the last `of` weeks, or of as many as are known."""
    last = list(sold[-of:])
    return [sum(last) / len(last) if last else 0.0] * weeks
