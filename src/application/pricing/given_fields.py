"""Checks of what a benefit or one of its steps gives, by the kind of benefit."""

from collections.abc import Mapping, Sequence
from typing import Final

from application.fields import Missing, required_code, within
from domain.pricing.offers import RATE_BP
from domain.pricing.promotion import Benefit, BenefitKind, Gift, Step
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX

GIFTS_MAX: Final = 20
GIFT_UNITS_MAX: Final = 1_000
COUPONS_MAX: Final = 1_000
POINTS_FACTOR_BP_MAX: Final = 1_000_000
POINTS_MAX: Final = 10**9

STATED_BY: Final[Mapping[BenefitKind, Sequence[str]]] = {
    BenefitKind.RATE: ("rate_bp",),
    BenefitKind.AMOUNT: ("off_minor",),
    BenefitKind.GIFT: ("gifts",),
    BenefitKind.POINTS: ("points_factor_bp", "points"),
    BenefitKind.COUPON: ("units",),
}
"""What says how much is given, of the kinds that may have steps: one of these fields, of the benefit or of a step."""

_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "rate_bp": (1, RATE_BP),
    "off_minor": (1, AMOUNT_MINOR_MAX),
    "points_factor_bp": (RATE_BP + 1, POINTS_FACTOR_BP_MAX),
    "points": (1, POINTS_MAX),
    "units": (1, COUPONS_MAX),
}


class GivenTwice(Invalid):
    en = "Points are given by a factor or by number. Set either points_factor_bp or points."
    zh = "积分按倍数或按数量赠送，points_factor_bp 与 points 只能填写一个。"


class FactorEachTime(Invalid):
    en = "Points cannot be multiplied each time that a step is reached. State points, or do not set each."
    zh = "倍数不能按每次达到门槛重复计算，请改用 points，或不使用 each。"


class GiftNamedTwice(Invalid):
    en = "“{sku}” stands among these gifts twice. Name it once, with all its units."
    zh = "赠品中“{sku}”出现两次，只能出现一次，并填写总数量。"


class TooManyGifts(Invalid):
    en = "{count} gifts are too many; at most {count_max} are given at once."
    zh = "{count} 种赠品过多，一次最多 {count_max} 种。"


def check_given(given: Benefit | Step, kind: BenefitKind, *, each: bool, field: str) -> None:
    """Refuses what does not say, in exactly one way and within bounds, how much is given."""
    names = STATED_BY[kind]
    stated = [name for name in names if getattr(given, name)]
    if len(stated) > 1:
        raise GivenTwice(f"{field}.{stated[1]}")
    name = stated[0] if stated else names[0]
    if name == "gifts":
        _check_gifts(given.gifts, f"{field}.gifts")
        return
    within(getattr(given, name), *_RANGES[name], field=f"{field}.{name}")
    if each and name == "points_factor_bp":
        raise FactorEachTime(f"{field}.{name}")


def _check_gifts(gifts: Sequence[Gift], field: str) -> None:
    if not gifts:
        raise Missing(field)
    if len(gifts) > GIFTS_MAX:
        raise TooManyGifts(field, count=len(gifts), count_max=GIFTS_MAX)
    seen = set()
    for index, gift in enumerate(gifts):
        required_code(gift.sku, field=f"{field}[{index}].sku")
        within(gift.units, 1, GIFT_UNITS_MAX, field=f"{field}[{index}].units")
        if gift.sku in seen:
            raise GiftNamedTwice(f"{field}[{index}].sku", sku=gift.sku)
        seen.add(gift.sku)
