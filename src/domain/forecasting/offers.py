"""What is offered in a week beside the usual, under a name that many goods share: forecasts learn what each name does.

A price that is cut and a promotion that takes off a share are the same to who buys: both are named by how much less
than usual is paid. Everything else is named by its kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

STEP_BP: Final = 1_000
"""A tenth: finer steps would each be seen too seldom to learn from."""
USUAL_WEEKS: Final = 52
WHOLE_BP: Final = 10_000
WEEK_DAYS_MIN: Final = 4
"""An offer that runs on fewer days of a week is not what the week is known for."""
FOR_SOME: Final = " for some"


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion as it bears on some goods in a week.

    `off_bp` is the share of the price that it takes off from the first piece on, 0 where that does not say it; `kind`
    is then its name. `days` of the week see it. `for_some`: it asks for more than that the goods are bought.
    """

    kind: str
    days: int
    off_bp: int = 0
    for_some: bool = False


def usual_price(prices: Sequence[int]) -> int:
    """The median of the latest year of weekly prices, the oldest first; 0 where none is known, as 0 is no price."""
    known = [one for one in prices[-USUAL_WEEKS:] if one > 0]
    return round(median(known)) if known else 0


def offered(*, price_minor: int, usual_minor: int, offers: Sequence[Offer]) -> str:
    """The name of what is offered in a week; empty for nothing.

    Of several promotions the one that runs longest counts, then the one that takes off most. A price that is not known
    (0) is the usual one.
    """
    running = [one for one in offers if one.days >= WEEK_DAYS_MIN]
    best = max(running, key=lambda one: (one.days, one.off_bp, one.kind), default=None)
    left_bp = WHOLE_BP if not (price_minor > 0 and usual_minor > 0) else WHOLE_BP * price_minor // usual_minor
    if best is not None and best.off_bp == 0:
        return best.kind + (FOR_SOME if best.for_some else "")
    if best is not None:
        left_bp = left_bp * (WHOLE_BP - best.off_bp) // WHOLE_BP
    steps = round((WHOLE_BP - left_bp) / STEP_BP)
    if not steps:
        return ""
    name = f"{10 * steps} % off" if steps > 0 else f"{-10 * steps} % dearer"
    return name + (FOR_SOME if best is not None and best.for_some else "")
