"""Receipt numbers that are missing between the first and the last of a terminal's series, by store and date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from application.fields import optional_date
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.receipts import ReceiptGap, ReceiptSeries
from application.scope import LastBeforeFirst, store_in_scope, trading_day
from domain.shared.errors import Invalid

DAYS_MAX: Final = 31
GAP_NUMBERS_MAX: Final = 10_000
"""More than so many numbers are not missing: the terminal goes on in another series."""


class PeriodTooLong(Invalid):
    en = "The period has {days} days; a report covers at most {days_max}. Ask for less at once."
    zh = "期间为 {days} 天，每次报告最多 {days_max} 天，请缩短期间。"


@dataclass(frozen=True, slots=True)
class ReportReceiptGaps:
    """Business dates, both included; without them that of today. `store_code` may be left out in the only store."""

    store_code: str = ""
    from_date: str = ""
    to_date: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptGaps:
    """The series of the whole period, and a page of their gaps, both by terminal."""

    series: Sequence[ReceiptSeries]
    gaps: Sequence[ReceiptGap]
    next_page_token: str


def report_receipt_gaps(uow: UnitOfWork, query: ReportReceiptGaps) -> ReceiptGaps:
    """Which numbers are missing in the series of a store's terminals; it reads the sales of the period and no others.

    A number that turns up the day before or after is not missing. Raises PeriodTooLong, LastBeforeFirst, and the
    refusals of `store_in_scope` and `page`.
    """
    asked = page(query.page_size, query.page_token, key=(str, int))
    store = store_in_scope(uow, query.store_code)
    first, last = _period(query, trading_day(uow, store))
    series = uow.receipts.series(store.store_id, first, last, gap_numbers_max=GAP_NUMBERS_MAX)
    gaps = uow.receipts.gaps(
        store.store_id, first, last, gap_numbers_max=GAP_NUMBERS_MAX, after=asked.after, limit=asked.limit + 1
    )
    token = next_token(gaps, asked.limit, lambda gap: (gap.terminal_code, gap.first_number))
    return ReceiptGaps(series, gaps[: asked.limit], token)


def _period(query: ReportReceiptGaps, today: date) -> tuple[date, date]:
    last = optional_date(query.to_date, field="to_date") or optional_date(query.from_date, field="from_date") or today
    first = optional_date(query.from_date, field="from_date") or last
    if last < first:
        raise LastBeforeFirst("to_date", from_date=query.from_date, to_date=query.to_date)
    days = (last - first) // timedelta(days=1) + 1
    if days > DAYS_MAX:
        raise PeriodTooLong("to_date", days=days, days_max=DAYS_MAX)
    return first, last
