"""What coupons do to the promotions that they unlock: one coupon is one application of one promotion."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from domain.pricing.promotion import Situation
from domain.pricing.promotion_book import Listed


def unlocked_by_coupons(
    promotions: Sequence[Listed], situation: Situation, gain_alone: Callable[[Listed], tuple[int, int]]
) -> tuple[list[Listed], list[tuple[Listed, str]]]:
    """The promotions that stay in the running, and the others with the code of the one that was preferred.

    Where a coupon is needed, `times_max` is lowered to the number of coupons that were presented. Of several that one
    batch unlocks, its coupons go to the one that by itself gains most (what it takes off, then whether it gives a
    reward), of equal ones to the lower code.
    """
    bounded = [_bounded(listed, situation) for listed in promotions]
    rivals: dict[str, list[Listed]] = {}
    for listed in bounded:
        if listed.promotion.coupon_batch_code:
            rivals.setdefault(listed.promotion.coupon_batch_code, []).append(listed)
    lost: list[tuple[Listed, str]] = []
    for several in rivals.values():
        if len(several) > 1:
            gains = {listed.code: gain_alone(listed) for listed in several}
            best = min(several, key=lambda listed: (-gains[listed.code][0], -gains[listed.code][1], listed.code))
            lost += [(listed, best.code) for listed in several if listed is not best]
    gone = {listed.code for listed, _ in lost}
    return [listed for listed in bounded if listed.code not in gone], lost


def coupons_taken(applied: Iterable[tuple[str, int]], presented: Mapping[str, int]) -> dict[str, int]:
    """How many of the coupons presented by batch are used up, given the batch and the times of what was applied."""
    taken = dict.fromkeys(presented, 0)
    for batch_code, times in applied:
        if batch_code in taken:
            taken[batch_code] = min(max(taken[batch_code], times, 1), presented[batch_code])
    return taken


def _bounded(listed: Listed, situation: Situation) -> Listed:
    promotion = listed.promotion
    if not promotion.coupon_batch_code:
        return listed
    presented = situation.coupon_batches.count(promotion.coupon_batch_code)
    bounded = replace(promotion, times_max=min(promotion.times_max or presented, presented))
    return replace(listed, promotion=bounded)
