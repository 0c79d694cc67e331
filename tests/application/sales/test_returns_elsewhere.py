"""Goods that come back to another store than the one that sold them, and what the stores settle for it."""

from dataclasses import replace

import pytest

from application.finance.settling import GetSettlement, SettleStores, get_settlement, settle_stores
from application.identity.settings import PutSetting, put_setting
from application.sales.find_returnable import FindReturnable, find_returnable
from application.sales.refund import RefundSale, refund_sale
from domain.identity.organisation import Caller, CallerKind, ScopeKind
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.application.sales.shift import new_id, start_shift
from tests.world import MEMBER, Till, World


def back(line_number: int, units: int) -> ReturnRequest:
    return ReturnRequest(line_number, units * 1000, amount_only=False)


def web_shop(world: World) -> Caller:
    """A service that sells in the name of store S1."""
    return replace(world.s1, kind=CallerKind.SERVICE, store_id=None)


def elsewhere(world: World, *extra: str) -> Caller:
    """The terminal of S2, where goods of other stores may be taken."""
    return world.terminal("T2", "sales.refund_elsewhere", *extra)


def books(world: World, store: str) -> dict[str, int]:
    found = world.rows(
        "SELECT p.account_code, SUM(p.amount_minor) FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id"
        f" JOIN stores s ON s.store_id = e.store_id WHERE s.code = '{store}' GROUP BY p.account_code"
    )
    return {code: int(amount) for code, amount in found if amount}


@pytest.mark.capability("OMN-08", "SAL-03")
def test_an_online_order_comes_back_in_a_store(world: World) -> None:
    order = world.sell(
        Till().line("TEA", 3).member().basket(channel="web", store_code="S1").card(30_000).command, web_shop(world)
    )
    world.receive("TEA", 100_000, 100 * 9_000, "S2")
    shelves, stock = world.level("TEA"), world.level("TEA", "S2")
    [found] = world.ask(find_returnable, FindReturnable(member_key=MEMBER), elsewhere(world)).sales
    assert (found.sale.sale_id, [(line.sku, line.quantity_milli) for line in found.lines]) == (
        order.sale_id, [("TEA", 3_000)]
    )  # fmt: skip
    refund = world.refund(
        RefundSale(0, "too strong", (back(1, 2),), receipt_number=order.receipt_number), elsewhere(world)
    ).sale
    assert (refund.store_code, refund.terminal_code, refund.channel) == ("S2", "T2", "web")
    assert [(one.kind, one.amount_minor, one.reference) for one in refund.tenders] == [(TenderKind.CARD, -20_000, "A1")]
    # Two teas at the 60.00 that they had left S1 with; S1 has none of them.
    assert (world.level("TEA"), world.level("TEA", "S2")) == (shelves, (stock[0] + 2_000, stock[1] + 12_000))
    assert (refund.points_earned, world.points()) == (-200, 100)
    [left] = world.ask(find_returnable, FindReturnable(sale_id=order.sale_id), elsewhere(world)).sales
    assert [(one.quantity_milli, one.total_minor) for one in left.lines] == [(1_000, 10_000)]
    assert [one.amount_minor for one in left.tenders] == [10_000]


@pytest.mark.capability("OMN-08", "FIN-07")
@pytest.mark.parametrize("company", ["chain", "franchise"])
def test_stores_settle_what_one_has_sold_and_the_other_taken_back(world: World, company: str) -> None:
    world.do(put_setting, PutSetting("store_company", ScopeKind.STORE, "S2", company))
    before = {store: books(world, store) for store in ("S1", "S2")}
    sale = world.sell(Till().line("TEA", 2).line("MUG").member().cash(25_000).command)
    world.refund(RefundSale(sale.sale_id, "both", (back(1, 2),)), elsewhere(world))
    world.refund(RefundSale(sale.sale_id, "the rest"), elsewhere(world))
    world.do(settle_stores, SettleStores())
    [pair] = world.ask(get_settlement, GetSettlement()).pairs
    # 250.00 was paid out in S2, which has goods of 140.00 for it.
    assert (pair.debtor_store_code, pair.creditor_store_code) == ("S1", "S2")
    assert (pair.returns_minor, pair.net_minor) == (11_000, 11_000)
    receivable, payable = ("122102", "122102") if company == "chain" else ("122103", "224101")
    changes = {}
    for store in ("S1", "S2"):
        now, was = books(world, store), before[store]
        found = {code: now.get(code, 0) - was.get(code, 0) for code in now.keys() | was.keys()}
        changes[store] = {code: amount for code, amount in found.items() if amount}
    # S1 has the customer's cash and owes for it, less its own goods; nothing else is left of the sale anywhere.
    assert changes["S1"] == {"1001": 25_000, "1405": -14_000, payable: -11_000}
    assert changes["S2"] == {"1001": -25_000, "1405": 14_000, receivable: 11_000}


