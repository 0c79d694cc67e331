"""Follow-ups: opened once for what happened, due in days, claimed, closed once with a note, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from application.care import follow_ups
from application.care.follow_up_plans import PutFollowUpPlans, TooManyPlans, TriggerFixed, put_follow_up_plans
from application.care.follow_up_queries import FollowUpOrFilter, ListFollowUps, list_follow_ups
from application.care.follow_ups import (
    AlreadyOpened,
    ClaimFollowUp,
    CloseFollowUp,
    DuePast,
    FollowUpOver,
    FollowUpTaken,
    FollowUpTooLong,
    OpenFollowUp,
    PlanOpensItself,
    StaffNeeded,
    UnknownAssignee,
    UnknownFollowUp,
    UnknownFollowUpPlan,
    claim_follow_up,
    close_follow_up,
    open_follow_up,
)
from application.fields import Missing, OutOfRange
from application.identity.staff import PutStaff, put_staff
from application.identity.views import StaffView
from application.membership.merge_members import MergeMembers, merge_members
from application.membership.move_lifecycles import MoveLifecycles, move_lifecycles
from application.membership.register_member import RegisterMember, register_member
from application.scope import WholeChainOnly
from domain.care.follow_up import FollowUpOutcome, FollowUpPlace, FollowUpPlan, FollowUpState, FollowUpTrigger
from domain.identity.organisation import SYSTEM, ScopeKind
from tests.world import MEMBER, OPENING, Till

WELCOME = FollowUpPlan(
    "WELCOME", FollowUpTrigger.FIRST_PURCHASE, 7, "Ask how they like it.", "询问使用感受。", FollowUpPlace.PURCHASE
)
MISSED = FollowUpPlan("MISSED", FollowUpTrigger.DORMANT, 3, "Ask why.", "询问原因。")
SERVICE = FollowUpPlan("SERVICE", FollowUpTrigger.BY_HAND, 2, "Ask again.", "再次询问。")


@pytest.fixture
def desk(world):
    world.do(put_follow_up_plans, PutFollowUpPlans((WELCOME, MISSED, SERVICE)))
    return world


def run(world):
    while not world.do(move_lifecycles, MoveLifecycles()).finished:
        pass


def buy(world, member=MEMBER, till=None):
    return world.sell(Till().line("WRAP").member(member).cash(300).command, till)


def tasks(world, caller=SYSTEM, **query):
    found, token = [], ""
    while True:
        page = world.ask(list_follow_ups, ListFollowUps(**query, page_size=2, page_token=token), caller)
        found += page.follow_ups
        token = page.next_page_token
        if not token:
            return found


def by_hand(world, caller=None, **options):
    command = OpenFollowUp(**{"member_key": MEMBER, "text": "Ring them up.", "due_date": "2026-11-25", **options})
    return world.do(open_follow_up, command, caller or world.s1).follow_up_id


def signed_in(world, code="ANNA"):
    world.do(put_staff, PutStaff(StaffView(code, code.title(), "cashier", ScopeKind.STORE, "S1", active=True)))
    with world.units.read(caller=SYSTEM, now=world.clock()) as uow:
        uow.refresh()
        staff_id = next(number for number, known in uow.chain.staff_codes.items() if known == code)
    return replace(world.s1, staff_id=staff_id, staff_code=code)


def close(world, task, outcome=FollowUpOutcome.REACHED, caller=None):
    command = CloseFollowUp(task, outcome, "Likes the tea.")
    return world.do(close_follow_up, command, caller or world.s1).overdue


@pytest.mark.capability("MEM-17")
@pytest.mark.capability("SVC-07")
def test_a_task_is_due_7_days_after_the_first_purchase_and_closed_with_a_note(desk):
    buy(desk)
    run(desk)
    [task] = tasks(desk, desk.s1)
    assert (task.plan_code, task.text, task.store_code, task.occurred_date, task.due_date, task.overdue) == (
        "WELCOME", "Ask how they like it.", "S1", "2026-11-22", "2026-11-29", False
    )  # fmt: skip
    buy(desk)
    run(desk)
    assert len(tasks(desk)) == 1
    desk.clock.now = OPENING + timedelta(days=8)
    assert tasks(desk, replace(desk.s1, language="zh"))[0].text == "询问使用感受。"
    assert close(desk, task.follow_up_id) is True
    assert tasks(desk) == []
    [closed] = tasks(desk, member_key=MEMBER)
    assert (closed.state, closed.outcome, closed.overdue) == (FollowUpState.CLOSED, FollowUpOutcome.REACHED, True)
    assert [(one.kind.value, one.text, one.by) for one in closed.entries] == [
        ("opened", "", "system"),
        ("closed", "Likes the tea.", "T1"),
    ]
    with pytest.raises(FollowUpOver):
        close(desk, task.follow_up_id)
    assert [one.follow_up_id for one in tasks(desk, state=FollowUpState.CLOSED)] == [task.follow_up_id]
    topics = desk.rows("SELECT topic FROM outbox WHERE topic IN ('FollowUpOpened', 'FollowUpClosed') ORDER BY event_id")
    assert topics == [("FollowUpOpened",), ("FollowUpClosed",)]
    stored = desk.rows("SELECT text_cipher FROM follow_up_entries")
    assert not any(b"tea" in bytes(cipher) for (cipher,) in stored)


@pytest.mark.capability("MEM-17")
def test_who_falls_dormant_is_followed_up_each_time_and_who_is_taken_in_late_is_not(desk):
    old = desk.do(register_member, RegisterMember(card="OLD"), desk.s2)
    buy(desk, "OLD")
    desk.clock.now = OPENING + timedelta(days=200)
    run(desk)
    # Long over: the first purchase is too old to ask, and who is dormant from the start has not just become so.
    assert tasks(desk) == []
    buy(desk, "OLD")
    run(desk)
    desk.clock.now = OPENING + timedelta(days=290)
    run(desk)
    run(desk)
    [missed] = tasks(desk)
    assert (missed.plan_code, missed.member_number, missed.store_code) == ("MISSED", old.member_number, "S2")
    buy(desk, "OLD")
    run(desk)
    desk.clock.now = OPENING + timedelta(days=380)
    run(desk)
    assert [one.plan_code for one in tasks(desk, member_key="OLD")] == ["MISSED", "MISSED"]


def test_tasks_are_opened_by_hand_with_a_plan_or_a_text(desk):
    by_hand(desk)
    planned = by_hand(desk, plan_code="SERVICE", text="", due_date="")
    [first, second] = tasks(desk)
    assert (first.follow_up_id, first.due_date, first.text) == (planned, "2026-11-24", "Ask again.")
    assert (second.due_date, second.text, second.store_code) == ("2026-11-25", "Ring them up.", "S1")
    for wrong, refusal in (
        ({"plan_code": "SERVICE", "text": ""}, AlreadyOpened),
        ({"plan_code": "WELCOME"}, PlanOpensItself),
        ({"plan_code": "NONE"}, UnknownFollowUpPlan),
        ({"due_date": "2026-11-21"}, DuePast),
        ({"due_date": ""}, Missing),
        ({"text": ""}, Missing),
        ({"staff_code": "NOBODY"}, UnknownAssignee),
    ):
        with pytest.raises(refusal):
            by_hand(desk, **wrong)
    assert desk.count("follow_ups") == 2


def test_of_several_who_open_a_planned_task_at_once_one_does(desk):
    def attempt(_):
        try:
            return by_hand(desk, plan_code="SERVICE", due_date="")
        except AlreadyOpened:
            return None

    with ThreadPoolExecutor(4) as tills:
        opened = [task for task in tills.map(attempt, range(4)) if task is not None]
    assert [one.follow_up_id for one in tasks(desk)] == opened


def test_a_task_is_claimed_by_one_and_handed_over_by_name(desk, monkeypatch):
    anna, ben = signed_in(desk), signed_in(desk, "BEN")
    task = by_hand(desk)

    def claim(caller, staff_code=""):
        return desk.do(claim_follow_up, ClaimFollowUp(task, staff_code), caller).staff_code

    with pytest.raises(StaffNeeded):
        claim(desk.s1)
    assert (claim(anna), claim(anna)) == ("ANNA", "ANNA")
    with pytest.raises(FollowUpTaken):
        claim(ben)
    assert claim(ben, "BEN") == "BEN"
    [shown] = tasks(desk, staff_code="BEN")
    assert [(one.kind.value, one.by) for one in shown.entries] == [
        ("opened", "T1"),
        ("claimed", "ANNA"),
        ("claimed", "BEN"),
    ]
    assert tasks(desk, staff_code="ANNA") == []
    monkeypatch.setattr(follow_ups, "ENTRIES_MAX", 4)
    with pytest.raises(FollowUpTooLong):
        claim(anna, "ANNA")
    assert close(desk, task, FollowUpOutcome.CANCELLED, ben) is False


def test_a_store_sees_its_own_tasks_by_day(desk):
    mine = by_hand(desk)
    later = by_hand(desk, due_date="2026-11-27", text="Later")
    theirs = by_hand(desk, desk.s2)
    of_hq = by_hand(desk, SYSTEM)
    assert [one.follow_up_id for one in tasks(desk, desk.s1)] == [mine, later]
    assert [one.follow_up_id for one in tasks(desk)] == [mine, theirs, of_hq, later]
    assert [one.follow_up_id for one in tasks(desk, store_code="S2")] == [theirs]
    assert [one.follow_up_id for one in tasks(desk, desk.s1, until_date="2026-11-25")] == [mine]
    assert [one.follow_up_id for one in tasks(desk, desk.s1, follow_up_id=later)] == [later]
    both = replace(desk.s1, store_ids=desk.s1.store_ids | desk.s2.store_ids)
    assert [one.follow_up_id for one in tasks(desk, both)] == [mine, theirs, later]
    for hidden in (theirs, of_hq):
        with pytest.raises(UnknownFollowUp):
            tasks(desk, desk.s1, follow_up_id=hidden)
        with pytest.raises(UnknownFollowUp):
            close(desk, hidden)
    with pytest.raises(FollowUpOrFilter):
        tasks(desk, member_key=MEMBER, store_code="S1")


def test_tasks_of_a_merged_file_are_shown_under_the_survivor(desk):
    desk.do(register_member, RegisterMember(card="OTHER"))
    buy(desk, "OTHER")
    run(desk)
    desk.once(merge_members, MergeMembers(MEMBER, "OTHER", "One person", "S1"), SYSTEM)
    run(desk)
    [task] = tasks(desk, member_key=MEMBER)
    assert task.plan_code == "WELCOME"
    assert [one.member_number for one in tasks(desk)] == [task.member_number]
    assert desk.rows(f"SELECT count(*) FROM members WHERE member_number = '{task.member_number}'"
                     " AND merged_into IS NULL") == [(1,)]  # fmt: skip
    close(desk, task.follow_up_id)


def test_plans_are_changed_by_code_and_keep_their_trigger(desk):
    assert desk.do(put_follow_up_plans, PutFollowUpPlans((replace(WELCOME, ended=True),))).created == 0
    buy(desk)
    run(desk)
    assert tasks(desk) == []
    with pytest.raises(TriggerFixed):
        desk.do(put_follow_up_plans, PutFollowUpPlans((replace(MISSED, trigger=FollowUpTrigger.BY_HAND),)))
    with pytest.raises(OutOfRange):
        desk.do(put_follow_up_plans, PutFollowUpPlans((replace(MISSED, days=366),)))
    with pytest.raises(WholeChainOnly):
        desk.do(put_follow_up_plans, PutFollowUpPlans((MISSED,)), desk.s1)
    with pytest.raises(TooManyPlans):
        desk.do(put_follow_up_plans, PutFollowUpPlans(tuple(replace(SERVICE, code=f"P{n}") for n in range(98))))
    assert desk.count("follow_up_plans") == 3
