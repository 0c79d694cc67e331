"""Templates: terms of promotions with a few places left open, each filled by a parameter with a type and a range."""

import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from domain.pricing.offers import RATE_BP
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Promotion, Step
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX

DAYS_MAX: Final = 3_660
VALUE_CHARACTERS_MAX: Final = 10_000

_PART: Final = re.compile(r"([a-z_]{1,40})(?:\[([0-9]{1,3})\])?")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}")


class ParameterKind(StrEnum):
    """What a parameter is, and so how its text is read and what it fills.

    AMOUNT is minor units, RATE what comes off in basis points; CODES (of stores, regions, channels or tiers), WEEKDAYS,
    SKUS and CATEGORIES are lists with commas between. DAYS counts from the first day of the promotion and gives its
    end.
    """

    AMOUNT = "amount"
    RATE = "rate"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    DAYS = "days"
    CODES = "codes"
    WEEKDAYS = "weekdays"
    SKUS = "skus"
    CATEGORIES = "categories"


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """A place left open. `targets` are the paths of the fields that it fills, e.g. "benefit.steps[0].amount_minor".

    Numbers lie between `low` and `high`; where `high` is 0 the range is that of the kind. Without a value a parameter
    that is not required leaves what the terms say.
    """

    name: str
    kind: ParameterKind
    targets: tuple[str, ...]
    label: str = ""
    required: bool = False
    low: int = 0
    high: int = 0

    @property
    def range(self) -> tuple[int, int]:
        """The least and the greatest number."""
        if self.high:
            return self.low, self.high
        highest = {ParameterKind.RATE: RATE_BP, ParameterKind.DAYS: DAYS_MAX}.get(self.kind, AMOUNT_MINOR_MAX)
        return max(1, self.low), highest


@dataclass(frozen=True, slots=True)
class Template:
    """`terms` are complete but for their code and for what the required parameters fill."""

    code: str
    name: str
    terms: Promotion
    parameters: tuple[TemplateParameter, ...] = ()
    built_in: bool = False


class UnknownParameter(Invalid):
    en = "Template “{template}” has no parameter “{name}”. It has: {known}."
    zh = "模板“{template}”没有参数“{name}”。可用：{known}。"


class ParameterMissing(Invalid):
    en = "Template “{template}” needs the parameter “{name}” ({label})."
    zh = "模板“{template}”缺少参数“{name}”（{label}）。"


class InvalidParameter(Invalid):
    en = "“{value}” is no value of parameter “{name}”: {expected}."
    zh = "“{value}”不是参数“{name}”的有效值：{expected}。"


class InvalidTarget(Invalid):
    en = "“{target}” is no field that a parameter of kind {kind} can fill in these terms."
    zh = "在这些条款中，{kind} 类参数不能填入“{target}”。"


def instantiate(template: Template, *, code: str, name: str, values: Mapping[str, str]) -> Promotion:
    """The terms with the values in their places; `name` is that of the template where it is empty.

    Raises UnknownParameter, ParameterMissing and InvalidParameter, each at parameters.NAME.
    """
    known = {parameter.name: parameter for parameter in template.parameters}
    for given in values:
        if given not in known:
            raise UnknownParameter(
                f"parameters.{given[:64]}", template=template.code, name=given[:64], known=", ".join(known)
            )
    terms = replace(template.terms, code=code, name=name or template.name)
    # The end is counted from the first day, wherever that stands in the list.
    for parameter in sorted(template.parameters, key=lambda one: one.kind is ParameterKind.DAYS):
        text = values.get(parameter.name, "")
        if not text:
            if parameter.required:
                raise ParameterMissing(
                    f"parameters.{parameter.name}",
                    template=template.code,
                    name=parameter.name,
                    label=parameter.label or parameter.kind.value,
                )
            continue
        for target in parameter.targets:
            terms = _filled(terms, _steps(target), parameter, _value(parameter, text, terms))
    return terms


def check_targets(template: Template, *, field: str) -> None:
    """Refuses a parameter that fills nothing, or a field of another type: InvalidTarget."""
    known: dict[type, dict[str, Any]] = {}
    for index, parameter in enumerate(template.parameters):
        for place, target in enumerate(parameter.targets):
            hint = _hint(template.terms, _steps(target), known)
            wanted = _FILLS[parameter.kind]
            if hint is None or hint != wanted or target in ("code", "name"):
                raise InvalidTarget(
                    f"{field}.parameters[{index}].targets[{place}]", target=target[:100], kind=parameter.kind.name
                )


