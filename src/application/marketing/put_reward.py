"""Head office says what members get for their points, and who asks for the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import (
    Missing,
    days_in_order,
    optional_code,
    required_code,
    required_name,
    within,
)
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.rewards import StoredReward
from application.scope import WholeChainOnly
from domain.identity.organisation import WHOLE_CHAIN
from domain.marketing.reward import Reward, RewardKind
from domain.shared.errors import Invalid, NotFound, Rejected

REWARD_POINTS_MAX: Final = 10**9
PIECES_MAX: Final = 1_000
TIMES_MAX: Final = 1_000


class UnknownReward(NotFound):
    en = "There is no reward “{code}”."
    zh = "没有积分礼品“{code}”。"


class NotOfThisReward(Invalid):
    en = "A reward of kind “{kind}” does not read this field. Leave it empty."
    zh = "“{kind}”类积分礼品不使用此字段，请留空。"


class NoSuchGoods(NotFound):
    en = "There is no product “{sku}” that stands in stock. Name one of which stock is kept."
    zh = "没有管理库存的商品“{sku}”，请填写有库存管理的商品。"


class NoSuchBatch(NotFound):
    en = "There is no coupon batch “{code}”. Put it first."
    zh = "没有优惠券批次“{code}”，请先建立。"


class CodeIsShared(Rejected):
    en = "Coupons of “{code}” share one code. Name a batch whose coupons have codes of their own."
    zh = "“{code}”的优惠券共用一个券码，请使用一券一码的批次。"


@dataclass(frozen=True, slots=True)
class PutReward:
    reward: Reward


@dataclass(frozen=True, slots=True)
class RewardPut:
    created: bool


@dataclass(frozen=True, slots=True)
class ListRewards:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class RewardPage:
    rewards: Sequence[Reward]
    next_page_token: str


def put_reward(uow: UnitOfWork, command: PutReward) -> RewardPut:
    """Creates or changes a reward by code; what was redeemed stays as it was.

    Raises the refusals of single fields, WholeChainOnly, NoSuchGoods, NoSuchBatch and CodeIsShared.
    """
    reward = command.reward
    _check(reward)
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly("reward")
    if reward.kind is RewardKind.GOODS:
        item = uow.stock.items([reward.sku]).get(reward.sku)
        if item is None or item.unstocked:
            raise NoSuchGoods("reward.sku", sku=reward.sku)
    else:
        batch = uow.coupons.batches({reward.coupon_batch_code}).get(reward.coupon_batch_code)
        if batch is None:
            raise NoSuchBatch("reward.coupon_batch_code", code=reward.coupon_batch_code)
        if batch.terms.shared:
            raise CodeIsShared("reward.coupon_batch_code", code=reward.coupon_batch_code)
    # Of two who put the same new code, the second waits here and finds the first.
    uow.bump("rewards")
    before = uow.rewards.find(reward.code)
    uow.rewards.put(StoredReward(before.reward_id if before else uow.new_id(), reward))
    return RewardPut(before is None)


def list_rewards(uow: UnitOfWork, query: ListRewards) -> RewardPage:
    """Rewards by code, as they were put."""
    asked = page(query.page_size, query.page_token, key=(str,))
    rows = uow.rewards.list_rewards(after=asked.after[0] if asked.after else None, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda row: (row.terms.code,))
    return RewardPage([row.terms for row in rows[: asked.limit]], token)


def _check(reward: Reward) -> None:
    required_code(reward.code, field="reward.code")
    required_name(reward.name_en, field="reward.name_en")
    required_name(reward.name_zh, field="reward.name_zh")
    within(reward.points, 1, REWARD_POINTS_MAX, field="reward.points")
    within(reward.times_per_member_max, 0, TIMES_MAX, field="reward.times_per_member_max")
    optional_code(reward.sku, field="reward.sku")
    optional_code(reward.coupon_batch_code, field="reward.coupon_batch_code")
    within(reward.pieces, 0, PIECES_MAX, field="reward.pieces")
    read = ("sku", "pieces") if reward.kind is RewardKind.GOODS else ("coupon_batch_code",)
    for name in ("sku", "pieces", "coupon_batch_code"):
        if name in read and not getattr(reward, name):
            raise Missing(f"reward.{name}")
        if name not in read and getattr(reward, name):
            raise NotOfThisReward(f"reward.{name}", kind=reward.kind)
    days_in_order(reward.from_date, reward.to_date, field="reward")
