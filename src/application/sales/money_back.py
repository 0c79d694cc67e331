"""What a return gives back of each tender, what of that is paid out, and what pays for other goods instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.policies import Policies
from application.ports.sales import StoredSale
from application.sales.order_money import as_paid_in
from application.sales.origins import Origin
from application.sales.reversal import Reversal
from application.sales.stock_back import StockBack
from domain.sales.exchange import INTO_EXCHANGE, MOVED
from domain.sales.reversal import TenderLeft, refund_tenders, tenders_left
from domain.sales.sale import Sale, SaleKind, SaleTender, TenderKind
from domain.sales.tenders import MONEY
from domain.shared.money import Rounding, round_to_step
from domain.wallet.stored_value import Split

CASHABLE: Final = MONEY - {TenderKind.CASH}
"""What may be given back in cash, by approval: money that the customer has really paid."""


@dataclass(frozen=True, slots=True)
class Share:
    """What goes back of one tender of the sale, zero or more: minor units before cash is rounded, and points."""

    tender: TenderLeft
    tender_number: int
    amount_minor: int
    points: int


@dataclass(slots=True)
class Begun:
    """A reversal of which all but the money is done; `sale` is its document, not yet recorded.

    `origins` are by which tender the customer had really paid, by the number of the tender of the sale.

    Amounts are zero or more: `shortfall_minor` is kept back for `shortfall` spent points, `taken_back_carrying` and
    `returned_carrying` are the liability of the points that went and came. `back` is what became of the goods.
    """

    work: Reversal
    sale: Sale
    shares: list[Share]
    origins: Mapping[int, Origin]
    shortfall: int
    shortfall_minor: int
    taken_back_carrying: int
    returned_carrying: int
    back: StockBack
    restored: int
    stored_value: Split


def shares_of(work: Reversal, amount_minor: int) -> list[Share]:
    """How `amount_minor` goes back to the tenders of the sale; each has its share, be it nothing."""
    tip = work.original.sale.tip_minor or 0
    kept_tip = 0 if work.kind is SaleKind.VOID else tip
    held = _tenders_still_held(work.original, work.earlier, tip_minor=kept_tip)
    left = as_paid_in(work.uow, work.original.sale.sale_id, held)
    amount_minor += tip - kept_tip
    if work.nothing_left:
        # What cash rounding once added, less what it has given back, goes with the last return.
        amount_minor += _rounding_left(work)
    return [
        Share(tender, number, amount, points)
        for number, (tender, (amount, points)) in enumerate(
            zip(left, refund_tenders(left, amount_minor), strict=True), start=1
        )
    ]


def tenders_of(work: Reversal, shares: Sequence[Share], carried: Sequence[int]) -> tuple[list[SaleTender], int]:
    """The negative tenders that give the shares back, and what cash rounding added to them.

    `carried` is what of each share goes into an exchange, none for nothing; only what is paid out in cash is rounded.
    """
    tenders = []
    rounding = 0
    for place, share in enumerate(shares):
        into = carried[place] if carried and share.tender.kind not in MOVED else 0
        paid = _paid_out(work, share, into, exchanging=bool(carried))
        rounding -= paid + into - share.amount_minor
        tenders += _tenders(work, share, into, paid)
    if work.nothing_left:
        rounding -= _rounding_left(work)
    return tenders, rounding


def _rounding_left(work: Reversal) -> int:
    return work.original.sale.rounding_minor + sum(document.sale.rounding_minor for document in work.earlier)


def _paid_out(work: Reversal, share: Share, into: int, *, exchanging: bool) -> int:
    tender = share.tender
    paid = share.amount_minor - into
    # A tender of cash held what can be paid in coins; a part of it need not, nor what goods have paid.
    whole = work.nothing_left and not exchanging and not tender.exchanged
    if _cash_instead(work, tender) or (tender.kind is TenderKind.CASH and not whole):
        paid = _rounded_cash(work.policies, paid)
        if not work.nothing_left:
            paid = min(paid, tender.amount_minor - into)
    return paid


def _tenders(work: Reversal, share: Share, into: int, paid: int) -> list[SaleTender]:
    tender, number = share.tender, share.tender_number
    found = []
    if paid:
        back = SaleTender(work.reversal_id, number, tender.kind, -paid, -share.points, tender.reference)
        if _cash_instead(work, tender):
            back = replace(back, kind=TenderKind.CASH, paid_kind=tender.kind)
        found.append(back)
    if into:
        found.append(
            SaleTender(
                work.reversal_id, INTO_EXCHANGE + number, TenderKind.EXCHANGE, -into, 0, tender.reference, tender.kind
            )
        )
    return found


def _cash_instead(work: Reversal, tender: TenderLeft) -> bool:
    return work.cash_instead and tender.kind in CASHABLE


def _tenders_still_held(original: StoredSale, earlier: Sequence[StoredSale], *, tip_minor: int) -> list[TenderLeft]:
    """What each tender of a sale still holds after its refunds, the tip aside that does not come back."""
    return tenders_left(
        original.tenders,
        change_minor=original.sale.change_minor,
        tip_minor=tip_minor,
        returned=[
            tender
            for document in earlier
            for tender in document.tenders
            if tender.kind is not TenderKind.POINTS_SHORTFALL
        ],
    )


def _rounded_cash(policies: Policies, amount: int) -> int:
    return round_to_step(amount, policies.cash_rounding_step, Rounding(policies.rounding_mode))
