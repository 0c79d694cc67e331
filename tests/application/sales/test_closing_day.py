"""The day of a store is closed: every difference between counts and books has a cause, to the cent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.sales.closing_day import (
    CloseDay,
    DayClosedBefore,
    DayReport,
    DayToCome,
    GetDayClose,
    ShiftsOpen,
    close_day,
    get_day_close,
)
from application.sales.shifts import DayIsClosed
from application.sales.tender import Tender
from domain.sales.day_close import DayCause
from domain.sales.sale import TenderKind
from domain.sales.series import SequenceGap
from tests.application.sales.tills import closed, opened, report, sold
from tests.world import Till, World

TODAY = "2026-11-22"
CASH, CARD, VOUCHER = TenderKind.CASH, TenderKind.CARD, TenderKind.VOUCHER


def day(world: World, on: str = TODAY) -> DayReport:
    """The day as it is now; whatever it is, its causes and what is unexplained are its differences."""
    found: DayReport = world.ask(get_day_close, GetDayClose(on), world.s1)
    for one in found.tenders:
        named = sum(cause.amount_minor for cause in found.causes if cause.tender is one.tender)
        assert one.counted_minor - one.books_minor == one.difference_minor == named + one.unexplained_minor
    return found


def causes(found: DayReport) -> list[tuple[DayCause, TenderKind | None, int]]:
    return [(one.kind, one.tender, one.amount_minor) for one in found.causes]


@pytest.mark.capability("SAL-12")
def test_a_day_that_agrees_closes_at_zero_once(world: World) -> None:
    opened(world, 10_000)
    sold(world, 5_000, given=6_000, receipt=1)
    sold(world, 10_000, card=10_000, receipt=2)
    with pytest.raises(ShiftsOpen):
        world.once(close_day, CloseDay(TODAY), world.s1)
    assert day(world).open_terminals == ["T1"]
    closed(world, 15_000, totals={CARD: 10_000}, last=2)
    done = world.once(close_day, CloseDay(TODAY, note="All there"), world.s1).report
    assert [(one.tender, one.counted_minor, one.difference_minor, one.unexplained_minor) for one in done.tenders] == [
        (CASH, 5_000, 0, 0),
        (CARD, 10_000, 0, 0),
    ]
    assert (done.causes, done.documents, done.shifts, done.changed) == ([], 2, 1, False)
    with pytest.raises(DayClosedBefore):
        world.once(close_day, CloseDay(TODAY), world.s1)
    with pytest.raises(DayIsClosed):
        opened(world)
    with pytest.raises(DayToCome):
        world.once(close_day, CloseDay("2026-11-23"), world.s1)
    assert world.count("day_closes") == 1


def test_wrong_change_and_a_missing_tender_are_named(world: World) -> None:
    """2.00 too much change; a card sale of 100.00 that the bank terminal does not have."""
    opened(world)
    sold(world, 5_000, receipt=1)
    sold(world, 10_000, card=10_000, receipt=2)
    sold(world, 5_000, card=5_000, receipt=3)
    world.set("shift_difference_max", "100000")
    closed(world, 4_800, totals={CARD: 5_000}, last=3)
    found = day(world)
    assert causes(found) == [(DayCause.COUNT, CASH, -200), (DayCause.TERMINAL_TOTAL, CARD, -10_000)]
    assert found.causes[1].receipts == ("T1-000002",)


def test_a_sale_keyed_as_card_and_paid_in_cash_is_one_mistake(world: World) -> None:
    world.set("shift_difference_max", "100000")
    opened(world)
    sold(world, 5_000, receipt=1)
    sold(world, 10_000, card=10_000, receipt=2)
    closed(world, 15_000, totals={CARD: 0}, last=2)
    found = day(world)
    assert causes(found) == [(DayCause.WRONG_TENDER, CASH, 10_000), (DayCause.WRONG_TENDER, CARD, -10_000)]
    assert found.causes[0].receipts == ("T1-000002",)


@pytest.mark.capability("SAL-13")
@pytest.mark.parametrize("told", [True, False])
def test_an_unsent_sale_is_named_and_its_arrival_too(world: World, told: bool) -> None:
    """Whether the till says what it has not sent, or only which receipt it gave last."""
    world.set("shift_difference_max", "100000")
    opened(world)
    sold(world, 5_000, receipt=1)
    at = world.clock.now
    world.clock.advance(minutes=1)
    sold(world, 5_000, receipt=3)
    z = closed(world, 20_000, unsent={CASH: 10_000} if told else None, last=3)
    assert z.gaps == [SequenceGap(2, 2)]
    assert z.tenders[0].variance_minor == (0 if told else 10_000)
    done = world.once(close_day, CloseDay(TODAY), world.s1).report
    assert causes(done) == [(DayCause.UNSENT_SALE, CASH, 10_000)]
    assert done.causes[0].gaps == (SequenceGap(2, 2),)
    sold(world, 10_000, receipt=2, uploaded=True, sold_at=at)
    found = day(world)
    assert causes(found) == [(DayCause.UNSENT_SALE, CASH, 10_000), (DayCause.LATE, CASH, -10_000)]
    assert (found.changed, found.tenders[0].difference_minor, found.tenders[0].closed_books_minor) == (True, 0, 10_000)
    assert report(world, z.shift.shift_id).late_documents == 1


def test_a_clock_that_is_one_day_off_is_named(world: World) -> None:
    """The sale's receipt is of today's shift, its date yesterday's."""
    world.set("shift_difference_max", "100000")
    opened(world)
    sold(world, 5_000, receipt=1)
    sold(world, 5_000, receipt=2, uploaded=True, sold_at=world.clock.now - timedelta(days=1))
    sold(world, 5_000, receipt=3)
    closed(world, 15_000, last=3)
    found = day(world)
    assert causes(found) == [(DayCause.CLOCK, CASH, 5_000)]
    assert found.causes[0].receipts == ("T1-000002",)
    assert causes(day(world, "2026-11-21")) == [(DayCause.NO_SHIFT, CASH, -5_000)]


def test_shifts_past_the_end_of_the_day_and_sales_without_one_are_named(world: World) -> None:
    sold(world, 5_000)
    opened(world)
    sold(world, 10_000)
    world.clock.advance(hours=20)
    sold(world, 5_000)
    closed(world, 15_000)
    found = day(world)
    assert causes(found) == [(DayCause.OTHER_DATE, CASH, 5_000), (DayCause.NO_SHIFT, CASH, -5_000)]
    assert causes(day(world, "2026-11-23")) == [(DayCause.OTHER_SHIFT, CASH, -5_000)]
    assert [one.terminal_code for one in found.causes] == ["T1", "T1"]


def test_vouchers_are_counted_as_the_paper_that_they_are(world: World) -> None:
    """A voucher of 50.00 is not in the drawer: its issuer will not pay for it, and the day says so."""
    world.set("shift_difference_max", "100000")
    opened(world)
    for number in ("V1", "V2"):
        world.sell(replace(Till().line("MUG").command, tenders=(Tender(VOUCHER, 5_000, reference=number),)))
        world.clock.advance(minutes=1)
    z = closed(world, 0, totals={VOUCHER: 5_000})
    counted = next(one for one in z.tenders if one.tender is VOUCHER)
    assert (counted.expected_minor, counted.counted_minor, counted.variance_minor) == (10_000, 5_000, -5_000)
    assert causes(day(world)) == [(DayCause.TERMINAL_TOTAL, VOUCHER, -5_000)]
    assert world.broken() == []
