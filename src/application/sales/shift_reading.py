"""Reads what falls into a shift and works its report out: one function for X, Z and whatever compares the two."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from application.ports.kernel import UnitOfWork
from application.sales.shift_views import (
    LATE_MAX,
    CountView,
    LateDocument,
    ShiftCashierView,
    ShiftEntryView,
    ShiftHeader,
    ShiftReport,
    ShiftTenderView,
    ShiftTipView,
    thawed,
)
from application.scope import who
from domain.finance.accounts import TIPS_PAYABLE
from domain.sales.sale import SaleKind, TenderKind
from domain.sales.shift import Shift, ShiftTotal
from domain.sales.shift_figures import CashierFigures, ShiftFigures, TillDocument, figures_of
from domain.shared.period import business_date


def documents_of(uow: UnitOfWork, shift: Shift, *, until: datetime) -> list[TillDocument]:
    """The documents of the shift's till from its opening on and before `until`."""
    store = uow.chain.stores[shift.store_id]
    last = business_date(until, time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes)
    return list(
        uow.shifts.documents(
            shift.store_id,
            from_date=shift.business_date,
            to_date=max(last, shift.business_date),
            terminal_id=shift.terminal_id,
            since=shift.opened_at,
            until=until,
        )
    )


def figures(uow: UnitOfWork, shift: Shift, *, until: datetime, last_receipt: int = 0) -> ShiftFigures:
    """What the shift has come to before `until`; `last_receipt` is the last one that the till has told, or 0."""
    documents = documents_of(uow, shift, until=until)
    sale_ids = {one.document_id for one in documents if one.kind == SaleKind.SALE}
    voids = {one.document_id for one in documents if one.kind == SaleKind.VOID}
    entries = uow.shifts.entries(shift.shift_id)
    before = uow.shifts.before(shift.terminal_id, shift.number)
    return figures_of(
        shift,
        entries=entries,
        documents=documents,
        by_hand=uow.shifts.by_hand(sale_ids),
        receipts_after=before.last_receipt_sequence if before is not None else 0,
        last_receipt=last_receipt,
        tips=uow.tips.by_staff(sale_ids | voids),
        tips_paid_out_minor=-sum(one.amount_minor for one in entries if one.account_code == TIPS_PAYABLE.code),
    )


def shift_header(uow: UnitOfWork, shift: Shift, *, closed_by: str = "") -> ShiftHeader:
    chain = uow.chain
    return ShiftHeader(
        shift_id=shift.shift_id,
        store_code=chain.stores[shift.store_id].code,
        terminal_code=chain.caller_codes.get(shift.terminal_id, ""),
        number=shift.number,
        currency=shift.currency,
        business_date=shift.business_date.isoformat(),
        opened_by=who(uow, caller_id=shift.caller_id, staff_id=shift.staff_id),
        opened_at=shift.opened_at,
        closed_by=closed_by,
        closed_at=shift.closed_at,
    )


def shift_report(uow: UnitOfWork, shift: Shift) -> ShiftReport:
    """The report of a shift as it is now: X, or the frozen Z with what came late since."""
    closed = uow.shifts.closed(shift.shift_id)
    if closed is None or shift.closed_at is None:
        return _report(uow, shift, figures(uow, shift, until=uow.now))
    close, totals = closed
    late = [one for one in documents_of(uow, shift, until=shift.closed_at) if one.stored_at >= shift.closed_at]
    return _report(
        uow,
        shift,
        thawed(close.report),
        totals=totals,
        closed_by=who(uow, caller_id=close.caller_id, staff_id=close.staff_id),
        last_receipt=close.last_receipt_sequence,
        note=close.note,
        counts=[CountView(**one) for one in close.counts],
        late=late,
    )


def _report(
    uow: UnitOfWork,
    shift: Shift,
    found: ShiftFigures,
    *,
    totals: Sequence[ShiftTotal] = (),
    closed_by: str = "",
    last_receipt: int = 0,
    note: str = "",
    counts: Sequence[CountView] = (),
    late: Sequence[TillDocument] = (),
) -> ShiftReport:
    return ShiftReport(
        shift=shift_header(uow, shift, closed_by=closed_by),
        float_minor=found.float_minor,
        paid_in_minor=found.paid_in_minor,
        paid_out_minor=found.paid_out_minor,
        banked_minor=found.banked_minor,
        expected_cash_minor=found.expected_cash_minor,
        sales=found.sales,
        refunds=found.refunds,
        voids=found.voids,
        others=found.others,
        drawer_openings=found.drawer_openings,
        hand_overs=found.hand_overs,
        discounts_by_hand=found.discounts_by_hand,
        discounts_by_hand_minor=found.discounts_by_hand_minor,
        missing_receipts=found.missing_receipts,
        last_receipt_sequence=last_receipt,
        note=note,
        late_documents=len({one.document_id for one in late}),
        tenders=_tenders(found, {one.tender: one for one in totals}),
        cashiers=[_cashier(uow, one) for one in found.cashiers],
        gaps=found.gaps,
        entries=[
            ShiftEntryView(
                one.entry_id, one.kind, one.amount_minor, one.account_code, one.reason, one.reference, one.note,
                who(uow, caller_id=one.caller_id, staff_id=one.staff_id), one.posted_at,
            )
            for one in uow.shifts.entries(shift.shift_id)
        ],
        counts=counts,
        late=[
            LateDocument(
                one.document_id, one.receipt_number, TenderKind(one.tender), one.amount_minor, one.at, one.stored_at
            )
            for one in late
            if one.tender
        ][:LATE_MAX],
        tips_minor=found.tips_minor,
        tips_paid_out_minor=found.tips_paid_out_minor,
        tips=[ShiftTipView(uow.chain.staff_codes.get(one.staff_id, ""), one.given_minor) for one in found.tips],
    )  # fmt: skip


def _cashier(uow: UnitOfWork, one: CashierFigures) -> ShiftCashierView:
    return ShiftCashierView(
        uow.chain.staff_codes.get(one.staff_id, ""),
        one.sales, one.refunds, one.voids, one.others, one.taken_minor, one.cash_minor,
    )  # fmt: skip


def _tenders(found: ShiftFigures, totals: Mapping[TenderKind, ShiftTotal]) -> list[ShiftTenderView]:
    """Every tender that came in, or was counted; cash always, for it has a float."""
    by_kind = {one.tender: one for one in found.tenders}
    views = []
    for kind in TenderKind:
        one, total = by_kind.get(kind), totals.get(kind)
        if one is None and total is None and kind is not TenderKind.CASH:
            continue
        views.append(
            ShiftTenderView(
                tender=kind,
                sales_minor=one.sales_minor if one else 0,
                reversed_minor=one.reversed_minor if one else 0,
                other_minor=one.other_minor if one else 0,
                expected_minor=found.expected_minor(kind),
                counted=total.counted if total else False,
                counted_minor=total.counted_minor if total else 0,
                unsent_minor=total.unsent_minor if total else 0,
                variance_minor=total.variance_minor if total else 0,
            )
        )
    return views
