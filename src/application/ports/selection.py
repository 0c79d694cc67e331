"""Which documents a query means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Selection:
    """Stores and business dates, the last date included; `store_ids` in ascending order, None for the whole chain."""

    store_ids: Sequence[int] | None
    from_date: date
    to_date: date
