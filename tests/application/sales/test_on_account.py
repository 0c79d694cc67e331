"""Members buy on account, within a limit, and pay later."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.sales.on_account import AccountNeedsMember, AccountTenderedTwice
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale
from application.wallet.credit import (
    GetCredit,
    PaymentTender,
    ReceivePayment,
    SetCreditLimit,
    get_credit,
    receive_payment,
    set_credit_limit,
)
from application.wallet.paying_in import TenderPaysNothingIn
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from domain.wallet.credit import CreditExceeded, CreditReason, InvalidCreditLimit, InvalidPayment, PaysMoreThanOwed
from tests.world import MEMBER, Till, World

ON_ACCOUNT = TenderKind.ON_ACCOUNT
RECEIVABLE = "112201"


def allow(world: World, limit_minor: int) -> Any:
    return world.do(set_credit_limit, SetCreditLimit(MEMBER, limit_minor, "Regular", "S1"))


def charged(amount: int, rest: int = 0) -> Till:
    """A mug of 50.00, of which so much goes on account."""
    till = Till().line("MUG").member().tender(ON_ACCOUNT, amount)
    return till.cash(5_000 - amount) if amount < 5_000 else till


def pay(world: World, *tenders: tuple[TenderKind, int]) -> Any:
    command = ReceivePayment(MEMBER, tuple(PaymentTender(kind, amount) for kind, amount in tenders))
    return world.do(receive_payment, command, world.s2)


def standing(world: World) -> tuple[int, int, int]:
    """Limit, owed, and what is left."""
    [balance] = world.ask(get_credit, GetCredit(MEMBER)).balances
    return balance.limit_minor, balance.owed_minor, balance.left_minor


@pytest.mark.capability("MEM-09")
def test_who_owes_480_of_500_cannot_take_50_more(world: World) -> None:
    allow(world, 50_000)
    world.sell(Till().line("MUG", 10).member().tender(ON_ACCOUNT, 48_000).cash(2_000).command)
    before = world.counts()
    with pytest.raises(CreditExceeded) as refused:
        world.sell(charged(5_000).command, world.s2)
    assert refused.value.field == "tenders[0].amount_minor"
    assert "still take 2000 on account, not 5000: 48000 of the limit of 50000 is unpaid" in str(refused.value)
    assert (world.counts(), world.ledger()[RECEIVABLE], standing(world)) == (before, 48_000, (50_000, 48_000, 2_000))
    world.sell(charged(2_000).command, world.s2)
    assert standing(world) == (50_000, 50_000, 0)


@pytest.mark.capability("MEM-09")
def test_a_batch_takes_no_more_than_the_limit(world: World) -> None:
    allow(world, 5_000)
    done = world.sell_all([world.call(charged(3_000).command, world.s1) for _ in range(2)])
    assert [isinstance(one, CreditExceeded) for one in done] == [False, True]
    assert standing(world) == (5_000, 3_000, 2_000)


@pytest.mark.capability("MEM-09")
def test_without_a_limit_nothing_goes_on_account(world: World) -> None:
    with pytest.raises(CreditExceeded):
        world.sell(charged(1).command)
    assert (world.count("credit_accounts"), world.count("sales")) == (0, 0)


@pytest.mark.capability("MEM-09")
def test_payments_take_off_what_is_owed_and_post_to_their_tenders(world: World) -> None:
    allow(world, 5_000)
    world.sell(charged(5_000).command)
    cash = world.ledger().get("1001", 0)
    done = pay(world, (TenderKind.CASH, 1_000), (TenderKind.CARD, 500))
    assert (done.owed_minor, done.left_minor) == (3_500, 1_500)
    books = world.ledger()
    assert (books[RECEIVABLE], books["1001"] - cash, books["101201"]) == (3_500, 1_000, 500)
    moved = world.ask(get_credit, GetCredit(MEMBER)).entries
    assert sorted((one.reason, one.owed_minor, one.limit_minor) for one in moved) == [
        (CreditReason.CHARGED, 5_000, 0),
        (CreditReason.LIMIT_SET, 0, 5_000),
        (CreditReason.PAID, -1_000, 0),
        (CreditReason.PAID, -500, 0),
    ]
    first = world.ask(get_credit, GetCredit(MEMBER, 3))
    rest = world.ask(get_credit, GetCredit(MEMBER, 3, first.next_page_token))
    assert [*first.entries, *rest.entries] == list(moved)


@pytest.mark.capability("MEM-09")
def test_a_refund_takes_off_what_is_owed_and_may_leave_the_chain_owing(world: World) -> None:
    allow(world, 5_000)
    sale = world.sell(charged(5_000).command)
    pay(world, (TenderKind.CASH, 1_000))
    world.refund(RefundSale(sale.sale_id, "broken"))
    assert standing(world) == (5_000, -1_000, 6_000)
    assert world.ledger()[RECEIVABLE] == -1_000


@pytest.mark.capability("MEM-09")
def test_a_sale_made_offline_is_stored_and_what_lies_beyond_the_limit_is_marked(world: World) -> None:
    allow(world, 4_000)
    for beyond in (1_000, 5_000):
        sale = world.sell(charged(5_000).offline(world.clock.now).command)
        assert len(sale.warnings) == 1
        assert world.ask(get_credit, GetCredit(MEMBER)).entries[0].beyond_minor == beyond
        world.clock.advance(minutes=1)
    assert standing(world) == (4_000, 10_000, 0)


@pytest.mark.capability("MEM-09")
def test_a_quote_tells_what_is_left(world: World) -> None:
    basket = Till().line("MUG").member().basket(payment_kinds=(ON_ACCOUNT,)).command.basket
    assert world.ask(quote_basket, QuoteBasket(basket), world.s1).credit_left_minor == 0
    allow(world, 7_000)
    assert world.ask(quote_basket, QuoteBasket(basket), world.s1).credit_left_minor == 7_000


@pytest.mark.parametrize(
    ("till", "refusal", "field"),
    [
        (Till().line("MUG").tender(ON_ACCOUNT, 5_000), AccountNeedsMember, "tenders[0].kind"),
        (charged(1_000).tender(ON_ACCOUNT, 1_000), AccountTenderedTwice, "tenders[2].kind"),
    ],
)
def test_refuses_a_wrong_tender(world: World, till: Till, refusal: type[Refusal], field: str) -> None:
    allow(world, 5_000)
    with pytest.raises(refusal) as refused:
        world.sell(till.command)
    assert (refused.value.field, world.count("sales"), standing(world)) == (field, 0, (5_000, 0, 5_000))


def test_refuses_wrong_limits_and_payments(world: World) -> None:
    allow(world, 5_000)
    world.sell(charged(1_000).command)
    for refusal, field, tenders in (
        (TenderPaysNothingIn, "tenders[0].kind", [(ON_ACCOUNT, 1)]),
        (InvalidPayment, "tenders[1].amount_minor", [(TenderKind.CASH, 1), (TenderKind.CASH, 0)]),
        (PaysMoreThanOwed, "tenders", [(TenderKind.CASH, 500), (TenderKind.CARD, 501)]),
    ):
        with pytest.raises(refusal) as refused:
            pay(world, *tenders)
        assert refused.value.field == field
    with pytest.raises(InvalidCreditLimit):
        allow(world, -1)
    assert (standing(world), world.count("credit_entries")) == ((5_000, 1_000, 4_000), 2)


STEPS = st.lists(
    st.tuples(st.sampled_from(("charge", "pay", "allow", "refund")), st.integers(1, 5_000)), min_size=1, max_size=8
)


@pytest.mark.capability("MEM-09")
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_the_account_is_what_a_plain_model_says(world: World, steps: list[tuple[str, int]]) -> None:
    allow(world, 0)
    limit, owed = 0, world.ask(get_credit, GetCredit(MEMBER)).balances[0].owed_minor
    sales: list[tuple[int, int]] = []
    for step, amount in steps:
        if step == "allow":
            allow(world, amount)
            limit = amount
        elif step == "charge" and amount <= limit - owed:
            sales.append((world.sell(charged(amount).command).sale_id, amount))
            owed += amount
        elif step == "charge":
            with pytest.raises(CreditExceeded):
                world.sell(charged(amount).command)
        elif step == "pay" and amount <= owed:
            pay(world, (TenderKind.CASH, amount))
            owed -= amount
        elif step == "refund" and sales:
            sale_id, charge = sales.pop()
            world.refund(RefundSale(sale_id, "broken"))
            owed -= charge
        assert standing(world)[:2] == (limit, owed)
    assert world.ledger().get(RECEIVABLE, 0) == owed