@pytest.mark.capability("OMN-08", "FIN-07")
def test_points_that_paid_or_were_earned_settle_with_what_came_back(world: World) -> None:
    world.sell(Till().line("TEA", 10).member().cash(100_000).command)
    world.do(settle_stores, SettleStores())
    before = {store: books(world, store) for store in ("S1", "S2")}
    sale = world.sell(Till().line("MUG", 4).member().points(1_000).cash(19_000).command)
    world.refund(RefundSale(sale.sale_id, "all of it"), elsewhere(world))
    world.clock.advance(days=1)
    world.do(settle_stores, SettleStores())
    [pair] = world.ask(get_settlement, GetSettlement()).pairs
    # S1 owes 200.00 less goods of 80.00; the points of 10.00 went back to its own lots, and S2 owes for these.
    assert (pair.debtor_store_code, pair.returns_minor, pair.points_minor, pair.net_minor) == (
        "S1", 12_000, -1_000, 11_000
    )  # fmt: skip
    for store, cash in (("S1", 19_000), ("S2", -19_000)):
        now, was = books(world, store), before[store]
        found = {code: now.get(code, 0) - was.get(code, 0) for code in now.keys() | was.keys()}
        sign = 1 if cash < 0 else -1
        wanted = {"1001": cash, "1405": sign * 8_000, "122102": sign * 11_000}
        assert {code: amount for code, amount in found.items() if amount} == wanted


def test_who_may_not_take_it_elsewhere_knows_of_no_such_sale(world: World) -> None:
    sale = world.sell(Till().line("TEA").member().cash(10_000).command)
    for query in (FindReturnable(sale.sale_id), FindReturnable(receipt_number=sale.receipt_number)):
        with pytest.raises(Refusal) as refused:
            world.ask(find_returnable, query, world.s2)
        assert refused.value.reason == "UNKNOWN_SALE"
    assert world.ask(find_returnable, FindReturnable(member_key=MEMBER), world.s2).sales == []
    both = replace(web_shop(world), store_ids=None)
    with pytest.raises(Refusal) as refused:
        world.refund(RefundSale(sale.sale_id, "here", store_code="S2"), both)
    assert (refused.value.reason, refused.value.field) == ("MAY_NOT_TAKE_ELSEWHERE", "store_code")


@pytest.mark.parametrize(
    ("named", "reason", "field"),
    [
        ({}, "SALE_ID_OR_RECEIPT", "sale_id"),
        ({"sale_id": 1, "receipt_number": "T1-000001"}, "SALE_ID_OR_RECEIPT", "sale_id"),
        ({"receipt_number": "T1-000001"}, "RECEIPT_NEEDS_DATE", "business_date"),
        ({"receipt_number": "T1-000001", "business_date": "2026-11-22"}, "UNKNOWN_SALE", "receipt_number"),
        ({"receipt_number": "T9-S1"}, "UNKNOWN_SALE", "receipt_number"),
    ],
)
def test_names_what_is_wrong_with_the_receipt(world: World, named: dict[str, object], reason: str, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        world.refund(RefundSale(**{"sale_id": 0, "reason": "back", **named}))
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_a_card_is_paid_out_in_cash_by_approval_only(world: World) -> None:
    shift = start_shift(world)
    sale = world.sell(Till().line("TEA").card(10_000).command)
    ann, request_id = shift.signed_in("ann"), new_id()
    command = RefundSale(sale.sale_id, "card machine is down", cash_instead=True)
    before = world.counts()
    with pytest.raises(Refusal) as refused:
        world.refund(command, ann)
    assert (refused.value.reason, refused.value.field) == ("APPROVAL_NEEDED", "approval_tokens")
    assert world.counts() == before
    token = shift.token("sales.refund_in_cash", request_id, 10_000)
    refunded = world.once(refund_sale, replace(command, approval_tokens=(token,)), ann, request_id)
    assert [(one.kind, one.paid_kind, one.amount_minor) for one in refunded.sale.tenders] == [
        (TenderKind.CASH, TenderKind.CARD, -10_000)
    ]
    assert {code: world.ledger()[code] for code in ("1001", "101201")} == {"1001": -10_000, "101201": 10_000}
