"""Points held for something that is not paid for yet: nobody else spends them, and the clock frees them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.hold_points import (
    DAYS_MAX,
    CapturePoints,
    HoldPoints,
    ReleasePoints,
    capture_points,
    hold_points,
    release_points,
)
from application.loyalty.queries import GetPointsBalance, PointsBalance, get_points_balance
from application.loyalty.views import PointsHeld
from application.sales.refund import RefundSale
from application.sales.views import SaleView
from domain.identity.organisation import SYSTEM, Caller, CallerKind
from domain.shared.errors import Refusal
from tests.world import MEMBER, Till, World


def tea(world: World, units: int = 1) -> SaleView:
    return world.sell(Till().line("TEA", units).member().cash(10_000 * units).command)


def mug(world: World, points: int) -> SaleView:
    """Paid with points, and earning none."""
    world.set("points_earning", "no")
    try:
        return world.sell(Till().line("MUG").member().points(points).cash(5_000 - points).command)
    finally:
        world.set("points_earning", "yes")


def hold(world: World, points: int = 100, *, hours: int = 24) -> PointsHeld:
    command = HoldPoints(MEMBER, points, "Order 7", world.clock() + timedelta(hours=hours))
    held: PointsHeld = world.once(hold_points, command, world.s1)
    return held


def capture(world: World, held: PointsHeld, points: int = 0, **options: Any) -> PointsHeld:
    captured: PointsHeld = world.once(capture_points, CapturePoints(held.hold_id, points), world.s1, **options)
    return captured


def release(world: World, held: PointsHeld) -> PointsHeld:
    released: PointsHeld = world.once(release_points, ReleasePoints(held.hold_id), world.s1)
    return released


def balance(world: World) -> PointsBalance:
    found: PointsBalance = world.ask(get_points_balance, GetPointsBalance(MEMBER), world.s1)
    return found


def left(world: World) -> list[int]:
    """Points of the lots that are not empty, as they expire."""
    rows = world.rows("SELECT points FROM points_lots WHERE points <> 0 ORDER BY expires_on, lot_id")
    return [points for (points,) in rows]


def refused(world: World, use_case: Any, command: Any, caller: Caller | None = None) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        world.once(use_case, command, caller or world.s1)
    return caught.value.reason, caught.value.field


@pytest.mark.capability("PTS-09")
def test_nobody_else_spends_what_is_held_and_its_capture_pays_who_delivers(world: World) -> None:
    tea(world, 3)
    # 297 of revenue wait for 300 points.
    held = hold(world)
    assert (held.points, held.points_balance, world.ledger()["220501"]) == (100, 300, -297)
    found = balance(world)
    assert (found.points_balance, found.held_points, found.spendable_points) == (300, 100, 200)
    assert found.holds == [
        PointsHeld(held.hold_id, held.member_number, 100, "Order 7", world.clock() + timedelta(hours=24))
    ]
    with pytest.raises(Refusal, match="200 points that can be spent, not 300; 0 are still pending, 100 are held"):
        mug(world, 300)
    assert mug(world, 200).points_balance == 100
    expense = world.ledger()["660101"]

    captured = capture(world, held)

    assert (captured.captured_points, captured.paid_minor, captured.points_balance) == (100, 100, 0)
    ledger = world.ledger()
    # The hundred carried 99; it pays 1.00, which is owed to who delivers the order.
    assert (ledger.get("220501", 0), ledger["224102"], ledger["660101"] - expense) == (0, -100, 1)
    assert (balance(world).held_points, balance(world).holds) == (0, ())


def test_is_over_by_the_clock_and_no_job_has_to_know(world: World) -> None:
    tea(world)
    held = hold(world, hours=2)
    world.clock.advance(minutes=119)
    assert (balance(world).spendable_points, balance(world).held_points) == (0, 100)
    with pytest.raises(Refusal, match="100 are held"):
        mug(world, 100)
    world.clock.advance(minutes=1)
    assert (balance(world).spendable_points, balance(world).held_points) == (100, 0)
    assert refused(world, capture_points, CapturePoints(held.hold_id)) == ("HOLD_OVER", "hold_id")
    assert refused(world, release_points, ReleasePoints(held.hold_id)) == ("HOLD_OVER", "hold_id")
    again = hold(world)
    assert release(world, again).released_points == 100
    assert mug(world, 100).points_balance == 0


def test_ends_once_whoever_ends_it(world: World) -> None:
    tea(world, 2)
    held = hold(world)
    request_id = str(uuid4())
    for _ in range(2):
        capture(world, held, request_id=request_id)
    assert (world.points(), world.count("points_hold_ends")) == (100, 1)
    for use_case, command in (
        (capture_points, CapturePoints(held.hold_id)),
        (release_points, ReleasePoints(held.hold_id)),
    ):
        assert refused(world, use_case, command) == ("HOLD_ENDED", "hold_id")
    other = hold(world)
    release(world, other)
    assert refused(world, capture_points, CapturePoints(other.hold_id)) == ("HOLD_ENDED", "hold_id")
    assert (world.points(), left(world)) == (100, [100])


def test_captures_a_part_and_releases_the_others_into_their_lots(world: World) -> None:
    world.set("points_expiry", "months:1")
    tea(world)
    world.set("points_expiry", "months:2")
    tea(world, 2)
    before = world.rows("SELECT lot_id FROM points_lots ORDER BY lot_id")
    held = hold(world, 180)
    assert left(world) == [100, 120, 80]
    answer = capture(world, held, 130)
    assert (answer.captured_points, answer.released_points, answer.paid_minor) == (130, 50, 130)
    # All of the lot that expires first, 30 of the other; what is released is where it had been.
    assert world.rows("SELECT lot_id FROM points_lots WHERE points > 0") == before[1:]
    assert left(world) == [170]


@pytest.mark.capability("PTS-12")
@pytest.mark.parametrize("captured", [True, False])
def test_points_do_not_expire_while_they_are_held(world: World, captured: bool) -> None:
    """First expiring first as of the hold; released after their day, they are over with the next run."""
    world.set("points_expiry", "months:1")
    tea(world, 2)
    world.clock.now = datetime(2026, 12, 20, 2, 0, tzinfo=UTC)
    held = hold(world, 150, hours=24 * 10)
    world.clock.now = datetime(2026, 12, 24, 2, 0, tzinfo=UTC)
    assert balance(world).expired_points == 50
    for _ in range(2):
        world.do(expire_points, ExpirePoints(lots_max=1))
    assert (world.points(), balance(world).held_points) == (150, 150)
    if captured:
        assert capture(world, held).points_balance == 0
    else:
        release(world, held)
        assert (balance(world).expired_points, balance(world).spendable_points) == (150, 0)
        assert world.do(expire_points, ExpirePoints()).points == 150
    assert (world.points(), world.ledger().get("220501", 0)) == (0, 0)


@pytest.mark.capability("PTS-18")
def test_a_refund_finds_held_points_spent_and_those_that_came_back_its_own(world: World) -> None:
    world.set("points_clawback", "negative_balance")
    sale = tea(world, 2)
    held = hold(world, 150)
    taken = world.refund(RefundSale(sale.sale_id, "colour"))
    # 50 were there, 150 are held: she owes them, and they are no longer hers to spend when they come back.
    assert (taken.points_shortfall, taken.sale.points_balance) == (150, 0)
    release(world, held)
    found = balance(world)
    assert (found.points_balance, found.owed_points, found.spendable_points) == (0, 150, 0)
    assert tea(world).points_balance == 100
    assert (balance(world).spendable_points, balance(world).owed_points) == (100, 50)


@pytest.mark.capability("PTS-12", "PTS-18")
def test_points_that_were_held_and_have_expired_are_nobodys_debt(world: World) -> None:
    world.set("points_expiry", "months:1")
    sale = tea(world, 2)
    hold(world, 150, hours=1)
    world.clock.now = datetime(2026, 12, 24, 2, 0, tzinfo=UTC)
    assert (world.do(expire_points, ExpirePoints()).points, world.points()) == (200, 0)
    taken = world.refund(RefundSale(sale.sale_id, "colour"))
    assert (taken.points_shortfall, taken.sale.total_minor, world.points()) == (0, -20_000, 0)
    assert world.ledger().get("605101", 0) == 0


def test_refuses_what_is_no_hold(world: World) -> None:
    tea(world)
    soon = world.clock() + timedelta(hours=1)
    service = replace(SYSTEM, kind=CallerKind.SERVICE, store_ids=world.s2.store_ids)
    cases: tuple[tuple[HoldPoints, Caller, str, str], ...] = (
        (HoldPoints(MEMBER, 0, "A", soon), world.s1, "OUT_OF_RANGE", "points"),
        (HoldPoints(MEMBER, 101, "A", soon), world.s1, "POINTS_EXCEED_BALANCE", "points"),
        (HoldPoints(MEMBER, 1, " ", soon), world.s1, "MISSING", "reference"),
        (HoldPoints(MEMBER, 1, "A"), world.s1, "MISSING", "expires_at"),
        (HoldPoints(MEMBER, 1, "A", world.clock()), world.s1, "NO_END_OF_HOLD", "expires_at"),
        (HoldPoints(MEMBER, 1, "A", soon + timedelta(days=DAYS_MAX)), world.s1, "NO_END_OF_HOLD", "expires_at"),
        (HoldPoints("404", 1, "A", soon), world.s1, "UNKNOWN_MEMBER", "member_key"),
        (HoldPoints(MEMBER, 1, "A", soon), SYSTEM, "STORE_NEEDED", "store_code"),
        (HoldPoints(MEMBER, 1, "A", soon, "S1"), service, "UNKNOWN_STORE", "store_code"),
    )
    for command, caller, reason, place in cases:
        assert refused(world, hold_points, command, caller) == (reason, place)
    assert world.count("points_holds") == 0
    held = hold(world)
    assert refused(world, capture_points, CapturePoints(held.hold_id, 101)) == ("MORE_THAN_HELD", "points")
    for hold_id, caller in ((held.hold_id, world.s2), (404, SYSTEM)):
        assert refused(world, capture_points, CapturePoints(hold_id), caller) == ("UNKNOWN_HOLD", "hold_id")


def test_the_books_name_a_hold_that_was_tampered_with(world: World) -> None:
    tea(world)
    held = hold(world)
    capture(world, held, 60)
    [(end_id,)] = world.rows("SELECT end_id FROM points_hold_ends")
    changed = (
        ("UPDATE points_holds SET points = 90", "UPDATE points_holds SET points = 100",
         [f"points_hold_ends end_id={end_id}: points held 90, captured and put back 100",
          f"points_holds hold_id={held.hold_id}: points 90, points of its lots 100"]),
        ("UPDATE points_hold_ends SET paid_minor = 61", "UPDATE points_hold_ends SET paid_minor = 60",
         [f"points_hold_ends end_id={end_id}: paid 61, account 224102 60"]),
    )  # fmt: skip
    for tampering, repair, violations in changed:
        with world.engine.begin() as connection:
            connection.exec_driver_sql(tampering)
        assert sorted(world.broken()) == [f"I4 {violation}" for violation in violations]
        with world.engine.begin() as connection:
            connection.exec_driver_sql(repair)
