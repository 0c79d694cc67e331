"""Checks of single fields that use cases share: what is required, how long a text may be, what a date looks like.

Every refusal names the field by its path in the request. What is accepted here, every database takes.
"""

import re
from collections.abc import Iterable, Sized
from datetime import date, datetime
from typing import Final

from domain.shared.errors import Invalid

CODE_CHARACTERS_MAX: Final = 64
NAME_CHARACTERS_MAX: Final = 200

_UNUSABLE: Final = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Missing(Invalid):
    en = "This field is required."
    zh = "此项必填。"


class TextTooLong(Invalid):
    en = "The text has {count} characters; at most {count_max} are kept."
    zh = "文本有 {count} 个字符，最多 {count_max} 个。"


class UnusableCharacter(Invalid):
    en = "The text has a control character at position {position}. Remove it."
    zh = "文本第 {position} 位是控制字符，请删除。"


class SpaceAround(Invalid):
    en = "The code “{code}” begins or ends with a space. Remove it."
    zh = "代码“{code}”首尾有空格，请删除。"


class OutOfRange(Invalid):
    en = "{value} is not within {low} to {high}."
    zh = "{value} 不在 {low} 至 {high} 之间。"


class TooMany(Invalid):
    en = "{count} at once are too many; send at most {count_max} in one request."
    zh = "一次 {count} 项过多，每次请求最多 {count_max} 项。"


class NamedTwice(Invalid):
    en = "“{code}” stands in this request twice. Send it once."
    zh = "本次请求中“{code}”出现两次，只能出现一次。"


class InvalidDate(Invalid):
    en = "“{text}” is no date. Write a day of the calendar as YYYY-MM-DD."
    zh = "“{text}”不是有效日期，请使用 YYYY-MM-DD 格式的日历日期。"


class EmptyPeriod(Invalid):
    en = "The period ends at or before its beginning. The end is the first moment that no longer belongs to it."
    zh = "期间的结束不晚于开始。结束时刻是不再属于该期间的第一个时刻。"


def required_code(code: str, *, field: str) -> str:
    """The code itself, neither empty nor longer than 64 characters, without a space around it."""
    if not code:
        raise Missing(field)
    return optional_code(code, field=field)


def optional_code(code: str, *, field: str) -> str:
    """As `required_code`, but it may be empty."""
    if code != code.strip():
        raise SpaceAround(field, code=code)
    return _storable(code, CODE_CHARACTERS_MAX, field)


def required_name(name: str, *, field: str) -> str:
    """The text without the space around it, neither empty nor longer than 200 characters."""
    if not name.strip():
        raise Missing(field)
    return optional_name(name, field=field)


def optional_name(name: str, *, field: str) -> str:
    """As `required_name`, but it may be empty."""
    return _storable(name.strip(), NAME_CHARACTERS_MAX, field)


def required_text(text: str, characters_max: int, *, field: str) -> str:
    """The text without the space around it, neither empty nor longer than that."""
    if not text.strip():
        raise Missing(field)
    return _storable(text.strip(), characters_max, field)


def within(value: int, low: int, high: int, *, field: str) -> int:
    """The value itself, `low` and `high` included."""
    if not low <= value <= high:
        raise OutOfRange(field, value=value, low=low, high=high)
    return value


def at_most(rows: Sized, count_max: int, *, field: str) -> None:
    """Refuses a request without rows, and one with more than `count_max`."""
    if not rows:
        raise Missing(field)
    if len(rows) > count_max:
        raise TooMany(field, count=len(rows), count_max=count_max)


def named_once(codes: Iterable[str], *, field: str, key: str = "code") -> None:
    """Refuses a code that the request names twice, at `field`[i].`key` of its second place, or `field`[i]."""
    seen = set()
    for index, code in enumerate(codes):
        if code in seen:
            raise NamedTwice(f"{field}[{index}].{key}" if key else f"{field}[{index}]", code=code)
        seen.add(code)


def optional_date(text: str, *, field: str) -> date | None:
    """The day of the calendar that an ISO text names; None for an empty one."""
    if not text:
        return None
    try:
        # fromisoformat alone would take 20250101 and 2025-W01-1 too.
        if _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidDate(field, text=text[:CODE_CHARACTERS_MAX])


def in_order(start: date | datetime | None, end: date | datetime | None, *, field: str) -> None:
    """Refuses a half-open period that holds nothing; None is no bound. `field` is that of the end."""
    if start is not None and end is not None and end <= start:
        raise EmptyPeriod(field)


def days_in_order(from_date: str, to_date: str, *, field: str) -> None:
    """Refuses a period of ISO dates, both included and empty for no bound, whose last day lies before its first.

    `field` is what they are fields of.
    """
    first = optional_date(from_date, field=f"{field}.from_date")
    last = optional_date(to_date, field=f"{field}.to_date")
    if first is not None and last is not None and last < first:
        raise EmptyPeriod(f"{field}.to_date")


def _storable(text: str, characters_max: int, field: str) -> str:
    if len(text) > characters_max:
        raise TextTooLong(field, count=len(text), count_max=characters_max)
    # PostgreSQL stores no NUL, UTF-8 has no lone surrogates, and no terminal prints the other controls.
    if found := _UNUSABLE.search(text):
        raise UnusableCharacter(field, position=found.start() + 1)
    return text
