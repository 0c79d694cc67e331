"""What the application needs to keep paid memberships."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from domain.membership.paid import PaidMembership


class PaidMemberships(Protocol):
    """Paid memberships; members are locked (`Tiers.lock`) before them."""

    def due(self, on: date, *, limit: int) -> Sequence[PaidMembership]:
        """Up to `limit` of those that have not ended, with days before `on` that are not released; nothing locked."""

    def lock_open(self, member_ids: Sequence[int]) -> Sequence[PaidMembership]:
        """Those of these members that have not ended, locked, by beginning and id."""

    def of_sale(self, sale_id: int) -> Sequence[PaidMembership]:
        """Those that a sale has brought, by line; nothing locked."""

    def move(self, memberships: Sequence[PaidMembership]) -> None:
        """Stores what became of them; they are locked."""

    def list_of(self, member_id: int, *, after: int, limit: int) -> Sequence[PaidMembership]:
        """Up to `limit` of a member's, ended ones too, by id, those above `after`."""
