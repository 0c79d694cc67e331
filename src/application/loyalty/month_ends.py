"""The points liability at month ends: what the books owe beside what the members' lots are worth."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import optional_date
from application.ports.kernel import UnitOfWork
from application.ports.loyalty import OpenLots
from application.ports.selection import Selection
from domain.finance.accounts import POINTS_LIABILITY
from domain.shared.errors import Invalid

MONTHS_MAX: Final = 120


class MonthsOutOfOrder(Invalid):
    en = "State the first and the last day in this order, at most {most} months apart."
    zh = "请依次填写起始日期和结束日期，间隔最多 {most} 个月。"


@dataclass(frozen=True, slots=True)
class ListPointsMonthEnds:
    """The month ends from `from_date` to `to_date` (ISO), both days included."""

    from_date: str
    to_date: str


@dataclass(frozen=True, slots=True)
class PointsMonthEnd:
    """A month end in one currency: lots that are not empty, their points and value, and what account 220501 owes.

    `difference_minor` is what the books owe beyond the value of the lots: zero, or something is wrong.
    """

    on: str
    currency: str
    lots: int
    points: int
    lots_minor: int
    books_minor: int
    difference_minor: int


def list_points_month_ends(uow: UnitOfWork, query: ListPointsMonthEnds) -> Sequence[PointsMonthEnd]:
    """Every month end of the period, by currency, for the whole chain; two statements for each.

    Lots are added up from the points ledger, the account from the journal: they were written together and are read
    apart, so that a difference shows. Raises InvalidDate and MonthsOutOfOrder.
    """
    first, last = (optional_date(text, field=field) for text, field in _fields(query))
    if first is None or last is None or last < first or _months(first, last) > MONTHS_MAX:
        raise MonthsOutOfOrder("to_date", most=MONTHS_MAX)
    return [row for on in month_ends(first, last) for row in _at(uow, on)]


def month_ends(first: date, last: date) -> Iterator[date]:
    """The last days of months that lie within the period."""
    year, month = first.year, first.month
    while (end := date(year, month, monthrange(year, month)[1])) <= last:
        yield end
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _fields(query: ListPointsMonthEnds) -> tuple[tuple[str, str], tuple[str, str]]:
    return (query.from_date, "from_date"), (query.to_date, "to_date")


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _at(uow: UnitOfWork, on: date) -> Iterator[PointsMonthEnd]:
    held = {lots.currency: lots for lots in uow.points.open_lots(on)}
    owed = {
        totals.currency: totals.credit_minor - totals.debit_minor
        for totals in uow.journal.totals(Selection(None, date.min, on))
        if totals.account_code == POINTS_LIABILITY.code
    }
    for currency in sorted(held.keys() | owed.keys()):
        lots = held.get(currency, OpenLots(currency, 0, 0, 0))
        books = owed.get(currency, 0)
        yield PointsMonthEnd(
            on.isoformat(), currency, lots.lots, lots.points, lots.value_minor, books, books - lots.value_minor
        )
