from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from adapters.sql.tables import membership
from application.check import run_checks
from application.fields import Missing
from application.membership.add_card import AddCard, add_card
from application.membership.cards import (
    BlockCard,
    ListCardEvents,
    ReplaceCard,
    SameCard,
    UnblockCard,
    UnknownCard,
    block_card,
    list_card_events,
    replace_card,
    unblock_card,
)
from application.membership.queries import GetMember, ListMemberChanges, get_member, list_member_changes
from application.membership.register_member import CardTaken, RegisterMember, register_member
from domain.identity.organisation import SYSTEM
from domain.membership.card import CardBlocked, CardEventKind, CardNotBlocked, CardReplaced
from tests.application.small_chain import NOON, S01, SmallChain, terminal


@pytest.fixture
def number(chain: SmallChain) -> str:
    """Number of a member with a phone and the card C-1."""
    return str(chain.write(register_member, RegisterMember(phone="13800138000", card="C-1")).member_number)


def broken(chain: SmallChain, *tampering: str) -> list[str]:
    """What the invariant of cards finds in a transaction that tampers and is then undone."""
    with chain.units.begin(caller=SYSTEM, now=NOON) as uow:
        for statement in tampering:
            uow.execute(text(statement))
        return [found for one in run_checks(uow) if one.id == "MEM-cards" for found in one.violations]


@pytest.mark.capability("MEM-14")
def test_a_replaced_card_leads_to_nobody_and_says_why(chain, number):
    member = chain.write(replace_card, ReplaceCard("C-1", "C-2", "磨损"), caller=terminal(S01))
    assert (member.member_number, member.cards) == (number, ("C-2",))
    assert chain.read(get_member, GetMember("C-2")).member_number == number
    for query, asked in ((get_member, GetMember("C-1")), (list_member_changes, ListMemberChanges("C-1"))):
        with pytest.raises(CardReplaced) as refused:
            chain.read(query, asked)
        assert (refused.value.field, refused.value.details["reason"]) == ("member_key", "磨损")
    with pytest.raises(CardReplaced):
        chain.write(unblock_card, UnblockCard("C-1", "found"))
    assert broken(chain) == []


@pytest.mark.capability("MEM-14")
def test_a_blocked_card_leads_to_nobody_until_it_is_unblocked(chain, number):
    assert chain.write(block_card, BlockCard(" C-1 ", "lost")).cards == ()
    with pytest.raises(CardBlocked) as refused:
        chain.read(get_member, GetMember("C-1"))
    assert refused.value.message() == "This card is blocked: lost. Unblock it, or replace it."
    assert chain.read(get_member, GetMember("13800138000")).cards == ()
    with pytest.raises(CardBlocked):
        chain.write(block_card, BlockCard("C-1", "again"))
    assert chain.write(unblock_card, UnblockCard("C-1", "found")).cards == ("C-1",)
    assert chain.read(get_member, GetMember("C-1")).member_number == number
    with pytest.raises(CardNotBlocked):
        chain.write(unblock_card, UnblockCard("C-1", "found"))
    assert broken(chain) == []


def test_a_blocked_card_can_be_replaced(chain, number):
    chain.write(block_card, BlockCard("C-1", "lost"))
    assert chain.write(replace_card, ReplaceCard("C-1", "C-2", "lost")).cards == ("C-2",)
    assert broken(chain) == []


def test_lists_what_happened_newest_first(chain, number):
    for minutes, (use_case, command) in enumerate(
        ((block_card, BlockCard("C-1", "lost")), (replace_card, ReplaceCard("C-1", "C-2", "gone"))), start=1
    ):
        chain.write(use_case, command, caller=SYSTEM, now=NOON + timedelta(minutes=minutes))
    first = chain.read(list_card_events, ListCardEvents(number, page_size=3))
    rest = chain.read(list_card_events, ListCardEvents(number, page_token=first.next_page_token))
    assert [(one.card, one.kind, one.reason, one.by) for one in (*first.events, *rest.events)] == [
        ("C-2", CardEventKind.ISSUED, "", "system"),
        ("C-1", CardEventKind.REPLACED, "gone", "system"),
        ("C-1", CardEventKind.BLOCKED, "lost", "system"),
        ("C-1", CardEventKind.ISSUED, "", ""),
    ]
    assert (len(first.events), rest.next_page_token) == (3, "")


def test_a_card_that_was_handed_out_is_never_handed_out_again(chain, number):
    chain.write(replace_card, ReplaceCard("C-1", "C-2", "worn"))
    chain.write(block_card, BlockCard("C-2", "lost"))
    other = chain.write(register_member, RegisterMember(phone="13900139000")).member_number
    before = chain.rows(membership.member_keys), chain.rows(membership.member_card_events)
    for card in ("C-1", "C-2"):
        for use_case, command, field in (
            (add_card, AddCard(other, card), "card"),
            (add_card, AddCard(number, card), "card"),
            (register_member, RegisterMember(card=card), "card"),
        ):
            with pytest.raises(CardTaken) as refused:
                chain.write(use_case, command)
            assert (refused.value.field, refused.value.details) == (field, {"member_number": number})
    assert (chain.rows(membership.member_keys), chain.rows(membership.member_card_events)) == before


@pytest.mark.parametrize(
    ("use_case", "command", "refusal", "field"),
    [
        (block_card, BlockCard("C-9", "lost"), UnknownCard, "card"),
        (block_card, BlockCard("C-1", " "), Missing, "reason"),
        (unblock_card, UnblockCard(" ", "found"), Missing, "card"),
        (replace_card, ReplaceCard("C-1", "", "worn"), Missing, "new_card"),
        (replace_card, ReplaceCard("C-1", " C-1", "worn"), SameCard, "new_card"),
        (replace_card, ReplaceCard("C-1", "C-3", "worn"), CardTaken, "new_card"),
    ],
)
def test_refuses_what_cannot_be_and_changes_no_card(chain, number, use_case, command, refusal, field):
    chain.write(register_member, RegisterMember(card="C-3"))
    before = [chain.rows(table) for table in (membership.member_keys, membership.member_cards)]
    with pytest.raises(refusal) as refused:
        chain.write(use_case, command)
    assert refused.value.field == field
    assert [chain.rows(table) for table in (membership.member_keys, membership.member_cards)] == before


def test_of_several_who_replace_one_card_at_once_one_does(chain, number):
    def replaced(index: int) -> bool:
        try:
            chain.write(replace_card, ReplaceCard("C-1", f"N-{index}", "worn"))
        except CardReplaced:
            return False
        return True

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(replaced, range(5))) == [False] * 4 + [True]
    assert len(chain.read(get_member, GetMember(number)).cards) == 1
    assert broken(chain) == []


def test_the_invariant_names_members_whose_cards_were_tampered_with(chain, number):
    [(member_id,)] = chain.rows(membership.members, "member_id")
    row = f"member_cards member_id={member_id}"
    assert broken(chain, "UPDATE member_cards SET state = 'blocked'") == [
        f"{row}: rows of member_keys 1, active cards with their row of member_keys 0; "
        "cards as their last event says 0, cards with events 1"
    ]
    assert broken(chain, "DELETE FROM member_keys WHERE kind = 'card'") == [
        f"{row}: active cards 1, active cards with their row of member_keys 0"
    ]
