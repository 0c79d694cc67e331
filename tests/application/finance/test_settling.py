"""Stores settle what they owe each other."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.finance.settling import (
    GetSettlement,
    PeriodNotBegun,
    PeriodSettled,
    SettlementIdOrToDate,
    SettleStores,
    UnknownSettlement,
    get_settlement,
    settle_stores,
)
from application.identity.settings import PutSetting, put_setting
from application.membership.register_member import RegisterMember, register_member
from application.sales.preparing import Checkout
from application.sales.refund import RefundSale
from application.scope import WholeChainOnly
from application.wallet.passing_on import (
    CloseStoredValue,
    TransferStoredValue,
    close_stored_value,
    transfer_stored_value,
)
from domain.identity.organisation import SYSTEM, ScopeKind
from domain.sales.sale import TenderKind
from tests.application.wallet.cards import paid_by, sold
from tests.application.wallet.paying_in import pay_in
from tests.world import Till, World

TODAY = "2026-11-22"


def settled(world: World, to_date: str = "") -> Any:
    return world.do(settle_stores, SettleStores(to_date))


def owed(world: World, **asked: Any) -> list[tuple[Any, ...]]:
    """(debtor, creditor, points, stored value, gift cards, net) of every pair."""
    return [
        (
            pair.debtor_store_code,
            pair.creditor_store_code,
            pair.points_minor,
            pair.stored_value_minor,
            pair.gift_card_minor,
            pair.net_minor,
        )
        for pair in world.ask(get_settlement, GetSettlement(**asked)).pairs
    ]


def booked(world: World, store: str) -> dict[str, int]:
    """What settlements have posted in a store, by account."""
    found = world.rows(
        "SELECT p.account_code, sum(p.amount_minor) FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id"
        f" JOIN stores s ON s.store_id = e.store_id WHERE e.document_kind = 'store_settlement' AND s.code = '{store}'"
        " GROUP BY p.account_code"
    )
    return {code: int(amount) for code, amount in found if amount}


def redeemed_in_the_other_store(world: World) -> Any:
    """500 points of a sale in S1 pay 5.00 of one in S2."""
    world.sell(Till().line("TEA", 5).member().cash(50_000).command)
    return world.sell(Till().line("MUG", 2).member().points(500).cash(9_500).command, world.s2)


def paid_from_stored_value(world: World, amount: int, caller: Any) -> Any:
    till = Till().line("MUG").member().tender(TenderKind.STORED_VALUE, amount)
    return world.sell(till.cash(5_000 - amount).command, caller)


@pytest.mark.capability("FIN-07")
def test_who_has_issued_points_owes_who_took_them_their_redemption_value(world: World):
    redeemed_in_the_other_store(world)
    done = settled(world)
    assert (done.settled_now, done.settlement.movements, done.settlement.from_date) == (True, 1, "")
    assert owed(world) == [("S1", "S2", 500, 0, 0, 500)]
    # 4.94 is what the sale had deferred for them; what they pay beyond that is an expense of the issuer.
    assert booked(world, "S2") == {"122102": 500, "220501": -494, "660101": -6}
    assert booked(world, "S1") == {"122102": -500, "220501": 494, "660101": 6}


@pytest.mark.capability("FIN-07")
def test_a_refund_in_the_next_period_undoes_the_debt(world: World):
    sale = redeemed_in_the_other_store(world)
    settled(world)
    world.clock.advance(days=1)
    world.refund(RefundSale(sale.sale_id, "all"), world.s2)
    done = settled(world)
    assert done.settlement.from_date == "2026-11-23"
    assert owed(world) == [("S2", "S1", 500, 0, 0, 500)]
    assert owed(world, to_date=TODAY) == [("S1", "S2", 500, 0, 0, 500)]
    assert "122102" not in booked(world, "S1")


@pytest.mark.capability("FIN-07")
def test_a_period_is_settled_once_and_what_comes_late_goes_to_the_next_one(world: World):
    redeemed_in_the_other_store(world)
    world.sell(Till().line("TEA").member().cash(10_000).command)
    first = settled(world, TODAY)
    late = Till().line("MUG", 4).member().points(100).cash(19_900).offline(world.clock.now)
    world.clock.advance(hours=30)
    world.sell(late.command, world.s2)
    again = settled(world, TODAY)
    assert (again.settled_now, again.settlement) == (False, first.settlement)
    assert owed(world) == [("S1", "S2", 500, 0, 0, 500)]
    settled(world)
    # 95 of the points are those that S2 had given for the first sale.
    assert owed(world) == [("S1", "S2", 5, 0, 0, 5)]
    with pytest.raises(PeriodSettled):
        settled(world, "2026-11-21")
    assert world.count("settlements") == 2


@pytest.mark.capability("FIN-07")
def test_a_sale_of_a_till_whose_clock_is_ahead_is_settled_in_its_period(world: World):
    """It is dated two days later, and was stored long before the period that it belongs to began."""
    world.sell(Till().line("TEA", 5).member().cash(50_000).command)
    ahead = Till().line("MUG", 2).member().points(500).cash(9_500).offline(world.clock.now + timedelta(hours=47))
    world.sell(ahead.command, world.s2)
    world.clock.advance(hours=12)
    settled(world, TODAY)
    assert owed(world) == []
    world.clock.advance(days=2)
    settled(world)
    assert owed(world) == [("S1", "S2", 500, 0, 0, 500)]


@pytest.mark.capability("FIN-07")
def test_stored_value_is_owed_by_the_store_that_took_the_money_what_came_first_first(world: World):
    pay_in(world, 3_000)
    pay_in(world, 2_000, caller=world.s2)
    sale = paid_from_stored_value(world, 4_000, world.s2)
    settled(world)
    assert owed(world) == [("S1", "S2", 0, 3_000, 0, 3_000)]
    assert booked(world, "S2") == {"122102": 3_000, "220502": -3_000}
    world.clock.advance(days=1)
    # What comes back is owed as it was before; then 1,000 of S2, the oldest that is left, are spent in S1.
    world.refund(RefundSale(sale.sale_id, "all"), world.s2)
    paid_from_stored_value(world, 1_000, world.s1)
    settled(world)
    assert owed(world) == [("S2", "S1", 0, 4_000, 0, 4_000)]


@pytest.mark.capability("FIN-07")
def test_a_bonus_is_owed_like_money_and_taken_back_from_who_gave_it(world: World):
    pay_in(world, 1_000, bonus_minor=100, caller=world.terminal("T1", "wallet.bonus"))
    paid_from_stored_value(world, 60, world.s2)
    settled(world)
    assert owed(world) == [("S1", "S2", 0, 60, 0, 60)]
    assert booked(world, "S1") == {"122102": -60, "220503": 60}
    world.clock.advance(days=1)
    command = CloseStoredValue("13800138000", TenderKind.CASH, "Moves away")
    world.do(close_stored_value, command, world.terminal("T2", "wallet.close"))
    settled(world)
    # The bonus that is left was an expense of S1, and is none of S2.
    assert owed(world) == [("S1", "S2", 0, 1_000, 0, 1_000)]
    assert booked(world, "S1") == {"122102": -1_060, "220502": 1_000, "220503": 100, "660102": -40}


@pytest.mark.capability("FIN-07")
def test_what_is_handed_on_stays_owed_by_who_took_the_money(world: World):
    other = "13900139000"
    world.do(register_member, RegisterMember(phone=other, source="till"))
    pay_in(world, 1_000)
    command = TransferStoredValue("13800138000", other, 600, "Gift")
    world.do(transfer_stored_value, command, world.terminal("T2", "wallet.transfer"))
    till = Till().line("MUG").member(other).tender(TenderKind.STORED_VALUE, 600).cash(4_400)
    world.sell(till.command, world.s2)
    settled(world)
    assert owed(world) == [("S1", "S2", 0, 600, 0, 600)]


@pytest.mark.capability("FIN-07")
def test_who_has_sold_a_gift_card_owes_who_took_it(world: World):
    [card] = sold(world)
    basket = Till().line("MUG").command.basket
    sale = world.sell(Checkout(basket, (paid_by(world, card, 5_000),)), world.s2)
    settled(world)
    assert owed(world) == [("S1", "S2", 0, 0, 5_000, 5_000)]
    assert booked(world, "S1") == {"122102": -5_000, "220504": 5_000}
    world.clock.advance(days=1)
    world.refund(RefundSale(sale.sale_id, "all"), world.s2)
    settled(world)
    assert owed(world) == [("S2", "S1", 0, 0, 5_000, 5_000)]


@pytest.mark.capability("FIN-07")
def test_stores_of_two_companies_have_a_receivable_and_a_payable(world: World):
    world.do(put_setting, PutSetting("store_company", ScopeKind.STORE, "S2", "franchise-7"))
    redeemed_in_the_other_store(world)
    settled(world)
    [pair] = world.ask(get_settlement, GetSettlement()).pairs
    assert pair.basis == "receivable"
    assert booked(world, "S2") == {"122103": 500, "220501": -494, "660101": -6}
    assert booked(world, "S1") == {"224101": -500, "220501": 494, "660101": 6}


def test_refuses_what_cannot_be_settled_or_shown(world: World):
    with pytest.raises(UnknownSettlement):
        owed(world)
    with pytest.raises(SettlementIdOrToDate):
        owed(world, settlement_id=1, to_date=TODAY)
    with pytest.raises(PeriodNotBegun):
        settled(world, "2026-11-23")
    with pytest.raises(WholeChainOnly):
        world.do(settle_stores, SettleStores(), replace(world.s1, permissions=SYSTEM.permissions))
    assert world.count("settlements") == 0


def test_a_caller_sees_the_pairs_of_its_stores_page_by_page(world: World):
    redeemed_in_the_other_store(world)
    settled(world)
    seen = world.ask(get_settlement, GetSettlement(page_size=1), world.s1)
    assert (len(seen.pairs), seen.next_page_token) == (1, "")
    nowhere = replace(world.s1, store_ids=frozenset({10**9}))
    assert world.ask(get_settlement, GetSettlement(), nowhere).pairs == []
