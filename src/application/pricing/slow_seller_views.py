"""Slow sellers as they are shown, and the words that tell why something is proposed for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.pricing.promotion import Benefit, BenefitKind
from domain.pricing.slow_seller import LeftOut, Proposed, SlowReason, SlowSellerProposal

FOR_EVER: Final = -1
"""Days of stock where nothing was sold."""


@dataclass(frozen=True, slots=True)
class SlowSellerPromotion:
    """A promotion in force that concerns the goods; `off_minor` is what it takes off one unit that is bought alone."""

    code: str
    name: str
    kind: BenefitKind
    effect: str
    off_minor: int


@dataclass(frozen=True, slots=True)
class SlowSeller:
    """A product that sells slowly, with what is proposed; amounts are of one unit, but for the value of the stock.

    Where stores have different prices, `unit_price_minor` is the lowest one, `unit_price_minor_max` the highest; both
    are 0 where there is none. The margin is the lowest price without tax less the average cost, 0 while no cost is
    known. `days_of_stock` is -1 where nothing was sold.
    """

    sku: str
    name: str
    unit_code: str
    sold_milli: int
    on_hand_milli: int
    stock_value_minor: int
    days_of_stock: int
    unit_price_minor: int
    unit_price_minor_max: int
    includes_tax: bool
    unit_cost_minor: int
    margin_minor: int
    margin_bp: int
    promotions: Sequence[SlowSellerPromotion]
    current_rate_bp: int
    proposal: SlowSellerProposal
    reason: SlowReason
    proposed_rate_bp: int
    proposed_price_minor: int
    explanation: str


@dataclass(frozen=True, slots=True)
class LeftOutCount:
    reason: LeftOut
    count: int


@dataclass(frozen=True, slots=True)
class SlowSellerPage:
    """`looked_at` products lie in this page: what sells enough, slow sellers, and what is left out add up to it."""

    slow_sellers: Sequence[SlowSeller]
    from_date: str
    to_date: str
    slow_below_milli: int
    currency: str
    looked_at: int
    selling: int
    left_out: Sequence[LeftOutCount]
    next_page_token: str


def explained(proposed: Proposed, *, language: str) -> str:
    """Why this is proposed, in Chinese ("zh") or in English (anything else)."""
    chinese = language.startswith("zh")
    told = (_REASONS_ZH if chinese else _REASONS_EN)[proposed.reason]
    return told.format(now=_percent(proposed.current_rate_bp), then=_percent(proposed.rate_bp))


def effect_of(benefit: Benefit, *, language: str) -> str:
    """What a promotion gives, in a few words; the best of its steps where it has several. Amounts are minor units."""
    rate = max([benefit.rate_bp, *[step.rate_bp for step in benefit.steps]])
    off = max([benefit.off_minor, *[step.off_minor for step in benefit.steps]])
    told = (_EFFECTS_ZH if language.startswith("zh") else _EFFECTS_EN)[benefit.kind]
    return told.format(
        rate=_percent(rate), off=off, price=benefit.price_minor, every=benefit.every, plug_in=benefit.plug_in
    )


def _percent(rate_bp: int) -> str:
    whole, part = divmod(rate_bp, 100)
    return f"{whole}" + (f".{part:02d}".rstrip("0") if part else "") + " %"


_REASONS_EN: Final = {
    SlowReason.OUT_OF_STOCK: "Hardly sold, and nothing is left in stock: delist it, or order it again.",
    SlowReason.NOT_FOR_SALE: "In stock, but nobody can buy it: blocked, without a price, or its baskets are refused.",
    SlowReason.UNSOLD_THOUGH_PROMOTED: "Nothing was sold although {now} was off: a larger discount hardly helps.",
    SlowReason.ROOM_ABOVE_FLOOR: "Now {now} off. {then} off leaves the price at its floor or above.",
    SlowReason.AT_FLOOR: "Now {now} off. One step more would go below the floor, or change nothing.",
}
_REASONS_ZH: Final = {
    SlowReason.OUT_OF_STOCK: "滞销且已无库存：建议下架，或重新订货。",
    SlowReason.NOT_FOR_SALE: "有库存但无法销售：商品已停用、没有价格，或含该商品的购物篮会被拒绝。",
    SlowReason.UNSOLD_THOUGH_PROMOTED: "已优惠 {now} 仍未售出：加大折扣作用不大。",
    SlowReason.ROOM_ABOVE_FLOOR: "目前优惠 {now}。优惠 {then} 后价格不低于底价。",
    SlowReason.AT_FLOOR: "目前优惠 {now}。再加一档将低于底价，或不起作用。",
}
_EFFECTS_EN: Final = {
    BenefitKind.RATE: "{rate} off",
    BenefitKind.AMOUNT: "{off} off",
    BenefitKind.UNIT_AMOUNT: "{off} off each unit",
    BenefitKind.UNIT_PRICE: "each unit for {price}",
    BenefitKind.CHEAPEST: "{rate} off the cheapest",
    BenefitKind.EVERY_NTH: "of every {every}, {rate} off the cheapest",
    BenefitKind.BUY_GET: "for what is bought, {rate} off other goods",
    BenefitKind.SET_PRICE: "a set for {price}",
    BenefitKind.GIFT: "a gift",
    BenefitKind.POINTS: "more points",
    BenefitKind.COUPON: "a coupon for the next purchase",
    BenefitKind.PLUG_IN: "as plug-in {plug_in} computes",
}
_EFFECTS_ZH: Final = {
    BenefitKind.RATE: "优惠 {rate}",
    BenefitKind.AMOUNT: "减 {off}",
    BenefitKind.UNIT_AMOUNT: "每件减 {off}",
    BenefitKind.UNIT_PRICE: "每件 {price}",
    BenefitKind.CHEAPEST: "最低价商品优惠 {rate}",
    BenefitKind.EVERY_NTH: "每 {every} 件中最低价者优惠 {rate}",
    BenefitKind.BUY_GET: "购买后其他商品优惠 {rate}",
    BenefitKind.SET_PRICE: "组合价 {price}",
    BenefitKind.GIFT: "赠品",
    BenefitKind.POINTS: "额外积分",
    BenefitKind.COUPON: "下次购物券",
    BenefitKind.PLUG_IN: "由插件 {plug_in} 计算",
}
