"""How far forecasts were from what was sold: the measures of the trade, each as a share (0.25 is 25 %).

Formulas: R. J. Hyndman and G. Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.8; MASE: Hyndman
and Koehler, Another look at measures of forecast accuracy, International Journal of Forecasting 22 (2006).
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accuracy:
    """None where a measure is not defined: nothing was sold, or the history does not vary."""

    wape: float | None
    bias: float | None
    mape: float | None
    smape: float
    mase: float | None


def accuracy(
    *, actual: Sequence[float], forecast: Sequence[float], history: Sequence[float] = (), season: int = 1
) -> Accuracy:
    """All measures of one forecast; `history` is what was sold before, of which MASE needs more than `season` weeks.

    Raises ValueError where the two are not equally long, or are empty.
    """
    return Accuracy(
        wape=wape(actual=actual, forecast=forecast),
        bias=bias(actual=actual, forecast=forecast),
        mape=mape(actual=actual, forecast=forecast),
        smape=smape(actual=actual, forecast=forecast),
        mase=mase(actual=actual, forecast=forecast, history=history, season=season),
    )


def wape(*, actual: Sequence[float], forecast: Sequence[float]) -> float | None:
    """The sum of the absolute errors over what was sold: every piece weighs the same, whichever goods it was of."""
    errors, sold = _errors(actual, forecast), sum(actual)
    return sum(map(abs, errors)) / sold if sold > 0 else None


def bias(*, actual: Sequence[float], forecast: Sequence[float]) -> float | None:
    """What was forecast too much in all, over what was sold; negative where too little was forecast."""
    errors, sold = _errors(actual, forecast), sum(actual)
    return sum(errors) / sold if sold > 0 else None


def mape(*, actual: Sequence[float], forecast: Sequence[float]) -> float | None:
    """The mean of the errors, each over its own actual; weeks in which nothing was sold have none and are left out."""
    shares = [abs(error) / one for error, one in zip(_errors(actual, forecast), actual, strict=True) if one > 0]
    return sum(shares) / len(shares) if shares else None


def smape(*, actual: Sequence[float], forecast: Sequence[float]) -> float:
    """The mean of the errors, each over the mean of actual and forecast, from 0 to 2; 0 where both are nothing."""
    spans = [abs(one) + abs(other) for one, other in zip(actual, forecast, strict=True)]
    shares = [
        2 * abs(error) / span if span else 0.0 for error, span in zip(_errors(actual, forecast), spans, strict=True)
    ]
    return sum(shares) / len(shares)


def mase(
    *, actual: Sequence[float], forecast: Sequence[float], history: Sequence[float], season: int = 1
) -> float | None:
    """The mean absolute error over that of the seasonal naive forecast within `history`: below 1 is better than it."""
    steps = [abs(later - earlier) for earlier, later in zip(history, history[season:], strict=False)]
    errors = _errors(actual, forecast)
    scale = sum(steps) / len(steps) if steps else 0.0
    return sum(map(abs, errors)) / len(errors) / scale if scale else None


def _errors(actual: Sequence[float], forecast: Sequence[float]) -> list[float]:
    if not actual:
        raise ValueError("there is nothing to compare with")
    return [planned - sold for sold, planned in zip(actual, forecast, strict=True)]
