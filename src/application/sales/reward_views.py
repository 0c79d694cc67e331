"""Rewards as they are shown: gifts, points and coupons of a promotion, for a program and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.pricing.promoting import Considered
from domain.pricing.promotion import BenefitKind, Gift, Unmet
from domain.pricing.rewards import CouponsAwarded


@dataclass(slots=True)
class RewardView:
    """What a promotion gives beside the goods; `points` is what it adds to the sale's points."""

    gifts: Sequence[Gift]
    gifts_missing: Sequence[Gift]
    points_factor_bp: int
    points: int
    coupons: Sequence[CouponsAwarded]


def reward_view(one: Considered) -> RewardView | None:
    """What is given, or would be if it were in stock; None for a promotion that gives no reward here."""
    if one.reward is None:
        return None
    return RewardView(one.gifts, one.gifts_missing, one.points_factor_bp, sum(one.points_by_line), one.coupons_awarded)


def reward_words(one: Considered, *, chinese: bool) -> str:
    """The reward in a sentence; empty where none is given."""
    if one.reward is None or one.unmet is Unmet.BEATEN:
        return ""
    words = (_ZH if chinese else _EN)[one.reward]
    if one.reward is BenefitKind.GIFT:
        given, missing = words.split("|")
        told = given.format(gifts=_named(one.gifts)) if one.gifts else ""
        return (told + (missing.format(gifts=_named(one.gifts_missing)) if one.gifts_missing else "")).strip()
    if one.reward is BenefitKind.POINTS:
        by_factor, by_count = words.split("|")
        added = sum(one.points_by_line)
        if one.points_factor_bp:
            return by_factor.format(factor=_decimal(one.points_factor_bp), base=one.base_minor, points=added)
        return by_count.format(base=one.base_minor, points=added)
    return words.format(coupons=", ".join(f"{award.count} × {award.batch_code}" for award in one.coupons_awarded))


def _named(gifts: Sequence[Gift]) -> str:
    return ", ".join(f"{gift.units} × {gift.sku}" for gift in gifts)


def _decimal(factor_bp: int) -> str:
    whole, rest = divmod(factor_bp, 10_000)
    return f"{whole}.{rest:04}".rstrip("0").rstrip(".")


# Of a gift: what is given, and after the bar what is missing; of points: by a factor, or a number of them.
_EN: Final[Mapping[BenefitKind, str]] = {
    BenefitKind.GIFT: "Gives {gifts}. |Out of stock and not given: {gifts}.",
    BenefitKind.POINTS: "Goods worth {base} earn {factor} times their points: {points} more."
    "|{points} points more for goods worth {base}, in minor units.",
    BenefitKind.COUPON: "Coupons for the next purchase: {coupons}.",
}
_ZH: Final[Mapping[BenefitKind, str]] = {
    BenefitKind.GIFT: "赠送 {gifts}。|缺货未赠：{gifts}。",
    BenefitKind.POINTS: "金额 {base} 的商品享 {factor} 倍积分，多得 {points} 分。"
    "|金额 {base}（最小货币单位）的商品，多得 {points} 分。",
    BenefitKind.COUPON: "赠送下次购物优惠券：{coupons}。",
}
