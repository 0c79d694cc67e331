import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from adapters.sql.tables import loyalty, membership
from application.fields import InvalidDate, Missing, TextTooLong, TooMany
from application.membership.personal_fields import BornInFuture, InvalidPhone
from application.membership.queries import GetMember, get_member
from application.membership.register_member import (
    AlreadyMember,
    CardTaken,
    RegisterMember,
    RegisterMembers,
    StatedTwice,
    register_member,
    register_members,
)
from application.membership.views import PERSONAL, MemberView
from domain.membership.lifecycle import LifecycleState
from domain.membership.number import is_member_number
from tests.application.small_chain import NOON, S01, S02, SmallChain, terminal

LI = RegisterMember("李小明", "13800138000", "1990-02-28", "C-1", "till", "gold")


def nothing_stored(chain: SmallChain) -> bool:
    tables = membership.members, membership.member_keys, loyalty.points_accounts
    return [chain.rows(table) for table in tables] == [[], [], []]


@pytest.mark.capability("MEM-01")
def test_registers_a_member_at_a_till_for_every_store_at_once(chain):
    started = time.monotonic()
    registered = chain.write(register_member, LI, caller=terminal(S01))
    elsewhere = chain.read(get_member, GetMember(registered.member_number), caller=terminal(S02))
    assert time.monotonic() - started < 1
    assert (
        registered
        == elsewhere
        == MemberView(
            member_number=registered.member_number,
            name="李**",
            phone="138****8000",
            birthday="",
            tier="gold",
            cards=("C-1",),
            store_code="S01",
            source="till",
            registered_at=NOON,
            points_balance=0,
            segments=(),
            lifecycle=LifecycleState.NEW,
            lifecycle_since="2025-06-01",
        )
    )


def test_opens_a_points_account_of_zero(chain):
    chain.write(register_member, LI)
    [(member_id,)] = chain.rows(membership.members, "member_id")
    assert chain.rows(loyalty.points_accounts) == [(member_id, 0, 0, 0, False)]


def test_shows_personal_data_to_those_who_may_see_it(chain):
    registered = chain.write(register_member, LI, caller=terminal(S01, PERSONAL))
    assert (registered.name, registered.phone, registered.birthday) == ("李小明", "+8613800138000", "1990-02-28")


@pytest.mark.capability("SEC-03")
def test_stores_personal_data_encrypted_and_finds_it_by_a_keyed_digest(chain):
    registered = chain.write(register_member, LI)
    stored = repr(chain.rows(membership.members) + chain.rows(membership.member_keys))
    for secret in ("李小明", "李小明".encode(), "13800138000", "1990-02-28", "C-1"):
        assert (secret if isinstance(secret, str) else repr(secret)[2:-1]) not in stored
    assert chain.read(get_member, GetMember("13800138000")) == registered


@pytest.mark.capability("MEM-04")
def test_gives_simultaneous_registrations_different_numbers_with_check_digits(chain):
    with ThreadPoolExecutor(8) as threads:
        registered = list(threads.map(lambda _: chain.write(register_member, RegisterMember()), range(16)))
    numbers = {member.member_number for member in registered}
    assert len(numbers) == 16
    assert all(map(is_member_number, numbers))


def test_registers_one_phone_once_when_two_tills_do_it_at_the_same_time(chain):
    def register(_: int) -> MemberView | AlreadyMember:
        try:
            return chain.write(register_member, RegisterMember(phone="13800138000"))
        except AlreadyMember as refusal:
            return refusal

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(register, range(8)))
    [winner] = [outcome for outcome in outcomes if isinstance(outcome, MemberView)]
    losers = [outcome.details for outcome in outcomes if isinstance(outcome, AlreadyMember)]
    assert losers == [{"member_number": winner.member_number}] * 7
    assert chain.rows(membership.members, "member_number") == [(winner.member_number,)]


