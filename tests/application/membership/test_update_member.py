import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.sql.tables import membership
from application.fields import InvalidDate, Missing, NamedTwice, TextTooLong, TooMany
from application.membership.personal_fields import BornInFuture, InvalidEmail, InvalidPhone
from application.membership.queries import (
    GetMember,
    ListMemberChanges,
    UnknownMember,
    get_member,
    list_member_changes,
)
from application.membership.register_member import AlreadyMember, RegisterMember, register_member
from application.membership.update_member import FieldNotNamed, UnknownField, UpdateMember, update_member
from application.membership.views import PERSONAL
from domain.membership.member import MemberField, Sex
from tests.application.small_chain import NOON, S01, S02, SmallChain, terminal

LI = RegisterMember(
    "李小明", "13800138000", "1990-06-02", "C-1", sex=Sex.MALE, occupation="教师", email="li@example.com"
)


@pytest.fixture
def number(chain: SmallChain) -> str:
    return str(chain.write(register_member, LI).member_number)


@pytest.mark.capability("MEM-05")
def test_keeps_basic_data_and_derives_the_age(chain, number):
    member = chain.read(get_member, GetMember(number), now=NOON)
    assert (member.sex, member.occupation, member.email, member.age) == (Sex.MALE, "教师", "li@example.com", 34)
    assert chain.read(get_member, GetMember(number), now=NOON + timedelta(days=1)).age == 35
    masked = chain.read(get_member, GetMember(number), caller=terminal(S02))
    assert (masked.sex, masked.occupation, masked.email, masked.age) == (None, "", "", 0)
    assert not any("age" in column.name.split("_") for column in membership.members.c)


@pytest.mark.capability("MEM-10")
def test_a_phone_changed_in_one_store_is_read_in_another_at_once(chain, number):
    started = time.monotonic()
    command = UpdateMember("C-1", ("phone",), phone="139 0013 9000")
    chain.write(update_member, command, caller=terminal(S01))
    read = chain.read(get_member, GetMember("13900139000"), caller=terminal(S02, PERSONAL))
    assert time.monotonic() - started < 2
    assert (read.member_number, read.phone) == (number, "+8613900139000")
    with pytest.raises(UnknownMember):
        chain.read(get_member, GetMember("13800138000"))
    # Whoever has the old number now may join with it.
    assert chain.write(register_member, RegisterMember(phone="13800138000")).member_number != number


def test_says_who_changed_what_and_when_newest_first(chain, number):
    first = UpdateMember("C-1", ("name", "email", "occupation"), name="李明", occupation="教师")
    chain.write(update_member, first, caller=terminal(S01))
    later = NOON + timedelta(minutes=1)
    chain.write(update_member, UpdateMember(number, ("email",), email="ming@example.com"), now=later)
    page = chain.read(list_member_changes, ListMemberChanges("C-1", page_size=2))
    rest = chain.read(list_member_changes, ListMemberChanges("C-1", page_token=page.next_page_token))
    assert [(one.field, one.before, one.after, one.changed_at) for one in (*page.changes, *rest.changes)] == [
        (MemberField.EMAIL, "", "ming@example.com", later),
        (MemberField.EMAIL, "li@example.com", "", NOON),
        (MemberField.NAME, "李小明", "李明", NOON),
    ]
    assert (len(page.changes), rest.next_page_token) == (2, "")
    assert [one.changed_by for one in rest.changes] == [""]


def test_stores_what_was_known_before_encrypted(chain, number):
    chain.write(update_member, UpdateMember(number, ("email", "name"), name="李明"))
    stored = repr(chain.rows(membership.members) + chain.rows(membership.member_changes))
    for secret in ("李小明", "李明", "li@example.com", "教师"):
        assert secret not in stored
        assert repr(secret.encode())[2:-1] not in stored


def test_changes_nothing_when_nothing_is_different(chain, number):
    before = chain.rows(membership.members)
    command = UpdateMember(number, ("phone", "sex"), phone="+86 13800138000", sex=Sex.MALE)
    assert chain.write(update_member, command).sex is Sex.MALE
    assert (chain.rows(membership.members), chain.rows(membership.member_changes)) == (before, [])


@pytest.mark.parametrize(
    ("command", "refusal", "field"),
    [
        (UpdateMember("C-1", ("birthday",), birthday="2025-02-30"), InvalidDate, "birthday"),
        (UpdateMember("C-1", ("birthday",), birthday="2025-06-02"), BornInFuture, "birthday"),
        (UpdateMember("C-1", ("phone",), phone="12"), InvalidPhone, "phone"),
        (UpdateMember("C-1", ("email",), email="li@example"), InvalidEmail, "email"),
        (UpdateMember("C-1", ("email",), email="a b@example.com"), InvalidEmail, "email"),
        (UpdateMember("C-1", ("occupation",), occupation="x" * 65), TextTooLong, "occupation"),
        (UpdateMember("C-1"), Missing, "fields"),
        (UpdateMember("C-1", ("name",) * 7), TooMany, "fields"),
        (UpdateMember("C-1", ("name", "tier")), UnknownField, "fields[1]"),
        (UpdateMember("C-1", ("name", "name")), NamedTwice, "fields[1]"),
        (UpdateMember("C-1", ("name",), email="li@example.com"), FieldNotNamed, "email"),
        (UpdateMember("C-9", ("name",)), UnknownMember, "member_key"),
    ],
)
def test_refuses_what_is_wrong_and_changes_nothing(chain, number, command, refusal, field):
    before = chain.rows(membership.members)
    with pytest.raises(refusal) as refused:
        chain.write(update_member, command)
    assert refused.value.field == field
    assert (chain.rows(membership.members), chain.rows(membership.member_changes)) == (before, [])


def test_refuses_the_phone_of_another_member_and_keeps_the_own_one(chain, number):
    other = chain.write(register_member, RegisterMember(phone="13900139000")).member_number
    with pytest.raises(AlreadyMember) as refused:
        chain.write(update_member, UpdateMember("C-1", ("phone",), phone="13900139000"))
    assert (refused.value.field, refused.value.details) == ("phone", {"member_number": other})
    assert chain.read(get_member, GetMember("13800138000")).member_number == number


def test_two_who_change_a_member_at_once_leave_a_history_without_gaps(chain, number):
    names = [f"N{index}" for index in range(6)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda name: chain.write(update_member, UpdateMember("C-1", ("name",), name=name)), names))
    steps = {(one.before, one.after) for one in chain.read(list_member_changes, ListMemberChanges("C-1")).changes}
    last = chain.read(get_member, GetMember("C-1")).name
    assert {after for _, after in steps} == set(names)
    # Every value but the last is what another change began with.
    assert {before for before, _ in steps} == {"李小明", *names} - {last}


def test_registration_refuses_what_an_update_refuses(chain):
    with pytest.raises(InvalidEmail) as refused:
        chain.write(register_member, replace(LI, email="li"))
    assert refused.value.field == "email"
    assert chain.rows(membership.members) == []
