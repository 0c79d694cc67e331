"""What a promotion gives beside the goods: gifts, points and coupons.

Rewards take nothing off the goods and use none of them up, so any number of them may be earned by the same goods.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.pricing.goods import Part, Remaining
from domain.pricing.offers import Offer, all_of, step_reached, times_of
from domain.pricing.promotion import BenefitKind, Gift, Promotion, Step, Unmet

TIMES_MAX: Final = 1_000
"""A reward is given no more often in one basket, whatever it comes to."""


@dataclass(slots=True)
class CouponsAwarded:
    """Coupons of one batch for the next purchase."""

    batch_code: str
    count: int


@dataclass(slots=True)
class Reward:
    """What the goods at `positions`, worth `base_minor`, have earned; `gifts_missing` is what was not there to give.

    `points_factor_bp` multiplies the points that these goods earn, `points` are added to them.
    """

    positions: list[int]
    base_minor: int
    gifts: list[Gift] = field(default_factory=list)
    gifts_missing: list[Gift] = field(default_factory=list)
    points_factor_bp: int = 0
    points: int = 0
    coupons: list[CouponsAwarded] = field(default_factory=list)
    times: int = 1


def gift_skus(promotion: Promotion) -> set[str]:
    """The SKUs of all gifts that the terms name."""
    benefit = promotion.benefit
    return {gift.sku for gifts in (benefit.gifts, *[step.gifts for step in benefit.steps]) for gift in gifts}


def reward(promotion: Promotion, goods: Remaining, gifts_left: dict[str, int]) -> Reward | Offer:
    """What a promotion of a kind in REWARDS gives for the goods, or the reason why it gives nothing.

    Gifts are taken out of `gifts_left`, which bounds those that it names; units that are not there are missing. A gift
    of which nothing is there is refused with GIFT_OUT_OF_STOCK, which names what is missing too.
    """
    benefit = promotion.benefit
    parts = all_of(benefit.items, goods)
    if not parts:
        return Offer(unmet=Unmet.GOODS_MISSING)
    step = step_reached(benefit, goods) if benefit.steps else _ONLY_STEP
    if isinstance(step, Offer):
        return step
    found = Reward(sorted({part.position for part in parts}), sum([part.value_minor for part in parts]))
    _give(promotion, step, parts, found)
    if benefit.kind is BenefitKind.GIFT:
        _take_gifts(found, gifts_left)
    return found


def _give(promotion: Promotion, step: Step, parts: Sequence[Part], found: Reward) -> None:
    benefit = promotion.benefit
    found.times = times = min(times_of(promotion, step, parts), TIMES_MAX)
    # Without steps, the benefit itself says what is given.
    said = step if benefit.steps else benefit
    if benefit.kind is BenefitKind.GIFT:
        found.gifts = [Gift(gift.sku, gift.units * times) for gift in said.gifts]
    elif benefit.kind is BenefitKind.POINTS:
        found.points_factor_bp = said.points_factor_bp
        found.points = said.points * times
    else:
        found.coupons = [CouponsAwarded(benefit.coupon_batch_code, said.units * times)]


def _take_gifts(found: Reward, gifts_left: dict[str, int]) -> None:
    asked, found.gifts = found.gifts, []
    for gift in asked:
        given = gift.units
        if gift.sku in gifts_left:
            given = min(given, gifts_left[gift.sku])
            gifts_left[gift.sku] -= given
        if given:
            found.gifts.append(Gift(gift.sku, given))
        if given < gift.units:
            found.gifts_missing.append(Gift(gift.sku, gift.units - given))


_ONLY_STEP = Step()
