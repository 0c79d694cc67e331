"""Families share points: members of a pool hand them on to each other."""

from datetime import UTC, datetime
from typing import Any

import pytest

from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.pool_points import (
    GetPointsPool,
    JoinPointsPool,
    LeavePointsPool,
    PointsTransferred,
    TransferPoints,
    get_points_pool,
    join_points_pool,
    leave_points_pool,
    transfer_points,
)
from application.membership.register_member import RegisterMember, register_member
from application.sales.refund import RefundSale
from application.sales.views import SaleView
from domain.shared.errors import Refusal
from tests.world import MEMBER, Till, World

MUM, DAD, SON, AUNT = MEMBER, "13800138001", "13800138002", "13800138003"


@pytest.fixture
def world(world: World) -> World:
    """The member is the owner of a pool with DAD; SON and AUNT are in none."""
    for phone in (DAD, SON, AUNT):
        world.do(register_member, RegisterMember(phone=phone, source="till"))
    world.do(join_points_pool, JoinPointsPool(MUM, DAD))
    return world


def tea(world: World, units: int = 1, member: str = MUM) -> SaleView:
    return world.sell(Till().line("TEA", units).member(member).cash(10_000 * units).command)


def mug(world: World, points: int, member: str) -> SaleView:
    """Paid with points, and earning none."""
    world.set("points_earning", "no")
    sale = world.sell(Till().line("MUG").member(member).points(points).cash(5_000 - points).command)
    world.set("points_earning", "yes")
    return sale


def transfer(world: World, points: int, giver: str = MUM, taker: str = DAD) -> PointsTransferred:
    made: PointsTransferred = world.once(transfer_points, TransferPoints(giver, taker, points), world.s1)
    return made


def pool(world: World, member: str = MUM) -> list[int]:
    """Balances of a pool, the owner's first."""
    return [one.points_balance for one in world.ask(get_points_pool, GetPointsPool(member)).members]


