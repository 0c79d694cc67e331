"""Attributes of members that a chain defines itself: height, weight, preferred style."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.shared.errors import Invalid

_NUMBER: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


class NotANumber(Invalid):
    en = "Attribute “{code}” is a number with up to 12 digits before the point and 6 after it, such as 172.5."
    zh = "属性“{code}”应为数字，整数部分最多 12 位，小数最多 6 位，例如 172.5。"


class NotAChoice(Invalid):
    en = "Attribute “{code}” is one of: {choices}."
    zh = "属性“{code}”只能是：{choices}。"


class AttributeKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class MemberAttribute:
    """What a chain wants to know of its members; `choices` are there for a choice only, in the order of showing."""

    code: str
    name: str
    kind: AttributeKind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """What was known of a member from `set_at` until `replaced_at`; None for what is known now."""

    value_id: int
    member_id: int
    attribute_code: str
    text: str
    set_at: datetime
    replaced_at: datetime | None
    caller_id: int
    staff_id: int | None


def normalised(attribute: MemberAttribute, text: str, *, field: str) -> str:
    """The value in the one way in which it is kept; a number without zeros that say nothing, exactly as large.

    Raises NotANumber and NotAChoice.
    """
    if attribute.kind is AttributeKind.NUMBER:
        if _NUMBER.fullmatch(text) is None:
            raise NotANumber(field, code=attribute.code)
        plain = f"{Decimal(text):f}"
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return "0" if plain == "-0" else plain
    if attribute.kind is AttributeKind.CHOICE and text not in attribute.choices:
        raise NotAChoice(field, code=attribute.code, choices=", ".join(attribute.choices))
    return text
