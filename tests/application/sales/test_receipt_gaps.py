"""Missing receipt numbers: what is missing, what is not, and what the next number tells about it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.sql.engine import open_engine
from adapters.sql.receipts import GAPS
from application.ports.receipts import GapCause, ReceiptGap, ReceiptSeries
from application.sales.receipt_gaps import PeriodTooLong, ReceiptGaps, ReportReceiptGaps, report_receipt_gaps
from application.scope import LastBeforeFirst, UnknownStore
from domain.identity.organisation import SYSTEM
from tests.world import Till, World

DAY = "2026-11-22"
NEXT = "2026-11-23"


def sold(world: World, *sequences: int, offline: bool = False, caller: Any = None) -> None:
    till = Till().line("WRAP").cash(300)
    command = (till.offline(world.clock() - timedelta(minutes=1)) if offline else till).command
    calls = [world.call(replace(command, receipt_sequence=one), caller or world.s1) for one in sequences]
    assert not [one for one in world.sell_all(calls) if isinstance(one, Exception)]


def report(world: World, caller: Any = SYSTEM, **asked: Any) -> ReceiptGaps:
    asked.setdefault("store_code", "S1")
    asked.setdefault("from_date", DAY)
    found: ReceiptGaps = world.ask(report_receipt_gaps, ReportReceiptGaps(**asked), caller)
    return found


@pytest.mark.capability("SAL-12")
def test_names_the_missing_numbers_and_why_they_may_be_missing(world: World) -> None:
    sold(world, 1, 2, 3)
    sold(world, 5)
    sold(world, 8, 9, offline=True)
    sold(world, 0, 0)
    sold(world, 41, 40, caller=world.s2)
    found = report(world)
    assert found.gaps == [
        ReceiptGap("T1", 4, 4, DAY, DAY, GapCause.NOT_SOLD),
        ReceiptGap("T1", 6, 7, DAY, DAY, GapCause.NOT_ARRIVED),
    ]
    # What the server has numbered is in no series, and that of another store is none of this one's.
    assert found.series == [ReceiptSeries("T1", 1, 9, 6, 3, 0)]
    assert report(world, store_code="S2").series == [ReceiptSeries("T2", 40, 41, 2, 0, 0)]
    # What arrives late is not missing any more.
    sold(world, 7, 6, offline=True)
    assert report(world).series == [ReceiptSeries("T1", 1, 9, 8, 1, 0)]


def test_a_number_on_the_next_day_is_not_missing_and_one_between_the_days_is(world: World) -> None:
    sold(world, 1, 3)
    world.clock.advance(days=1)
    sold(world, 2, 5, 6)
    between = ReceiptGap("T1", 4, 4, DAY, NEXT, GapCause.NOT_SOLD)
    assert [report(world, from_date=day).gaps for day in (DAY, NEXT)] == [[between], [between]]
    assert report(world, to_date=NEXT).series == [ReceiptSeries("T1", 1, 6, 5, 1, 0)]
    assert report(world, from_date="2026-11-21").gaps == []
    assert report(world, from_date="2026-11-21").series == []


def test_a_terminal_that_begins_again_is_told_apart(world: World) -> None:
    sold(world, 90_000, 90_001, 1, 2, 2)
    found = report(world)
    assert found.gaps == [ReceiptGap("T1", 3, 89_999, DAY, DAY, GapCause.OTHER_SERIES)]
    assert found.series == [ReceiptSeries("T1", 1, 90_001, 5, 0, 1)]


def test_gaps_come_page_by_page(world: World) -> None:
    sold(world, 1, 3, 5, 7, 9)
    first = report(world, page_size=3)
    rest = report(world, page_size=3, page_token=first.next_page_token)
    assert [one.first_number for one in [*first.gaps, *rest.gaps]] == [2, 4, 6, 8]
    assert (bool(first.next_page_token), rest.next_page_token) == (True, "")


def test_refuses_foreign_stores_and_endless_periods(world: World) -> None:
    with pytest.raises(UnknownStore):
        report(world, world.s2)
    with pytest.raises(PeriodTooLong):
        report(world, to_date="2026-12-23")
    with pytest.raises(LastBeforeFirst):
        report(world, to_date="2026-11-21")
    for far in ("0001-01-01", "9999-12-31"):
        assert report(world, from_date=far).series == []


def test_reads_the_sales_of_the_period_by_index(sqlite_chain: str) -> None:
    engine = open_engine(sqlite_chain)
    compiled = GAPS.compile(engine)
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", (1,) * len(compiled.positiontup or ()))
        told = " ".join([row[-1] for row in plan])
    engine.dispose()
    assert "USING INDEX ix_sales_store_id (store_id=? AND business_date>? AND business_date<?)" in told
