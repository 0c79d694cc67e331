"""What a store is expected to sell of what was forecast for several stores together."""

from collections.abc import Sequence
from math import sqrt

from domain.forecasting.outcome import interval


def parts(weights: Sequence[float]) -> list[float]:
    """The share of each store in what they sell together, which sum to one; alike where nobody has sold anything."""
    above = [max(0.0, one) for one in weights]
    total = sum(above)
    return [one / total for one in above] if total else [1 / len(above)] * len(above)


def week_of_part(*, expected: float, deviation: float, part: float) -> tuple[float, float, float]:
    """What a store sells of a week forecast for several, and between what in eight of ten cases.

    Demand of stores is taken to vary independently: the deviation of a part is the root of the part, and at least what
    counting alone makes of so many pieces.
    """
    mean = expected * part
    low, high = interval(expected=mean, deviation=max(deviation * sqrt(part), sqrt(max(0.0, mean))))
    return mean, low, high
