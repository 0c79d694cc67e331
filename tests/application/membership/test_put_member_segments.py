import pytest

from adapters.sql.tables import membership
from application.fields import Missing, NamedTwice, SpaceAround, TooMany
from application.membership.put_member_segments import (
    MemberSegments,
    MemberSegmentsPut,
    PutMemberSegments,
    put_member_segments,
)
from application.membership.queries import GetMember, ListMembers, UnknownMember, get_member, list_members
from application.membership.register_member import RegisterMember, register_member
from tests.application.small_chain import SmallChain


@pytest.fixture
def numbers(chain: SmallChain) -> list[str]:
    """Numbers of two members, the first with a phone, the second with a card."""
    return [
        chain.write(register_member, RegisterMember(phone="13800138000")).member_number,
        chain.write(register_member, RegisterMember(card="C-2")).member_number,
    ]


def put(chain: SmallChain, *members: MemberSegments) -> MemberSegmentsPut:
    return chain.write(put_member_segments, PutMemberSegments(members))


def test_puts_members_into_segments_and_counts_what_was_different(chain, numbers):
    first, second = MemberSegments("138 0013 8000", ("new", "vip", "new")), MemberSegments("C-2", ("vip",))
    assert put(chain, second, first) == MemberSegmentsPut(2)
    assert chain.read(get_member, GetMember(numbers[0])).segments == ("new", "vip")
    listed = chain.read(list_members, ListMembers()).members
    assert {member.member_number: member.segments for member in listed} == {
        numbers[0]: ("new", "vip"),
        numbers[1]: ("vip",),
    }
    assert put(chain, first, MemberSegments("C-2", ("sleeping",))) == MemberSegmentsPut(1)
    assert put(chain, MemberSegments(numbers[0]), MemberSegments(numbers[1])) == MemberSegmentsPut(2)
    assert chain.read(get_member, GetMember(numbers[0])).segments == ()


@pytest.mark.parametrize(
    ("members", "refusal", "field"),
    [
        ((), Missing, "members"),
        ((MemberSegments("C-2"),) * 1_001, TooMany, "members"),
        ((MemberSegments("C-2"), MemberSegments(" ")), Missing, "members[1].member_key"),
        ((MemberSegments("C-2"), MemberSegments("C-3")), UnknownMember, "members[1].member_key"),
        ((MemberSegments("C-2"), MemberSegments("C-2")), NamedTwice, "members[1].member_key"),
        ((MemberSegments("C-2", ("vip", "")),), Missing, "members[0].segments[1]"),
        ((MemberSegments("C-2", (" vip",)),), SpaceAround, "members[0].segments[0]"),
        ((MemberSegments("C-2", tuple(map(str, range(101)))),), TooMany, "members[0].segments"),
    ],
)
def test_refuses_what_is_wrong_and_changes_nothing(chain, numbers, members, refusal, field):
    with pytest.raises(refusal) as refused:
        put(chain, *members)
    assert refused.value.field == field
    assert chain.rows(membership.members, "segments") == [([],), ([],)]


def test_knows_a_member_who_stands_in_a_request_under_two_keys(chain, numbers):
    with pytest.raises(NamedTwice) as refused:
        put(chain, MemberSegments(numbers[0], ("a",)), MemberSegments("13800138000", ("b",)))
    assert refused.value.field == "members[1].member_key"


def test_costs_as_many_statements_for_a_thousand_as_for_one(chain, numbers):
    command = PutMemberSegments((MemberSegments(numbers[0], ("a",)), MemberSegments(numbers[1], ("a",))))
    assert chain.statements(put_member_segments, command) == 3
