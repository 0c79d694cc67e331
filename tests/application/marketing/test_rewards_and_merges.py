"""Rewards of members whose files were merged: what is cancelled comes back to whom it belongs by then."""

import pytest

from application.loyalty.adjust_points import AdjustPoints, adjust_points
from application.marketing.redeem_reward import CancelRedemption, RedeemReward, cancel_redemption, redeem_reward
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from domain.identity.organisation import SYSTEM
from tests.application.marketing.test_rewards import COUPON, MUG, put
from tests.application.sales.coupons import put_batch
from tests.world import MEMBER, World

OTHER = "13900139000"


@pytest.fixture
def two(world: World) -> World:
    """The other file has 1,000 points, the member none; a mug costs 500, a coupon 1,000."""
    world.do(register_member, RegisterMember(phone=OTHER, card="OTHER"))
    put_batch(world, code="TEN", valid_days=30)
    put(world, MUG)
    put(world, COUPON)
    world.set("points_adjust_max", "1000000")
    world.once(adjust_points, AdjustPoints(OTHER, 1_000, "Welcome", "S1"), SYSTEM)
    return world


def redeemed(world: World, code: str, key: str = OTHER) -> int:
    return int(world.once(redeem_reward, RedeemReward(code, key), world.s1).redemption_id)


def merge(world: World) -> int:
    return int(world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), world.s1).merge_id)


@pytest.mark.capability("PTS-09")
@pytest.mark.parametrize("code", ["MUG500", "COUPON10"])
def test_what_the_merged_file_redeemed_comes_back_to_the_survivor(two: World, code: str):
    redemption_id = redeemed(two, code)
    merge(two)
    undone = two.once(cancel_redemption, CancelRedemption(redemption_id, "Chipped"), two.s1)
    assert undone.points_balance == two.points() == 1_000


@pytest.mark.capability("PTS-09")
def test_points_of_a_lot_that_went_back_to_the_other_file_come_back_to_who_redeemed(two: World):
    merge_id = merge(two)
    redemption_id = redeemed(two, "MUG500", MEMBER)
    two.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), two.s1)
    undone = two.once(cancel_redemption, CancelRedemption(redemption_id, "Chipped"), two.s1)
    assert (undone.points_balance, two.points()) == (500, 1_000)
