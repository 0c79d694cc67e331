"""What is written for a member at the very moment of a merge is the survivor's, on both engines."""

from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from application.care.service_cases import OpenServiceCase, open_service_case
from application.marketing.event_seats import BookSeat, book_seat
from application.marketing.put_event import PutEvent, put_event
from application.membership.merge_members import MergeMembers, merge_members
from application.membership.put_member_segments import MemberSegments, PutMemberSegments, put_member_segments
from application.membership.register_member import RegisterMember, register_member
from application.wallet.credit import SetCreditLimit, set_credit_limit
from domain.identity.organisation import SYSTEM
from domain.marketing.experience_event import ExperienceEvent
from tests.world import MEMBER, World

OTHER = "13900139000"


@pytest.mark.capability("MEM-12")
def test_who_waits_for_a_merge_writes_for_the_survivor(world: World) -> None:
    world.do(register_member, RegisterMember(phone=OTHER))
    starts_at = world.clock() + timedelta(days=1)
    event = ExperienceEvent("TASTING", "Tasting", "品鉴会", "S1", starts_at, starts_at + timedelta(hours=2), seats=5)
    world.do(put_event, PutEvent(event))
    writes = [
        (book_seat, BookSeat("TASTING", OTHER)),
        (put_member_segments, PutMemberSegments((MemberSegments(OTHER, ("vip",)),))),
        (set_credit_limit, SetCreditLimit(OTHER, 5_000, "Regular", "S1")),
        (open_service_case, OpenServiceCase("Broken cup", "It leaks.", OTHER)),
    ]
    problems: list[Exception] = []

    def write(use_case: Any, command: Any) -> None:
        try:
            world.do(use_case, command)
        except Exception as error:  # noqa: BLE001 -- told below, not swallowed by a thread
            problems.append(error)

    threads = [Thread(target=write, args=one) for one in writes]
    with world.units.begin(caller=SYSTEM, now=world.clock(), request_id=str(uuid4())) as uow:
        merge_members(uow, MergeMembers(MEMBER, OTHER, "One person", "S1"))
        for thread in threads:
            thread.start()
        # Until all of them have found whom the key leads to, and wait for the file.
        threads[0].join(0.3)
        uow.commit()
    for thread in threads:
        thread.join(60)
    assert problems == []
    [(survivor,), _] = world.rows("SELECT member_id FROM members ORDER BY member_id")
    for table in ("event_bookings", "credit_accounts", "service_cases"):
        assert world.rows(f"SELECT member_id FROM {table}") == [(survivor,)]
    segments = world.rows("SELECT segments FROM members ORDER BY member_id")
    assert ["vip" in found for (found,) in segments] == [True, False]
