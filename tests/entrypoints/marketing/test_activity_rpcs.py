"""Activities and rewards through the contract, from message to message."""

from typing import Any

import pytest

from domain.identity.organisation import SYSTEM
from entrypoints.grpc import loyalty, rewards
from entrypoints.grpc.activities import SERVICE
from liansuo.loyalty.v1 import loyalty_pb2
from liansuo.marketing.v1 import activities_pb2 as pb2
from liansuo.marketing.v1 import rewards_pb2
from tests.entrypoints.marketing.test_rpcs import call
from tests.entrypoints.table_calls import permissions
from tests.stress.activity_requests import put_activity, put_reward
from tests.world import MEMBER, World, opened


@pytest.fixture
def chain(sqlite_chain: str) -> Any:
    """Messages are the same on every engine; the use cases are tested on both."""
    with opened(sqlite_chain, furnished=True) as world:
        yield world
        assert world.broken() == []


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutActivity": "activities.manage",
        "ListActivities": "activities.read",
        "RecordActivity": "activities.record",
    }
    assert permissions(rewards.SERVICE) == {
        "PutReward": "rewards.manage",
        "ListRewards": "rewards.read",
        "RedeemReward": "rewards.redeem",
        "CancelRedemption": "rewards.cancel",
    }


@pytest.mark.capability("PTS-02")
def test_carries_an_activity_from_its_terms_to_the_statement(chain: World):
    request = put_activity("", None)
    every = {field.name for field, _ in request.activity.ListFields()}
    assert every == set(pb2.Activity.DESCRIPTOR.fields_by_name) - {"given_points"}
    assert call(chain, SERVICE, "PutActivity", request, SYSTEM).created
    request.activity.kind = pb2.ACTIVITY_KIND_EVENT
    request.activity.code = "TASTING"
    request.activity.new_member_points = request.activity.new_member_days = 0
    call(chain, SERVICE, "PutActivity", request, SYSTEM)
    done = call(
        chain, SERVICE, "RecordActivity",
        pb2.RecordActivityRequest(activity_code="TASTING", member_key=MEMBER, reference="E1"),
    )  # fmt: skip
    assert (done.points, done.new_member_points, done.points_balance) == (20, 0, 20)
    assert (done.left_today, done.left_in_all) == (4, 49)
    listed = call(chain, SERVICE, "ListActivities", pb2.ListActivitiesRequest(page_size=1))
    assert (listed.activities[0].code, bool(listed.next_page_token)) == ("LINK", True)
    second = pb2.ListActivitiesRequest(page_size=1, page_token=listed.next_page_token)
    request.activity.given_points = 20
    assert list(call(chain, SERVICE, "ListActivities", second).activities) == [request.activity]
    shown = call(chain, loyalty.SERVICE, "GetPointsStatement", loyalty_pb2.GetPointsStatementRequest(member_key=MEMBER))
    assert [(entry.points, entry.name_en, entry.name_zh) for entry in shown.entries] == [
        (20, "A link was opened", "好友打开链接")
    ]


@pytest.mark.capability("PTS-09")
def test_carries_a_reward_from_its_terms_to_its_cancellation(chain: World):
    request = put_reward("", None)
    every = {field.name for field, _ in request.reward.ListFields()}
    assert every == set(rewards_pb2.Reward.DESCRIPTOR.fields_by_name) - {"coupon_batch_code"}
    assert call(chain, rewards.SERVICE, "PutReward", request, SYSTEM).created
    listed = call(chain, rewards.SERVICE, "ListRewards", rewards_pb2.ListRewardsRequest())
    assert list(listed.rewards) == [request.reward]
    adjust = loyalty_pb2.AdjustPointsRequest(member_key=MEMBER, points=600, reason="Welcome", store_code="S1")
    call(chain, loyalty.SERVICE, "AdjustPoints", adjust, SYSTEM)
    wish = rewards_pb2.RedeemRewardRequest(reward_code="TWO", member_key=MEMBER)
    done = call(chain, rewards.SERVICE, "RedeemReward", wish).redemption
    assert (done.points, done.points_balance, done.coupon_code) == (500, 100, "")
    undo = rewards_pb2.CancelRedemptionRequest(redemption_id=done.redemption_id, reason="Chipped")
    undone = call(chain, rewards.SERVICE, "CancelRedemption", undo).redemption
    assert (undone.points, undone.points_balance, undone.member_number) == (-500, 600, done.member_number)
