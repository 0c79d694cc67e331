from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.sql.tables import membership
from application.fields import Missing, TextTooLong
from application.membership.personal_fields import InvalidPhone
from application.membership.queries import GetMember, KeyOrIdentity, UnknownMember, get_member
from application.membership.register_member import AlreadyMember, RegisterMember, register_member
from application.membership.register_online import (
    IdentityTaken,
    RegisteredOnline,
    RegisterOnline,
    TooManyIdentities,
    register_online,
)
from application.scope import UnknownStore
from tests.application.small_chain import S01, SmallChain, terminal

OPEN_ID = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
ONLINE = RegisterOnline("WECHAT_MP", OPEN_ID, "138 0013 8000", "李小明", "1990-02-28", "web", "E1")


def register(chain: SmallChain, command: RegisterOnline = ONLINE) -> RegisteredOnline:
    registered: RegisteredOnline = chain.write(register_online, command)
    return registered


@pytest.mark.capability("MEM-02")
def test_links_the_member_of_a_store_who_has_the_phone_and_makes_no_second_one(chain):
    at_till = chain.write(register_member, RegisterMember("李明", "13800138000", card="C-1"), caller=terminal(S01))
    answer = register(chain)
    assert answer.linked
    member = answer.member
    assert (member.member_number, member.name, member.store_code) == (at_till.member_number, "李明", "S01")
    assert (member.channel, member.channels, member.cards) == ("", ("WECHAT_MP",), ("C-1",))
    by_identity = chain.read(get_member, GetMember(channel="WECHAT_MP", identity=OPEN_ID))
    assert by_identity == chain.read(get_member, GetMember("13800138000")) == member
    assert chain.rows(membership.members, "member_number") == [(at_till.member_number,)]
    # At a till the phone stays refused, with the number.
    with pytest.raises(AlreadyMember) as refused:
        chain.write(register_member, RegisterMember(phone="13800138000", channel="WECHAT_MP"), caller=terminal(S01))
    assert refused.value.details == {"member_number": at_till.member_number}


@pytest.mark.capability("MEM-02")
def test_registers_who_is_new_and_knows_them_again_by_the_identity_alone(chain):
    new = register(chain)
    assert (new.linked, new.member.channel, new.member.source, new.member.campaign_code) == (
        False, "WECHAT_MP", "web", "E1",
    )  # fmt: skip
    again = register(chain, RegisterOnline("WECHAT_MP", OPEN_ID))
    assert (again.linked, again.member) == (True, new.member)
    # The same text is somebody else in another channel.
    other = register(chain, RegisterOnline("ALIPAY_MP", OPEN_ID))
    assert (other.linked, other.member.member_number != new.member.member_number) == (False, True)
    assert len(chain.rows(membership.members)) == 2


def test_stores_identities_encrypted(chain):
    register(chain)
    assert OPEN_ID not in repr(chain.rows(membership.members) + chain.rows(membership.member_keys))
    with pytest.raises(UnknownMember):
        chain.read(get_member, GetMember(OPEN_ID))


def test_two_registrations_at_once_make_one_member(chain):
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: register(chain), range(6)))
    assert len({answer.member.member_number for answer in answers}) == 1
    assert sorted(answer.linked for answer in answers) == [False] + [True] * 5
    assert len(chain.rows(membership.members)) == 1


def test_refuses_an_identity_and_a_phone_of_two_members(chain):
    first = register(chain).member.member_number
    second = chain.write(register_member, RegisterMember(phone="13900139000")).member_number
    before = chain.rows(membership.member_keys)
    with pytest.raises(IdentityTaken) as refused:
        register(chain, RegisterOnline("WECHAT_MP", OPEN_ID, "13900139000"))
    assert refused.value.details == {"member_number": first, "other_number": second}
    assert chain.rows(membership.member_keys) == before


@pytest.mark.parametrize(
    ("command", "refusal", "field"),
    [
        (RegisterOnline("", OPEN_ID), Missing, "channel"),
        (RegisterOnline("WEB"), Missing, "phone"),
        (RegisterOnline("WEB", phone="12"), InvalidPhone, "phone"),
        (RegisterOnline("WEB", "x" * 65), TextTooLong, "identity"),
        (RegisterOnline("WEB", "x", store_code="S77"), UnknownStore, "store_code"),
    ],
)
def test_refuses_what_is_incomplete_and_stores_nothing(chain, command, refusal, field):
    with pytest.raises(refusal) as refused:
        register(chain, command)
    assert refused.value.field == field
    assert chain.rows(membership.members) == chain.rows(membership.member_keys) == []


def test_refuses_more_identities_than_are_kept(chain):
    for count in range(20):
        register(chain, RegisterOnline("WEB", f"id-{count}", "13800138000"))
    with pytest.raises(TooManyIdentities):
        register(chain, RegisterOnline("WEB", "id-20", "13800138000"))
    assert chain.read(get_member, GetMember("13800138000")).channels == ("WEB",)


def test_a_member_is_named_by_a_key_or_an_identity(chain):
    for query, refusal, field in (
        (GetMember(), Missing, "member_key"),
        (GetMember("1", "WEB", "x"), KeyOrIdentity, "identity"),
        (GetMember("", "", "x"), Missing, "channel"),
        (GetMember("", "WEB", "x"), UnknownMember, "identity"),
    ):
        with pytest.raises(refusal) as refused:
            chain.read(get_member, query)
        assert refused.value.field == field
