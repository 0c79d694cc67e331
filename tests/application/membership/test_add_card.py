import pytest

from adapters.sql.tables import membership
from application.fields import Missing
from application.membership.add_card import AddCard, TooManyCards, add_card
from application.membership.queries import GetMember, UnknownMember, get_member
from application.membership.register_member import CardTaken, RegisterMember, register_member
from tests.application.small_chain import S01, SmallChain, terminal


@pytest.fixture
def number(chain: SmallChain) -> str:
    """Number of a member with a phone and the card C-1."""
    return chain.write(register_member, RegisterMember(phone="13800138000", card="C-1")).member_number


@pytest.mark.capability("MEM-14")
def test_finds_the_same_member_by_card_code_phone_and_number(chain, number):
    with_card = chain.write(add_card, AddCard("13800138000", "QR:7f3a"), caller=terminal(S01))
    assert with_card.cards == ("C-1", "QR:7f3a")
    for key in ("C-1", " QR:7f3a ", "13800138000", "+86 138-0013-8000", number):
        assert chain.read(get_member, GetMember(key)).member_number == number


def test_changes_nothing_when_the_member_has_the_card(chain, number):
    before = chain.rows(membership.member_keys)
    assert chain.write(add_card, AddCard(number, "C-1")).cards == ("C-1",)
    assert chain.rows(membership.member_keys) == before


def test_refuses_a_card_that_would_lead_to_another_member(chain, number):
    other = chain.write(register_member, RegisterMember()).member_number
    before = chain.rows(membership.member_keys)
    for card in ("C-1", number, "138 0013 8000"):
        with pytest.raises(CardTaken) as refused:
            chain.write(add_card, AddCard(other, card))
        assert (refused.value.field, refused.value.details) == ("card", {"member_number": number})
    assert chain.rows(membership.member_keys) == before


@pytest.mark.parametrize(
    ("command", "refusal", "field"),
    [
        (AddCard("C-9", "C-2"), UnknownMember, "member_key"),
        (AddCard("", "C-2"), Missing, "member_key"),
        (AddCard("C-1", " "), Missing, "card"),
    ],
)
def test_refuses_what_is_incomplete(chain, number, command, refusal, field):
    before = chain.rows(membership.member_keys)
    with pytest.raises(refusal) as refused:
        chain.write(add_card, command)
    assert refused.value.field == field
    assert chain.rows(membership.member_keys) == before


def test_refuses_more_than_twenty_cards(chain, number):
    for count in range(2, 21):
        chain.write(add_card, AddCard(number, f"C-{count}"))
    with pytest.raises(TooManyCards) as refused:
        chain.write(add_card, AddCard(number, "C-21"))
    assert refused.value.message() == "This member has 20 cards; at most 20 are kept."
    assert len(chain.read(get_member, GetMember(number)).cards) == 20
