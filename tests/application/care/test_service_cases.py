"""Service cases: the tier decides how urgent a complaint is, and lists tell what is due, on both engines."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.care import service_cases
from application.care.service_cases import (
    AnswerServiceCase,
    CaseClosed,
    CaseOrMember,
    CaseTooLong,
    ListServiceCases,
    OpenServiceCase,
    UnknownCase,
    answer_service_case,
    list_service_cases,
    open_service_case,
)
from application.fields import Missing, OutOfRange, TextTooLong
from application.membership.tier_programme import PutTierProgramme, put_tier_programme
from application.named_members import UnknownMember
from application.scope import UnknownStore
from domain.care.service_case import CaseState
from domain.membership.tier import Tier, TierProgramme
from tests.world import MEMBER, OPENING

VIP = Tier("vip", "VIP", "贵宾", spend_minor=1, case_priority=1, case_hours=2)
PROGRAMME = TierProgramme("CNY", (Tier("member", "Member", "会员"), VIP))


@pytest.fixture
def desk(world):
    world.do(put_tier_programme, PutTierProgramme(PROGRAMME))
    return world


def complain(world, member=MEMBER, caller=None, **place):
    command = OpenServiceCase("Cold tea", "The tea was cold.", member, **place)
    return world.do(open_service_case, command, caller or world.s1)


def answer(world, case, closes=False):
    done = world.do(answer_service_case, AnswerServiceCase(case.case_id, "We are sorry.", closes), world.s1)
    return done.state, done.overdue


def due(world, caller=None, **query):
    found, token = [], ""
    while True:
        page = world.ask(
            list_service_cases, ListServiceCases(**query, page_size=2, page_token=token), caller or world.s1
        )
        found += page.cases
        token = page.next_page_token
        if not token:
            return found


@pytest.mark.capability("LVL-10")
def test_a_complaint_of_a_vip_is_of_priority_1_and_due_in_two_hours(desk):
    plain = complain(desk)
    assert (plain.priority, plain.due_at) == (3, OPENING + timedelta(hours=48))
    desk.set_tier("vip")
    vip = complain(desk)
    assert (vip.priority, vip.due_at) == (1, OPENING + timedelta(hours=2))
    desk.set("service_case_hours", "1")
    nobody = complain(desk, member="")
    assert (nobody.priority, nobody.due_at) == (3, OPENING + timedelta(hours=1))
    # What is due first stands first, and each case keeps the tier and the deadline of its beginning.
    assert [(one.case_id, one.tier, one.overdue) for one in due(desk)] == [
        (nobody.case_id, "", False),
        (vip.case_id, "vip", False),
        (plain.case_id, "", False),
    ]
    desk.clock.now = OPENING + timedelta(hours=2)
    assert [one.overdue for one in due(desk)] == [True, True, False]


@pytest.mark.capability("LVL-10")
def test_a_case_is_answered_and_closed_and_its_entries_stay(desk):
    case = complain(desk)
    desk.clock.advance(hours=47)
    assert answer(desk, case) == (CaseState.ANSWERED, False)
    desk.clock.advance(hours=47)
    # The first answer was in time, whenever it is closed.
    assert answer(desk, case, closes=True) == (CaseState.CLOSED, False)
    assert due(desk) == []
    [kept] = due(desk, member_key=MEMBER)
    assert (kept.state, kept.subject, kept.entries) == (CaseState.CLOSED, "Cold tea", [])
    [shown] = due(desk, case_id=case.case_id)
    assert [(one.kind.value, one.text, one.by) for one in shown.entries] == [
        ("opened", "The tea was cold.", "T1"),
        ("answered", "We are sorry.", "T1"),
        ("closed", "We are sorry.", "T1"),
    ]
    with pytest.raises(CaseClosed):
        answer(desk, case)
    late = complain(desk)
    desk.clock.advance(hours=48)
    assert answer(desk, late, closes=True) == (CaseState.CLOSED, True)
    topics = desk.rows(
        "SELECT topic, count(*) FROM outbox WHERE topic IN ('ServiceCaseOpened', 'ServiceCaseAnswered',"
        " 'ServiceCaseClosed') GROUP BY topic ORDER BY topic"
    )
    assert topics == [("ServiceCaseAnswered", 1), ("ServiceCaseClosed", 2), ("ServiceCaseOpened", 2)]


@pytest.mark.capability("LVL-10")
def test_a_store_sees_its_own_cases_and_head_office_all(desk):
    here, there = complain(desk), complain(desk, caller=desk.s2)
    office = desk.do(open_service_case, OpenServiceCase("Hotline", "On the phone."))
    assert [one.case_id for one in due(desk)] == [here.case_id]
    assert [one.case_id for one in due(desk, desk.s2, member_key=MEMBER)] == [there.case_id]
    all_of_them = desk.ask(list_service_cases, ListServiceCases()).cases
    assert {one.case_id: one.store_code for one in all_of_them} == {
        here.case_id: "S1",
        there.case_id: "S2",
        office.case_id: "",
    }
    for case in (there, office):
        with pytest.raises(UnknownCase):
            answer(desk, case)
        with pytest.raises(UnknownCase):
            due(desk, case_id=case.case_id)


def test_what_is_wrong_is_refused_with_its_field(desk, monkeypatch):
    case = complain(desk)
    for command, refusal, field in (
        (OpenServiceCase("", "text"), Missing, "subject"),
        (OpenServiceCase("Tea", " "), Missing, "text"),
        (OpenServiceCase("Tea", "x" * 2_001), TextTooLong, "text"),
        (OpenServiceCase("Tea", "cold", "?"), UnknownMember, "member_key"),
        (OpenServiceCase("Tea", "cold", store_code="S2"), UnknownStore, "store_code"),
    ):
        with pytest.raises(refusal) as refused:
            desk.do(open_service_case, command, desk.s1)
        assert refused.value.field == field
    with pytest.raises(CaseOrMember):
        due(desk, case_id=case.case_id, member_key=MEMBER)
    with pytest.raises(OutOfRange) as refused:
        wrong = replace(PROGRAMME, tiers=(replace(VIP, case_priority=6),))
        desk.do(put_tier_programme, PutTierProgramme(wrong))
    assert refused.value.field == "programme.tiers[0].case_priority"
    monkeypatch.setattr(service_cases, "ENTRIES_MAX", 3)
    answer(desk, case)
    with pytest.raises(CaseTooLong):
        answer(desk, case)
    assert answer(desk, case, closes=True) == (CaseState.CLOSED, False)
    assert (desk.count("service_cases"), desk.count("case_entries")) == (1, 3)


def test_what_was_said_is_not_readable_in_the_database_and_a_wrong_state_is_found(desk):
    complain(desk)
    stored = str(desk.rows("SELECT * FROM service_cases") + desk.rows("SELECT * FROM case_entries"))
    assert "cold" not in stored.lower()
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE service_cases SET state = 'answered'")
    assert [found for found in desk.broken() if found.startswith("CARE")] != []
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE service_cases SET state = 'open'")
