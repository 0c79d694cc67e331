"""What kind of demand goods have, which decides how their level is found.

A. A. Syntetos, J. E. Boylan and J. D. Croston, On the categorization of demand patterns, Journal of the Operational
Research Society 56 (2005): the mean interval between demands (ADI) against 1.32, the squared coefficient of variation
of their sizes (CV²) against 0.49.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

INTERVAL_MAX: Final = 1.32
VARIATION_MAX: Final = 0.49


class DemandKind(StrEnum):
    """SMOOTH is often and alike, ERRATIC often, INTERMITTENT seldom and alike, LUMPY seldom and unlike."""

    NONE = "none"
    SMOOTH = "smooth"
    ERRATIC = "erratic"
    INTERMITTENT = "intermittent"
    LUMPY = "lumpy"


@dataclass(frozen=True, slots=True)
class DemandPattern:
    """`interval` is weeks for one week with demand, `variation` the squared coefficient of variation of their sizes."""

    kind: DemandKind
    interval: float
    variation: float


def demand_pattern(*, sold: Sequence[float]) -> DemandPattern:
    """The kind of a weekly series; NONE where nothing was ever sold. What came back in a week is no demand."""
    sizes = [one for one in sold if one > 0]
    if not sizes:
        return DemandPattern(DemandKind.NONE, 0.0, 0.0)
    mean = sum(sizes) / len(sizes)
    interval = len(sold) / len(sizes)
    variation = sum((one - mean) ** 2 for one in sizes) / len(sizes) / mean**2
    seldom, unlike = interval >= INTERVAL_MAX, variation >= VARIATION_MAX
    kinds = {
        (False, False): DemandKind.SMOOTH,
        (False, True): DemandKind.ERRATIC,
        (True, False): DemandKind.INTERMITTENT,
        (True, True): DemandKind.LUMPY,
    }
    return DemandPattern(kinds[seldom, unlike], interval, variation)
