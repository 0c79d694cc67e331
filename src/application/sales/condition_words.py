"""What the conditions of a promotion lack, in words: "tier GOLD, and either payment by wallet or …"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from domain.pricing.promotion import ConditionKind, Lacking

Tell = Callable[[Lacking, str], str]
"""Words for what is lacking; the second is the codes or numbers that are named."""


@dataclass(frozen=True, slots=True)
class _Words:
    """A language: how conditions are told, denied and put together."""

    kinds: dict[ConditionKind, Tell]
    excluded: str
    choice: str
    comma: str
    both: str
    either: str


def lacking_words(lacking: Sequence[Lacking], *, language: str) -> str:
    """All that is lacking, in Chinese ("zh") or in English (anything else); amounts as minor units, thousandths."""
    words = _ZH if language.startswith("zh") else _EN
    return words.both.join([_told(one, words) for one in lacking])


def _told(one: Lacking, words: _Words) -> str:
    if one.kind is ConditionKind.ALL:
        return words.both.join([_told(part, words) for part in one.parts])
    if one.kind is ConditionKind.ANY:
        return words.choice.format(told=words.either.join([_told(part, words) for part in one.parts]))
    told = words.kinds[one.kind](one, words.comma.join(one.wanted))
    return words.excluded.format(told=told) if one.excluded else told


def _goods_en(one: Lacking, named: str) -> str:
    of = f" of {named}" if named else " of any goods"
    if one.missing_quantity_milli and one.missing_amount_minor:
        return f"{one.missing_quantity_milli} thousandths and a value of {one.missing_amount_minor} more{of}"
    if one.missing_quantity_milli:
        return f"{one.missing_quantity_milli} thousandths more{of}"
    if one.missing_amount_minor:
        return f"a value of {one.missing_amount_minor} more{of}"
    return f"goods{of}"


def _goods_zh(one: Lacking, named: str) -> str:
    of = named or "任意商品"
    if one.missing_quantity_milli and one.missing_amount_minor:
        return f"{of}还差 {one.missing_quantity_milli}（千分之一单位）且金额还差 {one.missing_amount_minor}"
    if one.missing_quantity_milli:
        return f"{of}还差 {one.missing_quantity_milli}（千分之一单位）"
    if one.missing_amount_minor:
        return f"{of}金额还差 {one.missing_amount_minor}（最小货币单位）"
    return f"购买{of}"


def _visit_en(one: Lacking) -> str:
    return f" (this is number {one.found})" if one.found else " (of a member)"


def _visit_zh(one: Lacking) -> str:
    return f"（本次为第 {one.found} 次）" if one.found else "（仅限会员）"


_WEEKDAYS_EN: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS_ZH: Final = "一二三四五六日"
_PAYMENTS_ZH: Final = {
    "cash": "现金",
    "card": "银行卡",
    "wallet": "移动支付",
    "manufacturer_coupon": "厂商券",
    "points": "积分",
    "bank_transfer": "银行转账",
    "stored_value": "储值",
    "gift_card": "礼品卡",
    "on_account": "赊账",
    "voucher": "代金券",
}
_FESTIVALS_ZH: Final = {
    "new_years_eve": "除夕",
    "spring": "春节",
    "lantern": "元宵节",
    "dragon_head": "龙抬头",
    "qingming": "清明",
    "dragon_boat": "端午节",
    "qixi": "七夕",
    "zhongyuan": "中元节",
    "mid_autumn": "中秋节",
    "double_ninth": "重阳节",
    "winter_solstice": "冬至",
    "laba": "腊八节",
}

_EN: Final = _Words(
    kinds={
        ConditionKind.GOODS: _goods_en,
        ConditionKind.MEMBER: lambda _, __: "a member",
        ConditionKind.MEMBER_NUMBER: lambda _, __: "a member whom the offer is for",
        ConditionKind.TIER: lambda _, named: f"tier {named}",
        ConditionKind.SEGMENT: lambda _, named: f"a member in segment {named}",
        ConditionKind.FIRST_PURCHASE: lambda one, _: f"the member's first purchase{_visit_en(one)}",
        ConditionKind.VISITS_EVERY: lambda one, named: f"a purchase number divisible by {named}{_visit_en(one)}",
        ConditionKind.VISIT_NUMBER: lambda one, named: f"purchase number {named}{_visit_en(one)}",
        ConditionKind.BIRTHDAY: lambda one, _: (
            f"from {one.wanted[0]} days before to {one.wanted[1]} days after the member's birthday"
        ),
        ConditionKind.PAYMENT_KIND: lambda _, named: f"payment by {named}",
        ConditionKind.STORE: lambda _, named: f"store {named}",
        ConditionKind.REGION: lambda _, named: f"region {named}",
        ConditionKind.CHANNEL: lambda _, named: f"channel {named}",
        ConditionKind.DATES: lambda _, named: f"a day within {named}",
        ConditionKind.WEEKDAY: lambda one, _: " or ".join([_WEEKDAYS_EN[int(day) - 1] for day in one.wanted]),
        ConditionKind.DAY_OF_MONTH: lambda _, named: f"day {named} of the month",
        ConditionKind.HOURS: lambda _, named: f"the hours {named}",
        ConditionKind.FESTIVAL: lambda _, named: f"the festival {named}".replace("_", " "),
    },
    excluded="not {told}",
    choice="({told})",
    comma=" or ",
    both=", and ",
    either=", or ",
)
_ZH: Final = _Words(
    kinds={
        ConditionKind.GOODS: _goods_zh,
        ConditionKind.MEMBER: lambda _, __: "会员",
        ConditionKind.MEMBER_NUMBER: lambda _, __: "指定会员",
        ConditionKind.TIER: lambda _, named: f"会员等级 {named}",
        ConditionKind.SEGMENT: lambda _, named: f"属于分群 {named} 的会员",
        ConditionKind.FIRST_PURCHASE: lambda one, _: f"会员首次购买{_visit_zh(one)}",
        ConditionKind.VISITS_EVERY: lambda one, named: f"每 {named} 次购买{_visit_zh(one)}",
        ConditionKind.VISIT_NUMBER: lambda one, named: f"第 {named} 次购买{_visit_zh(one)}",
        ConditionKind.BIRTHDAY: lambda one, _: f"会员生日前 {one.wanted[0]} 天至后 {one.wanted[1]} 天",
        ConditionKind.PAYMENT_KIND: lambda one, _: (
            f"使用{'或'.join([_PAYMENTS_ZH.get(kind, kind) for kind in one.wanted])}付款"
        ),
        ConditionKind.STORE: lambda _, named: f"门店 {named}",
        ConditionKind.REGION: lambda _, named: f"区域 {named}",
        ConditionKind.CHANNEL: lambda _, named: f"渠道 {named}",
        ConditionKind.DATES: lambda _, named: f"日期在 {named} 内",
        ConditionKind.WEEKDAY: lambda one, _: f"星期{'、'.join([_WEEKDAYS_ZH[int(day) - 1] for day in one.wanted])}",
        ConditionKind.DAY_OF_MONTH: lambda _, named: f"每月 {named} 日",
        ConditionKind.HOURS: lambda _, named: f"时段 {named}",
        ConditionKind.FESTIVAL: lambda one, _: (
            f"节日{'或'.join([_FESTIVALS_ZH.get(name, name) for name in one.wanted])}"
        ),
    },
    excluded="不得为{told}",
    choice="（{told}）",
    comma="、",
    both="，且",
    either="，或",
)
