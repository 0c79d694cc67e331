"""A store's day is closed: what its tills counted against what the books hold, with the cause of every difference."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final

from application.fields import Missing, optional_date, optional_name
from application.ports.kernel import UnitOfWork
from application.sales.tipping import tips_owed
from application.scope import store_in_scope, trading_day, who
from domain.identity.organisation import Store
from domain.sales.day_close import Cause, DayCause, DayClose, DayFigures, DayTotal, ShiftOfDay, day_figures
from domain.sales.sale import TenderKind
from domain.sales.series import SequenceGap
from domain.sales.shift import Shift
from domain.shared.errors import Invalid, Rejected
from domain.shared.period import business_date

CLOCK_DAYS_BACK: Final = 7
CLOCK_DAYS_AHEAD: Final = 2
"""How far from its day a sale is looked for that a till's clock has dated wrongly."""


class DayToCome(Invalid):
    en = "{business_date} has not begun in this store. Name today or an earlier date."
    zh = "本店的 {business_date} 尚未开始，请填写今天或更早的日期。"


class ShiftsOpen(Rejected):
    en = "Shifts of {business_date} are still open at {terminals}. Close them first."
    zh = "{business_date} 仍有未结的班次：{terminals}。请先结班。"


class DayClosedBefore(Rejected):
    en = "{business_date} has been closed before. Ask what has changed since with GetDayClose."
    zh = "{business_date} 已日结，请用 GetDayClose 查询此后的变动。"


@dataclass(frozen=True, slots=True)
class CloseDay:
    """`business_date` as YYYY-MM-DD."""

    business_date: str
    store_code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class GetDayClose:
    business_date: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class DayTenderView:
    """counted − books = difference = the sum of its causes + unexplained; `closed_` what it was when it was closed."""

    tender: TenderKind
    counted_minor: int
    books_minor: int
    difference_minor: int
    unexplained_minor: int
    closed_counted_minor: int
    closed_books_minor: int


@dataclass(frozen=True, slots=True)
class CauseView:
    """One cause; `tender` is None where its amount is not known, `shift_id` 0 where no shift is concerned."""

    kind: DayCause
    terminal_code: str
    shift_id: int
    tender: TenderKind | None
    amount_minor: int
    documents: int
    receipts: Sequence[str]
    gaps: Sequence[SequenceGap]
    staff_codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class DayReport:
    """A day as it is now; `changed` tells that it is not any more as it was closed.

    `tips_minor` and `tips_paid_out_minor` are those of the day, `tips_owed_minor` what the store owes its staff now.
    """

    store_code: str
    business_date: str
    currency: str
    closed_by: str
    closed_at: datetime | None
    note: str
    changed: bool
    shifts: int
    open_terminals: Sequence[str]
    documents: int
    tenders: Sequence[DayTenderView]
    causes: Sequence[CauseView]
    tips_minor: int
    tips_paid_out_minor: int
    tips_owed_minor: int


@dataclass(frozen=True, slots=True)
class DayClosed:
    report: DayReport


@dataclass(frozen=True, slots=True)
class _Day:
    """A day with its shifts, of which those of `of_day` are closed."""

    store: Store
    on: date
    shifts: Sequence[Shift]
    of_day: Sequence[ShiftOfDay]
    figures: DayFigures

    @property
    def open_shifts(self) -> list[Shift]:
        return [one for one in self.shifts if one.business_date == self.on and one.closed_at is None]


def close_day(uow: UnitOfWork, command: CloseDay) -> DayClosed:
    """Closes a store's day with the causes of its differences; nothing is posted, and it never changes.

    Raises UnknownStore, InvalidDate, DayToCome, ShiftsOpen and DayClosedBefore.
    """
    optional_name(command.note, field="note")
    uow.refresh()
    store, on = _asked(uow, command.store_code, command.business_date)
    uow.shifts.hold_store(store.store_id)
    if uow.shifts.day_close(store.store_id, on) is not None:
        raise DayClosedBefore("business_date", business_date=on.isoformat())
    day = _day(uow, store, on)
    if day.open_shifts:
        raise ShiftsOpen("business_date", business_date=on.isoformat(), terminals=", ".join(_terminals(uow, day)))
    close = DayClose(
        store_id=store.store_id,
        business_date=on,
        currency=store.currency,
        documents=day.figures.documents,
        causes=[asdict(one) for one in day.figures.causes],
        note=command.note,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        posted_at=uow.now,
    )
    totals = [
        DayTotal(
            store.store_id, on, one.tender, one.counted_minor, one.books_minor,
            one.difference_minor - one.unexplained_minor, one.unexplained_minor,
        )
        for one in day.figures.tenders
    ]  # fmt: skip
    uow.add(close, *totals)
    uow.publish(
        "DayClosed",
        uow.new_id(),
        {
            "store_id": store.store_id,
            "business_date": on.isoformat(),
            "difference_minor": sum(one.difference_minor for one in day.figures.tenders),
            "unexplained_minor": sum(one.unexplained_minor for one in day.figures.tenders),
            "currency": store.currency,
        },
    )
    return DayClosed(_report(uow, day, (close, totals)))


