"""The balances that follow from the tickets and plays of draws, and from the entries of experience events."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from adapters.sql.fold import Fold
from adapters.sql.tables import marketing
from domain.marketing.draw_ledger import (
    DrawCount,
    DrawMember,
    DrawMemberDay,
    DrawPlay,
    DrawPrize,
    DrawTicket,
    TicketSource,
    ticket_deltas,
)
from domain.marketing.experience_event import EventBooking, EventCount, EventEntry

_COUNTS: Final = Fold(DrawCount, marketing.draw_counts, key=("draw_id",), summed=("plays",))
_PRIZES: Final = Fold(DrawPrize, marketing.draw_prizes, key=("draw_id", "position"), summed=("remaining", "awarded"))
_MEMBERS: Final = Fold(DrawMember, marketing.draw_members, key=("draw_id", "member_id"), summed=("granted", "used"))
_DAYS: Final = Fold(DrawMemberDay, marketing.draw_member_days, key=("draw_id", "member_id", "day"), summed=("plays",))
_TICKETS: Final = Fold(DrawTicket, marketing.draw_tickets, key=("ticket_id",), summed=("used",))
_SEATS: Final = Fold(EventCount, marketing.event_counts, key=("event_id",), summed=("taken",))
_BOOKINGS: Final = Fold(
    EventBooking, marketing.event_bookings, key=("event_id", "member_id"), summed=("booked", "checked_in")
)
MARKETING_FOLDS: Final = (_COUNTS, _PRIZES, _MEMBERS, _DAYS, _TICKETS, _SEATS, _BOOKINGS)


def marketing_deltas(added: Mapping[type, Sequence[Any]]) -> list[tuple[Fold, list[Any]]]:
    """The deltas of what was added, one per key in the order of the keys; folds without any are left out."""
    found: list[tuple[Fold, list[Any]]] = []
    plays: Sequence[DrawPlay] = added.get(DrawPlay, ())
    tickets: Sequence[DrawTicket] = added.get(DrawTicket, ())
    if plays or tickets:
        found += _draw_deltas(plays, tickets)
    if entries := added.get(EventEntry):
        found += _event_deltas(entries)
    return [(fold, deltas) for fold, deltas in found if deltas]


def _draw_deltas(plays: Sequence[DrawPlay], tickets: Sequence[DrawTicket]) -> list[tuple[Fold, list[Any]]]:
    members = {(one.draw_id, one.member_id): one for one in ticket_deltas(tickets)}
    counts: dict[int, DrawCount] = {}
    prizes: dict[tuple[int, int], DrawPrize] = {}
    days: dict[tuple[Any, ...], DrawMemberDay] = {}
    used = []
    for play in plays:
        counts.setdefault(play.draw_id, DrawCount(play.draw_id, 0)).plays += 1
        member = members.setdefault((play.draw_id, play.member_id), DrawMember(play.draw_id, play.member_id, 0, 0))
        member.used += 1
        day = (play.draw_id, play.member_id, play.business_date)
        days.setdefault(day, DrawMemberDay(*day, 0)).plays += 1
        if play.taken:
            key = play.draw_id, play.prize_position
            prize = prizes.setdefault(key, DrawPrize(*key, "", "", 0, 0, 0, 0, 0))
            prize.remaining -= play.taken
            prize.awarded += play.taken
        used.append(_used(play))
    return [
        (_COUNTS, _in_order(counts)),
        (_PRIZES, _in_order(prizes)),
        (_MEMBERS, _in_order(members)),
        (_DAYS, _in_order(days)),
        (_TICKETS, sorted(used, key=lambda ticket: ticket.ticket_id)),
    ]


def _used(play: DrawPlay) -> DrawTicket:
    """That a play uses its ticket; the rest of the row does not count."""
    return DrawTicket(
        play.ticket_id, play.draw_id, play.member_id, TicketSource.STAFF, 0, 0, 0, 0, 0, None, "", play.played_at, 1
    )


def _event_deltas(entries: Iterable[EventEntry]) -> list[tuple[Fold, list[Any]]]:
    seats: dict[int, EventCount] = {}
    bookings: dict[tuple[int, int], EventBooking] = {}
    for entry in entries:
        if entry.booked:
            seats.setdefault(entry.event_id, EventCount(entry.event_id, 0, 0)).taken += entry.booked
        key = entry.event_id, entry.member_id
        booking = bookings.setdefault(key, EventBooking(*key, 0, 0))
        booking.booked += entry.booked
        booking.checked_in += entry.checked_in
    return [(_SEATS, _in_order(seats)), (_BOOKINGS, _in_order(bookings))]


def _in_order(deltas: Mapping[Any, Any]) -> list[Any]:
    return [deltas[key] for key in sorted(deltas)]
