"""Shifts of tills in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Date, Row, bindparam, insert, select, tuple_, update

from adapters.sql import till_documents
from adapters.sql.reading import Scoped, bounds, newest_first
from adapters.sql.statements import any_of
from adapters.sql.tables.identity import stores
from adapters.sql.tables.shifts import day_closes, day_totals, shift_closes, shift_entries, shift_totals, shifts
from adapters.sql.transaction import Transaction
from application.ports import shifts as ports
from application.ports.selection import Selection
from application.ports.shifts import ClosedBefore
from domain.sales.day_close import DayClose, DayTotal
from domain.sales.sale import TenderKind
from domain.sales.shift import CashMove, Shift, ShiftClose, ShiftEntry, ShiftTotal
from domain.sales.shift_figures import TillDocument

_OF_SHIFT: Final = bindparam("of_shift", type_=shifts.c.shift_id.type)
_OF_TERMINAL: Final = shifts.c.terminal_id == bindparam("of_terminal", type_=shifts.c.terminal_id.type)
_BY_ID: Final = select(shifts).where(shifts.c.shift_id == _OF_SHIFT)
_OPEN: Final = select(shifts).where(_OF_TERMINAL, shifts.c.closed_at.is_(None))
_INSERT: Final = insert(shifts)
_CLOSE: Final = (
    update(shifts)
    .where(shifts.c.shift_id == _OF_SHIFT, shifts.c.closed_at.is_(None))
    .values(closed_at=bindparam("ended_at", type_=shifts.c.closed_at.type))
)
# The least lock that another one of its kind waits for: nobody who names the store in a row does.
_HOLD_STORE: Final = (
    select(stores.c.store_id)
    .where(stores.c.store_id == bindparam("of_store", type_=stores.c.store_id.type))
    .with_for_update(key_share=True)
)
_BEFORE: Final = (
    select(shifts.c.number, shift_closes.c.last_receipt_sequence)
    .join_from(shifts, shift_closes, shift_closes.c.shift_id == shifts.c.shift_id, isouter=True)
    .where(_OF_TERMINAL, shifts.c.number < bindparam("number"))
    .order_by(shifts.c.number.desc())
    .limit(1)
)
_AT: Final = (
    select(shifts)
    .where(_OF_TERMINAL, shifts.c.opened_at <= bindparam("at", type_=shifts.c.opened_at.type))
    .order_by(shifts.c.opened_at.desc())
    .limit(1)
)
_ENTRIES: Final = (
    select(shift_entries)
    .where(shift_entries.c.shift_id == _OF_SHIFT)
    .order_by(shift_entries.c.posted_at, shift_entries.c.entry_id)
)
_CLOSED: Final = select(shift_closes).where(shift_closes.c.shift_id == _OF_SHIFT)
_TOTALS: Final = select(shift_totals).where(shift_totals.c.shift_id == _OF_SHIFT)
_ORDER: Final = {kind.value: place for place, kind in enumerate(TenderKind)}
_LIST: Final = Scoped(
    lambda *within: newest_first(shifts.c.business_date, shifts.c.opened_at, shifts.c.shift_id).where(*within),
    shifts.c.store_id,
)


_OF_STORE: Final = bindparam("store_id", type_=shifts.c.store_id.type)
_OF_DAYS: Final = (
    select(shifts)
    .where(
        shifts.c.store_id == _OF_STORE,
        shifts.c.business_date.between(
            bindparam("from_date", type_=shifts.c.business_date.type),
            bindparam("to_date", type_=shifts.c.business_date.type),
        ),
    )
    .order_by(shifts.c.opened_at, shifts.c.shift_id)
)
_CLOSES: Final = (
    select(shift_totals, shift_closes.c.last_receipt_sequence)
    .join_from(shift_totals, shift_closes, shift_closes.c.shift_id == shift_totals.c.shift_id)
    .where(any_of(shift_totals.c.shift_id, "shift_ids"))
)
_LAST_RECEIPTS: Final = (
    select(shifts.c.terminal_id, shifts.c.number, shift_closes.c.last_receipt_sequence)
    .join_from(shifts, shift_closes, shift_closes.c.shift_id == shifts.c.shift_id)
    .where(tuple_(shifts.c.terminal_id, shifts.c.number).in_(bindparam("numbers", expanding=True)))
)
_DAY: Final = (day_closes.c.store_id == _OF_STORE, day_closes.c.business_date == bindparam("on", type_=Date()))
_DAY_CLOSE: Final = select(day_closes).where(*_DAY)
_DAY_TOTALS: Final = select(day_totals).where(
    day_totals.c.store_id == _OF_STORE, day_totals.c.business_date == bindparam("on", type_=Date())
)


class Shifts(ports.Shifts):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def hold_store(self, store_id: int) -> None:
        self._transaction.execute(_HOLD_STORE, {"of_store": store_id})

    def open(self, shift: Shift) -> None:
        self._transaction.execute(_INSERT, {column.name: getattr(shift, column.name) for column in shifts.columns})

    def lock_open(self, terminal_id: int) -> Shift | None:
        return self._one(_OPEN.with_for_update(), {"of_terminal": terminal_id})

    def lock(self, shift_id: int) -> Shift | None:
        return self._one(_BY_ID.with_for_update(), {"of_shift": shift_id})

    def find(self, shift_id: int) -> Shift | None:
        return self._one(_BY_ID, {"of_shift": shift_id})

    def find_open(self, terminal_id: int) -> Shift | None:
        return self._one(_OPEN, {"of_terminal": terminal_id})

    def before(self, terminal_id: int, number: int) -> ClosedBefore | None:
        row = self._transaction.execute(_BEFORE, {"of_terminal": terminal_id, "number": number}).one_or_none()
        return None if row is None else ClosedBefore(row.number, row.last_receipt_sequence or 0)

    def at(self, terminal_id: int, at: datetime) -> Shift | None:
        return self._one(_AT, {"of_terminal": terminal_id, "at": at})

    def close(self, shift: Shift, at: datetime) -> None:
        self._transaction.execute(_CLOSE, {"of_shift": shift.shift_id, "ended_at": at})

    def entries(self, shift_id: int) -> Sequence[ShiftEntry]:
        rows = self._transaction.execute(_ENTRIES, {"of_shift": shift_id})
        return [ShiftEntry(**{**row._mapping, "kind": CashMove(row.kind)}) for row in rows]

    def closed(self, shift_id: int) -> tuple[ShiftClose, Sequence[ShiftTotal]] | None:
        execute = self._transaction.execute
        row = execute(_CLOSED, {"of_shift": shift_id}).one_or_none()
        if row is None:
            return None
        totals = [
            ShiftTotal(**{**total._mapping, "tender": TenderKind(total.tender)})
            for total in execute(_TOTALS, {"of_shift": shift_id})
        ]
        return ShiftClose(**row._mapping), sorted(totals, key=lambda one: _ORDER[one.tender])

    def of_days(self, store_id: int, *, from_date: date, to_date: date) -> Sequence[Shift]:
        asked = {"store_id": store_id, "from_date": from_date, "to_date": to_date}
        return [_shift(row) for row in self._transaction.execute(_OF_DAYS, asked)]

    def closes(self, shift_ids: Collection[int]) -> Mapping[int, tuple[int, Sequence[ShiftTotal]]]:
        found: dict[int, tuple[int, list[ShiftTotal]]] = {}
        for row in self._transaction.execute(_CLOSES, {"shift_ids": sorted(shift_ids)}):
            values = {column.name: row._mapping[column.name] for column in shift_totals.columns}
            total = ShiftTotal(**{**values, "tender": TenderKind(row.tender)})
            found.setdefault(row.shift_id, (row.last_receipt_sequence, []))[1].append(total)
        return found

    def last_receipts(self, numbers: Collection[tuple[int, int]]) -> Mapping[tuple[int, int], int]:
        before = [(terminal_id, number - 1) for terminal_id, number in numbers]
        rows = self._transaction.execute(_LAST_RECEIPTS, {"numbers": before}) if before else ()
        return {(row.terminal_id, row.number + 1): row.last_receipt_sequence for row in rows}

    def day_close(self, store_id: int, on: date) -> tuple[DayClose, Sequence[DayTotal]] | None:
        asked = {"store_id": store_id, "on": on}
        row = self._transaction.execute(_DAY_CLOSE, asked).one_or_none()
        if row is None:
            return None
        totals = [
            DayTotal(**{**total._mapping, "tender": TenderKind(total.tender)})
            for total in self._transaction.execute(_DAY_TOTALS, asked)
        ]
        return DayClose(**row._mapping), sorted(totals, key=lambda one: _ORDER[one.tender])

    def list_shifts(
        self, selection: Selection, *, after: tuple[date, datetime, int] | None, limit: int
    ) -> Sequence[tuple[tuple[date, datetime, int], Shift]]:
        rows = self._transaction.execute(*_LIST.within(selection.store_ids, bounds(selection, after, limit)))
        return [((row.business_date, row.opened_at, row.shift_id), _shift(row)) for row in rows]

    def documents(
        self,
        store_id: int,
        *,
        from_date: date,
        to_date: date,
        terminal_id: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[TillDocument]:
        asked = {
            "store_id": store_id,
            "from_date": from_date,
            "to_date": to_date,
            "since": since or datetime.min.replace(tzinfo=UTC),
            "until": until or datetime.max.replace(tzinfo=UTC),
        }
        return till_documents.read(self._transaction, asked, terminal_id=terminal_id)

    def by_hand(self, sale_ids: Collection[int]) -> tuple[int, int]:
        return till_documents.by_hand(self._transaction, sale_ids)

    def _one(self, statement: Any, asked: dict[str, object]) -> Shift | None:
        row = self._transaction.execute(statement, asked).one_or_none()
        return None if row is None else _shift(row)


def _shift(row: Row[Any]) -> Shift:
    return Shift(**row._mapping)
