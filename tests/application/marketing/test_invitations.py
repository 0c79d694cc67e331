"""Members are invited, accept and decline; who finds no seat waits for the next, on both engines."""

import pytest

from application.marketing import invitations
from application.marketing.event_seats import BookSeat, CancelSeat, CheckIn, book_seat, cancel_seat, check_in
from application.marketing.invitations import (
    AnswerInvitation,
    InviteMembers,
    ListInvitations,
    answer_invitation,
    invite_members,
    list_invitations,
)
from application.marketing.put_event import PutEvent, put_event
from application.membership.import_members import ImportMembers, MemberRow, import_members
from application.membership.put_member_segments import MemberSegments, PutMemberSegments, put_member_segments
from domain.marketing.invitation import InvitationAnswer
from tests.application.marketing.test_experience_events import START, announce, event, refused
from tests.world import MEMBER

ACCEPTED, DECLINED, WAITING = InvitationAnswer.ACCEPTED, InvitationAnswer.DECLINED, InvitationAnswer.WAITING
OPEN = InvitationAnswer.OPEN


def members(world, count, tier="platinum"):
    """New members of a tier, by number."""
    rows = tuple(MemberRow(number, card=f"{tier}{number}", tier=tier) for number in range(2, count + 2))
    assert world.do(import_members, ImportMembers(rows)).registered == count
    return [
        number
        for (number,) in world.rows(f"SELECT member_number FROM members WHERE tier = '{tier}' ORDER BY member_id")
    ]


def invite(world, **whom):
    done = world.do(invite_members, InviteMembers("TASTING", **whom))
    return done.invited, done.invited_total


def answer(world, member, what):
    done = world.do(answer_invitation, AnswerInvitation("TASTING", member, what), world.s1)
    return done.answer, done.seats_left


def answers(world, *wanted):
    found = []
    token = ""
    while True:
        page = world.ask(list_invitations, ListInvitations("TASTING", *wanted, page_size=2, page_token=token))
        found += [(one.member_number, one.answer) for one in page.invitations]
        token = page.next_page_token
        if not token:
            return dict(found)


@pytest.mark.capability("LVL-13")
def test_fifty_platinum_members_are_invited_and_the_list_stays(world):
    announce(world, seats=100)
    platinum = members(world, 52)
    members(world, 3, tier="gold")
    assert invite(world, tier="platinum", invited_max=50) == (50, 50)
    assert set(answers(world)) == set(platinum[:50])
    told = world.rows("SELECT count(*) FROM outbox WHERE topic = 'MemberInvited'")
    assert told == [(50,)]
    # The list stays; another call invites those who are left.
    assert invite(world, tier="platinum", invited_max=50) == (2, 52)
    assert invite(world, tier="platinum") == (0, 52)


@pytest.mark.capability("LVL-13")
def test_answers_book_seats_and_the_waiting_list_moves_up(world):
    announce(world, seats=2)
    one, two, three, four = members(world, 4)
    invite(world, tier="platinum")
    assert answer(world, one, ACCEPTED) == (ACCEPTED, 1)
    assert answer(world, two, ACCEPTED) == (ACCEPTED, 0)
    world.clock.advance(minutes=1)
    assert answer(world, four, ACCEPTED) == (WAITING, 0)
    world.clock.advance(minutes=1)
    assert answer(world, three, ACCEPTED) == (WAITING, 0)
    # Asking again keeps the place in the queue.
    world.clock.advance(minutes=1)
    assert answer(world, four, ACCEPTED) == (WAITING, 0)
    assert answer(world, one, DECLINED) == (DECLINED, 0)
    assert answers(world) == {one: DECLINED, two: ACCEPTED, three: WAITING, four: ACCEPTED}
    assert answers(world, WAITING) == {three: WAITING}
    told = world.rows("SELECT subject_id FROM outbox WHERE topic = 'SeatFromWaitingList'")
    assert told == world.rows(f"SELECT member_id FROM members WHERE member_number = '{four}'")
    # The seat of a till and a seat that is added go to who waits, too.
    world.do(put_event, PutEvent(event(seats=3)))
    assert answers(world, WAITING) == {}
    assert answer(world, one, ACCEPTED) == (WAITING, 0)
    assert world.do(cancel_seat, CancelSeat("TASTING", two), world.s1).seats_left == 0
    assert answers(world) == {one: ACCEPTED, two: DECLINED, three: ACCEPTED, four: ACCEPTED}


