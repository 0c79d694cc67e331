"""What the application needs from invitations to experience events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.marketing.invitation import Invitation, InvitationAnswer


@dataclass(frozen=True, slots=True)
class ListedInvitation:
    """An invitation with the number of its member."""

    invitation: Invitation
    member_number: str


class Invitations(Protocol):
    """Who is invited to an event. A use case that writes has locked the event's seats."""

    def find(self, event_id: int, member_id: int) -> Invitation | None:
        """The invitation of a member."""

    def find_of_files(self, event_id: int, member_id: int) -> Invitation | None:
        """The invitation of a file that was merged into the member's, first of one that waits for a seat."""

    def count(self, event_id: int) -> int:
        """How many are invited to the event."""

    def of_tier(self, event_id: int, tier: str, *, limit: int) -> Sequence[int]:
        """Up to `limit` members of a tier who are not invited yet, in the order of their ids."""

    def in_segment(self, segment: str, *, after: int, looked_at_max: int) -> tuple[Sequence[int], int]:
        """Members in a segment among the next `looked_at_max` after an id, and the last id looked at; 0 at the end."""

    def invite(self, event_id: int, member_ids: Collection[int], *, at: datetime) -> Sequence[int]:
        """Invites members and returns those who were not invited before, in the order of their ids.

        Who has a seat already has accepted.
        """

    def answer(self, event_id: int, member_ids: Collection[int], answer: InvitationAnswer, *, at: datetime) -> None:
        """Notes what members have answered; who is not invited is passed over."""

    def waiting(self, event_id: int, *, limit: int) -> Sequence[int]:
        """Up to `limit` members who wait for a seat, who has waited longest first."""

    def list_of(
        self, event_id: int, *, answer: InvitationAnswer | None, after: int, limit: int
    ) -> Sequence[ListedInvitation]:
        """Up to `limit` invitations by member id, those after `after`; None means whatever was answered."""