def _value(parameter: TemplateParameter, text: str, terms: Promotion) -> Any:
    kind = parameter.kind
    if kind in (ParameterKind.AMOUNT, ParameterKind.RATE, ParameterKind.NUMBER, ParameterKind.DAYS):
        low, high = parameter.range
        if not (_NUMBER.fullmatch(text) and low <= int(text) <= high):
            raise _invalid(parameter, text, f"a whole number from {low} to {high}")
        return int(text) if kind is not ParameterKind.DAYS else _end(parameter, text, terms)
    if kind is ParameterKind.DATE:
        return _day(parameter, text).isoformat()
    if kind is ParameterKind.TEXT:
        return text
    codes = tuple(part.strip() for part in text[:VALUE_CHARACTERS_MAX].split(","))
    if kind is ParameterKind.WEEKDAYS:
        if not all(len(code) == 1 and code in "1234567" for code in codes):
            raise _invalid(parameter, text, "weekdays from 1 (Monday) to 7, with commas between")
        return tuple(int(code) for code in codes)
    if not all(codes):
        raise _invalid(parameter, text, "codes with commas between")
    return codes


def _end(parameter: TemplateParameter, text: str, terms: Promotion) -> str:
    if not terms.from_date:
        raise _invalid(parameter, text, "days are counted from the first day, which is not given")
    try:
        return (date.fromisoformat(terms.from_date) + timedelta(days=int(text))).isoformat()
    except (ValueError, OverflowError):
        raise _invalid(parameter, text, "the calendar has no such day") from None


