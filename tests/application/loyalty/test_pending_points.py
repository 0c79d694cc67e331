"""Points of a sale that wait some days before they can be spent (`points_pending_days`)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.queries import (
    GetPointsBalance,
    GetPointsStatement,
    PointsBalance,
    get_points_balance,
    get_points_statement,
)
from application.sales.basket import Basket, BasketLine
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale
from application.sales.views import SaleView
from domain.loyalty.redemption import PointsNotFree
from tests.world import MEMBER, Till, World


def tea(world: World, units: int = 1) -> SaleView:
    return world.sell(Till().line("TEA", units).member().cash(10_000 * units).command)


def mug(world: World, points: int) -> SaleView:
    """Paid with points, and earning none."""
    world.set("points_earning", "no")
    sale = world.sell(Till().line("MUG").member().points(points).cash(5_000 - points).command)
    world.set("points_earning", "yes")
    return sale


def balance(world: World, **when: Any) -> PointsBalance:
    found: PointsBalance = world.ask(get_points_balance, GetPointsBalance(MEMBER, **when), world.s1)
    return found


def lots(world: World) -> list[tuple[int, str]]:
    """Points that are left and from when on they are free."""
    return [
        (points, str(on or "")) for points, on in world.rows("SELECT points, free_on FROM points_lots ORDER BY lot_id")
    ]


@pytest.mark.capability("PTS-10", "PTS-16")
def test_waits_three_business_days_and_is_told_apart_meanwhile(world: World) -> None:
    world.set("points_pending_days", "3")
    # 03:30 in Shanghai still belongs to the day before, 22 November.
    world.clock.now = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
    sale = tea(world, 2)
    world.clock.now = datetime(2026, 11, 24, 19, 59, tzinfo=UTC)
    assert balance(world) == PointsBalance(
        sale.member_number, 200, "2028-01-01", 200,
        spendable_points=0, pending_points=200, pending_until="2026-11-25",
    )  # fmt: skip
    quote = world.ask(
        quote_basket, QuoteBasket(Basket((BasketLine("TEA", quantity_milli=1_000),), member_key=MEMBER)), world.s1
    )
    assert (quote.points_balance, quote.points_redeemable, quote.points_pending) == (200, 0, 200)
    with pytest.raises(PointsNotFree) as refused:
        mug(world, 100)
    assert (refused.value.reason, refused.value.field) == ("POINTS_NOT_FREE", "tenders[0].points")
    assert refused.value.message("en") == (
        "The member has 0 points that can be spent, not 100; 200 are still pending, 0 are held."
    )

    world.clock.now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)

    world.set("points_earning", "yes")
    assert (balance(world).spendable_points, balance(world).pending_points) == (200, 0)
    assert mug(world, 100).points_balance == 100
    assert (balance(world, as_of_date="2026-11-24").pending_points, balance(world).pending_until) == (200, "")


def test_every_lot_keeps_the_day_of_its_sale(world: World) -> None:
    tea(world)
    world.set("points_pending_days", "5")
    tea(world)
    world.set("points_pending_days", "0")
    tea(world)
    assert lots(world) == [(100, ""), (100, "2026-11-27"), (100, "")]
    entries = world.ask(get_points_statement, GetPointsStatement(MEMBER)).entries
    assert [entry.free_on for entry in reversed(entries)] == ["", "2026-11-27", ""]


@pytest.mark.capability("PTS-18")
def test_a_refund_takes_pending_points_before_free_ones(world: World) -> None:
    first = tea(world)
    mug(world, 100)
    tea(world)
    world.set("points_pending_days", "5")
    tea(world, 2)
    refund = world.refund(RefundSale(first.sale_id, "colour"))
    assert (refund.points_shortfall, lots(world)) == (0, [(0, ""), (100, ""), (100, "2026-11-27")])
    assert (balance(world).spendable_points, balance(world).pending_points) == (100, 100)


@pytest.mark.capability("PTS-18")
def test_a_refund_inside_the_time_takes_its_own_pending_points(world: World) -> None:
    world.set("points_pending_days", "5")
    sale = tea(world)
    other = tea(world)
    refund = world.refund(RefundSale(other.sale_id, "colour"))
    assert (refund.points_shortfall, lots(world)) == (0, [(100, "2026-11-27"), (0, "2026-11-27")])
    world.refund(RefundSale(sale.sale_id, "colour"))
    assert (world.points(), world.ledger().get("220501", 0)) == (0, 0)


@pytest.mark.capability("PTS-12")
def test_expiry_counts_from_the_day_of_earning(world: World) -> None:
    world.set("points_expiry", "months:1")
    world.set("points_pending_days", "60")
    tea(world)
    world.clock.now = datetime(2026, 12, 23, 2, 0, tzinfo=UTC)
    assert (balance(world).pending_points, balance(world).expired_points) == (0, 100)
    assert (world.do(expire_points, ExpirePoints()).points, world.points()) == (100, 0)


def test_pending_points_repay_what_is_owed(world: World) -> None:
    world.set("points_clawback", "negative_balance")
    sale = tea(world)
    mug(world, 100)
    world.refund(RefundSale(sale.sale_id, "colour"))
    world.set("points_pending_days", "5")
    assert tea(world, 2).points_balance == 100
    found = balance(world)
    assert (found.spendable_points, found.pending_points, found.owed_points) == (0, 100, 0)
