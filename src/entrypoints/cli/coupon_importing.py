"""The campaigns of The Complete Journey as coupon batches, the promotions that they unlock, and who holds them."""

from collections.abc import Collection, Sequence
from typing import Final, TypeVar

from application.pricing.coupon_batches import (
    CouponBatchEntry,
    JoinCouponAudience,
    PutCouponBatches,
    join_coupon_audience,
    put_coupon_batches,
)
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.coupon import CouponHolder
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from entrypoints.cli.campaigns import ASSUMED_OFF_MINOR, Campaign, CampaignCoupon, Campaigns
from entrypoints.cli.complete_journey import CURRENCY
from entrypoints.cli.database import Database
from entrypoints.cli.messages import member_key
from entrypoints.cli.output import Step

T = TypeVar("T")

BATCHES_AT_ONCE_MAX: Final = 200
PROMOTIONS_AT_ONCE_MAX: Final = 100
SKUS_PER_PROMOTION_MAX: Final = 1_000


def import_campaigns(
    database: Database, campaigns: Campaigns, step: Step, *, known_skus: Collection[str], uses_per_member: int
) -> list[tuple[str, int, int]]:
    """Creates what is missing: a batch with a shared code for each coupon, its promotions, and the audiences.

    Gives what was created and what was there before, by kind of thing. Running it again changes nothing. Goods that the
    chain does not know are left out.
    """
    made = []
    batches = [_batch(coupon, campaigns.campaigns[coupon.campaign_id], uses_per_member) for coupon in campaigns.coupons]
    advance = step("Coupons", len(batches))
    created = 0
    for part in _parts(batches, BATCHES_AT_ONCE_MAX):
        created += database.write(put_coupon_batches, PutCouponBatches(tuple(part))).created
        advance(len(part))
    made.append(("coupon batches", created, len(batches) - created))
    promotions = [
        promotion
        for coupon in campaigns.coupons
        for promotion in _promotions(coupon, campaigns.campaigns[coupon.campaign_id], known_skus)
    ]
    advance = step("Coupon promotions", len(promotions))
    created = 0
    for part_of in _parts(promotions, PROMOTIONS_AT_ONCE_MAX):
        created += database.write(put_promotions, PutPromotions(tuple(part_of))).created
        advance(len(part_of))
    made.append(("coupon promotions", created, len(promotions) - created))
    advance = step("Coupon holders", len(campaigns.campaigns))
    joined = holders = 0
    for campaign in campaigns.campaigns.values():
        if campaign.households:
            keys = tuple(member_key(number) for number in campaign.households)
            joined += database.write(join_coupon_audience, JoinCouponAudience(_audience(campaign), keys)).joined
            holders += len(keys)
        advance(1)
    made.append(("coupon holders", joined, holders - joined))
    return made


def _batch(coupon: CampaignCoupon, campaign: Campaign, uses_per_member: int) -> CouponBatchEntry:
    return CouponBatchEntry(
        code=_code(coupon),
        name=f"Coupon {coupon.upc}, campaign {campaign.campaign_id} ({campaign.kind})",
        holder=CouponHolder.MEMBER,
        shared=True,
        shared_code=coupon.code,
        audience=_audience(campaign),
        from_date=campaign.start.isoformat(),
        until_date=campaign.until.isoformat(),
        uses_per_member_max=uses_per_member,
    )


def _promotions(coupon: CampaignCoupon, campaign: Campaign, known_skus: Collection[str]) -> list[Promotion]:
    """One promotion, or several where the coupon is for more goods than one names; it is given for one of them."""
    parts = list(_parts([sku for sku in coupon.skus if sku in known_skus], SKUS_PER_PROMOTION_MAX))
    return [
        Promotion(
            code=_code(coupon) if len(parts) == 1 else f"{_code(coupon)}-{number}",
            name=f"Coupon {coupon.upc}",
            benefit=Benefit(BenefitKind.UNIT_AMOUNT, ItemSet(skus=tuple(skus)), off_minor=ASSUMED_OFF_MINOR),
            from_date=campaign.start.isoformat(),
            until_date=campaign.until.isoformat(),
            currency=CURRENCY,
            members_only=True,
            coupon_batch_code=_code(coupon),
        )
        for number, skus in enumerate(parts, start=1)
    ]


def _code(coupon: CampaignCoupon) -> str:
    return f"C{coupon.campaign_id}-{coupon.upc}"


def _audience(campaign: Campaign) -> str:
    return f"campaign-{campaign.campaign_id}"


def _parts(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
