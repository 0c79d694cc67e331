"""How shifts are shown: a report, X or Z, with what it came to, what was counted, and what came late."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from domain.sales.sale import TenderKind
from domain.sales.series import SequenceGap
from domain.sales.shift import CashMove
from domain.sales.shift_figures import CashierFigures, ShiftFigures, TenderFigures, TipFigures

LATE_MAX: Final = 100
"""How many documents that came after a close are spelled out; all are counted."""


@dataclass(frozen=True, slots=True)
class ShiftHeader:
    """`number` is that of the Z report; `closed_at` None while the shift is open."""

    shift_id: int
    store_code: str
    terminal_code: str
    number: int
    currency: str
    business_date: str
    opened_by: str
    opened_at: datetime
    closed_by: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShiftTenderView:
    """One tender in minor units; what was `counted`, was unsent and differs stays 0 before the close."""

    tender: TenderKind
    sales_minor: int
    reversed_minor: int
    other_minor: int
    expected_minor: int
    counted: bool
    counted_minor: int
    unsent_minor: int
    variance_minor: int


@dataclass(frozen=True, slots=True)
class ShiftCashierView:
    """What one person did; `staff_code` is empty for nobody signed in."""

    staff_code: str
    sales: int
    refunds: int
    voids: int
    others: int
    taken_minor: int
    cash_minor: int


@dataclass(frozen=True, slots=True)
class ShiftTipView:
    """The tips of one member of staff, voids taken off; `staff_code` is empty for nobody signed in."""

    staff_code: str
    given_minor: int


@dataclass(frozen=True, slots=True)
class ShiftEntryView:
    entry_id: int
    kind: CashMove
    amount_minor: int
    account_code: str
    reason: str
    reference: str
    note: str
    staff_code: str
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class CountView:
    denomination_minor: int
    pieces: int


@dataclass(frozen=True, slots=True)
class LateDocument:
    """One tender of a document of the shift that is not in its Z report, because it came after it."""

    document_id: int
    receipt_number: str
    tender: TenderKind
    amount_minor: int
    sold_at: datetime
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """The report of a shift: X while it is open, then Z as it was at the close, and what came `late` since."""

    shift: ShiftHeader
    float_minor: int
    paid_in_minor: int
    paid_out_minor: int
    banked_minor: int
    expected_cash_minor: int
    sales: int
    refunds: int
    voids: int
    others: int
    drawer_openings: int
    hand_overs: int
    discounts_by_hand: int
    discounts_by_hand_minor: int
    missing_receipts: int
    last_receipt_sequence: int
    note: str
    late_documents: int
    tenders: Sequence[ShiftTenderView]
    cashiers: Sequence[ShiftCashierView]
    gaps: Sequence[SequenceGap]
    entries: Sequence[ShiftEntryView]
    counts: Sequence[CountView]
    late: Sequence[LateDocument]
    tips_minor: int
    tips_paid_out_minor: int
    tips: Sequence[ShiftTipView]


def frozen(figures: ShiftFigures) -> Mapping[str, Any]:
    """The figures as a document that is kept for ever."""
    return asdict(figures)


def thawed(document: Mapping[str, Any]) -> ShiftFigures:
    """The figures as they were frozen."""
    return ShiftFigures(
        **{
            **document,
            "tenders": [TenderFigures(**{**one, "tender": TenderKind(one["tender"])}) for one in document["tenders"]],
            "cashiers": [CashierFigures(**one) for one in document["cashiers"]],
            "gaps": [SequenceGap(**one) for one in document["gaps"]],
            # Reports of before there were tips have none.
            "tips": [TipFigures(**one) for one in document.get("tips", ())],
        }
    )
