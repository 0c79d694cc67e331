"""What the application needs from points that are held."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.loyalty.hold import PointsHold


class PointsHolds(Protocol):
    """Holds of points. What is held stands in lots of its own; see `Points`."""

    def find(self, hold_id: int) -> PointsHold | None: ...

    def is_ended(self, hold_id: int) -> bool:
        """Whether it was captured or released; of a hold whose time is over it says nothing."""

    def lot_ids(self, hold: PointsHold) -> Sequence[int]:
        """The lots into which a hold has moved its points, in the order in which they are captured."""

    def standing(self, member_id: int, *, at: datetime, limit: int) -> Sequence[PointsHold]:
        """Up to `limit` holds of a member that are neither ended nor over at that moment, the first ending first."""
