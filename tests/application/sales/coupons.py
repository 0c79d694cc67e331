"""Batches, codes and baskets of the tests about coupons."""

from typing import Any

from application.membership.register_member import RegisterMember, register_member
from application.pricing.coupon_batches import CouponBatchEntry, PutCouponBatches, put_coupon_batches
from application.pricing.coupon_queries import GetCoupon, get_coupon
from application.pricing.coupon_views import CouponHistory
from application.pricing.issue_coupons import IssueCoupons, issue_coupons
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.coupon import CouponHolder
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from tests.world import Till, World

TEA = ItemSet(skus=("TEA",))
OTHER = "13900139009"
"""A second member."""


def put_batch(world: World, code: str = "SUMMER", holder: CouponHolder = CouponHolder.BEARER, **terms: Any) -> None:
    world.do(put_coupon_batches, PutCouponBatches((CouponBatchEntry(code, f"{code} coupon", holder, **terms),)))


def unlock(world: World, batch: str = "SUMMER", off_minor: int = 1_000, items: ItemSet = TEA, **terms: Any) -> None:
    """A promotion that a coupon of the batch unlocks: so much off each of its goods."""
    benefit = Benefit(BenefitKind.UNIT_AMOUNT, items, off_minor=off_minor)
    code = terms.pop("code", f"{batch}-OFF")
    promotion = Promotion(code, f"{batch} off", benefit, currency="CNY", coupon_batch_code=batch, **terms)
    world.do(put_promotions, PutPromotions((promotion,)))


def issue(world: World, batch: str = "SUMMER", count: int = 0, *, members: tuple[str, ...] = ()) -> list[str]:
    made = world.do(issue_coupons, IssueCoupons(batch, 0 if members else count or 1, members))
    return list(made.codes)


def showing(till: Till, *codes: str, hold: str = "") -> Till:
    return till.basket(coupon_codes=codes, coupon_hold_id=hold)


def history(world: World, code: str) -> CouponHistory:
    found: CouponHistory = world.ask(get_coupon, GetCoupon(code))
    return found


def kinds(world: World, code: str) -> list[str]:
    """What happened to a coupon, oldest first."""
    return [event.kind.value for event in history(world, code).events][::-1]


def second_member(world: World) -> str:
    world.do(register_member, RegisterMember(name="李雷", phone=OTHER, source="till"))
    return OTHER
