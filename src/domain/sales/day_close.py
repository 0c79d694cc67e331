"""The close of a store's day: what was counted against what the books hold, with the cause of every difference named.

What tills of the shifts opened that day counted is compared with the documents of that business date. Both sides are
made of documents, of moves of cash that cancel out, and of what counts differed by, so the difference is the sum of
its causes; what is left over, which is nothing unless a sale was stored while its shift was being closed, is told too.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from domain.sales.sale import SaleKind, TenderKind
from domain.sales.series import SequenceGap
from domain.sales.shift import COUNTABLE, Shift, ShiftTotal
from domain.sales.shift_figures import TillDocument, missing_receipts

NAMED_MAX: Final = 20
"""How many receipts a cause spells out; all are counted."""


class DayCause(StrEnum):
    """Why what was counted and what the books hold differ."""

    COUNT = "count"
    """Cash counted wrong, or wrong change given, in a shift."""
    WRONG_TENDER = "wrong_tender"
    """As much is over in cash as is short by another tender: the sale names the one and was paid by the other."""
    TERMINAL_TOTAL = "terminal_total"
    """The total of the bank terminal is another one than that of the sales: a tender is missing, or one too many."""
    UNSENT_SALE = "unsent_sale"
    """The till has given receipts that have not arrived."""
    CLOCK = "clock"
    """A sale of the shift by its receipt, which the till's clock dates elsewhere."""
    LATE = "late"
    """Arrived after the shift was closed."""
    OTHER_DATE = "other_date"
    """Counted in a shift of this day that went on past its end: the books hold it on another date."""
    OTHER_SHIFT = "other_shift"
    """Of this date, and in a shift of another day, or one that is still open."""
    NO_SHIFT = "no_shift"
    """Of this date, and sold while the till had no shift."""


@dataclass(frozen=True, slots=True)
class ShiftOfDay:
    """A closed shift with its totals, the last receipt before it and its own last one, 0 where none was told."""

    shift: Shift
    totals: Sequence[ShiftTotal]
    receipts_after: int
    last_receipt: int


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of a difference, in minor units: above zero more was counted than the books hold.

    `shift_id` is 0 where no shift is concerned, `tender` None where the amount is not known. `documents` are how many
    there are, `receipts` the first of them; gaps are receipts that never arrived.
    """

    kind: DayCause
    terminal_id: int
    shift_id: int
    tender: TenderKind | None
    amount_minor: int
    documents: int = 0
    receipts: tuple[str, ...] = ()
    gaps: tuple[SequenceGap, ...] = ()
    staff_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DayTender:
    """One tender of the day: `difference_minor` = counted − books = the sum of its causes + what is unexplained."""

    tender: TenderKind
    counted_minor: int
    books_minor: int
    difference_minor: int
    unexplained_minor: int


@dataclass(slots=True)
class DayClose:
    """The close of a store's day, with the causes as they were named then."""

    store_id: int
    business_date: date
    currency: str
    documents: int
    causes: Sequence[Mapping[str, Any]]
    note: str
    caller_id: int
    staff_id: int | None
    posted_at: datetime


