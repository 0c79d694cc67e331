"""Experience events: something to take part in, in a store, with so many seats."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

CHECK_IN_EARLY: Final = timedelta(hours=2)
"""How long before its beginning an event lets people in."""


@dataclass(frozen=True, slots=True)
class ExperienceEvent:
    """An event as HQ or a store states it; `taken` are the seats booked, which nobody states.

    Whoever checks in gets `tickets` of a draw and `points`. With `invited_only` only invited members get a seat.
    """

    code: str
    name_en: str
    name_zh: str
    store_code: str
    starts_at: datetime
    ends_at: datetime
    seats: int
    draw_code: str = ""
    tickets: int = 0
    points: int = 0
    taken: int = 0
    invited_only: bool = False


class EventEntryKind(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    MERGED = "merged"
    CHECKED_IN = "checked_in"


@dataclass(slots=True)
class EventEntry:
    """What a member did: by how much it moved their seat and their check-in, and what it granted."""

    event_id: int
    entry_id: int
    member_id: int
    kind: EventEntryKind
    booked: int
    checked_in: int
    tickets: int
    points: int
    store_id: int
    caller_id: int
    staff_id: int | None
    business_date: date
    entered_at: datetime


@dataclass(slots=True)
class EventCount:
    """The seats of an event and how many of them are booked; whoever books locks it."""

    event_id: int
    seats: int
    taken: int


@dataclass(slots=True)
class EventBooking:
    """Whether a member has a seat (0 or 1), and has checked in (0 or 1)."""

    event_id: int
    member_id: int
    booked: int
    checked_in: int


def lets_in(event: ExperienceEvent, *, now: datetime) -> bool:
    """Whether members can check in at an instant."""
    return event.starts_at - CHECK_IN_EARLY <= now < event.ends_at