def get_day_close(uow: UnitOfWork, query: GetDayClose) -> DayReport:
    """A day as it is now, closed or not, beside what it was when it was closed. Raises as CloseDay does."""
    store, on = _asked(uow, query.store_code, query.business_date)
    return _report(uow, _day(uow, store, on), uow.shifts.day_close(store.store_id, on))


def _asked(uow: UnitOfWork, store_code: str, text: str) -> tuple[Store, date]:
    store = store_in_scope(uow, store_code)
    on = optional_date(text, field="business_date")
    if on is None:
        raise Missing("business_date")
    if on > trading_day(uow, store):
        raise DayToCome("business_date", business_date=text)
    return store, on


def _day(uow: UnitOfWork, store: Store, on: date) -> _Day:
    """Reads the day; the days around it only where receipts are missing that may have been dated wrongly."""
    # The calendar has a first day; a date to come is refused before.
    first = on - min(timedelta(days=CLOCK_DAYS_BACK), on - date.min)
    last = on + timedelta(days=CLOCK_DAYS_AHEAD)
    shifts = uow.shifts.of_days(store.store_id, from_date=first, to_date=last)
    mine = [one for one in shifts if one.business_date == on]
    closes = uow.shifts.closes([one.shift_id for one in mine])
    before = uow.shifts.last_receipts([(one.terminal_id, one.number) for one in mine])
    of_day = [
        ShiftOfDay(one, closes[one.shift_id][1], before.get((one.terminal_id, one.number), 0), closes[one.shift_id][0])
        for one in mine
        if one.shift_id in closes
    ]
    ends = [
        business_date(one.closed_at, time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes)
        for one in mine
        if one.closed_at is not None
    ]
    end = max([on, *ends])
    documents = uow.shifts.documents(store.store_id, from_date=on, to_date=end)
    figures = day_figures(on, of_day=of_day, shifts=shifts, documents=documents)
    if any(cause.gaps for cause in figures.causes):
        documents = uow.shifts.documents(store.store_id, from_date=first, to_date=max(end, last))
        figures = day_figures(on, of_day=of_day, shifts=shifts, documents=documents)
    return _Day(store, on, shifts, of_day, figures)


def _terminals(uow: UnitOfWork, day: _Day) -> list[str]:
    return sorted(uow.chain.caller_codes.get(one.terminal_id, "") for one in day.open_shifts)


def _report(uow: UnitOfWork, day: _Day, stored: tuple[DayClose, Sequence[DayTotal]] | None) -> DayReport:
    close, totals = stored if stored is not None else (None, ())
    then = {one.tender: one for one in totals}
    tenders = [
        DayTenderView(
            one.tender, one.counted_minor, one.books_minor, one.difference_minor, one.unexplained_minor,
            then[one.tender].counted_minor if one.tender in then else 0,
            then[one.tender].books_minor if one.tender in then else 0,
        )
        for one in day.figures.tenders
    ]  # fmt: skip
    same = all(
        (one.counted_minor, one.books_minor) == (one.closed_counted_minor, one.closed_books_minor) for one in tenders
    )
    tips = uow.tips.of_day(day.store.store_id, day.on)
    return DayReport(
        store_code=day.store.code,
        business_date=day.on.isoformat(),
        currency=day.store.currency,
        closed_by=who(uow, caller_id=close.caller_id, staff_id=close.staff_id) if close else "",
        closed_at=close.posted_at if close else None,
        note=close.note if close else "",
        changed=close is not None and not (same and close.documents == day.figures.documents),
        shifts=len(day.of_day),
        open_terminals=_terminals(uow, day),
        documents=day.figures.documents,
        tenders=tenders,
        causes=[_cause(uow, one) for one in day.figures.causes],
        tips_minor=tips.given_minor,
        tips_paid_out_minor=tips.paid_out_minor,
        tips_owed_minor=tips_owed(uow, day.store.store_id),
    )


def _cause(uow: UnitOfWork, one: Cause) -> CauseView:
    chain = uow.chain
    return CauseView(
        one.kind,
        chain.caller_codes.get(one.terminal_id, ""),
        one.shift_id,
        one.tender,
        one.amount_minor,
        one.documents,
        one.receipts,
        one.gaps,
        [chain.staff_codes.get(staff_id, "") for staff_id in one.staff_ids],
    )
