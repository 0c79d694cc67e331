"""How the seats of events are given, whoever asks for them."""

from typing import Final

from application.marketing.taking_part import Place
from application.ports.kernel import UnitOfWork
from application.ports.marketing import StoredEvent
from domain.marketing.experience_event import EventBooking, EventEntry, EventEntryKind
from domain.marketing.invitation import Invitation, InvitationAnswer

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


def seat_of(uow: UnitOfWork, found: StoredEvent, place: Place, member_id: int) -> EventBooking:
    """The seat of a member; the event is locked. One that a file merged into theirs has booked becomes theirs now.

    Who has been there under such a file has been there.
    """
    own = uow.experience_events.booking(found.event_id, member_id)
    other = None if own.booked else uow.experience_events.seat_of_files(found.event_id, member_id)
    if other is None:
        return own
    if not other.checked_in:
        uow.invitations.answer(found.event_id, [other.member_id], InvitationAnswer.DECLINED, at=uow.now)
        uow.invitations.answer(found.event_id, [member_id], InvitationAnswer.ACCEPTED, at=uow.now)
        uow.add(
            seat_entry(uow, found, place, other.member_id, EventEntryKind.MERGED, booked=-1),
            seat_entry(uow, found, place, member_id, EventEntryKind.MERGED, booked=1),
        )
    return EventBooking(found.event_id, member_id, other.booked, other.checked_in)


def invitation_of(uow: UnitOfWork, event_id: int, member_id: int) -> Invitation | None:
    """The invitation of a member; the event is locked. That of a file merged into theirs becomes theirs now."""
    own = uow.invitations.find(event_id, member_id)
    other = None if own is not None else uow.invitations.find_of_files(event_id, member_id)
    if other is None:
        return own
    uow.invitations.invite(event_id, [member_id], at=other.invited_at)
    if other.answer is InvitationAnswer.WAITING:
        uow.invitations.answer(event_id, [member_id], other.answer, at=other.answered_at or uow.now)
        uow.invitations.answer(event_id, [other.member_id], InvitationAnswer.DECLINED, at=uow.now)
    return uow.invitations.find(event_id, member_id)


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
