"""What members consent to: nothing by itself, each purpose by its own, withdrawn as easily as given."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.membership.consents import (
    ConsentState,
    GivenConsent,
    ListConsents,
    RecordConsent,
    list_consents,
    record_consent,
)
from application.membership.erase_member import EraseMember, erase_member
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.membership.register_online import RegisterOnline, register_online
from domain.identity.organisation import SYSTEM
from domain.shared.errors import Refusal
from tests.world import MEMBER, World

pytestmark = pytest.mark.capability("SEC-05")
OTHER = "13900139000"
SMS, PROFILING = "marketing_sms", "profiling"


@pytest.fixture(autouse=True)
def two_purposes(world: World) -> None:
    world.set("consent_purposes", f"{SMS}:2,{PROFILING}:1")


def record(world: World, purpose: str = SMS, *, member: str = MEMBER, caller: Any = SYSTEM, **more: Any) -> bool:
    version = {SMS: 2, PROFILING: 1}.get(purpose, 1)
    command = RecordConsent(member, purpose, **{"given": True, "text_version": version, **more})
    world.clock.advance(minutes=1)
    return bool(world.once(record_consent, command, caller).changed)


def given(world: World, member: str = MEMBER) -> dict[str, bool]:
    return {state.purpose: state.given for state in world.ask(list_consents, ListConsents(member)).current}


def allowed(world: World, *purposes: str) -> dict[int, list[str]]:
    """Who may be contacted for which of these purposes, of all members."""
    with world.units.read(caller=SYSTEM, now=world.clock()) as uow:
        before = uow.round_trips
        members = [member_id for (member_id,) in world.rows("SELECT member_id FROM members")]
        found = {key: list(value) for key, value in uow.consents.allowed(members, purposes).items()}
        assert uow.round_trips - before == 1
        return found


def refused(world: World, use_case: Any, command: Any) -> tuple[str, str]:
    before = world.count("consent_entries"), world.count("members")
    with pytest.raises(Refusal) as refusal:
        world.once(use_case, command, SYSTEM)
    assert refusal.value.message("zh") != refusal.value.message("en")
    assert (world.count("consent_entries"), world.count("members")) == before
    return refusal.value.reason, refusal.value.field


def test_nobody_agrees_by_itself_and_each_decision_stays(world: World):
    assert given(world) == {SMS: False, PROFILING: False}
    assert record(world, channel="till", evidence="Form 7")
    own = replace(world.s1, member_number="1")
    assert record(world, given=False, text_version=0, caller=own)
    # Said again, it changes nothing.
    assert not record(world, given=False, text_version=0)
    assert record(world, PROFILING)
    found = world.ask(list_consents, ListConsents(MEMBER))
    assert found.current == [
        ConsentState(SMS, False, 2, 0, world.clock() - timedelta(minutes=2)),
        ConsentState(PROFILING, True, 1, 1, world.clock()),
    ]
    assert [(one.purpose, one.given, one.text_version, one.channel, one.evidence, one.by_member, one.by)
            for one in found.entries] == [
        (PROFILING, True, 1, "", "", False, "system"), (SMS, False, 0, "", "", True, "T1"),
        (SMS, True, 2, "till", "Form 7", False, "system"),
    ]  # fmt: skip
    pages = [world.ask(list_consents, ListConsents(MEMBER, 2))]
    pages.append(world.ask(list_consents, ListConsents(MEMBER, 2, pages[0].next_page_token)))
    assert [one for page in pages for one in page.entries] == found.entries
    assert pages[1].next_page_token == ""


def test_agrees_to_the_text_in_force_only_and_is_asked_again_for_a_new_one(world: World):
    assert refused(world, record_consent, RecordConsent(MEMBER, SMS, True, 1)) == ("TEXT_OUTDATED", "text_version")
    assert refused(world, record_consent, RecordConsent(MEMBER, "walk", True, 1)) == ("UNKNOWN_PURPOSE", "purpose")
    assert refused(world, record_consent, RecordConsent(MEMBER, "walk")) == ("UNKNOWN_PURPOSE", "purpose")
    assert record(world)
    world.set("consent_purposes", f"{SMS}:3")
    [state] = world.ask(list_consents, ListConsents(MEMBER)).current
    assert (state.given, state.text_version, state.given_version) == (True, 3, 2)
    assert record(world, text_version=3)
    world.set("consent_purposes", "none")
    # What nobody is asked about any more may still be withdrawn.
    assert record(world, given=False, text_version=0)
    assert given(world) == {SMS: False}


def test_a_guardian_agrees_for_who_is_younger_than_14(world: World):
    young = RegisterMember(phone=OTHER, birthday="2015-01-01", consents=(GivenConsent(SMS, 2),))
    assert refused(world, register_member, young) == ("GUARDIAN_NEEDED", "consents[0].by_guardian")
    world.do(register_member, replace(young, consents=(GivenConsent(SMS, 2, "Form 8", by_guardian=True),)))
    assert given(world, OTHER) == {SMS: True, PROFILING: False}
    assert record(world, member=OTHER, given=False, text_version=0)
    alone = RecordConsent(OTHER, SMS, True, 2)
    assert refused(world, record_consent, alone) == ("GUARDIAN_NEEDED", "by_guardian")


def test_who_joins_says_what_they_agree_to_at_once(world: World):
    agreed = (GivenConsent(SMS, 2), GivenConsent(PROFILING, 1))
    twice = RegisterMember(phone=OTHER, consents=(*agreed, GivenConsent(SMS, 2)))
    assert refused(world, register_member, twice) == ("NAMED_TWICE", "consents[2].purpose")
    world.do(register_member, RegisterMember(phone=OTHER, consents=agreed[:1]))
    assert given(world, OTHER) == {SMS: True, PROFILING: False}
    # Who was a member before agrees through the channel too, to what is new.
    assert world.do(register_online, RegisterOnline("APP", phone=OTHER, consents=agreed)).linked
    entries = world.ask(list_consents, ListConsents(OTHER)).entries
    assert [(one.purpose, one.channel) for one in entries] == [(PROFILING, "APP"), (SMS, "")]


def test_a_withdrawal_of_either_file_wins_until_they_are_two_again(world: World):
    world.do(register_member, RegisterMember(phone=OTHER))
    record(world), record(world, member=OTHER, given=False, text_version=0)
    record(world, PROFILING, member=OTHER)
    assert len(allowed(world, SMS, PROFILING)) == 2
    merged = world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), SYSTEM)
    assert given(world) == {SMS: False, PROFILING: True}
    assert list(allowed(world, SMS, PROFILING).values()) == [[PROFILING]]
    world.clock.advance(minutes=1)
    world.once(undo_member_merge, UndoMemberMerge(merged.merge_id, "Two persons"), SYSTEM)
    assert (given(world), given(world, OTHER)) == (
        {SMS: True, PROFILING: False}, {SMS: False, PROFILING: True},
    )  # fmt: skip


def test_what_was_decided_after_a_merge_outlives_its_undoing(world: World):
    world.do(register_member, RegisterMember(phone=OTHER))
    record(world, member=OTHER, given=False, text_version=0)
    merged = world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), SYSTEM)
    record(world)
    world.once(undo_member_merge, UndoMemberMerge(merged.merge_id, "Two persons"), SYSTEM)
    assert given(world) == {SMS: True, PROFILING: False}


def test_who_is_erased_is_contacted_no_more_and_what_proves_consent_stays(world: World):
    record(world)
    assert list(allowed(world, SMS).values()) == [[SMS]]
    world.once(erase_member, EraseMember(MEMBER, "Asked for it"), SYSTEM)
    assert (allowed(world, SMS), world.count("consent_entries")) == ({}, 1)
