"""Kinds of benefit that installed packages add: what such a package provides, and how far the engine trusts it.

A plug-in is a pure function of its parameters and of the goods. It says which part of which line it uses up and what
comes off; whatever it says, no line is used twice and nothing goes below zero.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from domain.pricing.promotion import Benefit, BenefitKind, Promotion
from domain.shared.errors import Invalid, Rejected

PARAMETER_CHARACTERS_MAX: Final = 4_000


class UnknownPlugIn(Invalid):
    en = "No plug-in “{plug_in}” is installed here. Installed: {installed}."
    zh = "此服务器未安装插件“{plug_in}”。已安装：{installed}。"


class InvalidParameters(Invalid):
    en = "These are no parameters for plug-in “{plug_in}”: {why}"
    zh = "插件“{plug_in}”的参数无效：{why}"


class PlugInMissing(Rejected):
    en = "Promotion “{code}” needs plug-in “{plug_in}”, which this server lacks. Install it, or pause the promotion."
    zh = "促销“{code}”需要插件“{plug_in}”，但此服务器未安装。请安装插件，或暂停该促销。"


class PlugInFailed(Rejected):
    en = "Plug-in “{plug_in}” could not compute promotion “{code}” ({why}). Pause the promotion, or mend the plug-in."
    zh = "插件“{plug_in}”无法计算促销“{code}”（{why}）。请暂停该促销，或修复插件。"


@dataclass(frozen=True, slots=True)
class PlugInGoods:
    """What is left of one line: `quantity_milli` thousandths of one SKU, worth `value_minor` together."""

    sku: str
    categories: frozenset[str]
    quantity_milli: int
    value_minor: int
    brand: str = ""
    supplier_code: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlugInPart:
    """Uses up `quantity_milli` of the goods at `position`, and takes `off_minor` off them."""

    position: int
    quantity_milli: int
    off_minor: int


class PlugIn(Protocol):
    """A kind of benefit; without state, clock, chance or I/O, so that a basket has the same price everywhere."""

    def check(self, parameters: Mapping[str, Any]) -> str:
        """What is wrong with the parameters, as a sentence; empty when nothing is."""

    def offer(self, parameters: Mapping[str, Any], goods: Sequence[PlugInGoods]) -> Sequence[PlugInPart]:
        """What it takes off which goods; nothing when it gives nothing. `goods` are sorted by SKU."""


def parameters_of(text: str) -> Mapping[str, Any]:
    """The JSON object of the parameters, empty for an empty text; raises ValueError for anything else.

    Numbers are integers: amounts in minor units, rates in basis points.
    """
    found = json.loads(text, parse_float=_refuse, parse_constant=_refuse) if text else {}
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    return found


known_parameters = lru_cache(maxsize=4_096)(parameters_of)
"""The parameters of terms that were checked when they were written; the same object each time, so not to be changed."""


def check_plug_in(plug_ins: Mapping[str, PlugIn], benefit: Benefit, *, field: str) -> None:
    """Refuses a plug-in that is not installed (UnknownPlugIn) and what it does not take (InvalidParameters).

    `field` is the path of the benefit; those of other kinds are none of its business.
    """
    if benefit.kind is not BenefitKind.PLUG_IN:
        return
    plug_in, parameters = benefit.plug_in, benefit.parameters
    kind = plug_ins.get(plug_in)
    if kind is None:
        raise UnknownPlugIn(f"{field}.plug_in", plug_in=plug_in[:64], installed=", ".join(sorted(plug_ins)) or "none")
    try:
        if len(parameters) > PARAMETER_CHARACTERS_MAX:
            raise ValueError(f"they are longer than {PARAMETER_CHARACTERS_MAX} characters")
        why = kind.check(parameters_of(parameters))
    except Exception as error:  # noqa: BLE001 - a plug-in is an edge: whatever is wrong with it, its name is told
        why = str(error) or type(error).__name__
    if why:
        raise InvalidParameters(f"{field}.parameters", plug_in=plug_in, why=why[:500])


def parts_of(
    plug_ins: Mapping[str, PlugIn], promotion: Promotion, goods: Sequence[PlugInGoods]
) -> Sequence[PlugInPart]:
    """What a plug-in takes off these goods; raises PlugInMissing, and PlugInFailed where it breaks its word."""
    benefit = promotion.benefit
    kind = plug_ins.get(benefit.plug_in)
    if kind is None:
        raise PlugInMissing(code=promotion.code, plug_in=benefit.plug_in)
    try:
        parts = sorted(kind.offer(known_parameters(benefit.parameters), goods), key=lambda part: part.position)
        why = _broken_word(parts, goods)
    except Exception as error:  # noqa: BLE001 - a plug-in is an edge: nothing may be sold at a price that it did not say
        why = type(error).__name__
    if why:
        raise PlugInFailed(code=promotion.code, plug_in=benefit.plug_in, why=why)
    return parts


def _broken_word(parts: Sequence[PlugInPart], goods: Sequence[PlugInGoods]) -> str:
    for number, part in enumerate(parts):
        if not 0 <= part.position < len(goods) or type(part.off_minor) is not int:
            return "a part of no line"
        if number and parts[number - 1].position == part.position:
            return "two parts of one line"
        if not 0 < part.quantity_milli <= goods[part.position].quantity_milli or part.off_minor < 0:
            return "more than there is, or less than nothing"
    return ""


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is no integer")
