"""What the application needs from the points ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeAlias

from application.loyalty.views import NextExpiry, PointsEntryView, PointsLiability
from application.ports.membership import MemberAccount
from domain.loyalty.ledger import PointsLot


@dataclass(slots=True)
class LockedPoints:
    """A member's locked account with the open lots, and those asked for by id even when nothing is left in them."""

    account: MemberAccount
    lots: list[PointsLot]


StatementKey: TypeAlias = tuple[datetime, int]
"""Where an entry stands in a statement: the instant of posting, id."""


class Points(Protocol):
    """Points accounts, lots and entries."""

    def lock(self, member_id: int, *, used_lot_ids: Sequence[int] = ()) -> LockedPoints:
        """Locks the account of an existing member, for a use case that moves points outside a batch."""

    def next_expiry(self, member_id: int, *, after: date) -> NextExpiry | None:
        """What lapses next of the lots that are still worth something on `after`."""

    def statement(
        self, member_id: int, *, after: StatementKey | None, limit: int
    ) -> Sequence[tuple[StatementKey, PointsEntryView]]:
        """Up to `limit` entries, newest first, those older than `after`, with their keys."""

    def liability(self, store_ids: Sequence[int] | None) -> Sequence[PointsLiability]:
        """What is outstanding, by store in the order of their codes; None means the whole chain."""