def _day(parameter: TemplateParameter, text: str) -> date:
    try:
        if len(text) == len("YYYY-MM-DD"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _invalid(parameter, text, "a day as YYYY-MM-DD")


def _invalid(parameter: TemplateParameter, text: str, expected: str) -> InvalidParameter:
    return InvalidParameter(f"parameters.{parameter.name}", value=text[:64], name=parameter.name, expected=expected)


Path: typing.TypeAlias = tuple[tuple[str, int | None], ...]


def _steps(target: str) -> Path:
    """The names and indexes of a path; empty for what is none."""
    found = [_PART.fullmatch(part) for part in target.split(".")]
    if not all(found):
        return ()
    return tuple((part[1], None if part[2] is None else int(part[2])) for part in found if part is not None)


def _filled(value: Any, path: Path, parameter: TemplateParameter, new: Any) -> Any:
    """The value with `new` at the end of the path."""
    if not path:
        if parameter.kind is ParameterKind.SKUS:
            return replace(value, everything=False, skus=new)
        if parameter.kind is ParameterKind.CATEGORIES:
            return replace(value, everything=False, category_codes=new)
        return new
    (name, index), *rest = path
    current = getattr(value, name)
    if index is None:
        changed = _filled(current, tuple(rest), parameter, new)
    else:
        changed = (*current[:index], _filled(current[index], tuple(rest), parameter, new), *current[index + 1 :])
    return replace(value, **{name: changed})


def _hint(value: Any, path: Path, known: dict[type, dict[str, Any]]) -> Any:
    """The type of the field at the end of the path; None when these terms have no such field.

    `known` keeps the types of the fields of each class, which are slow to find out.
    """
    hint: Any = None
    for name, index in path:
        if type(value) not in known:
            known[type(value)] = typing.get_type_hints(type(value)) if is_dataclass(value) else {}
        hint = known[type(value)].get(name)
        if hint is None:
            return None
        value = getattr(value, name)
        if index is not None:
            if not isinstance(value, tuple) or index >= len(value):
                return None
            value = value[index]
            hint = type(value)
    return hint


_FILLS: Final[Mapping[ParameterKind, Any]] = {
    ParameterKind.AMOUNT: int,
    ParameterKind.RATE: int,
    ParameterKind.NUMBER: int,
    ParameterKind.TEXT: str,
    ParameterKind.DATE: str,
    ParameterKind.DAYS: str,
    ParameterKind.CODES: tuple[str, ...],
    ParameterKind.WEEKDAYS: tuple[int, ...],
    ParameterKind.SKUS: ItemSet,
    ParameterKind.CATEGORIES: ItemSet,
}


def _open(name: str, kind: ParameterKind, target: str, label: str, *, required: bool = False) -> TemplateParameter:
    return TemplateParameter(name, kind, (target,), label, required)


_ALL: Final = ItemSet(everything=True)
_PLACE_AND_TIME: Final = (
    _open("from_date", ParameterKind.DATE, "from_date", "first day / 开始日期"),
    _open("until_date", ParameterKind.DATE, "until_date", "first day on which it is over / 结束日期（不含）"),
    _open("days", ParameterKind.DAYS, "until_date", "how many days / 天数"),
    _open("weekdays", ParameterKind.WEEKDAYS, "weekdays", "weekdays / 星期"),
    _open("stores", ParameterKind.CODES, "store_codes", "stores / 门店"),
    _open("regions", ParameterKind.CODES, "region_codes", "regions / 区域"),
    _open("tiers", ParameterKind.CODES, "tiers", "member tiers / 会员等级"),
    _open("theme", ParameterKind.TEXT, "theme", "campaign / 活动主题"),
)
_GOODS: Final = (
    _open("skus", ParameterKind.SKUS, "benefit.items", "goods by SKU / 商品"),
    _open("categories", ParameterKind.CATEGORIES, "benefit.items", "goods by category / 分类"),
)
_CURRENCY: Final = _open("currency", ParameterKind.TEXT, "currency", "currency, e.g. CNY / 货币")
_SAVE: Final = (
    _open("spend", ParameterKind.AMOUNT, "benefit.steps[0].amount_minor", "spend / 满", required=True),
    _open("save", ParameterKind.AMOUNT, "benefit.steps[0].off_minor", "save / 减", required=True),
    _CURRENCY,
)
_RATE_OFF: Final = _open(
    "rate", ParameterKind.RATE, "benefit.rate_bp", "rate off in basis points / 减免比例", required=True
)


def _built_in(
    code: str, name: str, benefit: Benefit, parameters: Iterable[TemplateParameter], **terms: Any
) -> Template:
    """A template of the program; a required parameter stands in place of the optional one of its name."""
    named: dict[str, TemplateParameter] = {}
    for parameter in (*parameters, *_PLACE_AND_TIME):
        named.setdefault(parameter.name, parameter)
    return Template(code, name, Promotion("", name, benefit, **terms), tuple(named.values()), built_in=True)


BUILT_IN: Final = (
    _built_in("BUY_GET", "买赠", Benefit(
        BenefitKind.BUY_GET, ItemSet(), rate_bp=RATE_BP, units=1, components=(Component(ItemSet(), 1),),
    ), (
        _open("buy", ParameterKind.SKUS, "benefit.components[0].items", "bought goods / 购买商品", required=True),
        _open("get", ParameterKind.SKUS, "benefit.items", "free goods / 赠品", required=True),
        _open("buy_units", ParameterKind.NUMBER, "benefit.components[0].units", "how many to buy / 购买件数"),
        _open("get_units", ParameterKind.NUMBER, "benefit.units", "how many are free / 赠送件数"),
    )),
    _built_in("DISCOUNT", "折扣", Benefit(BenefitKind.RATE, _ALL), (_RATE_OFF, *_GOODS)),
    _built_in("EACH_SPEND_SAVE", "每满减", Benefit(
        BenefitKind.AMOUNT, _ALL, steps=(Step(),), each=True,
    ), (*_SAVE, *_GOODS)),
    _built_in("MEMBER_DAY", "会员日", Benefit(BenefitKind.RATE, _ALL), (
        _RATE_OFF, _open("weekdays", ParameterKind.WEEKDAYS, "weekdays", "weekdays / 星期", required=True), *_GOODS,
    ), members_only=True),
    _built_in("NEW_STORE", "新店开业", Benefit(BenefitKind.RATE, _ALL), (
        _RATE_OFF,
        _open("stores", ParameterKind.CODES, "store_codes", "stores / 门店", required=True),
        _open("from_date", ParameterKind.DATE, "from_date", "opening day / 开业日期", required=True),
        _open("days", ParameterKind.DAYS, "until_date", "how many days / 天数", required=True),
        *_GOODS,
    )),
    _built_in("SECOND_HALF", "第2件半价", Benefit(
        BenefitKind.EVERY_NTH, _ALL, rate_bp=5_000, every=2, units=1,
    ), (*_GOODS, _open("rate", ParameterKind.RATE, "benefit.rate_bp", "rate off the second / 第2件减免比例"))),
    _built_in("SPEND_SAVE", "满减", Benefit(BenefitKind.AMOUNT, _ALL, steps=(Step(),)), (*_SAVE, *_GOODS)),
)  # fmt: skip
"""The templates of the program, by code; a chain's own one with the same code stands in its place."""
