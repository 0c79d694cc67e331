"""The account of sales made without connection: what is stored, what was refused, which terminal was copied."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from liansuo.sales.v1 import sales_pb2 as pb2
from tests.stress.client import Terminal
from tests.stress.offline import DAYS_LATE_MAX, Offline

TRADED_IN: Final = ZoneInfo("Asia/Shanghai")
CUTOFF: Final = timedelta(hours=4)
"""The stores' business day begins at four in the morning."""

LOOKED_AT: Final = 20
"""Of how many sales the whole document is looked at."""


def check_account(
    office: Terminal,
    terminals: Sequence[Offline],
    before: Mapping[str, Sequence[int]],
    after: Mapping[str, Sequence[int]],
) -> None:
    """Fails unless every good sale is stored once and no other is, and the copy and everything refused is told.

    `before` and `after` are the documents of the chain by their marks; the last terminal is the copy of the first.
    """
    sold = {mark: at for one in terminals for mark, at in one.sold.items()}
    assert {mark: len(after.get(mark, ())) for mark in sold} == dict.fromkeys(sold, 1)
    assert after.keys() - before.keys() == sold.keys()
    for one in terminals:
        _lists_what_was_refused(one)
    _keeps_business_dates(office, sold, after)
    _tells_the_copy(office, terminals)


def _lists_what_was_refused(one: Offline) -> None:
    assert {refused.request_id for refused in one.journal.quarantined()} == one.poison
    assert all(
        (refused.reason, refused.field, "NOSUCH" in refused.message) == ("UNKNOWN_SKU", refused.field, True)
        and refused.field.startswith("basket.lines[")
        for refused in one.journal.quarantined()
    )
    assert one.journal.not_sent() == len(one.poison)


def _keeps_business_dates(
    office: Terminal, sold: Mapping[str, datetime], documents: Mapping[str, Sequence[int]]
) -> None:
    """Each sale under the day on which it was made, and marked by how long it took to come."""
    for mark, sold_at in sorted(sold.items())[:LOOKED_AT]:
        request = pb2.GetSaleRequest(sale_id=documents[mark][0])
        found = office.ask("GetSale", request).as_a(pb2.GetSaleResponse).sale
        assert found.business_date == (sold_at.astimezone(TRADED_IN) - CUTOFF).date().isoformat()
        assert 0 <= found.late_hours <= DAYS_LATE_MAX * 24


def _tells_the_copy(office: Terminal, terminals: Sequence[Offline]) -> None:
    """The copied terminal is told, and every number that is missing is one of a sale that was refused."""
    request = pb2.ListTerminalSeriesRequest(store_code="S1", from_date="2020-01-01", page_size=500)
    listed = office.ask("ListTerminalSeries", request).as_a(pb2.ListTerminalSeriesResponse)
    assert not listed.incomplete
    series = {one.terminal_code: one for one in listed.terminals}
    original, *others, clone = terminals
    copied = series[original.code]
    assert copied.cloned
    assert {one.install_id for one in copied.installations} == {
        original.journal.install_id,
        clone.journal.install_id,
    }
    given_twice = {number.sequence for number in copied.repeated_numbers}
    assert given_twice == original.numbers & clone.numbers != set()
    assert not any(series[one.code].cloned for one in others)
    for one in others:
        missing = {number for gap in series[one.code].gaps for number in range(gap.first, gap.last + 1)}
        refused = {number.receipt_sequence or 0 for number in one.journal.quarantined()}
        # What was refused after the last number that is stored is missing too, but nobody could tell.
        assert missing == {number for number in refused if number < series[one.code].last_sequence}
