"""Seats and invitations of merged files at events, on both engines."""

from datetime import timedelta
from typing import Any

import pytest

from application.marketing.event_seats import BookSeat, CancelSeat, CheckIn, book_seat, cancel_seat, check_in
from application.marketing.invitations import AnswerInvitation, InviteMembers, answer_invitation, invite_members
from application.marketing.put_event import PutEvent, put_event
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from domain.identity.organisation import SYSTEM
from domain.marketing.experience_event import ExperienceEvent
from domain.marketing.invitation import InvitationAnswer
from domain.shared.errors import Refusal
from tests.world import MEMBER, World

OTHER, THIRD = "13900139000", "13700137000"


@pytest.fixture
def three(world: World) -> World:
    """Two events that begin in an hour, TASTING for anybody and GALA, with one seat, for who is invited."""
    for phone in (OTHER, THIRD):
        world.do(register_member, RegisterMember(phone=phone))
    start, end = world.clock() + timedelta(hours=1), world.clock() + timedelta(hours=3)
    for event in (
        ExperienceEvent("TASTING", "Tasting", "品鉴会", "S1", start, end, seats=5),
        ExperienceEvent("GALA", "Gala", "晚宴", "S1", start, end, seats=1, invited_only=True),
    ):
        world.do(put_event, PutEvent(event))
    return world


def merge(world: World) -> int:
    return int(world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), SYSTEM).merge_id)


def undo(world: World, merge_id: int) -> None:
    world.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), SYSTEM)


def refused(world: World, use_case: Any, command: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        world.do(use_case, command)
    return refusal.value.reason


@pytest.mark.capability("MEM-12")
def test_a_seat_of_the_file_lets_the_survivor_in_and_one_that_was_not_used_is_the_files(three: World) -> None:
    three.do(book_seat, BookSeat("TASTING", OTHER))
    undo(three, merge(three))
    merge_id = merge(three)
    assert refused(three, book_seat, BookSeat("TASTING", MEMBER)) == "SEAT_BOOKED"
    three.do(check_in, CheckIn("TASTING", MEMBER))
    assert refused(three, check_in, CheckIn("TASTING", OTHER)) == "CHECKED_IN_ALREADY"
    undo(three, merge_id)
    # Who was there was the survivor.
    assert refused(three, check_in, CheckIn("TASTING", OTHER)) == "NO_SEAT_BOOKED"
    three.do(book_seat, BookSeat("TASTING", THIRD))
    three.do(check_in, CheckIn("TASTING", THIRD))
    three.once(merge_members, MergeMembers(OTHER, THIRD, "One person", "S1"), SYSTEM)
    # Who was there under a file was there.
    assert refused(three, check_in, CheckIn("TASTING", OTHER)) == "CHECKED_IN_ALREADY"


@pytest.mark.capability("MEM-12")
def test_an_invitation_of_the_file_and_its_place_in_the_queue_are_the_survivors(three: World) -> None:
    three.do(invite_members, InviteMembers("GALA", member_keys=(OTHER, THIRD)))
    three.do(answer_invitation, AnswerInvitation("GALA", THIRD, InvitationAnswer.ACCEPTED))
    three.do(answer_invitation, AnswerInvitation("GALA", OTHER, InvitationAnswer.ACCEPTED))
    assert refused(three, book_seat, BookSeat("GALA", MEMBER)) == "ONLY_INVITED"
    merge(three)
    three.do(answer_invitation, AnswerInvitation("GALA", MEMBER, InvitationAnswer.ACCEPTED))
    three.do(cancel_seat, CancelSeat("GALA", THIRD))
    three.do(check_in, CheckIn("GALA", MEMBER))
