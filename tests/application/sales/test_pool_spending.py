"""Members of a family pay with the points of all of them, where their pool allows it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.pool_points import (
    GetPointsPool,
    JoinPointsPool,
    LeavePointsPool,
    SetPointsPoolRule,
    get_points_pool,
    join_points_pool,
    leave_points_pool,
    set_points_pool_rule,
)
from application.loyalty.queries import GetPointsStatement, get_points_statement
from application.membership.merge_members import MergeMembers, merge_members
from application.membership.register_member import RegisterMember, register_member
from application.sales.basket import Basket, BasketLine
from application.sales.preparing import Checkout
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale, VoidSale, void_sale
from application.sales.tender import Tender
from application.sales.views import SaleView
from domain.loyalty.pool import PoolSpending
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.application.sales.exchanging import exchange
from tests.world import MEMBER, Till, World

MUM, DAD, SON = MEMBER, "13800138001", "13800138002"


@pytest.fixture
def world(world: World) -> World:
    """The member owns a pool with DAD and SON, all of whom may spend the points of all; a tea is a hundred points."""
    for phone in (DAD, SON):
        world.do(register_member, RegisterMember(phone=phone, source="till"))
        world.do(join_points_pool, JoinPointsPool(MUM, phone))
    allow(world, PoolSpending.MEMBERS)
    return world


def allow(world: World, spending: PoolSpending, day_max: int = 0) -> None:
    world.do(set_points_pool_rule, SetPointsPoolRule(MUM, spending, day_max))


def tea(world: World, member: str, units: int = 1) -> SaleView:
    return world.sell(Till().line("TEA", units).member(member).cash(10_000 * units).command)


def paid_by_pool(points: int, member: str = SON, units: int = 1) -> Checkout:
    """Gift cards, which earn no points, paid with the points of a pool first."""
    till = Till().line("GIFT", units).member(member).cash(10_000 * units - points)
    return replace(
        till.command, tenders=(*till.command.tenders, Tender(TenderKind.POINTS, points=points, from_pool=True))
    )


def balances(world: World) -> list[int]:
    """Of the owner, then of the others by their numbers: those who joined first."""
    return [one.points_balance for one in world.ask(get_points_pool, GetPointsPool(MUM)).members]


def refused(world: World, command: Checkout) -> tuple[str, str]:
    before = world.counts() | {"spent": world.count("points_pool_spendings")}
    with pytest.raises(Refusal) as caught:
        world.sell(command)
    after = world.counts() | {"spent": world.count("points_pool_spendings")}
    assert (after.pop("requests") >= before.pop("requests"), after) == (True, before)
    return caught.value.reason, caught.value.field


def spent(world: World) -> list[tuple[int, ...]]:
    return [tuple(map(int, row)) for row in world.rows("SELECT points FROM points_pool_spendings ORDER BY points")]


def movements(world: World, member: str) -> list[tuple[int, str, str]]:
    """Points, reason and spender of a member's statement, newest first."""
    entries = world.ask(get_points_statement, GetPointsStatement(member)).entries
    return [(one.points, one.reason.value, one.spent_by) for one in entries]


@pytest.mark.capability("PTS-08")
def test_own_points_pay_first_and_then_those_of_the_pool_that_expire_first(world: World) -> None:
    world.set("points_expiry", "months:2")
    tea(world, MUM)
    tea(world, SON)
    world.set("points_expiry", "months:1")
    tea(world, DAD)
    before = world.ledger()
    sale = world.sell(paid_by_pool(300))
    assert (sale.points_redeemed, sale.points_balance, balances(world)) == (300, 0, [0, 0, 0])
    assert spent(world) == [(100,), (100,)]
    son = sale.member_number
    assert [movements(world, one)[0] for one in (MUM, DAD, SON)] == [
        (-100, "redeemed", son), (-100, "redeemed", son), (-100, "redeemed", ""),
    ]  # fmt: skip
    # Dad's month is over before Mum's two.
    used = world.rows(
        "SELECT l.expires_on FROM points_entries e JOIN points_lots l ON l.lot_id = e.lot_id"
        " WHERE e.reason = 'redeemed' ORDER BY e.entry_id"
    )
    assert [str(on) for (on,) in used] == ["2027-01-23", "2026-12-23", "2027-01-23"]
    assert (before["220501"], world.ledger().get("220501", 0)) == (-297, 0)
    assert world.broken() == []


