"""Members are invited to experience events, and answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.fields import TooMany, optional_code, within
from application.marketing.event_seats import (
    CheckedInAlready,
    coming_event,
    give_back,
)
from application.marketing.put_event import event_of
from application.marketing.seating import invitation_of, seat_entry, seat_of
from application.marketing.taking_part import held_member_id
from application.named_members import member_ids_of
from application.paging import next_token, page, token_of
from application.ports.kernel import UnitOfWork
from domain.marketing.experience_event import EventEntryKind
from domain.marketing.invitation import InvitationAnswer
from domain.shared.errors import Invalid, Rejected

INVITED_AT_ONCE_MAX: Final = 500
INVITED_MAX: Final = 5_000
LOOKED_AT_MAX: Final = 2_000
"""How many members one call looks at for a segment, which no index knows."""


class WhomToInvite(Invalid):
    en = "Say whom to invite: a tier, a segment or members by their keys, one of the three."
    zh = "请说明邀请对象：等级、分群或会员列表，三者选一。"


class TooManyInvited(Rejected):
    en = "{invited} members are invited to “{code}”; with these there would be more than {invited_max}."
    zh = "“{code}”已邀请 {invited} 名会员，加上本次将超过 {invited_max} 名。"


class NotInvited(Rejected):
    en = "This member is not invited to “{code}”."
    zh = "该会员未获邀参加“{code}”。"


class AcceptOrDecline(Invalid):
    en = "Say whether the member accepts or declines."
    zh = "请说明会员接受还是谢绝。"


@dataclass(frozen=True, slots=True)
class InviteMembers:
    """Up to `invited_max` members of a tier or a segment, or those with `member_keys`; `page_token` carries on."""

    event_code: str
    tier: str = ""
    segment: str = ""
    member_keys: tuple[str, ...] = ()
    invited_max: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class MembersInvited:
    """How many were invited now, and how many are in all; `next_page_token` where more may be in the segment."""

    invited: int
    invited_total: int
    next_page_token: str


@dataclass(frozen=True, slots=True)
class AnswerInvitation:
    event_code: str
    member_key: str
    answer: InvitationAnswer | None = None


@dataclass(frozen=True, slots=True)
class InvitationAnswered:
    """What the answer has come to: WAITING where all seats are taken."""

    answer: InvitationAnswer
    seats_left: int


@dataclass(frozen=True, slots=True)
class ListInvitations:
    event_code: str
    answer: InvitationAnswer | None = None
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class InvitationView:
    member_number: str
    answer: InvitationAnswer
    invited_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationPage:
    invitations: Sequence[InvitationView]
    next_page_token: str


def invite_members(uow: UnitOfWork, command: InviteMembers) -> MembersInvited:
    """Invites members who are not invited yet: the list is that of this moment, whatever becomes of tier and segment.

    Of a tier or segment those come first who joined first. Raises UnknownEvent, EventOver, WhomToInvite, UnknownMember
    and TooManyInvited.
    """
    tier, segment = optional_code(command.tier, field="tier"), optional_code(command.segment, field="segment")
    if [bool(tier), bool(segment), bool(command.member_keys)].count(True) != 1:
        raise WhomToInvite("tier")
    if len(command.member_keys) > INVITED_AT_ONCE_MAX:
        raise TooMany("member_keys", count=len(command.member_keys), count_max=INVITED_AT_ONCE_MAX)
    limit = within(command.invited_max, 0, INVITED_AT_ONCE_MAX, field="invited_max") or INVITED_AT_ONCE_MAX
    after = page(0, command.page_token, key=(int,)).after
    found, _ = coming_event(uow, command.event_code)
    uow.experience_events.lock(found.event_id)
    token = ""
    if tier:
        members = uow.invitations.of_tier(found.event_id, tier, limit=limit)
    elif segment:
        members, last = uow.invitations.in_segment(segment, after=after[0] if after else 0, looked_at_max=LOOKED_AT_MAX)
        if len(members) > limit:
            members, last = members[:limit], members[limit - 1]
        token = token_of((last,)) if last else ""
    else:
        members = member_ids_of(uow, command.member_keys)
    uow.members.hold(members)
    before = uow.invitations.count(found.event_id)
    new = uow.invitations.invite(found.event_id, members, at=uow.now)
    if before + len(new) > INVITED_MAX:
        raise TooManyInvited("event_code", invited=before, code=found.terms.code, invited_max=INVITED_MAX)
    for member_id in new:
        uow.publish("MemberInvited", member_id, {"event_code": found.terms.code, "member_id": member_id})
    return MembersInvited(len(new), before + len(new), token)


def answer_invitation(uow: UnitOfWork, command: AnswerInvitation) -> InvitationAnswered:
    """Notes what an invited member answers, and books or gives back the seat; who finds none waits for the next.

    The same answer again changes nothing. Raises UnknownEvent, EventOver, UnknownMember, AcceptOrDecline, NotInvited
    and CheckedInAlready.
    """
    if command.answer not in (InvitationAnswer.ACCEPTED, InvitationAnswer.DECLINED):
        raise AcceptOrDecline("answer")
    found, place = coming_event(uow, command.event_code)
    event_id, code = found.event_id, found.terms.code
    member_id = held_member_id(uow, command.member_key)
    count = uow.experience_events.lock(event_id)
    booking = seat_of(uow, found, place, member_id)
    invitation = invitation_of(uow, event_id, member_id)
    if invitation is None:
        raise NotInvited("member_key", code=code)
    left = count.seats - count.taken
    if command.answer is InvitationAnswer.DECLINED:
        if booking.checked_in:
            raise CheckedInAlready("member_key", code=code)
        if booking.booked:
            return InvitationAnswered(command.answer, give_back(uow, found, place, member_id, count).seats_left)
        if invitation.answer is not command.answer:
            uow.invitations.answer(event_id, [member_id], command.answer, at=uow.now)
        return InvitationAnswered(command.answer, left)
    if booking.booked:
        return InvitationAnswered(InvitationAnswer.ACCEPTED, left)
    answer = InvitationAnswer.ACCEPTED if left else InvitationAnswer.WAITING
    if left:
        uow.add(seat_entry(uow, found, place, member_id, EventEntryKind.BOOKED, booked=1))
    # Who waits already keeps the place in the queue.
    if invitation.answer is not answer:
        uow.invitations.answer(event_id, [member_id], answer, at=uow.now)
    return InvitationAnswered(answer, left - 1 if left else 0)


def list_invitations(uow: UnitOfWork, query: ListInvitations) -> InvitationPage:
    """Who is invited to an event and what they have answered, who joined first coming first; raises UnknownEvent."""
    asked = page(query.page_size, query.page_token, key=(int,))
    found = event_of(uow, query.event_code)
    rows = uow.invitations.list_of(
        found.event_id, answer=query.answer, after=asked.after[0] if asked.after else 0, limit=asked.limit + 1
    )
    token = next_token(rows, asked.limit, lambda row: (row.invitation.member_id,))
    return InvitationPage(
        [
            InvitationView(
                row.member_number, row.invitation.answer, row.invitation.invited_at, row.invitation.answered_at
            )
            for row in rows[: asked.limit]
        ],
        token,
    )
