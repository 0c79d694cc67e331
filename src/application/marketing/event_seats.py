"""Members book seats of experience events, give them back, and check in."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.marketing.draw_scope import told
from application.marketing.put_event import event_of
from application.marketing.seating import invitation_of, seat_entry, seat_of, seat_waiting
from application.marketing.taking_part import (
    Place,
    award_points,
    held_member_id,
    locked_member,
    place_in,
    post_award,
    record_tickets,
)
from application.ports.kernel import UnitOfWork
from application.ports.marketing import StoredEvent
from application.ports.membership import MemberAccount
from domain.marketing.draw_ledger import TicketSource
from domain.marketing.experience_event import (
    CHECK_IN_EARLY,
    EventBooking,
    EventCount,
    EventEntry,
    EventEntryKind,
    lets_in,
)
from domain.marketing.invitation import InvitationAnswer
from domain.shared.errors import Rejected

DOCUMENT_KIND = "event_check_in"


class EventOver(Rejected):
    en = "Event “{code}” ended at {ends_at}."
    zh = "活动“{code}”已于 {ends_at} 结束。"


class OnlyInvited(Rejected):
    en = "“{code}” is for members who are invited. Invite this member first."
    zh = "“{code}”仅限受邀会员，请先邀请该会员。"


class NoSeatsLeft(Rejected):
    en = "All {seats} seats of “{code}” are taken."
    zh = "“{code}”的 {seats} 个座位已订满。"


class SeatBooked(Rejected):
    en = "This member has a seat of “{code}” already."
    zh = "该会员已订“{code}”的座位。"


class NoSeatBooked(Rejected):
    en = "This member has no seat of “{code}”. Book one first."
    zh = "该会员未订“{code}”的座位，请先预订。"


class CheckedInAlready(Rejected):
    en = "This member has checked in to “{code}” already."
    zh = "该会员已签到“{code}”。"


class DoorsClosed(Rejected):
    en = "Members check in to “{code}” from {from_at} on and before {ends_at}."
    zh = "“{code}”的签到时间为 {from_at} 起至 {ends_at} 前。"


@dataclass(frozen=True, slots=True)
class BookSeat:
    event_code: str
    member_key: str


@dataclass(frozen=True, slots=True)
class CancelSeat:
    event_code: str
    member_key: str


@dataclass(frozen=True, slots=True)
class CheckIn:
    event_code: str
    member_key: str


@dataclass(frozen=True, slots=True)
class SeatsLeft:
    seats_left: int


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """What the check-in granted."""

    ticket_ids: Sequence[int]
    points: int
    points_balance: int


def book_seat(uow: UnitOfWork, command: BookSeat) -> SeatsLeft:
    """Books a seat for a member; never more than there are, because whoever books has locked the event.

    Raises UnknownEvent, UnknownMember, EventOver, SeatBooked, OnlyInvited and NoSeatsLeft.
    """
    found, place = coming_event(uow, command.event_code)
    member_id = held_member_id(uow, command.member_key)
    count = uow.experience_events.lock(found.event_id)
    if seat_of(uow, found, place, member_id).booked:
        raise SeatBooked("member_key", code=found.terms.code)
    if found.terms.invited_only and invitation_of(uow, found.event_id, member_id) is None:
        raise OnlyInvited("member_key", code=found.terms.code)
    if count.taken >= count.seats:
        raise NoSeatsLeft("event_code", code=found.terms.code, seats=count.seats)
    uow.invitations.answer(found.event_id, [member_id], InvitationAnswer.ACCEPTED, at=uow.now)
    uow.add(seat_entry(uow, found, place, member_id, EventEntryKind.BOOKED, booked=1))
    return SeatsLeft(count.seats - count.taken - 1)


def cancel_seat(uow: UnitOfWork, command: CancelSeat) -> SeatsLeft:
    """Gives a member's seat back. Raises as `book_seat`, NoSeatBooked and CheckedInAlready."""
    found, place = coming_event(uow, command.event_code)
    member_id = held_member_id(uow, command.member_key)
    count = uow.experience_events.lock(found.event_id)
    _check_seated(seat_of(uow, found, place, member_id), found.terms.code)
    return give_back(uow, found, place, member_id, count)


def give_back(uow: UnitOfWork, found: StoredEvent, place: Place, member_id: int, count: EventCount) -> SeatsLeft:
    """Takes a member's seat back, which they have; whoever has waited longest gets it."""
    uow.add(seat_entry(uow, found, place, member_id, EventEntryKind.CANCELLED, booked=-1))
    uow.invitations.answer(found.event_id, [member_id], InvitationAnswer.DECLINED, at=uow.now)
    return SeatsLeft(seat_waiting(uow, found, place, seats_left=count.seats - count.taken + 1))


def check_in(uow: UnitOfWork, command: CheckIn) -> CheckedIn:
    """Notes that a member with a seat is there, once, and grants what the event grants.

    From two hours before the beginning until the end. Raises UnknownEvent, UnknownMember, DoorsClosed, NoSeatBooked
    and CheckedInAlready.
    """
    uow.refresh()
    found = event_of(uow, command.event_code)
    event = found.terms
    if not lets_in(event, now=uow.now):
        raise DoorsClosed(
            "event_code",
            code=event.code,
            from_at=told(event.starts_at - CHECK_IN_EARLY),
            ends_at=told(event.ends_at),
        )
    place = place_in(uow, uow.chain.stores[found.store_id], field="event_code")
    member = locked_member(uow, command.member_key)
    uow.experience_events.lock(found.event_id)
    _check_seated(seat_of(uow, found, place, member.member_id), event.code)
    entry = seat_entry(
        uow,
        found,
        place,
        member.member_id,
        EventEntryKind.CHECKED_IN,
        checked_in=1,
        tickets=event.tickets,
        points=event.points,
    )
    uow.add(entry)
    ticket_ids = _grant(uow, found, member, place, entry)
    uow.publish(
        "MemberCheckedIn",
        entry.entry_id,
        {"event_code": event.code, "member_id": member.member_id, "store_id": found.store_id},
    )
    return CheckedIn(ticket_ids, event.points, member.points_balance)


def _grant(
    uow: UnitOfWork, found: StoredEvent, member: MemberAccount, place: Place, entry: EventEntry
) -> Sequence[int]:
    event = found.terms
    if event.points:
        value = award_points(uow, member, event.points, place, document_id=entry.entry_id)
        post_award(uow, place, document_kind=DOCUMENT_KIND, document_id=entry.entry_id, points_value_minor=value)
    if not event.draw_code:
        return ()
    draw = uow.draws.find(event.draw_code)
    # It was published when the event was put, and lasts longer.
    assert draw is not None
    return record_tickets(
        uow,
        draw.draw_id,
        member.member_id,
        [0] * event.tickets,
        source=TicketSource.EVENT,
        document_id=entry.entry_id,
        store=place.store,
        reason=event.code,
    )


def coming_event(uow: UnitOfWork, event_code: str) -> tuple[StoredEvent, Place]:
    """An event that is not over, and where it takes place; raises UnknownEvent and EventOver."""
    uow.refresh()
    found = event_of(uow, event_code)
    if uow.now >= found.terms.ends_at:
        raise EventOver("event_code", code=found.terms.code, ends_at=told(found.terms.ends_at))
    return found, place_in(uow, uow.chain.stores[found.store_id], field="event_code")


def _check_seated(booking: EventBooking, code: str) -> None:
    if not booking.booked:
        raise NoSeatBooked("member_key", code=code)
    if booking.checked_in:
        raise CheckedInAlready("member_key", code=code)
