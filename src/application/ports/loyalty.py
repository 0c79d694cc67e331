"""What the application needs from the points ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from application.ports.membership import MemberAccount
from domain.loyalty.ledger import PointsLot


@dataclass(slots=True)
class LockedPoints:
    """A member's locked account with the open lots, and those asked for by id even when nothing is left in them."""

    account: MemberAccount
    lots: list[PointsLot]


class Points(Protocol):
    """Points accounts, lots and entries."""

    def lock(self, member_id: int, *, used_lot_ids: Sequence[int] = ()) -> LockedPoints:
        """Locks the account of an existing member, for a use case that moves points outside a batch."""
