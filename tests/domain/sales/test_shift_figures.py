"""What a shift comes to: tenders, cashiers, the drawer, and the receipts that are missing."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sales.sale import TenderKind
from domain.sales.series import SequenceGap
from domain.sales.shift import CashMove, CountedTwice, InvalidCount, Shift, ShiftEntry, counted_cash, totals_by_tender
from domain.sales.shift_figures import (
    CashierFigures,
    TenderFigures,
    TillDocument,
    figures_of,
    missing_receipts,
)

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
ON = date(2026, 11, 22)


def document(document_id: int, tender: str, amount: int, *, kind: str = "sale", staff_id: int = 1) -> TillDocument:
    return TillDocument(document_id, 7, kind, staff_id, AT, AT, ON, f"T1-{document_id}", document_id, tender, amount)


def entry(kind: CashMove, amount: int) -> ShiftEntry:
    return ShiftEntry(1, 1, kind, amount, "", "", "", "", 1, "CNY", ON, "", 7, None, AT)


def test_the_drawer_holds_float_takings_and_what_was_moved() -> None:
    shift = Shift(1, 7, 1, 1, "CNY", ON, 1_000, 7, None, AT, None)
    documents = [
        document(1, "cash", 500), document(1, "cash", -100), document(1, "card", 50),
        document(2, "", 0, staff_id=2), document(3, "cash", -40, kind="refund"),
        document(4, "card", -50, kind="void"), document(5, "cash", 30, kind="gift_card"),
    ]  # fmt: skip
    entries = [entry(CashMove.PAID_IN, 7), entry(CashMove.PAID_OUT, -3), entry(CashMove.BANKED, -900)]
    found = figures_of(shift, entries=entries, documents=documents, by_hand=(2, 5), receipts_after=0, last_receipt=6)
    assert found.tenders == [
        TenderFigures(TenderKind.CASH, 400, -40, 30),
        TenderFigures(TenderKind.CARD, 50, -50, 0),
    ]
    assert found.cashiers == [CashierFigures(1, 1, 1, 1, 1, 390, 390), CashierFigures(2, 1, 0, 0, 0, 0, 0)]
    assert found.expected_cash_minor == 1_000 + 390 + 7 - 3 - 900
    assert (found.sales, found.refunds, found.voids, found.others) == (2, 1, 1, 1)
    assert (found.discounts_by_hand, found.discounts_by_hand_minor) == (2, 5)
    assert (found.missing_receipts, found.gaps) == (1, [SequenceGap(6, 6)])


@pytest.mark.parametrize(
    ("seen", "after", "last", "gaps"),
    [
        ([], 0, 0, []),
        ([5, 7], 0, 0, [SequenceGap(6, 6)]),
        ([5, 7], 3, 9, [SequenceGap(4, 4), SequenceGap(6, 6), SequenceGap(8, 9)]),
        # Uploads of the shift before are no receipts of this one.
        ([2, 5], 4, 5, []),
        # The till begins its series anew.
        ([1, 3], 900, 3, [SequenceGap(2, 2)]),
        ([], 4, 6, [SequenceGap(5, 6)]),
    ],
)
def test_gaps_lie_between_the_shift_before_and_the_last_receipt_told(
    seen: list[int], after: int, last: int, gaps: list[SequenceGap]
) -> None:
    assert missing_receipts(seen, after=after, last=last) == gaps


@given(st.integers(0, 30), st.sets(st.integers(1, 60)), st.integers(1, 30))
def test_receipts_are_there_or_missing_and_never_both(after: int, lost: set[int], count: int) -> None:
    numbers = set(range(after + 1, after + count + 1))
    gaps = missing_receipts(numbers - lost, after=after, last=after + count)
    missing = {number for gap in gaps for number in range(gap.first, gap.last + 1)}
    begins = min(numbers - lost, default=after + count + 1) if not after else after + 1
    assert missing == {number for number in numbers & lost if number >= begins}
    assert all(one.last + 1 < other.first for one, other in pairwise(gaps))


def test_cash_is_counted_by_denomination_once_each() -> None:
    assert counted_cash([(10_000, 3), (50, 7), (1, 0)], field="counts") == 30_350
    for counts, refusal in (
        ([(100, 1), (100, 2)], CountedTwice),
        ([(0, 1)], InvalidCount),
        ([(1, -1)], InvalidCount),
        ([(10**14, 10**14)], InvalidCount),
    ):
        with pytest.raises(refusal):
            counted_cash(counts, field="counts")
    with pytest.raises(InvalidCount):
        totals_by_tender([(TenderKind.CARD, -1)], cash=True, negative=False, field="unsent")
    with pytest.raises(CountedTwice):
        totals_by_tender([(TenderKind.CARD, 1)] * 2, cash=False, negative=True, field="totals")