@pytest.mark.capability("MEM-13")
@pytest.mark.parametrize("phone", [" +86 138-0013-8000 ", "13800138000", "0086 138 0013 8000"])
def test_knows_a_phone_whatever_way_it_is_written(chain, phone):
    number = chain.write(register_member, LI).member_number
    with pytest.raises(AlreadyMember) as refused:
        chain.write(register_member, RegisterMember(phone=phone))
    assert refused.value.field == "phone"
    assert refused.value.message() == (
        f"This phone belongs to member {number} already. Use that member, or correct the phone."
    )
    assert chain.rows(membership.members, "member_number") == [(number,)]
    assert chain.rows(loyalty.points_accounts, "points_balance") == [(0,)]


def test_takes_a_foreign_phone_with_its_country_code(chain):
    member = chain.write(register_member, RegisterMember(phone="+1 (650) 253-0000"))
    assert member.phone == "+16502530000"


@pytest.mark.parametrize(
    ("command", "refusal", "field"),
    [
        (replace(LI, birthday="2025-02-30"), InvalidDate, "birthday"),
        (replace(LI, birthday="30.01.1990"), InvalidDate, "birthday"),
        (replace(LI, birthday="2025-06-02"), BornInFuture, "birthday"),
        (replace(LI, phone="12345"), InvalidPhone, "phone"),
        (replace(LI, phone="138****8000"), InvalidPhone, "phone"),
        (replace(LI, name="x" * 201), TextTooLong, "name"),
        (replace(LI, card="x" * 65), TextTooLong, "card"),
    ],
)
def test_refuses_what_cannot_be_true_and_stores_nothing(chain, command, refusal, field):
    with pytest.raises(refusal) as refused:
        chain.write(register_member, command)
    assert refused.value.field == field
    assert nothing_stored(chain)


def test_refuses_a_card_that_somebody_has(chain):
    number = chain.write(register_member, LI).member_number
    with pytest.raises(CardTaken) as refused:
        chain.write(register_member, RegisterMember(phone="13900139000", card=" C-1 "))
    assert (refused.value.field, refused.value.details) == ("card", {"member_number": number})
    assert chain.rows(membership.members, "member_number") == [(number,)]


def test_registers_thousands_at_once_with_as_many_statements_as_one(chain):
    def members(start: int, count: int) -> RegisterMembers:
        return RegisterMembers(
            tuple(
                RegisterMember(phone=f"138{number:08d}", card=f"C{number}", source="import")
                for number in range(start, start + count)
            )
        )

    assert chain.statements(register_members, members(0, 1)) == 8
    assert chain.statements(register_members, members(1, 2_000)) == 8
    assert len(chain.rows(membership.members)) == 2_001
    assert len(chain.rows(membership.member_keys)) == 6_003
    assert len(chain.rows(loyalty.points_accounts)) == 2_001


def test_answers_a_batch_with_the_numbers_in_its_order(chain):
    registered = chain.write(register_members, RegisterMembers((LI, RegisterMember(card="C-2"), RegisterMember())))
    found = [chain.read(get_member, GetMember(key)).member_number for key in ("C-1", "C-2")]
    assert list(registered.member_numbers[:2]) == found
    assert len(set(registered.member_numbers)) == 3


@pytest.mark.parametrize(
    ("members", "refusal", "field"),
    [
        ((RegisterMember(), replace(LI, card="")), AlreadyMember, "members[1].phone"),
        ((RegisterMember(), replace(LI, phone="")), CardTaken, "members[1].card"),
        ((RegisterMember(), RegisterMember(birthday="2025-02-30")), InvalidDate, "members[1].birthday"),
        (
            (RegisterMember(phone="13900139000"), RegisterMember(phone="+86 139 0013 9000")),
            StatedTwice,
            "members[1].phone",
        ),
        ((RegisterMember(card="C-2"), RegisterMember(), RegisterMember(card="C-2")), StatedTwice, "members[2].card"),
        ((), Missing, "members"),
        ((RegisterMember(),) * 10_001, TooMany, "members"),
    ],
)
def test_refuses_the_whole_batch_for_one_bad_row(chain, members, refusal, field):
    number = chain.write(register_member, LI).member_number
    with pytest.raises(refusal) as refused:
        chain.write(register_members, RegisterMembers(members))
    assert refused.value.field == field
    assert chain.rows(membership.members, "member_number") == [(number,)]
    assert len(chain.rows(membership.member_keys)) == 3
