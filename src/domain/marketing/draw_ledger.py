"""The ledger of lucky draws: tickets and plays, and the balances that only these move.

Field names are the column names. Plays of one draw are numbered 1, 2, 3, …: whoever plays has locked its count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class TicketSource(StrEnum):
    SALE = "sale"
    EVENT = "event"
    STAFF = "staff"


class PlayOutcome(StrEnum):
    """What came of a play: the prize drawn, nothing, or the consolation and why."""

    WON = "won"
    NOTHING = "nothing"
    NONE_LEFT = "none_left"
    NO_STOCK = "no_stock"
    NO_COUPONS = "no_coupons"


@dataclass(slots=True)
class DrawTicket:
    """One entry of a member to a draw; only plays move `used`.

    `document_id` is the sale or the check-in that brought it, 0 where staff granted it, and `number` its place among
    the tickets of that document. It is good as long as its sale comes to `spend_minor` at least, 0 for always.
    """

    ticket_id: int
    draw_id: int
    member_id: int
    source: TicketSource
    document_id: int
    number: int
    spend_minor: int
    store_id: int
    caller_id: int
    staff_id: int | None
    reason: str
    granted_at: datetime
    used: int


@dataclass(slots=True)
class DrawPlay:
    """A play and its result. Positions are those of prizes, 0 for none; `taken` is 1 where one of the number went.

    `left_before` is how many of the prize drawn were left, `available_milli` what the store had of the goods drawn.
    """

    draw_id: int
    play_number: int
    play_id: int
    ticket_id: int
    member_id: int
    store_id: int
    caller_id: int
    staff_id: int | None
    channel: str
    business_date: date
    played_at: datetime
    roll_ppm: int
    drawn_position: int
    left_before: int
    available_milli: int
    outcome: PlayOutcome
    prize_position: int
    taken: int


@dataclass(slots=True)
class DrawCount:
    """How many plays a draw has had; locked by whoever plays it, and by nobody who plays another one."""

    draw_id: int
    plays: int


@dataclass(slots=True)
class DrawPrize:
    """How many of a prize were handed out and are left. `quantity_milli` and `points` are what one of them is."""

    draw_id: int
    position: int
    code: str
    kind: str
    number: int
    remaining: int
    awarded: int
    quantity_milli: int
    points: int


@dataclass(slots=True)
class DrawMember:
    """The tickets of a member: granted and used."""

    draw_id: int
    member_id: int
    granted: int
    used: int


@dataclass(slots=True)
class DrawMemberDay:
    """How often a member has played on one business date."""

    draw_id: int
    member_id: int
    day: date
    plays: int


def ticket_deltas(tickets: Iterable[DrawTicket]) -> list[DrawMember]:
    """By how much new tickets move what their members were granted, one delta per key in the order of the keys."""
    granted: dict[tuple[int, int], int] = {}
    for ticket in tickets:
        key = ticket.draw_id, ticket.member_id
        granted[key] = granted.get(key, 0) + 1
    return [DrawMember(*key, granted[key], 0) for key in sorted(granted)]
