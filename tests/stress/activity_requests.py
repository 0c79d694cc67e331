"""A valid request for every RPC about activities that earn points and rewards that they are redeemed for."""

from typing import Final

from liansuo.marketing.v1 import activities_pb2, rewards_pb2
from tests.stress.requests import MEMBER, Valid


def put_activity(key: str, _: object) -> activities_pb2.PutActivityRequest:
    return activities_pb2.PutActivityRequest(
        request_id=key,
        activity=activities_pb2.Activity(
            code="LINK",
            name_en="A link was opened",
            name_zh="好友打开链接",
            kind=activities_pb2.ACTIVITY_KIND_SHARE,
            points=20,
            new_member_points=5,
            new_member_days=3,
            from_date="2026-01-01",
            to_date="2027-01-01",
            times_per_day_max=5,
            times_max=50,
            points_budget=100_000,
            store_code="S1",
        ),
    )


ACTIVITIES: Final[dict[str, Valid]] = {
    "PutActivity": put_activity,
    "ListActivities": lambda key, _: activities_pb2.ListActivitiesRequest(page_size=3),
    "RecordActivity": lambda key, _: activities_pb2.RecordActivityRequest(
        request_id=key, activity_code="TASTING", member_key=MEMBER, reference=key, store_code="S1"
    ),
}


def put_reward(key: str, _: object) -> rewards_pb2.PutRewardRequest:
    return rewards_pb2.PutRewardRequest(
        request_id=key,
        reward=rewards_pb2.Reward(
            code="TWO",
            name_en="Two of them",
            name_zh="两件",
            kind=rewards_pb2.REWARD_KIND_GOODS,
            points=500,
            sku="TEA",
            pieces=2,
            from_date="2026-01-01",
            to_date="2027-01-01",
            times_per_member_max=50,
        ),
    )


REWARDS: Final[dict[str, Valid]] = {
    "PutReward": put_reward,
    "ListRewards": lambda key, _: rewards_pb2.ListRewardsRequest(page_size=3),
    "RedeemReward": lambda key, _: rewards_pb2.RedeemRewardRequest(
        request_id=key, reward_code="MUG", member_key=MEMBER, store_code="S1"
    ),
    "CancelRedemption": lambda key, _: rewards_pb2.CancelRedemptionRequest(
        request_id=key, redemption_id=1, reason="Chipped"
    ),
}