@pytest.mark.capability("PTS-18")
def test_a_refund_gives_exactly_these_lots_back_those_used_last_first(world: World) -> None:
    tea(world, SON)
    tea(world, DAD)
    sale = world.sell(paid_by_pool(200, units=2))
    assert balances(world) == [0, 0, 0]
    half = world.refund(RefundSale(sale.sale_id, "colour", (ReturnRequest(1, 1_000, amount_only=False),)))
    assert (half.sale.points_redeemed, balances(world)) == (-100, [0, 100, 0])
    assert movements(world, DAD)[0] == (100, "redeem_reversed", sale.member_number)
    world.refund(RefundSale(sale.sale_id, "colour"))
    assert (balances(world), spent(world)) == ([0, 100, 100], [(-100,), (100,)])
    assert world.rows("SELECT points, value_minor FROM points_lots ORDER BY lot_id") == [(100, 99), (100, 99)]
    assert world.broken() == []


def test_a_void_gives_the_day_back_too(world: World) -> None:
    tea(world, DAD, 3)
    allow(world, PoolSpending.MEMBERS, 200)
    sale = world.sell(paid_by_pool(200))
    assert refused(world, paid_by_pool(100)) == ("POOL_DAY_EXCEEDED", "tenders[1].points")
    world.once(void_sale, VoidSale(sale.sale_id, "Mistake"), world.s1)
    assert balances(world) == [0, 300, 0]
    assert world.sell(paid_by_pool(200)).points_redeemed == 200
    world.clock.advance(days=1)
    assert world.sell(paid_by_pool(100)).points_redeemed == 100


def test_what_is_over_by_then_comes_back_to_whose_it_was(world: World) -> None:
    world.set("points_expiry", "months:1")
    tea(world, DAD)
    sale = world.sell(paid_by_pool(100))
    world.clock.now = datetime(2026, 12, 23, 2, 0, tzinfo=UTC)
    world.do(expire_points, ExpirePoints())
    world.refund(RefundSale(sale.sale_id, "colour"))
    assert balances(world) == [0, 100, 0]
    assert str(world.rows("SELECT expires_on FROM points_lots WHERE points > 0")[0][0]) == "2027-01-24"
    assert world.broken() == []


def test_the_quote_tells_what_the_pool_may_pay(world: World) -> None:
    tea(world, DAD, 2)
    tea(world, SON)
    asked = QuoteBasket(Basket((BasketLine("GIFT", quantity_milli=1_000),), member_key=SON), from_pool=True)

    def told(query: QuoteBasket = asked) -> tuple[int, int]:
        quote = world.ask(quote_basket, query, world.s1)
        return quote.points_redeemable, quote.pool_points_redeemable

    assert told() == (100, 300)
    assert told(replace(asked, from_pool=False)) == (100, 0)
    allow(world, PoolSpending.MEMBERS, 100)
    assert told() == (100, 200)
    assert world.sell(paid_by_pool(200)).points_redeemed == 200
    assert told() == (0, 0)
    allow(world, PoolSpending.OWNER)
    assert told() == (0, 0)
    assert told(replace(asked, basket=replace(asked.basket, member_key=MUM))) == (0, 100)
    world.set("points_redeem_step", "30")
    assert told(replace(asked, basket=replace(asked.basket, member_key=MUM))) == (0, 90)


def test_refuses_what_the_pool_does_not_allow(world: World) -> None:
    tea(world, DAD, 2)
    assert refused(world, paid_by_pool(300)) == ("POOL_POINTS_EXCEEDED", "tenders[1].points")
    assert refused(world, paid_by_pool(50)) == ("POINTS_NOT_IN_STEP", "tenders[1].points")
    cash = Tender(TenderKind.CASH, 10_000, from_pool=True)
    assert refused(world, replace(paid_by_pool(0), tenders=(cash,))) == (
        "ONLY_POINTS_FROM_POOL", "tenders[0].from_pool",
    )  # fmt: skip
    allow(world, PoolSpending.OWNER)
    assert refused(world, paid_by_pool(100)) == ("POOL_NOT_TO_SPEND", "tenders[1].from_pool")
    assert world.sell(paid_by_pool(100, MUM)).points_redeemed == 100
    allow(world, PoolSpending.NOBODY)
    assert refused(world, paid_by_pool(100, MUM)) == ("POOL_NOT_TO_SPEND", "tenders[1].from_pool")
    allow(world, PoolSpending.MEMBERS)
    world.do(leave_points_pool, LeavePointsPool(SON))
    assert refused(world, paid_by_pool(100)) == ("NO_POOL_TO_SPEND", "tenders[1].from_pool")
    # What was allowed to a pool that was dissolved is not to its owner's next one.
    world.do(leave_points_pool, LeavePointsPool(MUM))
    world.do(join_points_pool, JoinPointsPool(MUM, DAD))
    assert refused(world, paid_by_pool(100, MUM)) == ("POOL_NOT_TO_SPEND", "tenders[1].from_pool")


