"""Checks of lists of codes within the terms of a promotion."""

from collections.abc import Sequence
from typing import Any, Final

from application.fields import required_code
from domain.shared.errors import Invalid

NAMES_MAX: Final = 1_000
"""Codes in one set of goods, and in one condition."""


class StatedTwice(Invalid):
    en = "“{value}” stands in this list twice. Name it once."
    zh = "“{value}”在此列表中出现两次，只能出现一次。"


class TooManyHere(Invalid):
    en = "{count} are too many; a promotion takes at most {count_max} here."
    zh = "{count} 项过多，每个促销此处最多 {count_max} 项。"


def check_codes(codes: Sequence[str], field: str) -> None:
    """Refuses what is no code, and one that is named twice."""
    for index, code in enumerate(codes):
        required_code(code, field=f"{field}[{index}]")
    check_once(codes, field)


def check_once(values: Sequence[Any], field: str) -> None:
    """Refuses a value that the list holds twice, at its second place."""
    if len(set(values)) == len(values):
        return
    index = next(index for index, value in enumerate(values) if value in values[:index])
    raise StatedTwice(f"{field}[{index}]", value=values[index])


def check_count(values: Sequence[object], count_max: int, field: str) -> None:
    """Refuses a list of more than `count_max`."""
    if len(values) > count_max:
        raise TooManyHere(field, count=len(values), count_max=count_max)
