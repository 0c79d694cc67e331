"""What became of each promotion that concerns a basket, for a program and in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from application.sales.condition_words import lacking_words
from application.sales.reward_views import RewardView, reward_view, reward_words
from application.sales.views import SaleLineView
from domain.pricing.facts import PROMOTION
from domain.pricing.limits import Limit, LimitLeft
from domain.pricing.promoting import Considered
from domain.pricing.promotion import Lacking, Unmet


@dataclass(slots=True)
class PromotionLineView:
    line_number: int
    discount_minor: int
    points: int


@dataclass(slots=True)
class LimitLeftView:
    limit: str
    left: int


@dataclass(slots=True)
class PromotionView:
    """A promotion that was considered; `reason` is empty when it was applied, else a value of Unmet.

    `limit` is the one that cut or refused it, empty when none did; `limits_left` are all, before this basket.
    """

    code: str
    name: str
    stage: int
    applied: bool
    discount_minor: int
    base_minor: int
    lines: list[PromotionLineView]
    reason: str
    missing_quantity_milli: int
    missing_amount_minor: int
    beaten_by: Sequence[str]
    explanation: str
    missing: Sequence[Lacking]
    reward: RewardView | None
    limit: str
    limit_left: int
    uncapped_minor: int
    limits_left: list[LimitLeftView]
    floor_cut_minor: int


def promotion_view(one: Considered, *, language: str, limits_left: Iterable[LimitLeft] = ()) -> PromotionView:
    """The view of a considered promotion, explained in Chinese ("zh") or in English (anything else)."""
    return PromotionView(
        code=one.code,
        name=one.name,
        stage=one.stage,
        applied=one.applied,
        discount_minor=one.off_minor,
        base_minor=one.base_minor,
        lines=_lines(one),
        reason=one.unmet.value if one.unmet else "",
        missing_quantity_milli=one.missing_quantity_milli,
        missing_amount_minor=one.missing_amount_minor,
        beaten_by=one.beaten_by,
        explanation=explanation(one, language=language),
        missing=one.lacking,
        reward=reward_view(one),
        limit=one.limit.value if one.limit else "",
        limit_left=one.limit_left,
        uncapped_minor=one.uncapped_minor,
        limits_left=[
            LimitLeftView(found.limit.value, found.left) for found in limits_left if found.promotion_code == one.code
        ],
        floor_cut_minor=one.cut_minor,
    )


def explanation(one: Considered, *, language: str) -> str:
    """What became of a promotion, in words."""
    chinese = language.startswith("zh")
    words = (_ZH if chinese else _EN)[one.unmet]
    if one.applied and one.cut_minor:
        words += _ZH_CUT if chinese else _EN_CUT
    if one.applied and one.limit:
        words += (_CAPPED_ZH if chinese else _CAPPED_EN)[one.limit]
    elif one.limit:
        words = (_SHORT_ZH if chinese else _SHORT_EN)[one.limit]
    return reward_words(one, chinese=chinese) or words.format(
        off=one.off_minor,
        base=one.base_minor,
        quantity=one.missing_quantity_milli,
        amount=one.missing_amount_minor,
        winners=", ".join(one.beaten_by),
        conditions=lacking_words(one.lacking, language=language) if one.lacking else "",
        left=one.limit_left,
        whole=one.uncapped_minor,
        cut=one.cut_minor,
    )


def _lines(one: Considered) -> list[PromotionLineView]:
    if one.reward is not None and one.applied:
        points = one.points_by_line or [0] * len(one.off_by_line)
        return [PromotionLineView(position + 1, 0, points[position]) for position in one.rewarded]
    return [PromotionLineView(number, off, 0) for number, off in enumerate(one.off_by_line, start=1) if off]


def stored_promotions(lines: Sequence[SaleLineView], *, language: str) -> list[PromotionView]:
    """The promotions that the discounts of stored lines name, in the order in which they came off."""
    found: dict[str, Considered] = {}
    off_by_line: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        for discount in line.discounts:
            if discount.code.startswith(PROMOTION):
                code = discount.code.removeprefix(PROMOTION)
                one = found.setdefault(code, Considered(code, discount.name, 0, applied=True))
                one.off_minor += discount.amount_minor
                one.base_minor += discount.base_minor
                one.off_by_line = off_by_line.setdefault(code, [0] * len(lines))
                off_by_line[code][place] += discount.amount_minor
    return [promotion_view(one, language=language) for one in found.values()]


_EN: Final[dict[Unmet | None, str]] = {
    None: "Applied: {off} off goods worth {base}, in minor units.",
    Unmet.PAUSED: "Paused by head office.",
    Unmet.NOT_NOW: "Does not hold on this day or at this hour.",
    Unmet.NOT_HERE: "Does not hold in this store or currency.",
    Unmet.NOT_IN_CHANNEL: "Does not hold in this channel.",
    Unmet.MEMBERS_ONLY: "Only for members. Ask for the member's card or phone.",
    Unmet.NOT_FOR_TIER: "Not for this member's tier.",
    Unmet.COUPON_MISSING: "Only for a coupon. Ask for it, and scan its code.",
    Unmet.QUANTITY_MISSING: "{quantity} thousandths of its goods are missing.",
    Unmet.AMOUNT_MISSING: "Goods worth {amount} more are missing, in minor units.",
    Unmet.GOODS_MISSING: "Some of the goods that it needs are missing: {quantity} thousandths of the next.",
    Unmet.CONDITION_MISSING: "Conditions do not hold: {conditions}.",
    Unmet.BEATEN: "Gave way to a better or preferred promotion: {winners}.",
    Unmet.NO_ADVANTAGE: "Takes nothing off these goods.",
    Unmet.GIFT_OUT_OF_STOCK: "Its gifts are out of stock.",
    Unmet.EXHAUSTED: "Has been used up.",
    Unmet.AT_FLOOR: "These goods are at the lowest price allowed.",
}
_EN_CUT: Final = " {cut} more would have gone below the lowest price allowed."
_ZH: Final[dict[Unmet | None, str]] = {
    None: "已应用：商品金额 {base}，优惠 {off}（最小货币单位）。",
    Unmet.PAUSED: "总部已暂停此活动。",
    Unmet.NOT_NOW: "不在活动日期或时段内。",
    Unmet.NOT_HERE: "本店或此货币不参加活动。",
    Unmet.NOT_IN_CHANNEL: "此渠道不参加活动。",
    Unmet.MEMBERS_ONLY: "仅限会员，请出示会员卡或手机号。",
    Unmet.NOT_FOR_TIER: "该会员等级不参加活动。",
    Unmet.COUPON_MISSING: "需凭优惠券，请出示并扫描券码。",
    Unmet.QUANTITY_MISSING: "参加活动的商品还差 {quantity}（千分之一单位）。",
    Unmet.AMOUNT_MISSING: "参加活动的商品金额还差 {amount}（最小货币单位）。",
    Unmet.GOODS_MISSING: "缺少活动所需商品：下一种还差 {quantity}（千分之一单位）。",
    Unmet.CONDITION_MISSING: "不满足活动条件：{conditions}。",
    Unmet.BEATEN: "已让位于更优惠或优先的活动：{winners}。",
    Unmet.NO_ADVANTAGE: "对这些商品没有优惠。",
    Unmet.GIFT_OUT_OF_STOCK: "赠品缺货。",
    Unmet.EXHAUSTED: "活动名额或预算已用完。",
    Unmet.AT_FLOOR: "这些商品已是允许的最低价。",
}
_ZH_CUT: Final = "另有 {cut} 会低于允许的最低价，未优惠。"
_NAMES_EN: Final = {
    Limit.USES: "its uses",
    Limit.USES_PER_DAY: "its uses of the day",
    Limit.USES_PER_MEMBER: "the member's uses",
    Limit.USES_PER_MEMBER_PER_DAY: "the member's uses of the day",
    Limit.DISCOUNT: "its budget",
    Limit.DISCOUNT_PER_DAY: "its budget of the day",
    Limit.DISCOUNT_PER_MEMBER: "the member's share of its budget",
    Limit.BUDGET: "the budget of its campaign",
}
_NAMES_ZH: Final = {
    Limit.USES: "活动总次数",
    Limit.USES_PER_DAY: "活动当日次数",
    Limit.USES_PER_MEMBER: "该会员的次数",
    Limit.USES_PER_MEMBER_PER_DAY: "该会员当日次数",
    Limit.DISCOUNT: "活动预算",
    Limit.DISCOUNT_PER_DAY: "活动当日预算",
    Limit.DISCOUNT_PER_MEMBER: "该会员的优惠额度",
    Limit.BUDGET: "所属营销计划的预算",
}
_CAPPED_EN: Final = {
    limit: f" Capped: {{off}} of {{whole}}, because {name} had {{left}} left." for limit, name in _NAMES_EN.items()
}
_CAPPED_ZH: Final = {
    limit: f"{name}仅剩 {{left}}，应优惠 {{whole}}，实际优惠 {{off}}。" for limit, name in _NAMES_ZH.items()
}
_SHORT_EN: Final = {
    **{limit: f"Exhausted: {name} had {{left}} left." for limit, name in _NAMES_EN.items()},
    Limit.PERIOD: "Its campaign does not run on this day.",
}
_SHORT_ZH: Final = {
    **{limit: f"已用完：{name}剩余 {{left}}。" for limit, name in _NAMES_ZH.items()},
    Limit.PERIOD: "所属营销计划当天不在有效期内。",
}
"""By the limit that stood in the way."""
