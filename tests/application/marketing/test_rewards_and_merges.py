"""Rewards, activities and tokens of members whose files were merged: what the file did, the survivor has done."""

from dataclasses import replace

import pytest

from application.identity.member_tokens import EndMemberTokens, IssueMemberToken, end_member_tokens, issue_member_token
from application.loyalty.adjust_points import AdjustPoints, adjust_points
from application.marketing.put_activity import PutActivity, put_activity
from application.marketing.record_activity import RecordActivity, record_activity
from application.marketing.redeem_reward import CancelRedemption, RedeemReward, cancel_redemption, redeem_reward
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from domain.identity.organisation import SYSTEM
from domain.shared.errors import Refusal
from tests.application.marketing.test_activities import CHECK_IN
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


@pytest.mark.capability("PTS-09")
def test_what_the_merged_file_redeemed_counts_towards_the_bound_of_the_survivor(two: World):
    put(two, MUG, times_per_member_max=1)
    redemption_id = redeemed(two, "MUG500")
    merge(two)
    with pytest.raises(Refusal) as refused:
        redeemed(two, "MUG500", MEMBER)
    assert (refused.value.reason, two.points()) == ("REDEEMED_OFTEN", 500)
    two.once(cancel_redemption, CancelRedemption(redemption_id, "Chipped"), two.s1)
    redeemed(two, "MUG500", MEMBER)


@pytest.mark.capability("PTS-02")
def test_what_the_merged_file_did_is_recorded_once_and_counted(two: World):
    two.do(put_activity, PutActivity(replace(CHECK_IN, times_max=2)))
    for reference in ("E1", "E2"):
        two.once(record_activity, RecordActivity("TASTING", OTHER, reference), two.s1)
    merge(two)
    for reference, reason in (("E1", "RECORDED_BEFORE"), ("E3", "TIMES_REACHED")):
        with pytest.raises(Refusal) as refused:
            two.once(record_activity, RecordActivity("TASTING", MEMBER, reference), two.s1)
        assert refused.value.reason == reason
    assert two.points() == 1_100


@pytest.mark.capability("MEM-18")
def test_ending_the_tokens_of_a_member_ends_those_of_files_merged_into_theirs(two: World):
    two.do(issue_member_token, IssueMemberToken(OTHER), two.s1)
    merge(two)
    ended = two.do(end_member_tokens, EndMemberTokens(MEMBER), two.s1).ended
    assert (ended, two.count("member_tokens")) == (1, 0)
