"""The RPCs of rewards that members redeem their points for."""

from typing import Final

from application.marketing.put_reward import list_rewards, put_reward
from application.marketing.redeem_reward import cancel_redemption, redeem_reward
from entrypoints.grpc.rpc import Service, read, write
from liansuo.marketing.v1 import rewards_pb2 as pb2

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["RewardService"],
    {
        "PutReward": write(put_reward, pb2.PutRewardResponse, needs="rewards.manage"),
        "ListRewards": read(list_rewards, pb2.ListRewardsResponse, needs="rewards.read"),
        "RedeemReward": write(redeem_reward, pb2.RedeemRewardResponse, needs="rewards.redeem", into="redemption"),
        "CancelRedemption": write(
            cancel_redemption, pb2.CancelRedemptionResponse, needs="rewards.cancel", into="redemption"
        ),
    },
)
