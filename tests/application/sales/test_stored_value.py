"""Paying by stored value: what is taken, what earns, what comes back, and who is refused."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.sales.checkout import checkout
from application.sales.refund import RefundSale, VoidSale, void_sale
from application.wallet.freezing import FreezeStoredValue, freeze_stored_value
from domain.identity.organisation import Caller
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.application.wallet.paying_in import held, pay_in
from tests.world import OPENING, Till, World


def by_value(amount: int, *, units: int = 1, cash: int = 0) -> Till:
    """Tea for a member, paid by stored value and cash."""
    till = Till().line("TEA", units).member().tender(TenderKind.STORED_VALUE, amount)
    return till.cash(cash) if cash else till


def back(units: int) -> ReturnRequest:
    return ReturnRequest(1, units * 1000, amount_only=False)


@pytest.fixture
def rich(world: World) -> World:
    """The member holds 200.00 that were paid in and 50.00 of bonus."""
    pay_in(world, 20_000, bonus_minor=5_000, caller=granting(world))
    return world


def granting(world: World) -> Caller:
    return world.terminal("T1", "wallet.bonus")


@pytest.mark.parametrize(
    ("order", "left", "points"),
    [("bonus_first", (12_000, 0), 80), ("principal_first", (7_000, 5_000), 130), ("ratio", (9_600, 2_400), 104)],
)
def test_takes_in_the_order_that_the_store_has_set_and_earns_nothing_on_the_bonus(
    rich: World, order: str, left: tuple[int, int], points: int
) -> None:
    rich.set("stored_value_spend_order", order)
    owed = rich.ledger()
    sale = rich.sell(by_value(13_000, units=2, cash=7_000).command)
    assert (held(rich), sale.points_earned) == ((*left, False), points + 70)
    assert [(t.kind, t.amount_minor) for t in sale.tenders] == [
        (TenderKind.STORED_VALUE, 13_000),
        (TenderKind.CASH, 7_000),
    ]
    ledger = rich.ledger()
    assert (ledger["220502"], ledger.get("220503", 0)) == (-left[0], -left[1])
    assert ledger["1001"] - owed["1001"] == 7_000


@pytest.mark.capability("SAL-02")
def test_a_refund_gives_back_in_the_proportion_that_was_paid(rich: World) -> None:
    sale = rich.sell(by_value(20_000, units=2).command)
    assert held(rich) == (5_000, 0, False)
    refund = rich.refund(RefundSale(sale.sale_id, "colour", (back(1),))).sale
    # A quarter of what paid was bonus.
    assert [(t.kind, t.amount_minor) for t in refund.tenders] == [(TenderKind.STORED_VALUE, -10_000)]
    assert held(rich) == (12_500, 2_500, False)
    rich.clock.advance(minutes=1)
    rich.refund(RefundSale(sale.sale_id, "colour", (back(1),)))
    assert held(rich) == (20_000, 5_000, False)
    assert (rich.ledger()["220502"], rich.ledger()["220503"]) == (-20_000, -5_000)


def test_a_void_gives_all_back_and_to_a_frozen_account_too(rich: World) -> None:
    sale = rich.sell(by_value(9_000, cash=1_000).command)
    rich.do(freeze_stored_value, FreezeStoredValue("CARD1", "lost"), rich.s1)
    rich.once(void_sale, VoidSale(sale.sale_id, "mistake"), rich.s1)
    assert held(rich) == (20_000, 5_000, True)


@given(st.data())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_returns_restores_both_accounts(rich: World, data: st.DataObject) -> None:
    before = held(rich)
    amount = data.draw(st.integers(1, 25_000))
    sale = rich.sell(by_value(amount, units=4, cash=40_000 - amount).command)
    left = 4
    while left:
        units = data.draw(st.integers(1, left))
        rich.clock.advance(minutes=1)
        rich.refund(RefundSale(sale.sale_id, "back", (back(units),)))
        left -= units
    assert held(rich) == before


@pytest.mark.parametrize(
    ("till", "reason", "field"),
    [
        (by_value(25_001, units=3, cash=5_000), "INSUFFICIENT_STORED_VALUE", "tenders[0].amount_minor"),
        (by_value(1_000, cash=9_000).basket(member_key=""), "STORED_VALUE_NEEDS_MEMBER", "tenders[0].kind"),
        (
            by_value(1_000, cash=8_000).tender(TenderKind.STORED_VALUE, 1_000),
            "STORED_VALUE_TENDERED_TWICE",
            "tenders[2].kind",
        ),
        (by_value(10_001), "CHANGE_ON_CASH_ONLY", "tenders"),
        (by_value(0, cash=10_000), "INVALID_TENDER_AMOUNT", "tenders[0].amount_minor"),
    ],
)
def test_refuses_what_cannot_be_paid_so_and_writes_nothing(rich: World, till: Till, reason: str, field: str) -> None:
    before = rich.counts()
    with pytest.raises(Refusal) as refused:
        rich.sell(till.command)
    assert (refused.value.reason, refused.value.field) == (reason, field)
    assert (rich.counts(), held(rich)) == (before, (20_000, 5_000, False))


def test_refuses_a_frozen_account_and_one_that_was_never_filled(world: World) -> None:
    with pytest.raises(Refusal) as refused:
        world.sell(by_value(10_000).command)
    assert refused.value.reason == "INSUFFICIENT_STORED_VALUE"
    pay_in(world, 10_000)
    world.do(freeze_stored_value, FreezeStoredValue("CARD1", "lost"), world.s1)
    with pytest.raises(Refusal) as refused:
        world.sell(by_value(10_000).command)
    assert refused.value.reason == "STORED_VALUE_FROZEN"


@pytest.mark.parametrize(
    ("limit", "reason"), [("0", "OFFLINE_REDEEM_LIMIT"), ("9999", "OFFLINE_REDEEM_LIMIT"), ("10000", "")]
)
def test_without_connection_it_pays_what_the_store_allows(rich: World, limit: str, reason: str) -> None:
    rich.set("offline_redeem_limit", limit)
    [outcome] = rich.sell_all([rich.call(by_value(10_000).offline(OPENING - timedelta(hours=1)).command, rich.s1)])
    assert (outcome.reason if isinstance(outcome, Refusal) else "") == reason
    assert held(rich) == ((20_000, 5_000, False) if reason else (15_000, 0, False))


def test_a_batch_spends_what_there_is_once(rich: World) -> None:
    """The first sale by card number, the second by phone: one account, which the first one leaves too small."""
    first, second = by_value(20_000, units=2), by_value(10_000)
    calls = [rich.call(first.member("CARD1").command, rich.s1), rich.call(second.command, rich.s2)]
    sold, refused = rich.sell_all(calls)
    assert (sold.total_minor, refused.reason) == (20_000, "INSUFFICIENT_STORED_VALUE")
    assert held(rich) == (5_000, 0, False)


def test_a_sale_that_is_paid_otherwise_asks_nothing_of_stored_value(rich: World) -> None:
    plain, by_account = Till().line("TEA").member().cash(10_000), by_value(10_000)
    rich.sell(plain.command)
    assert (trips(rich, by_account) - trips(rich, plain), trips(rich, plain) - trips(rich, plain)) == (1, 0)


def trips(world: World, till: Till) -> int:
    """How often a checkout waits for the database before it is committed, which it is not."""
    with world.units.begin(caller=world.s1, now=world.clock()) as uow:
        [view] = checkout(uow, [world.call(till.command, world.s1)])
        assert not isinstance(view, Refusal)
        return uow.round_trips


def test_tax_is_the_same_whoever_pays(rich: World) -> None:
    paid = rich.sell(by_value(10_000).command)
    cash = rich.sell(Till().line("TEA").member().cash(10_000).command)
    assert (paid.tax_minor, paid.net_minor) == (cash.tax_minor, cash.net_minor)
