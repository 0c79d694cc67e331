"""Checks of the terms of one promotion that need nothing but the terms.

A field that the kind of benefit does not read is refused: whoever filled it in expects it to have an effect.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, replace
from typing import Final

from application.fields import (
    EmptyPeriod,
    Missing,
    in_order,
    optional_code,
    optional_date,
    required_code,
    required_name,
    within,
)
from application.pricing.code_lists import NAMES_MAX, check_codes, check_count, check_once
from application.pricing.condition_fields import check_conditions, check_needs, conditions
from application.pricing.given_fields import STATED_BY, check_given
from domain.catalog.quantity import QUANTITY_MILLI_MAX
from domain.pricing.goods import UNIT_MILLI
from domain.pricing.limits import AMOUNTS, OWN_LIMITS, Limits
from domain.pricing.offers import RATE_BP
from domain.pricing.promotion import MINUTES_OF_DAY, REWARDS, Benefit, BenefitKind, ItemSet, Promotion, Step
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX, minor_digits

STEPS_MAX: Final = 50
COMPONENTS_MAX: Final = 20
STAGE_MAX: Final = 99
UNITS_MAX: Final = QUANTITY_MILLI_MAX // UNIT_MILLI

_READ: Final[Mapping[BenefitKind, Collection[str]]] = {
    BenefitKind.RATE: ("items", "steps", "rate_bp"),
    BenefitKind.AMOUNT: ("items", "steps", "each", "off_minor"),
    BenefitKind.UNIT_AMOUNT: ("items", "off_minor", "times_max"),
    BenefitKind.UNIT_PRICE: ("items", "price_minor", "times_max"),
    BenefitKind.CHEAPEST: ("items", "rate_bp", "units"),
    BenefitKind.EVERY_NTH: ("items", "rate_bp", "every", "units", "times_max"),
    BenefitKind.BUY_GET: ("items", "rate_bp", "units", "components", "times_max"),
    BenefitKind.SET_PRICE: ("price_minor", "components", "times_max"),
    BenefitKind.GIFT: ("items", "steps", "each", "gifts", "gift_shortage"),
    BenefitKind.POINTS: ("items", "steps", "each", "points_factor_bp", "points"),
    BenefitKind.COUPON: ("items", "steps", "each", "coupon_batch_code", "units"),
    BenefitKind.PLUG_IN: ("items", "plug_in", "parameters"),
}
_CAPS: Final = ("discount_minor_max", "line_discount_minor_max", "line_discount_bp_max")


class NotReadByKind(Invalid):
    en = "A benefit of kind {kind} does not read this field. Leave it empty, or choose another kind."
    zh = "{kind} 类优惠不使用此字段，请留空，或改用其他类别。"


class StatedBySteps(Invalid):
    en = "The steps state this. Leave it empty here, or leave out the steps."
    zh = "阶梯中已有此项，请将此处留空，或不使用阶梯。"


class StepStatedTwice(Invalid):
    en = "Step {index} begins at the same quantity and amount. Send only one of them."
    zh = "第 {index} 个阶梯（从 0 起）的数量和金额门槛相同，只能提供一个。"


class NothingToReach(Invalid):
    en = "With each, the amount counts whenever a step is reached: state quantity_milli or amount_minor of every step."
    zh = "使用 each 时，每达到一次门槛就优惠一次。请为每个阶梯设置 quantity_milli 或 amount_minor。"


class NoGoodsNamed(Invalid):
    en = "No goods are named. Set everything, or name SKUs, categories, brands, tags or suppliers."
    zh = "没有指定商品，请设置 everything，或列出 SKU、分类、品牌、标签或供应商。"


class GoodsNamedBesideEverything(Invalid):
    en = "Everything is meant already. Leave this empty, or do not set everything."
    zh = "已指定全部商品，请将此项留空，或不设置 everything。"


class CurrencyNeeded(Invalid):
    en = "The terms state an amount in {stated}. Say in which currency, e.g. CNY."
    zh = "条款中的 {stated} 是金额，请填写其货币，例如 CNY。"


def checked_promotion(promotion: Promotion, *, field: str) -> Promotion:
    """The promotion itself, its name without the space around it; `field` is its path in the request."""
    required_code(promotion.code, field=f"{field}.code")
    name = required_name(promotion.name, field=f"{field}.name")
    optional_code(promotion.theme, field=f"{field}.theme")
    _check_time(promotion, field)
    _check_conditions(promotion, field)
    _check_benefit(promotion, field)
    if promotion.limits is not None:
        _check_limits(promotion.limits, f"{field}.limits")
    for path, items in item_sets(promotion, field):
        _check_items(items, path)
    _check_currency(promotion, field)
    return replace(promotion, name=name)


def item_sets(promotion: Promotion, field: str) -> Iterator[tuple[str, ItemSet]]:
    """Every set of goods that the terms name, by its path."""
    if promotion.benefit.kind is not BenefitKind.SET_PRICE:
        yield f"{field}.benefit.items", promotion.benefit.items
    for index, component in enumerate(promotion.benefit.components):
        yield f"{field}.benefit.components[{index}].items", component.items
    for index, needed in enumerate(promotion.needs):
        yield f"{field}.needs[{index}].items", needed.items
    for path, condition in conditions(promotion, field):
        for index, needed in enumerate(condition.goods):
            yield f"{path}.goods[{index}].items", needed.items


def _check_time(promotion: Promotion, field: str) -> None:
    start = optional_date(promotion.from_date, field=f"{field}.from_date")
    end = optional_date(promotion.until_date, field=f"{field}.until_date")
    in_order(start, end, field=f"{field}.until_date")
    for index, weekday in enumerate(promotion.weekdays):
        within(weekday, 1, 7, field=f"{field}.weekdays[{index}]")
    check_once(promotion.weekdays, f"{field}.weekdays")
    within(promotion.from_minute, 0, MINUTES_OF_DAY - 1, field=f"{field}.from_minute")
    within(promotion.until_minute, 0, MINUTES_OF_DAY, field=f"{field}.until_minute")
    if promotion.from_minute and promotion.from_minute == promotion.until_minute:
        raise EmptyPeriod(f"{field}.until_minute")


def _check_conditions(promotion: Promotion, field: str) -> None:
    optional_code(promotion.coupon_batch_code, field=f"{field}.coupon_batch_code")
    within(promotion.stage, 0, STAGE_MAX, field=f"{field}.stage")
    for name in ("store_codes", "excluded_store_codes", "region_codes", "channels", "tiers"):
        codes = getattr(promotion, name)
        check_count(codes, NAMES_MAX, f"{field}.{name}")
        check_codes(codes, f"{field}.{name}")
    check_needs(promotion.needs, f"{field}.needs")
    check_conditions(promotion, field)
    within(promotion.times_max, 0, UNITS_MAX, field=f"{field}.times_max")
    within(promotion.discount_minor_max, 0, AMOUNT_MINOR_MAX, field=f"{field}.discount_minor_max")
    within(promotion.line_discount_minor_max, 0, AMOUNT_MINOR_MAX, field=f"{field}.line_discount_minor_max")
    within(promotion.line_discount_bp_max, 0, RATE_BP, field=f"{field}.line_discount_bp_max")
    benefit = promotion.benefit
    for name in _CAPS:
        if getattr(promotion, name) and benefit.kind in REWARDS:
            raise NotReadByKind(f"{field}.{name}", kind=benefit.kind.name)
    if promotion.times_max and "times_max" not in _READ[benefit.kind] and not benefit.each:
        raise NotReadByKind(f"{field}.times_max", kind=benefit.kind.name)


def _check_limits(limits: Limits, field: str) -> None:
    optional_code(limits.campaign_code, field=f"{field}.campaign_code")
    for limit in OWN_LIMITS:
        within(getattr(limits, limit.value), 0, AMOUNT_MINOR_MAX, field=f"{field}.{limit.value}")


def _check_benefit(promotion: Promotion, field: str) -> None:
    benefit, field = promotion.benefit, f"{field}.benefit"
    read = _READ[benefit.kind]
    for name, default in _DEFAULTS.items():
        if name not in read and getattr(benefit, name) != default:
            raise NotReadByKind(f"{field}.{name}", kind=benefit.kind.name)
    if "steps" in read:
        _check_steps(benefit, field)
    elif "rate_bp" in read:
        within(benefit.rate_bp, 1, RATE_BP, field=f"{field}.rate_bp")
    elif "off_minor" in read:
        within(benefit.off_minor, 1, AMOUNT_MINOR_MAX, field=f"{field}.off_minor")
    if "coupon_batch_code" in read:
        required_code(benefit.coupon_batch_code, field=f"{field}.coupon_batch_code")
    within(benefit.price_minor, 0, AMOUNT_MINOR_MAX, field=f"{field}.price_minor")
    if "units" in read and "steps" not in read:
        within(benefit.units, 1, UNITS_MAX, field=f"{field}.units")
    if "every" in read:
        within(benefit.every, benefit.units + 1, UNITS_MAX + 1, field=f"{field}.every")
    if "components" in read:
        if not benefit.components:
            raise Missing(f"{field}.components")
        check_count(benefit.components, COMPONENTS_MAX, f"{field}.components")
        for index, component in enumerate(benefit.components):
            within(component.units, 1, UNITS_MAX, field=f"{field}.components[{index}].units")


def _check_steps(benefit: Benefit, field: str) -> None:
    check_count(benefit.steps, STEPS_MAX, f"{field}.steps")
    if not benefit.steps:
        if benefit.each:
            raise NothingToReach(f"{field}.steps")
        check_given(benefit, benefit.kind, each=False, field=field)
        return
    for stated in STATED_BY[benefit.kind]:
        if getattr(benefit, stated):
            raise StatedBySteps(f"{field}.{stated}")
    seen: dict[tuple[int, int, str], int] = {}
    for index, step in enumerate(benefit.steps):
        _check_step(step, benefit, f"{field}.steps[{index}]")
        for tier in step.tiers or ("",):
            first = seen.setdefault((step.quantity_milli, step.amount_minor, tier), index)
            if first != index:
                raise StepStatedTwice(f"{field}.steps[{index}]", index=first)


def _check_step(step: Step, benefit: Benefit, field: str) -> None:
    within(step.quantity_milli, 0, QUANTITY_MILLI_MAX, field=f"{field}.quantity_milli")
    within(step.amount_minor, 0, AMOUNT_MINOR_MAX, field=f"{field}.amount_minor")
    check_given(step, benefit.kind, each=benefit.each, field=field)
    for names in STATED_BY.values():
        for name in names:
            if name not in STATED_BY[benefit.kind] and getattr(step, name):
                raise NotReadByKind(f"{field}.{name}", kind=benefit.kind.name)
    check_count(step.tiers, NAMES_MAX, f"{field}.tiers")
    check_codes(step.tiers, f"{field}.tiers")
    if benefit.each and not (step.quantity_milli or step.amount_minor):
        raise NothingToReach(field)


def _check_items(items: ItemSet, field: str) -> None:
    named = {name: getattr(items, name) for name in _NAMES_OF_GOODS}
    check_count([code for codes in named.values() for code in codes], NAMES_MAX, field)
    for name, codes in named.items():
        check_codes(codes, f"{field}.{name}")
    for name in _NAMING:
        if items.everything and named[name]:
            raise GoodsNamedBesideEverything(f"{field}.{name}")
    if not (items.everything or any(named[name] for name in _NAMING)):
        raise NoGoodsNamed(field)


def _check_currency(promotion: Promotion, field: str) -> None:
    if promotion.currency:
        minor_digits(promotion.currency, field=f"{field}.currency")
    elif stated := next(_amounts_stated(promotion), ""):
        raise CurrencyNeeded(f"{field}.currency", stated=stated)


def _amounts_stated(promotion: Promotion) -> Iterator[str]:
    """The paths of all amounts within the promotion; a price of zero is one too."""
    benefit = promotion.benefit
    if benefit.off_minor:
        yield "benefit.off_minor"
    if "price_minor" in _READ[benefit.kind]:
        yield "benefit.price_minor"
    for index, step in enumerate(benefit.steps):
        for name in ("amount_minor", "off_minor"):
            if getattr(step, name):
                yield f"benefit.steps[{index}].{name}"
    for index, needed in enumerate(promotion.needs):
        if needed.amount_minor:
            yield f"needs[{index}].amount_minor"
    for path, condition in conditions(promotion, ""):
        for index, needed in enumerate(condition.goods):
            if needed.amount_minor:
                yield f"{path[1:]}.goods[{index}].amount_minor"
    for name in ("discount_minor_max", "line_discount_minor_max"):
        if getattr(promotion, name):
            yield name
    if promotion.limits is not None:
        yield from (f"limits.{limit.value}" for limit in promotion.limits.stated() if limit in AMOUNTS)


_DEFAULTS: Final = {field.name: field.default for field in fields(Benefit) if field.name != "kind"}
_NAMING: Final = ("skus", "category_codes", "brands", "tags", "supplier_codes")
_NAMES_OF_GOODS: Final = (*_NAMING, *[f"excluded_{name}" for name in _NAMING])
