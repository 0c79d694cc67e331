"""Baskets that are put aside: how one stands, how it ends, and how it is split into parts that hold the same goods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from domain.shared.errors import Invalid, Rejected

PARTS_MAX: Final = 20
"""Into how many parts a basket is split at once."""


class ParkedEndReason(StrEnum):
    """How a basket that was put aside ended before its time: taken up at a till, or split into others."""

    RESUMED = "resumed"
    SPLIT = "split"


@dataclass(slots=True)
class ParkedBasket:
    """A basket put aside in a store until `expires_at`; it reserves nothing.

    `content` is the basket with what each of its lines cost then. `quantity_milli` sums its lines, in thousandths of
    whatever unit each is sold by. `total_minor` is what it came to; 0 of a part, which is `split_from` another one and
    has not been priced by itself. `member_number` is empty without a member; of a file that was merged it leads on.
    """

    basket_id: int
    store_id: int
    label: str
    member_number: str
    lines: int
    quantity_milli: int
    total_minor: int
    content: Mapping[str, Any]
    split_from: int | None
    business_date: date
    expires_at: datetime
    caller_id: int
    staff_id: int | None
    request_id: str
    parked_at: datetime


@dataclass(slots=True)
class ParkedBasketEnd:
    """The end of a basket that was put aside: it has one, whoever takes it."""

    basket_id: int
    reason: ParkedEndReason
    caller_id: int
    staff_id: int | None
    request_id: str
    ended_at: datetime


class LineShare(NamedTuple):
    """A line, from 1, with how much of it goes into a part; 0 for all of it."""

    line_number: int
    quantity_milli: int


class LineToSplit(NamedTuple):
    """How much a line holds, and whether it may be divided: an amount of money for the whole line may not."""

    quantity_milli: int
    divisible: bool


class NoSuchLine(Invalid):
    en = "The parked basket has no line {line_number}: it has {lines}."
    zh = "挂单没有第 {line_number} 行，共有 {lines} 行。"


class NotDivisible(Invalid):
    en = "Line {line_number} goes into one part as a whole: what was agreed for it is for the whole line."
    zh = "第 {line_number} 行必须整行归入一份：其价格、折扣或序列号针对整行。"


class NotWholly(Rejected):
    en = "Line {line_number} holds {held} thousandths, the parts {shared}. Let them hold all of it, and no more."
    zh = "第 {line_number} 行数量为 {held}（千分之一单位），各份合计 {shared}。各份合计必须与原行相等。"


def check_shares(lines: Sequence[LineToSplit], parts: Sequence[Sequence[LineShare]]) -> list[list[LineShare]]:
    """The parts with their quantities written out, once it is sure that together they hold exactly the whole basket.

    Raises NoSuchLine, NotDivisible and NotWholly, at `parts[i].lines[k]` or at `parts`.
    """
    shared = [0] * len(lines)
    named = [0] * len(lines)
    written: list[list[LineShare]] = []
    for number, part in enumerate(parts):
        written.append([])
        for place, (line_number, quantity_milli) in enumerate(part):
            field = f"parts[{number}].lines[{place}]"
            if not 1 <= line_number <= len(lines):
                raise NoSuchLine(f"{field}.line_number", line_number=line_number, lines=len(lines))
            line = lines[line_number - 1]
            named[line_number - 1] += 1
            share = quantity_milli or line.quantity_milli
            if not line.divisible and (share != line.quantity_milli or named[line_number - 1] > 1):
                raise NotDivisible(f"{field}.quantity_milli", line_number=line_number)
            shared[line_number - 1] += share
            written[-1].append(LineShare(line_number, share))
    for index, line in enumerate(lines):
        if shared[index] != line.quantity_milli or not named[index]:
            raise NotWholly("parts", line_number=index + 1, held=line.quantity_milli, shared=shared[index])
    return written
