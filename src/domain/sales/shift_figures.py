"""What a shift comes to: the same figures at any time (X) and at its close (Z), from the documents of its till."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Final, NamedTuple

from domain.sales.sale import SaleKind, TenderKind
from domain.sales.series import SequenceGap, gaps_of
from domain.sales.shift import CASH_SIGN, CashMove, Shift, ShiftEntry

GAPS_MAX: Final = 100
"""How many gaps of a till's receipts are spelled out; all missing receipts are counted."""


class TillDocument(NamedTuple):
    """One tender of a document of a till; a document has a row for each, change given is one of its own, below zero.

    `kind` is a SaleKind, or what else took money: "stored_value", "gift_card", "credit_payment" or "order_payment".
    `tender` is empty for a sale that nothing was paid for. `receipt_sequence` is 0 where the server named the receipt.
    """

    document_id: int
    terminal_id: int
    kind: str
    staff_id: int
    at: datetime
    stored_at: datetime
    business_date: date
    receipt_number: str
    receipt_sequence: int
    tender: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class TenderFigures:
    """What came in by one tender, in minor units: by sales, by refunds and voids (below zero), and by what else."""

    tender: TenderKind
    sales_minor: int
    reversed_minor: int
    other_minor: int

    @property
    def taken_minor(self) -> int:
        return self.sales_minor + self.reversed_minor + self.other_minor


@dataclass(frozen=True, slots=True)
class CashierFigures:
    """What one person did at the till, nobody signed in being 0; amounts are of all tenders, and of cash."""

    staff_id: int
    sales: int
    refunds: int
    voids: int
    others: int
    taken_minor: int
    cash_minor: int


@dataclass(frozen=True, slots=True)
class TipFigures:
    """The tips of one member of staff, nobody being 0, voids taken off."""

    staff_id: int
    given_minor: int


@dataclass(frozen=True, slots=True)
class ShiftFigures:
    """The report of a shift, X or Z; amounts in minor units of its currency.

    `expected_cash_minor` should be in the drawer: float + cash taken + paid in − paid out − banked. What the tenders
    have taken has the `tips` in it, and `tips_paid_out_minor` is part of what was paid out.
    """

    float_minor: int = 0
    paid_in_minor: int = 0
    paid_out_minor: int = 0
    banked_minor: int = 0
    expected_cash_minor: int = 0
    sales: int = 0
    refunds: int = 0
    voids: int = 0
    others: int = 0
    drawer_openings: int = 0
    hand_overs: int = 0
    discounts_by_hand: int = 0
    discounts_by_hand_minor: int = 0
    missing_receipts: int = 0
    tenders: Sequence[TenderFigures] = ()
    cashiers: Sequence[CashierFigures] = ()
    gaps: Sequence[SequenceGap] = field(default=())
    tips: Sequence[TipFigures] = ()
    tips_paid_out_minor: int = 0

    @property
    def tips_minor(self) -> int:
        return sum(one.given_minor for one in self.tips)

    def taken_minor(self, tender: TenderKind) -> int:
        return next((one.taken_minor for one in self.tenders if one.tender is tender), 0)

    def expected_minor(self, tender: TenderKind) -> int:
        return self.expected_cash_minor if tender is TenderKind.CASH else self.taken_minor(tender)


def figures_of(
    shift: Shift,
    *,
    entries: Iterable[ShiftEntry],
    documents: Sequence[TillDocument],
    by_hand: tuple[int, int],
    receipts_after: int,
    last_receipt: int,
    tips: Mapping[int, int] | None = None,
    tips_paid_out_minor: int = 0,
) -> ShiftFigures:
    """The report of a shift from what happened in it; all documents and entries given are its own.

    `by_hand` are discounts by hand, their number and sum. `receipts_after` is the last receipt before the shift and
    `last_receipt` the last one in it, as the till has told, 0 where it has not. `tips` are those of each member of
    staff.
    """
    moved: dict[CashMove, int] = defaultdict(int)
    counted: dict[CashMove, int] = defaultdict(int)
    for entry in entries:
        moved[entry.kind] += entry.amount_minor * CASH_SIGN.get(entry.kind, 0)
        counted[entry.kind] += 1
    tenders = _by_tender(documents)
    cash = sum(one.taken_minor for one in tenders if one.tender is TenderKind.CASH)
    paid_in, paid_out, banked = (moved[kind] for kind in CASH_SIGN)
    cashiers = _by_cashier(documents)
    gaps = missing_receipts([one.receipt_sequence for one in documents], after=receipts_after, last=last_receipt)
    return ShiftFigures(
        float_minor=shift.float_minor,
        paid_in_minor=paid_in,
        paid_out_minor=paid_out,
        banked_minor=banked,
        expected_cash_minor=shift.float_minor + cash + paid_in - paid_out - banked,
        sales=sum(one.sales for one in cashiers),
        refunds=sum(one.refunds for one in cashiers),
        voids=sum(one.voids for one in cashiers),
        others=sum(one.others for one in cashiers),
        drawer_openings=counted[CashMove.DRAWER_OPENED],
        hand_overs=counted[CashMove.HANDED_OVER],
        discounts_by_hand=by_hand[0],
        discounts_by_hand_minor=by_hand[1],
        missing_receipts=sum(gap.count for gap in gaps),
        tenders=tenders,
        cashiers=cashiers,
        gaps=gaps[:GAPS_MAX],
        tips=[TipFigures(staff_id, given) for staff_id, given in sorted((tips or {}).items())],
        tips_paid_out_minor=tips_paid_out_minor,
    )


def missing_receipts(sequences: Collection[int], *, after: int, last: int) -> list[SequenceGap]:
    """The gaps in a till's receipts from `after` on, exclusive, up to the last one seen or told, in order.

    Without `after` (0), or where the till has begun its series anew since, the first one seen begins the series.
    Numbers up to `after` are those of earlier shifts and of no interest.
    """
    seen = sorted({number for number in sequences if number > 0})
    if not after or (last and last < after) or (seen and not last and seen[-1] < after):
        after = seen[0] - 1 if seen else last
    seen = [number for number in seen if number > after and (not last or number <= last)]
    edges = [after, *seen, (last or (seen[-1] if seen else after)) + 1]
    return gaps_of(pairwise(edges))


def _by_tender(documents: Iterable[TillDocument]) -> list[TenderFigures]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in documents:
        if one.tender:
            sums[one.tender][_PLACE.get(one.kind, 2)] += one.amount_minor
    return [TenderFigures(kind, *sums[kind]) for kind in TenderKind if kind in sums]


_PLACE: Final[Mapping[str, int]] = {SaleKind.SALE: 0, SaleKind.REFUND: 1, SaleKind.VOID: 1}
_COLUMN: Final[Mapping[str, int]] = {SaleKind.SALE: 0, SaleKind.REFUND: 1, SaleKind.VOID: 2}


def _by_cashier(documents: Iterable[TillDocument]) -> list[CashierFigures]:
    sums: dict[int, list[int]] = defaultdict(lambda: [0] * 6)
    seen: set[int] = set()
    for one in documents:
        mine = sums[one.staff_id]
        if one.document_id not in seen:
            seen.add(one.document_id)
            mine[_COLUMN.get(one.kind, 3)] += 1
        mine[4] += one.amount_minor
        mine[5] += one.amount_minor if one.tender == TenderKind.CASH else 0
    return [CashierFigures(staff_id, *sums[staff_id]) for staff_id in sorted(sums)]
