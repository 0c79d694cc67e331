"""Counts: what people find on the shelf while selling goes on, against what should stand there at that moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from math import ceil

from domain.shared.errors import Rejected


class CountKind(StrEnum):
    """Which SKUs are to be counted."""

    FULL = "full"
    """All that ever stood in the store."""
    CATEGORY = "category"
    LIST = "list"
    CYCLE = "cycle"
    """Those that are due by the plan."""


class CountState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Uncounted(StrEnum):
    """What becomes of SKUs of the count that nobody has counted: they stay as they are, or nothing of them is there."""

    LEAVE = "leave"
    ZERO = "zero"


class CountNotOpen(Rejected):
    en = "Count {count_id} is {state} already. Open another one."
    zh = "盘点单 {count_id} 的状态为 {state}，请另开盘点单。"


@dataclass(slots=True)
class StockCount:
    """Header of a count. `blind`: who counts is not told what should be there. `closed_*` are those of its end."""

    count_id: int
    store_id: int
    kind: CountKind
    state: CountState
    blind: bool
    uncounted: Uncounted
    reference: str
    skus: int
    opened_at: datetime
    caller_id: int
    staff_id: int | None
    business_date: date | None = None
    closed_at: datetime | None = None
    closed_request_id: str | None = None
    closed_caller_id: int | None = None
    closed_staff_id: int | None = None
    lost_minor: int = 0
    found_minor: int = 0


@dataclass(slots=True)
class CountEntry:
    """What somebody has found of a SKU in a section of the store; a later entry of both takes the place of it."""

    count_id: int
    entry_id: int
    sku_id: int
    section: str
    quantity_milli: int
    counted_at: datetime
    entered_at: datetime
    caller_id: int
    staff_id: int | None


@dataclass(slots=True)
class CountResult:
    """What a closed count has come to: `expected_milli` stood in the books when `counted_milli` was found.

    `value_minor` is the cost of the difference, with its sign.
    """

    count_id: int
    sku_id: int
    store_id: int
    counted_milli: int
    expected_milli: int
    value_minor: int
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """The sum over sections, the moment of the last of them, and in how many goes it came about."""

    quantity_milli: int
    counted_at: datetime
    entries: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement of stock and when it took place: a sale made without connection when it was made."""

    sku_id: int
    quantity_milli: int
    at: datetime


def found_by_sku(entries: Iterable[CountEntry]) -> dict[int, Found]:
    """What was found of each SKU: of each section the entry that was made last, which has the highest id."""
    last: dict[tuple[int, str], CountEntry] = {}
    goes: dict[int, int] = {}
    for entry in sorted(entries, key=lambda entry: entry.entry_id):
        last[entry.sku_id, entry.section] = entry
        goes[entry.sku_id] = goes.get(entry.sku_id, 0) + 1
    found: dict[int, Found] = {}
    for entry in last.values():
        before = found.get(entry.sku_id)
        found[entry.sku_id] = Found(
            entry.quantity_milli + (before.quantity_milli if before else 0),
            max(entry.counted_at, before.counted_at) if before else entry.counted_at,
            goes[entry.sku_id],
        )
    return found


def expected_at(on_hand: Mapping[int, int], found: Mapping[int, Found], moved: Iterable[Moved]) -> dict[int, int]:
    """What should have stood there of each SKU when it was counted, from what stands there now.

    Whatever has moved since is taken back: a sale of afterwards changes nothing that was counted. A sale that was made
    before the count and came afterwards does, because its goods were gone when somebody counted.
    """
    expected = {sku_id: on_hand.get(sku_id, 0) for sku_id in found}
    for one in moved:
        if one.sku_id in expected and one.at > found[one.sku_id].counted_at:
            expected[one.sku_id] -= one.quantity_milli
    return expected


def beyond_tolerance(*, counted_milli: int, expected_milli: int, tolerance_bp: int) -> bool:
    """Whether a difference is so large that somebody should look again: above this share of what was expected."""
    return abs(counted_milli - expected_milli) * 10_000 > abs(expected_milli) * tolerance_bp


def counts_per_day(classes: Sequence[tuple[int, int]]) -> int:
    """How many items a day have to be counted: of each class so many items, each once in so many days.

    Rounded up as a whole. After Stevenson, Operations Management, on cycle counting.
    """
    return ceil(sum(Fraction(items, days) for items, days in classes))


def due_on(last_counted: date | None, *, every_days: int) -> date:
    """When an item is to be counted again; one that never was is due always."""
    return date.min if last_counted is None else date.fromordinal(last_counted.toordinal() + every_days)