def refused(world: World, use_case: Any, command: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        world.once(use_case, command, world.s1)
    return caught.value.reason, caught.value.field


def lots(world: World) -> list[tuple[int, int, str]]:
    """Points, value and expiry of the lots that are not empty."""
    rows = world.rows("SELECT points, value_minor, expires_on FROM points_lots WHERE points > 0 ORDER BY lot_id")
    return [(points, value, str(on)) for points, value, on in rows]


@pytest.mark.capability("PTS-08")
def test_points_are_handed_on_without_a_fee_and_keep_their_expiry_and_their_value(world: World) -> None:
    world.set("points_expiry", "months:1")
    tea(world)
    world.set("points_expiry", "months:2")
    tea(world, 2)
    before = world.ledger()
    made = transfer(world, 150)
    assert (made.points, made.from_balance, made.to_balance, pool(world)) == (150, 150, 150, [150, 150])
    # The first expiring ones: 100 with their 99, and 50 of 200 that carried 198: 49.5, half up.
    assert lots(world) == [(150, 148, "2027-01-23"), (100, 99, "2026-12-23"), (50, 50, "2027-01-23")]
    assert world.ledger() == before
    assert mug(world, 100, DAD).points_balance == 50
    assert transfer(world, 50, DAD, MUM).from_balance == 0


@pytest.mark.capability("PTS-12")
def test_they_expire_with_the_taker_in_the_store_that_had_issued_them(world: World) -> None:
    world.set("points_expiry", "months:1")
    world.sell(Till().line("TEA").member(MUM).cash(10_000).command, world.s2)
    transfer(world, 100)
    world.clock.now = datetime(2026, 12, 23, 2, 0, tzinfo=UTC)
    run = world.do(expire_points, ExpirePoints())
    assert [(one.store_code, one.points, one.value_minor) for one in run.expiries] == [("S2", 100, 99)]
    assert pool(world) == [0, 0]


def test_what_the_taker_owes_is_repaid_first(world: World) -> None:
    world.set("points_clawback", "negative_balance")
    sale = tea(world, 1, DAD)
    mug(world, 100, DAD)
    world.refund(RefundSale(sale.sale_id, "colour"))
    assert pool(world) == [0, -100]
    tea(world, 2)
    assert transfer(world, 150).to_balance == 50
    # 100 of the 150 points repay, with 99 of their 149.
    assert (pool(world), -world.ledger()["220501"], world.ledger()["660101"]) == ([50, 50], 99, 1)


@pytest.mark.capability("PTS-18")
def test_points_that_were_handed_on_are_spent_for_a_refund(world: World) -> None:
    sale = tea(world)
    transfer(world, 100)
    result = world.refund(RefundSale(sale.sale_id, "colour"))
    assert (result.points_shortfall, result.shortfall_minor, pool(world)) == (100, 100, [0, 100])


def test_a_pool_takes_in_so_many_and_each_member_once(world: World) -> None:
    world.set("points_pool_max", "3")
    assert len(world.do(join_points_pool, JoinPointsPool(MUM, SON)).members) == 3
    for owner, member, reason, place in (
        (MUM, AUNT, "POOL_FULL", "member_key"),
        (MUM, SON, "IN_POOL_ALREADY", "member_key"),
        (AUNT, SON, "IN_POOL_ALREADY", "member_key"),
        (SON, AUNT, "NOT_THE_POOLS_OWNER", "owner_key"),
        (MUM, MUM, "SAME_MEMBER", "member_key"),
        ("404", AUNT, "UNKNOWN_MEMBER", "owner_key"),
        (MUM, "404", "UNKNOWN_MEMBER", "member_key"),
    ):
        assert refused(world, join_points_pool, JoinPointsPool(owner, member)) == (reason, place)
    assert world.count("points_pool_members") == 3
    world.set("points_pool_max", "1")
    assert refused(world, join_points_pool, JoinPointsPool(AUNT, "CARD1"))[0] == "IN_POOL_ALREADY"


def test_a_member_leaves_with_their_points_and_the_owner_dissolves_it(world: World) -> None:
    world.do(join_points_pool, JoinPointsPool(MUM, SON))
    tea(world)
    transfer(world, 40)
    world.do(leave_points_pool, LeavePointsPool(DAD))
    assert (pool(world), pool(world, DAD)) == ([60, 0], [])
    assert refused(world, transfer_points, TransferPoints(MUM, DAD, 1)) == ("NOT_IN_ONE_POOL", "to_member_key")
    assert refused(world, leave_points_pool, LeavePointsPool(DAD)) == ("IN_NO_POOL", "member_key")
    world.do(join_points_pool, JoinPointsPool(MUM, DAD))
    assert transfer(world, 40, DAD, MUM).to_balance == 100
    assert world.do(leave_points_pool, LeavePointsPool(MUM)).members == []
    assert [pool(world, one) for one in (MUM, DAD, SON)] == [[], [], []]
    # Of two who are left none is a pool.
    world.do(join_points_pool, JoinPointsPool(DAD, SON))
    world.do(leave_points_pool, LeavePointsPool(SON))
    assert (pool(world, DAD), world.count("points_pool_events")) == ([], 12)


def test_refuses_what_cannot_be_handed_on(world: World) -> None:
    tea(world)
    for giver, taker, points, reason, place in (
        (MUM, DAD, 0, "OUT_OF_RANGE", "points"),
        (MUM, DAD, 101, "POINTS_EXCEED_BALANCE", "points"),
        (MUM, MUM, 1, "SAME_MEMBER", "to_member_key"),
        (MUM, SON, 1, "NOT_IN_ONE_POOL", "to_member_key"),
        (SON, AUNT, 1, "NOT_IN_ONE_POOL", "to_member_key"),
        ("404", DAD, 1, "UNKNOWN_MEMBER", "from_member_key"),
    ):
        assert refused(world, transfer_points, TransferPoints(giver, taker, points)) == (reason, place)
    assert world.count("points_transfers") == 0


def test_the_books_name_a_transfer_that_was_tampered_with(world: World) -> None:
    tea(world)
    made = transfer(world, 100)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE points_transfers SET points = 90")
    assert world.broken() == [
        f"I4 points_transfers transfer_id={made.transfer_id}: points 90, points that left the one 100;"
        " points 90, points that came to the other 100"
    ]
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE points_transfers SET points = 100")
