"""Points of a returned sale that were already spent are owed, with `points_clawback` = `negative_balance`."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from application.loyalty.adjust_points import (
    AdjustPoints,
    PointsUsedSince,
    ReversePointsAdjustment,
    adjust_points,
    reverse_points_adjustment,
)
from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.queries import (
    GetPointsBalance,
    GetPointsFigures,
    GetPointsStatement,
    PointsBalance,
    get_points_balance,
    get_points_figures,
    get_points_statement,
)
from application.sales.refund import Refunded, RefundSale, VoidSale, void_sale
from application.sales.views import SaleView
from domain.identity.organisation import SYSTEM
from domain.loyalty.ledger import PointsReason
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from tests.world import MEMBER, Till, World

LIABILITY, EXPENSE = "220501", "660101"


@pytest.fixture
def world(world: World) -> World:
    world.set("points_clawback", "negative_balance")
    return world


def tea(world: World, units: int = 1) -> SaleView:
    """100.00 each: 100 points."""
    return world.sell(Till().line("TEA", units).member().cash(10_000 * units).command)


def mug(world: World, points: int) -> SaleView:
    """50.00, of which points pay a part; it earns nothing."""
    world.set("points_earning", "no")
    sale = world.sell(Till().line("MUG").member().points(points).cash(5_000 - points).command)
    world.set("points_earning", "yes")
    return sale


def refund(world: World, sale: SaleView, *lines: ReturnRequest) -> Refunded:
    return world.refund(RefundSale(sale.sale_id, "Changed her mind", lines))


def books(world: World) -> tuple[int, int, int]:
    """Balance, points liability, promotion expense."""
    ledger = world.ledger()
    return world.points(), -ledger.get(LIABILITY, 0), ledger.get(EXPENSE, 0)


@pytest.mark.capability("PTS-18")
def test_the_balance_goes_below_zero_and_the_next_points_repay_it_first(world: World) -> None:
    first = tea(world, 10)
    world.sell(Till().line("MUG", 4).member().points(1_000).cash(19_000).command)
    # 989 of revenue waited for 1,000 points that have paid 10.00; 190 points were earned beside them, for 188.
    assert books(world) == (190, 188, 11)

    result = refund(world, first)

    # All of the money, and 810 points that are nowhere any more: of 989 deferred 188 are left to take back.
    assert (result.points_shortfall, result.shortfall_minor, result.sale.points_balance) == (810, 0, -810)
    assert [(t.kind, t.amount_minor) for t in result.sale.tenders] == [(TenderKind.CASH, -100_000)]
    assert books(world) == (-810, 0, 812)
    # 100 points that 99 are deferred for: nothing of it is owed to her, and the expense was none by as much.
    assert tea(world).points_balance == -710
    assert books(world) == (-710, 0, 713)
    # Of 800 points with 791 she repays 710 with 702.
    assert tea(world, 8).points_balance == 90
    assert books(world) == (90, 89, 11)
    assert world.rows("SELECT points_debt FROM points_accounts") == [(0,)]


@pytest.mark.capability("PTS-18")
def test_what_repaid_a_debt_is_owed_again_when_its_sale_comes_back(world: World) -> None:
    first = tea(world)
    mug(world, 100)
    refund(world, first)
    second = tea(world)
    assert books(world) == (0, 0, 1)
    assert refund(world, second).points_shortfall == 100
    assert books(world) == (-100, 0, 100)
    third = tea(world, 2)
    half = refund(world, third, ReturnRequest(1, 1_000, amount_only=False))
    assert (half.points_shortfall, half.sale.points_balance) == (0, 0)
    [rest] = [refund(world, third)]
    assert (rest.points_shortfall, rest.sale.points_balance) == (100, -100)


@pytest.mark.capability("PTS-18")
def test_a_sale_that_was_paid_with_the_points_of_a_refunded_one_comes_back_later(world: World) -> None:
    before = world.ledger()
    earned = tea(world)
    paid = mug(world, 100)
    refund(world, earned)
    assert books(world) == (-100, 0, 100)
    result = refund(world, paid)
    # Her 100 points come back with their 99, and repay what she owes.
    assert {t.kind: (t.amount_minor, t.points) for t in result.sale.tenders} == {
        TenderKind.POINTS: (-100, -100),
        TenderKind.CASH: (-4_900, 0),
    }
    assert (books(world), world.ledger()) == ((0, 0, 0), before)


@pytest.mark.capability("PTS-12", "PTS-18")
@pytest.mark.parametrize("expired", [False, True])
def test_points_that_have_expired_are_not_owed(world: World, expired: bool) -> None:
    world.set("points_expiry", "months:1")
    sale = tea(world, 2)
    mug(world, 100)
    world.clock.now = datetime(2026, 12, 23, 2, 0, tzinfo=UTC)
    if expired:
        world.do(expire_points, ExpirePoints())
    half = refund(world, sale, ReturnRequest(1, 1_000, amount_only=False))
    assert (half.points_shortfall, world.points()) == (0, 0)
    rest = refund(world, sale)
    assert (rest.points_shortfall, rest.sale.total_minor, world.points()) == (100, -10_000, -100)


@pytest.mark.capability("PTS-12")
def test_no_expiry_takes_good_points_for_spent_ones_and_a_debt_never_expires(world: World) -> None:
    """Balance collapse: lots that are over and were spent leave the others alone."""
    world.set("points_expiry", "months:1")
    sale = tea(world)
    mug(world, 100)
    world.set("points_expiry", "months:12")
    tea(world, 3)
    world.clock.now = datetime(2026, 12, 24, 2, 0, tzinfo=UTC)
    assert (world.do(expire_points, ExpirePoints()).points, world.points()) == (0, 300)
    mug(world, 300)
    refund(world, sale)
    world.clock.now = datetime(2028, 1, 1, 2, 0, tzinfo=UTC)
    assert (world.do(expire_points, ExpirePoints()).points, world.points()) == (0, -100)
    assert tea(world).points_balance == 0


def test_a_void_leaves_a_debt_too(world: World) -> None:
    sale = tea(world)
    mug(world, 100)
    voided = world.once(void_sale, VoidSale(sale.sale_id, "Wrong member"), world.s1).sale
    assert (voided.total_minor, voided.points_balance) == (-10_000, -100)


def test_sales_of_one_batch_repay_one_after_the_other(world: World) -> None:
    sale = tea(world, 2)
    mug(world, 200)
    refund(world, sale)
    till = Till().line("TEA").member().cash(10_000).command
    sold = world.sell_all([world.call(till, world.s1, str(uuid4())) for _ in range(3)])
    assert [one.points_balance for one in sold] == [-100, 0, 100]
    assert world.rows("SELECT points FROM points_lots WHERE points <> 0") == [(100,)]


def test_points_given_by_hand_repay_and_are_not_taken_back_after_it(world: World) -> None:
    sale = tea(world)
    mug(world, 100)
    refund(world, sale)
    assert books(world) == (-100, 0, 100)
    made = world.once(adjust_points, AdjustPoints(MEMBER, 150, "Till was down", "S1"), SYSTEM)
    # 150 are worth 150; what repays the debt leaves no liability behind.
    assert (made.points_balance, made.value_minor, books(world)) == (50, 150, (50, 50, 150))
    with pytest.raises(PointsUsedSince) as refused:
        world.do(reverse_points_adjustment, ReversePointsAdjustment(made.adjustment_id, "No"))
    assert refused.value.message("en").startswith("Of the 150 points 50 are left")


@pytest.mark.capability("PTS-14")
def test_balance_statement_and_figures_tell_what_is_owed_then_and_now(world: World) -> None:
    sale = tea(world)
    mug(world, 100)
    refund(world, sale)
    owing = world.clock.now
    world.clock.advance(days=1)
    tea(world)
    number = sale.member_number
    then = world.ask(get_points_balance, GetPointsBalance(MEMBER, as_of=owing))
    assert then == PointsBalance(number, -100, "", 0, expired_points=0, owed_points=100)
    now = world.ask(get_points_balance, GetPointsBalance(MEMBER))
    assert (now.points_balance, now.owed_points, now.next_expiry_points) == (0, 0, 0)
    entries = world.ask(get_points_statement, GetPointsStatement(MEMBER)).entries
    assert [(entry.points, entry.reason) for entry in reversed(entries)] == [
        (100, PointsReason.EARNED), (-100, PointsReason.REDEEMED), (-100, PointsReason.OWED),
        (100, PointsReason.EARNED), (-100, PointsReason.REPAID), (100, PointsReason.REPAID),
    ]  # fmt: skip
    [figures] = world.ask(get_points_figures, GetPointsFigures("S1")).figures
    assert (figures.issued_points, figures.redeemed_points, figures.reversed_points) == (200, 100, -100)
    assert (figures.issued_minor, figures.redeemed_minor, figures.reversed_minor) == (198, 99, -99)
    assert (figures.outstanding_points, figures.liability_minor) == (0, 0)


def test_the_books_name_a_debt_that_was_tampered_with(world: World) -> None:
    sale = tea(world)
    mug(world, 100)
    refund(world, sale)
    [(member_id,)] = world.rows("SELECT member_id FROM points_accounts")
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE points_accounts SET points_debt = 90")
    assert world.broken() == [f"I4 points_accounts member_id={member_id}: debt 90, points of lots below zero 100"]
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE points_accounts SET points_debt = 100")
