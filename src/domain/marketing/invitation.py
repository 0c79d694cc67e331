"""Invitations to experience events, and what members answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InvitationAnswer(StrEnum):
    """What became of an invitation; who WAITING has accepted when no seat was left, and gets the next one."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A member who was invited to an event, and the newest answer, if there is one."""

    event_id: int
    member_id: int
    answer: InvitationAnswer
    invited_at: datetime
    answered_at: datetime | None