@pytest.mark.capability("LVL-13")
def test_a_segment_is_walked_in_parts_and_members_are_named(world, monkeypatch):
    announce(world)
    monkeypatch.setattr(invitations, "LOOKED_AT_MAX", 2)
    one, two, three, four = members(world, 4)
    segments = tuple(MemberSegments(number, ("vip",)) for number in (one, three, four))
    world.do(put_member_segments, PutMemberSegments(segments))
    token, invited = "", []
    while True:
        done = world.do(invite_members, InviteMembers("TASTING", segment="vip", invited_max=1, page_token=token))
        invited.append(done.invited)
        token = done.next_page_token
        if not token:
            break
    assert sum(invited) == 3
    assert set(answers(world)) == {one, three, four}
    assert invite(world, member_keys=(two, one, MEMBER)) == (2, 5)


@pytest.mark.capability("LVL-13")
def test_only_who_is_invited_gets_a_seat_where_the_event_says_so(world):
    announce(world, invited_only=True)
    [one] = members(world, 1)
    assert refused(world, book_seat, BookSeat("TASTING", one), world.s1) == ("ONLY_INVITED", "member_key")
    invite(world, member_keys=(one,))
    assert world.do(book_seat, BookSeat("TASTING", one), world.s1).seats_left == 1
    assert answers(world) == {one: ACCEPTED}
    world.clock.now = START
    world.do(check_in, CheckIn("TASTING", one), world.s1)
    assert refused(world, answer_invitation, AnswerInvitation("TASTING", one, DECLINED), world.s1) == (
        "CHECKED_IN_ALREADY",
        "member_key",
    )


def test_who_has_a_seat_when_invited_has_accepted(world):
    announce(world)
    one, two = members(world, 2)
    world.do(book_seat, BookSeat("TASTING", one), world.s1)
    assert invite(world, tier="platinum") == (2, 2)
    assert answers(world) == {one: ACCEPTED, two: OPEN}
    assert answer(world, one, DECLINED) == (DECLINED, 2)


def test_what_is_wrong_is_refused_with_its_field(world, monkeypatch):
    announce(world)
    one, _ = members(world, 2)
    wrong = [
        (invite_members, InviteMembers("TASTING"), ("WHOM_TO_INVITE", "tier")),
        (invite_members, InviteMembers("TASTING", "gold", "vip"), ("WHOM_TO_INVITE", "tier")),
        (invite_members, InviteMembers("NONE", "gold"), ("UNKNOWN_EVENT", "event_code")),
        (invite_members, InviteMembers("TASTING", member_keys=(one, "?")), ("UNKNOWN_MEMBER", "member_keys[1]")),
        (invite_members, InviteMembers("TASTING", "gold", invited_max=501), ("OUT_OF_RANGE", "invited_max")),
        (answer_invitation, AnswerInvitation("TASTING", one, OPEN), ("ACCEPT_OR_DECLINE", "answer")),
        (answer_invitation, AnswerInvitation("TASTING", one, ACCEPTED), ("NOT_INVITED", "member_key")),
    ]
    for use_case, command, reason in wrong:
        assert refused(world, use_case, command) == reason
    monkeypatch.setattr(invitations, "INVITED_MAX", 1)
    assert refused(world, invite_members, InviteMembers("TASTING", "platinum")) == ("TOO_MANY_INVITED", "event_code")
    world.clock.now = event().ends_at
    assert refused(world, invite_members, InviteMembers("TASTING", "platinum")) == ("EVENT_OVER", "event_code")
    assert (answers(world), world.count("event_invitations")) == ({}, 0)


def test_an_accepted_invitation_without_a_seat_is_found(world):
    announce(world)
    [one] = members(world, 1)
    invite(world, tier="platinum")
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event_invitations SET answer = 'accepted'")
    assert [found for found in world.broken() if "event_invitations" in found] != []
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event_invitations SET answer = 'open'")
    assert answers(world) == {one: OPEN}
