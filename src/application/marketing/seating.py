"""How the seats of events are given, whoever asks for them."""

from typing import Final

from application.marketing.taking_part import Place
from application.ports.kernel import UnitOfWork
from application.ports.marketing import StoredEvent
from domain.marketing.experience_event import EventEntry, EventEntryKind
from domain.marketing.invitation import InvitationAnswer

SEATED_AT_ONCE_MAX: Final = 500


def seat_waiting(uow: UnitOfWork, found: StoredEvent, place: Place, *, seats_left: int) -> int:
    """Gives seats that are left to those who wait for one, up to 500 at once; how many are left then.

    The event is locked. Each is told by an event of the outbox.
    """
    waiting = uow.invitations.waiting(found.event_id, limit=min(seats_left, SEATED_AT_ONCE_MAX))
    if waiting:
        uow.invitations.answer(found.event_id, waiting, InvitationAnswer.ACCEPTED, at=uow.now)
    for member_id in waiting:
        uow.add(seat_entry(uow, found, place, member_id, EventEntryKind.BOOKED, booked=1))
        uow.publish("SeatFromWaitingList", member_id, {"event_code": found.terms.code, "member_id": member_id})
    return seats_left - len(waiting)


def seat_entry(
    uow: UnitOfWork,
    found: StoredEvent,
    place: Place,
    member_id: int,
    kind: EventEntryKind,
    *,
    booked: int = 0,
    checked_in: int = 0,
    tickets: int = 0,
    points: int = 0,
) -> EventEntry:
    """What a member did now, by the caller; the event is locked."""
    return EventEntry(
        event_id=found.event_id,
        entry_id=uow.new_id(),
        member_id=member_id,
        kind=kind,
        booked=booked,
        checked_in=checked_in,
        tickets=tickets,
        points=points,
        store_id=found.store_id,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        business_date=place.on,
        entered_at=uow.now,
    )
