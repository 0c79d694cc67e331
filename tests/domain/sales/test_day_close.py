"""The close of a day: whatever happened, the causes are the difference to the cent."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sales.day_close import COUNTABLE, DayCause, ShiftOfDay, day_figures
from domain.sales.sale import TenderKind
from domain.sales.shift import Shift, ShiftTotal
from domain.sales.shift_figures import TillDocument

ON = date(2026, 11, 22)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
TILLS = (1, 2)


def shift_of(terminal_id: int) -> Shift:
    """From eight to twenty-six o'clock, over the end of the day."""
    opened, closed = MIDNIGHT + timedelta(hours=8), MIDNIGHT + timedelta(hours=26)
    return Shift(10 + terminal_id, terminal_id, 1, 1, "CNY", ON, 500, terminal_id, None, opened, closed)


@st.composite
def documents(draw: st.DrawFn) -> list[TillDocument]:
    """Sales of two tills and of one without shifts, of three days, at once or hours later, each with one tender."""
    found = []
    for number in range(1, draw(st.integers(0, 12)) + 1):
        at = MIDNIGHT + timedelta(hours=draw(st.integers(-24, 40)))
        stored_at = at + timedelta(hours=draw(st.sampled_from([0, 0, 24])))
        tender = draw(st.sampled_from(["cash", "card", "points", ""]))
        amount = 0 if not tender else draw(st.integers(-50, 100))
        terminal_id = draw(st.sampled_from([*TILLS, 3]))
        receipt = draw(st.sampled_from([number, 0]))
        found.append(
            TillDocument(
                number, terminal_id, "sale", 0, at, stored_at, at.date(), f"T-{number}", receipt, tender, amount
            )
        )
    return found


@st.composite
def counts(draw: st.DrawFn) -> dict[tuple[int, TenderKind], tuple[int, int]]:
    """By till and tender what the count differs by, and what the till said it had not sent."""
    off = st.tuples(st.sampled_from([0, 0, -7, 7, 30]), st.sampled_from([0, 0, 25]))
    return {(till, tender): draw(off) for till in TILLS for tender in (TenderKind.CASH, TenderKind.CARD)}


@settings(max_examples=50)
@given(documents(), counts(), st.integers(0, 14))
def test_the_difference_is_the_sum_of_its_causes(
    rows: list[TillDocument], off: dict[tuple[int, TenderKind], tuple[int, int]], last: int
) -> None:
    of_day = []
    for till in TILLS:
        shift = shift_of(till)
        totals = []
        for tender in (TenderKind.CASH, TenderKind.CARD):
            # The Z report has what had arrived when the shift was closed.
            taken = sum(
                row.amount_minor
                for row in rows
                if row.terminal_id == till
                and row.tender == tender
                and shift.opened_at <= row.at < shift.closed_at
                and row.stored_at < shift.closed_at
            )
            variance, unsent = off[till, tender]
            totals.append(
                ShiftTotal(shift.shift_id, tender, taken, taken, True, taken + variance + unsent, unsent, variance)
            )
        of_day.append(ShiftOfDay(shift, totals, 0, last))
    found = day_figures(ON, of_day=of_day, shifts=[one.shift for one in of_day], documents=rows)
    for one in found.tenders:
        assert one.tender in COUNTABLE
        named = sum(cause.amount_minor for cause in found.causes if cause.tender is one.tender)
        assert one.counted_minor - one.books_minor == one.difference_minor == named
        assert one.unexplained_minor == 0
    assert {cause.kind for cause in found.causes} <= set(DayCause)


def test_a_sale_that_slipped_past_the_close_is_told_as_unexplained() -> None:
    """It was stored while the shift was being closed: its Z report lacks it, and its time does not say why."""
    shift = shift_of(1)
    at = shift.closed_at - timedelta(seconds=1)
    row = TillDocument(1, 1, "sale", 0, at, at, ON, "T-1", 1, "cash", 40)
    total = ShiftTotal(shift.shift_id, TenderKind.CASH, 0, 500, True, 500, 0, 0)
    found = day_figures(ON, of_day=[ShiftOfDay(shift, [total], 0, 1)], shifts=[shift], documents=[row])
    assert (found.tenders[0].difference_minor, found.tenders[0].unexplained_minor) == (-40, -40)