def test_what_others_owe_or_cannot_spend_yet_is_not_spent(world: World) -> None:
    world.set("points_clawback", "negative_balance")
    sale = tea(world, DAD)
    world.sell(Till().line("GIFT").member(DAD).points(100).cash(9_900).command)
    world.set("points_pending_days", "1")
    tea(world, MUM)
    world.set("points_pending_days", "0")
    world.refund(RefundSale(sale.sale_id, "colour"))
    assert balances(world) == [100, -100, 0]
    assert refused(world, paid_by_pool(100)) == ("POOL_POINTS_EXCEEDED", "tenders[1].points")
    world.clock.advance(days=1)
    sale = world.sell(paid_by_pool(100))
    assert balances(world) == [0, -100, 0]
    world.refund(RefundSale(sale.sale_id, "colour"))
    assert balances(world) == [100, -100, 0]
    assert world.broken() == []


def test_a_batch_spends_the_points_of_a_pool_once(world: World) -> None:
    tea(world, DAD, 2)
    commands = [paid_by_pool(100, SON), paid_by_pool(100, MUM), paid_by_pool(100, SON)]
    outcomes = world.sell_all([world.call(command, world.s1) for command in commands])
    assert [getattr(one, "points_redeemed", None) or one.reason for one in outcomes] == [
        100, 100, "POOL_POINTS_EXCEEDED",
    ]  # fmt: skip
    assert (balances(world), spent(world)) == ([0, 0, 0], [(100,), (100,)])
    # Who gives may shop in the same batch, and what they earn then pays for the next one.
    commands = [Till().line("TEA").member(DAD).cash(10_000).command, paid_by_pool(100, SON)]
    outcomes = world.sell_all([world.call(command, world.s1) for command in commands])
    assert ([one.points_balance for one in outcomes], balances(world)) == ([100, 0], [0, 0, 0])
    assert world.broken() == []


def test_what_was_sold_offline_is_paid_by_the_pool_too(world: World) -> None:
    tea(world, DAD)
    offline = replace(paid_by_pool(100), uploaded=True, sold_at=world.clock.now)
    assert world.sell(offline).points_redeemed == 100
    assert balances(world) == [0, 0, 0]


@pytest.mark.capability("MEM-11")
def test_points_come_back_to_the_file_that_holds_those_of_who_gave_them(world: World) -> None:
    tea(world, DAD)
    sale = world.sell(paid_by_pool(100))
    world.do(leave_points_pool, LeavePointsPool(DAD))
    world.once(merge_members, MergeMembers(SON, DAD, "One person", "S1"), world.s1)
    world.refund(RefundSale(sale.sale_id, "colour"))
    assert (balances(world), spent(world)) == ([0, 100], [(100,)])
    assert world.broken() == []


def test_the_books_name_a_spending_that_was_tampered_with(world: World) -> None:
    tea(world, DAD)
    sale = world.sell(paid_by_pool(100))
    [(giver,)] = world.rows("SELECT member_id FROM points_pool_spendings")

    def tampered(change: str) -> list[str]:
        with world.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE points_pool_spendings SET {change}")
        return world.broken()

    named = f"I4 points_pool_spendings sale_id={sale.sale_id} member_id={giver}: "
    assert tampered("points = 90") == [named + "points 90, points of entries 100"]
    [found] = tampered("points = 100, spender_id = owner_id")
    assert found.startswith(named + "spender ")
    assert tampered(f"spender_id = (SELECT member_id FROM sales WHERE sale_id = {sale.sale_id})") == []


@pytest.mark.capability("SAL-03", "MEM-03")
def test_points_of_others_go_back_to_them_and_pay_for_no_other_goods(world: World) -> None:
    tea(world, MUM)
    sale = world.sell(paid_by_pool(100))
    assert balances(world) == [0, 0, 0]
    found = exchange(world, sale.sale_id, Till().line("GIFT").cash(100))
    assert [(one.kind, one.amount_minor) for one in found.sale.tenders] == [
        (TenderKind.CASH, 100), (TenderKind.EXCHANGE, 9_900)
    ]  # fmt: skip
    assert (found.exchanged_minor, balances(world)) == (9_900, [100, 0, 0])