@dataclass(slots=True)
class DayTotal:
    """One tender of a closed day as it was then: counted − books = named + unexplained."""

    store_id: int
    business_date: date
    tender: TenderKind
    counted_minor: int
    books_minor: int
    named_minor: int
    unexplained_minor: int


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What a day comes to, by tender, with the causes of its differences."""

    documents: int
    tenders: Sequence[DayTender]
    causes: Sequence[Cause]


class _Key(NamedTuple):
    kind: DayCause
    terminal_id: int
    shift_id: int
    tender: TenderKind


@dataclass(slots=True)
class _Group:
    amount_minor: int = 0
    documents: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    """What the documents of the time around the day turned out to be; amounts by shift and tender."""

    causes: dict[_Key, _Group] = field(default_factory=dict)
    late: dict[tuple[int, TenderKind], int] = field(default_factory=lambda: defaultdict(int))
    within: dict[int, list[TillDocument]] = field(default_factory=lambda: defaultdict(list))
    claimed: dict[int, list[TillDocument]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: DayCause, terminal_id: int, shift_id: int, one: TillDocument, sign: int) -> None:
        if one.tender in COUNTABLE:
            group = self.causes.setdefault(_Key(kind, terminal_id, shift_id, TenderKind(one.tender)), _Group())
            group.amount_minor += sign * one.amount_minor
            group.documents[one.document_id] = one.receipt_number or str(one.document_id)


def day_figures(
    on: date, *, of_day: Sequence[ShiftOfDay], shifts: Sequence[Shift], documents: Sequence[TillDocument]
) -> DayFigures:
    """The day `on` of a store: its difference by tender and what it comes from.

    `of_day` are the shifts opened on that date, all closed; `shifts` those of the time around it, `of_day` among them;
    `documents` those of the time around it, at least of that date and of the time of these shifts.
    """
    found = _sorted_out(on, of_day, shifts, documents)
    causes = [
        Cause(*key, group.amount_minor, len(group.documents), tuple(list(group.documents.values())[:NAMED_MAX]))
        for key, group in found.causes.items()
    ]
    for one in of_day:
        causes += _of_counts(one, found)
    counted: dict[TenderKind, int] = defaultdict(int)
    for one in of_day:
        for total in one.totals:
            counted[total.tender] += total.taken_minor + total.variance_minor + total.unsent_minor
    books: dict[str, int] = defaultdict(int)
    for row in documents:
        if row.business_date == on:
            books[row.tender] += row.amount_minor
    tenders = []
    for tender in COUNTABLE:
        if tender in counted or tender in books:
            difference = counted[tender] - books[tender]
            named = sum(cause.amount_minor for cause in causes if cause.tender is tender)
            tenders.append(DayTender(tender, counted[tender], books[tender], difference, difference - named))
    causes.sort(key=_order)
    count = len({row.document_id for row in documents if row.business_date == on})
    return DayFigures(count, tenders, causes)


def _order(cause: Cause) -> tuple[int, int, int, int]:
    tender = COUNTABLE.index(cause.tender) if cause.tender is not None else -1
    return _CAUSES.index(cause.kind), cause.terminal_id, cause.shift_id, tender


_CAUSES: Final = list(DayCause)


def _sorted_out(
    on: date, of_day: Sequence[ShiftOfDay], shifts: Sequence[Shift], documents: Sequence[TillDocument]
) -> _Found:
    """Which shift every document fell into, by the till's clock and by its receipt, and what that makes it."""
    found = _Found()
    mine = {one.shift.shift_id: one for one in of_day}
    find = _finder(shifts)
    homeless: list[tuple[TillDocument, int]] = []
    for row in documents:
        shift = find(row)
        if shift is None or shift.shift_id not in mine:
            homeless.append((row, shift.shift_id if shift is not None else 0))
            continue
        found.within[shift.shift_id].append(row)
        is_late = shift.closed_at is not None and row.stored_at >= shift.closed_at
        if is_late and row.business_date == on:
            found.add(DayCause.LATE, row.terminal_id, shift.shift_id, row, -1)
            if row.tender in COUNTABLE:
                found.late[shift.shift_id, TenderKind(row.tender)] += row.amount_minor
        elif not is_late and row.business_date != on:
            found.add(DayCause.OTHER_DATE, row.terminal_id, shift.shift_id, row, 1)
    claims = _claims(of_day, found)
    for row, elsewhere in homeless:
        claiming = claims.get((row.terminal_id, row.receipt_sequence), 0) if row.kind == SaleKind.SALE else 0
        if claiming:
            found.claimed[claiming].append(row)
        if row.business_date != on:
            continue
        if claiming:
            found.add(DayCause.CLOCK, row.terminal_id, claiming, row, -1)
        elif elsewhere:
            found.add(DayCause.OTHER_SHIFT, row.terminal_id, elsewhere, row, -1)
        else:
            found.add(DayCause.NO_SHIFT, row.terminal_id, 0, row, -1)
    return found


def _claims(of_day: Sequence[ShiftOfDay], found: _Found) -> dict[tuple[int, int], int]:
    """The receipts that shifts of the day lack, by terminal and number, with the shift that lacks them."""
    return {
        (one.shift.terminal_id, number): one.shift.shift_id
        for one in of_day
        for gap in _gaps(one, found.within[one.shift.shift_id])
        for number in range(gap.first, min(gap.last, gap.first + CLAIMED_MAX) + 1)
    }


CLAIMED_MAX: Final = 10_000
"""How far into one gap of receipts it is asked which sale fills it."""


def _gaps(one: ShiftOfDay, rows: Iterable[TillDocument]) -> list[SequenceGap]:
    numbers = {row.receipt_sequence for row in rows}
    return missing_receipts(numbers, after=one.receipts_after, last=one.last_receipt)


def _finder(shifts: Sequence[Shift]) -> "_Finder":
    by_terminal: dict[int, list[Shift]] = defaultdict(list)
    for shift in sorted(shifts, key=lambda one: one.opened_at):
        by_terminal[shift.terminal_id].append(shift)
    return _Finder(
        {terminal: (several, [one.opened_at for one in several]) for terminal, several in by_terminal.items()}
    )


