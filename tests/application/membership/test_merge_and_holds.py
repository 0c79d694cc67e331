"""Merges in the middle of something else: points that are held, and points that were given by hand."""

from datetime import timedelta

import pytest

from application.loyalty.adjust_points import AdjustPoints, adjust_points
from application.loyalty.hold_points import (
    CapturePoints,
    HoldPoints,
    ReleasePoints,
    capture_points,
    hold_points,
    release_points,
)
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.sales.refund import RefundSale
from domain.shared.errors import Refusal
from tests.world import MEMBER, Till, World

OTHER = "13900139000"


@pytest.fixture
def two(world: World) -> World:
    """The member has 50 points, the other file 100, each of one sale."""
    world.do(register_member, RegisterMember(phone=OTHER, card="OTHER"))
    world.sell(Till().line("MUG").member().cash(5_000).command)
    world.sell(Till().line("TEA").member(OTHER).cash(10_000).command)
    return world


def held(world: World, points: int) -> int:
    until = world.clock() + timedelta(days=1)
    made = world.once(hold_points, HoldPoints(OTHER, points, "Order 7", until, "S1"), world.s1)
    return int(made.hold_id)


def merge(world: World) -> int:
    return int(world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), world.s1).merge_id)


def balances(world: World) -> dict[str, int]:
    rows = world.rows(
        "SELECT k.member_id, a.points_balance FROM points_accounts a JOIN members k ON k.member_id = a.member_id"
        " ORDER BY k.member_id"
    )
    return {str(place): int(balance) for place, (_, balance) in enumerate(rows)}


@pytest.mark.capability("MEM-12")
def test_a_hold_goes_along_with_a_merge_and_is_captured_after_it(two: World):
    """60 of the file's 100 are held. The survivor has 50 + 100, spends from 90, and 90 are left after the capture."""
    hold_id = held(two, 60)
    merge_id = merge(two)
    assert balances(two) == {"0": 150}
    with pytest.raises(Refusal, match="90"):
        two.sell(Till().line("TEA").member().points(100).cash(9_900).command)
    captured = two.once(capture_points, CapturePoints(hold_id), two.s1)
    assert (captured.captured_points, captured.points_balance) == (60, 90)
    # Undone, the file has what is left of what it brought: 100 less the 60 that were captured.
    two.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), two.s1)
    assert balances(two) == {"0": 50, "1": 40}
    assert two.broken() == []


@pytest.mark.capability("MEM-12")
def test_a_hold_is_released_to_the_survivor(two: World):
    hold_id = held(two, 100)
    merge(two)
    released = two.once(release_points, ReleasePoints(hold_id), two.s1)
    assert (released.released_points, released.points_balance) == (100, 150)
    assert two.sell(Till().line("TEA").member(OTHER).points(100).cash(9_900).command).points_redeemed == 100
    assert two.broken() == []


def test_an_adjustment_of_the_file_is_undone_with_the_survivor(two: World):
    from application.loyalty.adjust_points import ReversePointsAdjustment, reverse_points_adjustment

    made = two.once(adjust_points, AdjustPoints(OTHER, 30, "Goodwill", "S1"), two.s1)
    merge(two)
    undone = two.once(reverse_points_adjustment, ReversePointsAdjustment(made.adjustment_id, "Mistake"), two.s1)
    assert undone.points_balance == 150
    assert two.broken() == []


def test_a_hold_that_is_over_is_over_although_its_lots_stayed_with_the_survivor(two: World):
    """The 100 of a hold that is over are held again, come back to the survivor after a merge, and that is undone."""
    over = held(two, 100)
    two.clock.advance(days=1)
    again = held(two, 100)
    merge_id = merge(two)
    two.once(release_points, ReleasePoints(again), two.s1)
    two.clock.advance(days=2)
    two.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), two.s1)
    with pytest.raises(Refusal) as refused:
        two.once(release_points, ReleasePoints(over), two.s1)
    assert (refused.value.reason, refused.value.field) == ("HOLD_OVER", "hold_id")
    assert two.broken() == []


def test_an_empty_lot_that_nothing_came_back_to_goes_home_with_an_undone_merge(two: World):
    """60 of the file's 100 pay, 40 are held and captured after the merge: the refund finds the lot of the 60 again."""
    two.set("points_redeem_step", "1")
    paid = two.sell(Till().line("MUG").member(OTHER).points(60).cash(4_940).command)
    two.set("points_expiry", "months:1")
    [(expiry,)] = two.rows("SELECT DISTINCT expires_on FROM points_lots WHERE points = 40")
    hold_id = held(two, 40)
    merge_id = merge(two)
    two.once(capture_points, CapturePoints(hold_id), two.s1)
    two.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), two.s1)
    two.refund(RefundSale(paid.sale_id, "all of it"))
    assert two.rows("SELECT expires_on FROM points_lots WHERE points = 60") == [(expiry,)]
    assert two.broken() == []
