"""What the application needs of the shifts of tills, and of the documents that fall into them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

from application.ports.selection import Selection
from domain.sales.day_close import DayClose, DayTotal
from domain.sales.shift import Shift, ShiftClose, ShiftEntry, ShiftTotal
from domain.sales.shift_figures import TillDocument


class ClosedBefore(NamedTuple):
    """The shift of a terminal before another one: its number, and the last receipt that the till told at its close."""

    number: int
    last_receipt_sequence: int


class Shifts(Protocol):
    """Shifts of terminals: one open at most for each. What lies outside the caller's scope is for the caller to see."""

    def hold_store(self, store_id: int) -> None:
        """Waits for whoever opens a shift or closes a day of the store, and lets nobody else until the end."""

    def open(self, shift: Shift) -> None:
        """Keeps a new shift."""

    def lock_open(self, terminal_id: int) -> Shift | None:
        """The open shift of a terminal, which nobody else closes until the end of this transaction."""

    def lock(self, shift_id: int) -> Shift | None:
        """The shift, locked in the same way."""

    def find(self, shift_id: int) -> Shift | None:
        """The shift as it is."""

    def find_open(self, terminal_id: int) -> Shift | None:
        """The open shift of a terminal as it is."""

    def before(self, terminal_id: int, number: int) -> ClosedBefore | None:
        """The shift of a terminal with the highest number below `number`."""

    def at(self, terminal_id: int, at: datetime) -> Shift | None:
        """The last shift of a terminal that was opened at an instant or before."""

    def close(self, shift: Shift, at: datetime) -> None:
        """Writes down that an open shift ended."""

    def entries(self, shift_id: int) -> Sequence[ShiftEntry]:
        """What happened at the drawer, in order."""

    def closed(self, shift_id: int) -> tuple[ShiftClose, Sequence[ShiftTotal]] | None:
        """How a shift was closed; None while it is open."""

    def of_days(self, store_id: int, *, from_date: date, to_date: date) -> Sequence[Shift]:
        """The shifts of a store that were opened on these business dates, both included, in the order of opening."""

    def closes(self, shift_ids: Collection[int]) -> Mapping[int, tuple[int, Sequence[ShiftTotal]]]:
        """The last receipt that the till told and the totals, of those of these shifts that are closed."""

    def last_receipts(self, numbers: Collection[tuple[int, int]]) -> Mapping[tuple[int, int], int]:
        """The last receipt before each of these shifts, named by terminal and number, where a till told one."""

    def day_close(self, store_id: int, on: date) -> tuple[DayClose, Sequence[DayTotal]] | None:
        """How a day was closed; None while it is not."""

    def list_shifts(
        self, selection: Selection, *, after: tuple[date, datetime, int] | None, limit: int
    ) -> Sequence[tuple[tuple[date, datetime, int], Shift]]:
        """Up to `limit` shifts, newest first, those older than `after`, with their keys."""

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
        """What moved money in a store on business dates, both included: sales, refunds, voids, payments at the counter.

        Those of one terminal, sold at `since` or later and before `until`, where these are given. The cost is that of
        the store's documents of these dates.
        """

    def by_hand(self, sale_ids: Collection[int]) -> tuple[int, int]:
        """Discounts that people gave in sales: how many, and their sum."""