@dataclass(frozen=True, slots=True)
class _Finder:
    """Tells the shift in whose time a document's till sold it."""

    by_terminal: Mapping[int, tuple[list[Shift], list[datetime]]]

    def __call__(self, row: TillDocument) -> Shift | None:
        if row.terminal_id not in self.by_terminal:
            return None
        shifts, opened = self.by_terminal[row.terminal_id]
        place = bisect_right(opened, row.at) - 1
        if place < 0:
            return None
        shift = shifts[place]
        return shift if shift.closed_at is None or row.at < shift.closed_at else None


def _of_counts(one: ShiftOfDay, found: _Found) -> list[Cause]:
    """What the counts of a shift differ by, each part by its cause; the parts are the whole difference."""
    shift = one.shift
    rows, claimed = found.within[shift.shift_id], found.claimed[shift.shift_id]
    filled = {row.receipt_sequence for row in claimed}
    gaps = tuple(_gaps(one, [*rows, *claimed]))
    causes: list[Cause] = []
    rest: dict[TenderKind, int] = {}
    for total in one.totals:
        if total.tender not in COUNTABLE:
            continue
        left = total.variance_minor + total.unsent_minor
        dated_elsewhere = [row for row in claimed if row.tender == total.tender]
        clock = sum(row.amount_minor for row in dated_elsewhere)
        # What the till had not sent at the close and has sent since, under whatever date, is unsent no more.
        sent = sum(row.amount_minor for row in dated_elsewhere if shift.closed_at and row.stored_at >= shift.closed_at)
        if clock:
            receipts = tuple(row.receipt_number for row in dated_elsewhere)[:NAMED_MAX]
            causes.append(
                Cause(DayCause.CLOCK, shift.terminal_id, shift.shift_id, total.tender, clock, len(filled), receipts)
            )
        unsent = _unsent(total, left - clock, sent, found.late.get((shift.shift_id, total.tender), 0), gaps)
        if unsent:
            causes.append(
                Cause(DayCause.UNSENT_SALE, shift.terminal_id, shift.shift_id, total.tender, unsent, gaps=gaps)
            )
        rest[total.tender] = left - clock - unsent
    if gaps and not any(cause.kind is DayCause.UNSENT_SALE for cause in causes):
        causes.append(Cause(DayCause.UNSENT_SALE, shift.terminal_id, shift.shift_id, None, 0, gaps=gaps))
    return causes + _of_rest(shift, rest, rows)


def _unsent(total: ShiftTotal, left: int, sent: int, late: int, gaps: Sequence[SequenceGap]) -> int:
    """How much of what a tender is over by is due to sales that had not arrived at the close.

    As the till told, less what has come since under another date; otherwise what has come late since, or what is over
    while receipts are still missing.
    """
    if total.unsent_minor:
        return total.unsent_minor - min(sent, total.unsent_minor)
    if left <= 0:
        return 0
    return left if gaps else min(left, max(late, 0))


def _of_rest(shift: Shift, rest: Mapping[TenderKind, int], rows: Sequence[TillDocument]) -> list[Cause]:
    """What no sale on its way explains: paid by another tender than the sale says, or totals and counts that differ."""
    left = dict(rest)
    causes = []
    cash = left.get(TenderKind.CASH, 0)
    for tender, amount in rest.items():
        if tender is not TenderKind.CASH and amount and amount == -cash:
            receipts = _like(rows, abs(amount))
            for kind in (TenderKind.CASH, tender):
                causes.append(
                    Cause(
                        DayCause.WRONG_TENDER, shift.terminal_id, shift.shift_id, kind, left[kind], len(receipts),
                        receipts,
                    )
                )  # fmt: skip
                left[kind] = 0
            break
    people = tuple(sorted({row.staff_id for row in rows if row.staff_id}))
    for tender, amount in left.items():
        if amount and tender is TenderKind.CASH:
            causes.append(Cause(DayCause.COUNT, shift.terminal_id, shift.shift_id, tender, amount, staff_ids=people))
        elif amount:
            receipts = _like([row for row in rows if row.tender == tender], abs(amount))
            causes.append(
                Cause(
                    DayCause.TERMINAL_TOTAL, shift.terminal_id, shift.shift_id, tender, amount, len(receipts), receipts
                )
            )
    return causes


def _like(rows: Sequence[TillDocument], amount_minor: int) -> tuple[str, ...]:
    """The receipts with a tender of exactly that amount: where to look first."""
    return tuple(row.receipt_number for row in rows if abs(row.amount_minor) == amount_minor)[:NAMED_MAX]
