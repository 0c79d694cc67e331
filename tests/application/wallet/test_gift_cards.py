"""Gift cards: issued, sold, opened with a PIN, used in parts, refunded, and blocked."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from application.check import run_checks
from application.sales.preparing import Checkout
from application.sales.refund import RefundSale, VoidSale, void_sale
from application.sales.tender import Tender
from application.wallet.gift_card_queries import GetGiftCard, ListGiftCards, get_gift_card, list_gift_cards
from application.wallet.gift_cards import (
    BlockGiftCard,
    IssueGiftCards,
    SellGiftCard,
    UnblockGiftCard,
    UnknownGiftCard,
    WrongGiftCardOrPin,
    block_gift_card,
    issue_gift_cards,
    sell_gift_card,
    unblock_gift_card,
)
from domain.identity.organisation import SYSTEM
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from domain.wallet.gift_card import GiftCardBlocked, GiftCardNotBlocked, GiftCardNotSold, GiftCardReason
from tests.application.wallet.cards import balance, issue, open_card, paid_by, sold
from tests.world import OPENING, Till, World


def bought(till: Till, *tenders: Tender) -> Checkout:
    return replace(till.command, tenders=(*tenders, *till.command.tenders))


def refused(world: World, command: Checkout) -> tuple[str, str]:
    """Why a sale is refused; nothing of it is written."""
    before = world.counts()
    with pytest.raises(Refusal) as why:
        world.sell(command)
    assert world.counts() == before
    return why.value.reason, why.value.field


@pytest.mark.capability("SAL-02")
def test_a_card_is_sold_without_revenue_and_used_in_parts(world: World) -> None:
    [card] = issue(world)
    with pytest.raises(GiftCardNotSold):
        open_card(world, card)
    done = world.do(sell_gift_card, SellGiftCard(card.code.lower(), 10_000, TenderKind.CARD, "A1"), world.s1)
    assert (done.card.balance_minor, done.card.sold, done.card.hint) == (10_000, True, f"…{card.code[-4:]}")
    ledger = world.ledger()
    assert (ledger["101201"], ledger["220504"], ledger.get("6001", 0)) == (10_000, -10_000, 0)
    assert world.points() == 0
    # What the card pays earns points: it was paid for with money.
    sale = world.sell(bought(Till().line("MUG").member(), paid_by(world, card, 5_000)))
    assert (sale.points_earned, balance(world, card)) == (50, 5_000)
    assert [(t.kind, t.amount_minor, t.reference) for t in sale.tenders] == [
        (TenderKind.GIFT_CARD, 5_000, f"…{card.code[-4:]}")
    ]
    world.sell(bought(Till().line("TEA").cash(7_000), paid_by(world, card, 3_000)))
    assert (balance(world, card), world.ledger()["220504"]) == (2_000, -2_000)


def test_several_cards_pay_one_sale_and_get_their_own_back(world: World) -> None:
    first, second = sold(world, 2)
    command = bought(Till().line("TEA", 2).cash(4_000), paid_by(world, first, 10_000), paid_by(world, second, 6_000))
    sale = world.sell(command)
    assert (balance(world, first), balance(world, second)) == (0, 4_000)
    one = (ReturnRequest(1, 1_000, amount_only=False),)
    world.refund(RefundSale(sale.sale_id, "colour", one))
    assert (balance(world, first), balance(world, second)) == (5_000, 7_000)
    world.clock.advance(minutes=1)
    world.do(block_gift_card, BlockGiftCard(first.card_id, "stolen", "S1"))
    world.refund(RefundSale(sale.sale_id, "colour", one))
    assert (balance(world, first), balance(world, second), world.ledger()["220504"]) == (10_000, 10_000, -20_000)


def test_a_void_gives_the_card_all_back(world: World) -> None:
    [card] = sold(world)
    sale = world.sell(bought(Till().line("TEA"), paid_by(world, card, 10_000)))
    world.once(void_sale, VoidSale(sale.sale_id, "mistake"), world.s1)
    entries = world.ask(get_gift_card, GetGiftCard(card.card_id)).entries
    assert sorted((one.reason, one.amount_minor) for one in entries) == sorted(
        [
            (GiftCardReason.ISSUED, 0),
            (GiftCardReason.SOLD, 10_000),
            (GiftCardReason.SPENT, -10_000),
            (GiftCardReason.SPEND_REVERSED, 10_000),
        ]
    )


def test_five_wrong_pins_shut_a_card_until_it_is_unblocked(world: World) -> None:
    [card] = sold(world)
    wrong = "000000" if card.pin != "000000" else "000001"
    for _ in range(4):
        with pytest.raises(WrongGiftCardOrPin):
            open_card(world, card, wrong)
    assert open_card(world, card).card.wrong_pins == 0
    for _ in range(5):
        with pytest.raises(WrongGiftCardOrPin):
            open_card(world, card, wrong)
    with pytest.raises(GiftCardBlocked):
        open_card(world, card)
    assert not world.do(unblock_gift_card, UnblockGiftCard(card.card_id, "owner came", "S1")).card.blocked
    assert open_card(world, card).card.balance_minor == 10_000
    with pytest.raises(GiftCardNotBlocked):
        world.do(unblock_gift_card, UnblockGiftCard(card.card_id, "again", "S1"))


def test_a_code_that_is_none_is_refused_like_a_wrong_pin(world: World) -> None:
    [card] = sold(world)
    with pytest.raises(WrongGiftCardOrPin):
        open_card(world, replace(card, code="0" * 26))
    with pytest.raises(UnknownGiftCard):
        world.do(sell_gift_card, SellGiftCard("0" * 26, 10_000, TenderKind.CASH), world.s1)


def test_refuses_what_a_card_cannot_pay(world: World) -> None:
    [card] = sold(world, face_minor=6_000)
    tender = paid_by(world, card, 6_001)
    tea = Till().line("TEA").cash(10_000)
    assert refused(world, bought(tea, tender)) == ("INSUFFICIENT_GIFT_CARD", "tenders[0].amount_minor")
    twice = replace(tender, amount_minor=3_000)
    assert refused(world, bought(tea, twice, twice)) == ("GIFT_CARD_TENDERED_TWICE", "tenders[1].gift_card_token")
    spare = replace(tender, kind=TenderKind.CARD)
    assert refused(world, bought(tea, spare)) == ("NOT_A_GIFT_CARD", "tenders[0].gift_card_token")
    token = tender.gift_card_token
    for bad, reason in (
        ("", "GIFT_CARD_TOKEN_MISSING"),
        ("nonsense", "INVALID_GIFT_CARD_TOKEN"),
        (token[:-1] + ("A" if token[-1] != "A" else "B"), "INVALID_GIFT_CARD_TOKEN"),
        ("é" * 64, "INVALID_GIFT_CARD_TOKEN"),
    ):
        command = bought(tea, replace(tender, gift_card_token=bad))
        assert refused(world, command) == (reason, "tenders[0].gift_card_token")
    world.do(block_gift_card, BlockGiftCard(card.card_id, "stolen", "S1"))
    assert refused(world, bought(tea, twice)) == ("GIFT_CARD_BLOCKED", "tenders[0].amount_minor")
    with pytest.raises(GiftCardBlocked):
        world.do(block_gift_card, BlockGiftCard(card.card_id, "stolen", "S1"))
    world.clock.advance(minutes=15)
    assert refused(world, bought(tea, twice)) == ("GIFT_CARD_TOKEN_EXPIRED", "tenders[0].gift_card_token")
    assert balance(world, card) == 6_000


def test_a_batch_of_sales_spends_a_card_once(world: World) -> None:
    [card] = sold(world)
    command = bought(Till().line("TEA"), paid_by(world, card, 10_000))
    first, second = world.sell_all([world.call(command, world.s1), world.call(command, world.s2)])
    assert (first.total_minor, second.reason, balance(world, card)) == (10_000, "INSUFFICIENT_GIFT_CARD", 0)


def test_without_connection_a_card_pays_what_the_store_allows(world: World) -> None:
    [card] = sold(world)
    command = replace(
        bought(Till().line("TEA"), paid_by(world, card, 10_000)), uploaded=True, sold_at=OPENING - timedelta(minutes=5)
    )
    assert refused(world, command) == ("OFFLINE_REDEEM_LIMIT", "tenders[0].amount_minor")
    world.set("offline_redeem_limit", "10000")
    assert world.sell(command).total_minor == 10_000


@pytest.mark.parametrize(
    ("command", "reason", "field"),
    [
        (IssueGiftCards("", 1, 100, "S1"), "MISSING", "batch"),
        (IssueGiftCards("X", 0, 100, "S1"), "OUT_OF_RANGE", "count"),
        (IssueGiftCards("X", 1_001, 100, "S1"), "OUT_OF_RANGE", "count"),
        (IssueGiftCards("X", 1, 0, "S1"), "INVALID_FACE_VALUE", "face_minor"),
        (IssueGiftCards("X", 1, 100, "S9"), "UNKNOWN_STORE", "store_code"),
    ],
)
def test_refuses_a_wrong_issue(world: World, command: IssueGiftCards, reason: str, field: str) -> None:
    with pytest.raises(Refusal) as why:
        world.do(issue_gift_cards, command)
    assert (why.value.reason, why.value.field, world.count("gift_cards")) == (reason, field, 0)


def test_refuses_a_wrong_sale_of_a_card(world: World) -> None:
    [card] = issue(world)
    for changes, reason, field in (
        ({"amount_minor": 9_999}, "NOT_ITS_FACE_VALUE", "amount_minor"),
        ({"tender": TenderKind.POINTS}, "TENDER_PAYS_NOTHING_IN", "tender"),
        ({"reference": "4111111111111111"}, "CARD_NUMBER_REFUSED", "reference"),
        ({"code": ""}, "MISSING", "code"),
    ):
        given = {"code": card.code, "amount_minor": 10_000, "tender": TenderKind.CASH, **changes}
        with pytest.raises(Refusal) as why:
            world.do(sell_gift_card, SellGiftCard(**given), world.s1)
        assert (why.value.reason, why.value.field) == (reason, field)
    world.do(sell_gift_card, SellGiftCard(card.code, 10_000, TenderKind.CASH), world.s1)
    with pytest.raises(Refusal) as why:
        world.do(sell_gift_card, SellGiftCard(card.code, 10_000, TenderKind.CASH), world.s1)
    assert (why.value.reason, balance(world, card)) == ("GIFT_CARD_SOLD_BEFORE", 10_000)


def test_cards_are_listed_by_batch_in_pages_and_their_codes_are_stored_nowhere(world: World) -> None:
    cards = issue(world, 3)
    first = world.ask(list_gift_cards, ListGiftCards("XMAS", 2))
    rest = world.ask(list_gift_cards, ListGiftCards("XMAS", 2, first.next_page_token))
    assert [one.card_id for one in (*first.cards, *rest.cards)] == [card.card_id for card in cards]
    assert rest.next_page_token == ""
    stored = repr(world.rows("SELECT * FROM gift_cards"))
    assert [card.code for card in cards if card.code in stored or card.code.replace("-", "") in stored] == []
    with pytest.raises(UnknownGiftCard):
        world.ask(get_gift_card, GetGiftCard(1))


def test_tampered_cards_are_named(world: World) -> None:
    [card] = sold(world)
    [(store_id,)] = world.rows("SELECT store_id FROM gift_card_entries WHERE sold = 1")
    said = []
    for statement in (
        "UPDATE gift_cards SET balance_minor = 1",
        "UPDATE gift_cards SET blocked = 1",
        "UPDATE postings SET amount_minor = -1 WHERE account_code = '220504'",
    ):
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.execute(text(statement))
            said.append([found for one in run_checks(uow) if one.id == "I5" for found in one.violations])
    assert said == [
        [f"gift_cards card_id={card.card_id}: balance 1, amounts of entries 10000"],
        [f"gift_cards card_id={card.card_id}: blocked 1, blocked by entries 0"],
        [f"stores store_id={store_id} currency=CNY: account 220504 1, amounts of gift_card_entries 10000"],
    ]
