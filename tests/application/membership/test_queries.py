import pytest

from application.fields import Missing, TextTooLong, UnusableCharacter
from application.masking import masked_name, masked_phone
from application.membership.add_card import AddCard, add_card
from application.membership.queries import GetMember, ListMembers, UnknownMember, get_member, list_members
from application.membership.register_member import RegisterMember, RegisterMembers, register_member, register_members
from application.paging import InvalidPageToken
from tests.application.small_chain import S01, S02, terminal


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        ("13800138000", UnknownMember),
        ("00000018", UnknownMember),
        ("", Missing),
        ("x" * 65, TextTooLong),
        ("a\0b", UnusableCharacter),
    ],
)
def test_says_what_is_wrong_with_a_key(chain, key, refusal):
    with pytest.raises(refusal) as refused:
        chain.read(get_member, GetMember(key))
    assert refused.value.field == "member_key"


def test_shows_a_change_made_in_one_store_in_every_other(chain):
    number = chain.write(register_member, RegisterMember(phone="13800138000"), caller=terminal(S01)).member_number
    chain.write(add_card, AddCard(number, "C-1"), caller=terminal(S01))
    assert chain.read(get_member, GetMember("13800138000"), caller=terminal(S02)).cards == ("C-1",)


def test_lists_members_by_number_page_by_page(chain):
    people = RegisterMembers(tuple(RegisterMember(name=f"Member {i}", card=f"C-{i}") for i in range(3)))
    numbers = list(chain.write(register_members, people).member_numbers)
    first = chain.read(list_members, ListMembers(page_size=2), caller=terminal(S02))
    assert [(member.member_number, member.name, member.cards) for member in first.members] == [
        (numbers[0], "M**", ("C-0",)),
        (numbers[1], "M**", ("C-1",)),
    ]
    second = chain.read(list_members, ListMembers(2, first.next_page_token))
    assert [(member.member_number, member.name) for member in second.members] == [(numbers[2], "Member 2")]
    assert second.next_page_token == ""
    with pytest.raises(InvalidPageToken):
        chain.read(list_members, ListMembers(2, "x"))


def test_takes_as_many_statements_for_a_full_page_as_for_one_member(chain):
    chain.write(register_members, RegisterMembers((RegisterMember(),) * 600))
    assert chain.statements(list_members, ListMembers(page_size=1)) == 3
    assert chain.statements(list_members, ListMembers(page_size=500)) == 3


def test_masks_what_is_short_as_well(chain):
    assert [masked_name(name) for name in ("李小明", "A", "")] == ["李**", "A**", ""]
    assert [masked_phone(phone) for phone in ("+8613800138000", "+16502530000", "")] == [
        "138****8000",
        "165****0000",
        "",
    ]
