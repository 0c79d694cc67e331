"""Points put right by hand: with a reason, above a limit by two people, booked, and undone by the inverse."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.identity.approve import Approve, approve
from application.identity.staff import PutStaff, put_staff
from application.identity.views import StaffView
from application.loyalty.adjust_points import (
    ADJUST,
    AdjustPoints,
    PointsAdjusted,
    ReversePointsAdjustment,
    adjust_points,
    reverse_points_adjustment,
)
from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.queries import GetPointsFigures, get_points_figures
from domain.finance.journal import balanced
from domain.finance.points_postings import adjustment_postings
from domain.identity.organisation import SYSTEM, Caller, CallerKind, ScopeKind
from domain.shared.errors import Refusal
from tests.world import MEMBER, Till, World

TABLES = ("points_entries", "points_lots", "points_adjustments", "journal_entries", "outbox", "approval_uses")


def adjust(world: World, points: int, caller: Caller = SYSTEM, request_id: str = "", **more: Any) -> PointsAdjusted:
    command = AdjustPoints(MEMBER, points, "Till was down", "S1", **more)
    result: PointsAdjusted = world.once(adjust_points, command, caller, request_id)
    return result


def reverse(world: World, adjustment_id: int, caller: Caller = SYSTEM) -> PointsAdjusted:
    command = ReversePointsAdjustment(adjustment_id, "Wrong member")
    result: PointsAdjusted = world.once(reverse_points_adjustment, command, caller)
    return result


def refused(
    world: World, use_case: Any, command: Any, caller: Caller = SYSTEM, request_id: str = ""
) -> tuple[str, str]:
    before = {table: world.count(table) for table in TABLES}
    with pytest.raises(Refusal) as refusal:
        world.once(use_case, command, caller, request_id)
    assert refusal.value.message("zh") != refusal.value.message("en")
    assert {table: world.count(table) for table in TABLES} == before
    return refusal.value.reason, refusal.value.field


def books(world: World) -> tuple[int, int, int]:
    """Points of the member, points liability, promotion expense."""
    ledger = world.ledger()
    return world.points(), ledger.get("220501", 0), ledger.get("660101", 0)


def test_gives_points_as_a_lot_with_what_they_are_expected_to_cost(world: World) -> None:
    world.set("points_expected_redemption_bp", "8000")
    made = adjust(world, 500)
    # 500 points are worth 5.00, of which 80 % are expected to be redeemed.
    assert (made.points, made.value_minor, made.points_balance) == (500, 400, 500)
    assert books(world) == (500, -400, 400)
    assert world.rows("SELECT points, reason, reverses_id, caller_id FROM points_adjustments") == [
        (500, "Till was down", 0, 0)
    ]
    assert world.rows("SELECT reason, sale_id FROM points_entries") == [("adjusted", made.adjustment_id)]
    [figures] = world.ask(get_points_figures, GetPointsFigures("S1")).figures
    assert (figures.adjusted_points, figures.adjusted_minor, figures.outstanding_points) == (500, 400, 500)


def test_takes_points_from_the_lots_that_expire_first(world: World) -> None:
    world.sell(Till().line("TEA").member().cash(10_000).command)
    world.set("points_expiry", "months:1")
    world.sell(Till().line("TEA", 2).member().cash(20_000).command)
    made = adjust(world, -250)
    assert (made.points, made.points_balance) == (-250, 50)
    assert world.rows("SELECT points, value_minor FROM points_lots ORDER BY lot_id") == [(50, 49), (0, 0)]
    # 198 of the one lot, 50 of the other.
    assert (made.value_minor, books(world)) == (-248, (50, -49, -248))
    assert refused(world, adjust_points, AdjustPoints(MEMBER, -51, "No", "S1")) == ("POINTS_EXCEED_BALANCE", "points")


def test_takes_effect_once_for_its_request(world: World) -> None:
    request_id = str(uuid4())
    adjust(world, 100, request_id=request_id)
    world.once(adjust_points, AdjustPoints(MEMBER, 100, "Till was down", "S1"), SYSTEM, request_id)
    assert world.points() == 100


@pytest.mark.parametrize("points", [300, -150])
def test_a_reversal_is_the_inverse_and_comes_once(world: World, points: int) -> None:
    world.sell(Till().line("TEA", 2).member().cash(20_000).command)
    before = books(world)
    made = adjust(world, points)
    undone = reverse(world, made.adjustment_id)
    assert (undone.points, undone.value_minor, undone.points_balance) == (-points, -made.value_minor, 200)
    assert books(world) == before
    for adjustment_id in (made.adjustment_id, undone.adjustment_id):
        assert refused(world, reverse_points_adjustment, ReversePointsAdjustment(adjustment_id, "Again")) == (
            "REVERSED_ALREADY", "adjustment_id",
        )  # fmt: skip


def test_points_that_were_spent_or_have_expired_are_not_taken_back(world: World) -> None:
    world.set("points_expiry", "months:1")
    made = adjust(world, 300)
    spent = ReversePointsAdjustment(made.adjustment_id, "Wrong member")
    world.sell(Till().line("MUG").member().points(100).cash(4_900).command)
    assert refused(world, reverse_points_adjustment, spent) == ("POINTS_USED_SINCE", "adjustment_id")
    world.clock.now = datetime(2026, 12, 23, 2, 0, tzinfo=UTC)
    world.do(expire_points, ExpirePoints())
    assert refused(world, reverse_points_adjustment, spent) == ("POINTS_USED_SINCE", "adjustment_id")


def test_points_taken_from_a_lot_that_is_over_come_back_with_a_new_expiry(world: World) -> None:
    world.set("points_expiry", "months:1")
    world.sell(Till().line("TEA").member().cash(10_000).command)
    made = adjust(world, -60)
    world.clock.now = datetime(2026, 12, 23, 2, 0, tzinfo=UTC)
    world.do(expire_points, ExpirePoints())
    assert world.points() == 0
    reverse(world, made.adjustment_id)
    [(points, on)] = world.rows("SELECT points, expires_on FROM points_lots WHERE points > 0")
    assert (points, str(on)) == (60, "2027-01-24")


@pytest.fixture
def people(world: World) -> tuple[Caller, Caller]:
    """Ann and Bob of head office, each signed in on the terminal of store S1."""
    for code in ("ann", "bob"):
        staff = StaffView(code, code.title(), "hq", ScopeKind.CHAIN, "", active=True)
        world.do(put_staff, PutStaff(staff, "135790"))
    ids = dict(world.rows("SELECT code, staff_id FROM staff"))
    ann, bob = (replace(world.terminal("T1", ADJUST), staff_id=ids[code], staff_code=code) for code in ("ann", "bob"))
    return ann, bob


def token(world: World, caller: Caller, request_id: str, amount_minor: int = 1_001) -> str:
    return str(world.do(approve, Approve(ADJUST, request_id, amount_minor, "Seen"), caller).approval_token)


def test_beyond_the_limit_another_person_approves_it(world: World, people: tuple[Caller, Caller]) -> None:
    ann, bob = people
    request_id = str(uuid4())
    large = AdjustPoints(MEMBER, 1_001, "Till was down")
    assert refused(world, adjust_points, large, ann, request_id) == ("SECOND_PERSON_NEEDED", "approval_token")
    assert refused(world, adjust_points, replace(large, points=-1_001), ann)[0] == "SECOND_PERSON_NEEDED"
    own = token(world, ann, request_id)
    assert refused(world, adjust_points, replace(large, approval_token=own), ann, request_id)[0] == "SELF_APPROVAL"
    other = token(world, bob, str(uuid4()))
    assert refused(world, adjust_points, replace(large, approval_token=other), ann, request_id)[0] == (
        "APPROVAL_FOR_OTHER"
    )
    less = token(world, bob, request_id, 1_000)
    assert refused(world, adjust_points, replace(large, approval_token=less), ann, request_id)[0] == (
        "APPROVAL_FOR_OTHER"
    )
    approved = replace(large, approval_token=token(world, bob, request_id))
    made = world.once(adjust_points, approved, ann, request_id)
    assert (made.points, world.points()) == (1_001, 1_001)
    assert world.rows("SELECT sale_id FROM approval_uses") == [(made.adjustment_id,)]
    # Of the same caller the same request is answered; of another one it is another adjustment.
    elsewhere = replace(ann, caller_id=world.s2.caller_id)
    assert refused(world, adjust_points, approved, elsewhere, request_id)[0] == "APPROVAL_USED"
    world.clock.advance(seconds=121)
    late = replace(large, approval_token=token(world, bob, request_id))
    world.clock.advance(seconds=121)
    assert refused(world, adjust_points, late, elsewhere, request_id)[0] == "APPROVAL_EXPIRED"


def test_a_reversal_needs_a_second_person_beyond_the_limit_too(world: World, people: tuple[Caller, Caller]) -> None:
    ann, _ = people
    made = adjust(world, 1_000)
    world.set("points_adjust_max", "999")
    undo = ReversePointsAdjustment(made.adjustment_id, "Wrong member")
    assert refused(world, reverse_points_adjustment, undo, ann)[0] == "SECOND_PERSON_NEEDED"


def test_refuses_what_is_no_adjustment(world: World) -> None:
    service = replace(SYSTEM, kind=CallerKind.SERVICE, store_ids=world.s2.store_ids)
    cases: tuple[tuple[AdjustPoints, Caller, str, str], ...] = (
        (AdjustPoints(MEMBER, 0, "Why", "S1"), SYSTEM, "MISSING", "points"),
        (AdjustPoints(MEMBER, 10**9 + 1, "Why", "S1"), SYSTEM, "OUT_OF_RANGE", "points"),
        (AdjustPoints(MEMBER, 5, " ", "S1"), SYSTEM, "MISSING", "reason"),
        (AdjustPoints(MEMBER, 5, "Why"), SYSTEM, "STORE_NEEDED", "store_code"),
        (AdjustPoints(MEMBER, 5, "Why", "S1"), service, "UNKNOWN_STORE", "store_code"),
        (AdjustPoints("404", 5, "Why", "S1"), SYSTEM, "UNKNOWN_MEMBER", "member_key"),
        (AdjustPoints(MEMBER, 5, "Why", "S1", "no token"), SYSTEM, "UNKNOWN_APPROVAL", "approval_token"),
    )
    for command, caller, reason, place in cases:
        assert refused(world, adjust_points, command, caller) == (reason, place)
    made = adjust(world, 5)
    for adjustment_id, caller in ((made.adjustment_id, service), (404, SYSTEM)):
        undo = ReversePointsAdjustment(adjustment_id, "Why")
        assert refused(world, reverse_points_adjustment, undo, caller) == ("UNKNOWN_ADJUSTMENT", "adjustment_id")


@given(st.integers(-(10**12), 10**12))
def test_the_posting_of_a_reversal_cancels_that_of_its_adjustment(value: int) -> None:
    both = [*adjustment_postings(value_minor=value), *adjustment_postings(value_minor=-value)]
    assert balanced(1, both) == []
