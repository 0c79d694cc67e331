"""A till's shift is closed by a blind count: it meets what should be there, and the difference is posted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from application.approving import use_approval
from application.fields import at_most, optional_name, within
from application.ports.kernel import UnitOfWork
from application.sales.shift_reading import figures, shift_report
from application.sales.shift_views import CountView, ShiftReport, frozen
from application.sales.shifts import BEYOND, NoShiftOpen, seen_shift
from application.scope import trading_day
from domain.finance.cash_postings import variance_postings
from domain.finance.journal import JournalEntry, balanced
from domain.sales.sale import TenderKind
from domain.sales.shift import COUNTABLE, Shift, ShiftClose, ShiftTotal, counted_cash, totals_by_tender
from domain.sales.shift_figures import ShiftFigures
from domain.shared.errors import Forbidden, Rejected

COUNTS_MAX: Final = 50
CLOSE_DOCUMENT: Final = "shift_close"
CLOSE_OTHERS: Final = "shifts.close_day"


class ShiftClosedBefore(Rejected):
    en = "Shift {number} has been closed before. Ask for its report with GetShift."
    zh = "第 {number} 班已结班，请用 GetShift 查询其报表。"


class ShiftOfAnotherTill(Forbidden):
    en = "Shift {number} is another till's. Close it there, or with the permission {action}."
    zh = "第 {number} 班属于另一台终端，请在该终端结班，或由具有权限 {action} 的人员办理。"


class SecondPersonForDifference(Rejected):
    # How large the difference is stays untold: the count is blind.
    reason = "SECOND_PERSON_NEEDED"
    en = (
        "A tender differs from the books by more than {limit}. Count again; or let somebody who may see the report of"
        " the shift approve the action {action} with the largest difference for this request_id, and send the"
        " approval_token."
    )
    zh = (
        "有一种支付方式的清点金额与账面相差超过 {limit}（分）。请重新清点；或由可查看班次报表的人员按最大差额对本"
        " request_id 审批操作 {action}，并发送 approval_token。"
    )


@dataclass(frozen=True, slots=True)
class TenderAmount:
    """An amount of one tender in minor units."""

    tender: TenderKind
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CloseShift:
    """What was counted: cash by denomination, other tenders as their terminals' totals say.

    `unsent` is what the till itself still has to send, by tender, and `last_receipt_sequence` its last receipt, 0 where
    it does not tell. `shift_id` is 0 for the shift that is open at the calling till.
    """

    counts: tuple[CountView, ...] = ()
    totals: tuple[TenderAmount, ...] = ()
    unsent: tuple[TenderAmount, ...] = ()
    last_receipt_sequence: int = 0
    note: str = ""
    shift_id: int = 0
    approval_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ShiftClosed:
    """The Z report."""

    report: ShiftReport


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a request says, checked: by tender, cash among it."""

    counted: dict[TenderKind, int]
    unsent: dict[TenderKind, int]


def close_shift(uow: UnitOfWork, command: CloseShift) -> ShiftClosed:
    """Closes a shift with its Z report, which never changes, and posts what the count differs by.

    Beyond the setting `shift_difference_max` a second person approves the largest difference. Raises NoShiftOpen,
    UnknownShift, ShiftOfAnotherTill, ShiftClosedBefore, InvalidCount, CountedTwice, NotCountable,
    SecondPersonForDifference, and as `use_approval`.
    """
    said = _checked(command)
    uow.refresh()
    shift = _locked(uow, command.shift_id)
    store = uow.chain.stores[shift.store_id]
    found = figures(uow, shift, until=uow.now, last_receipt=command.last_receipt_sequence)
    totals = _totals(shift, found, said)
    _approve(uow, command, shift, max((abs(one.variance_minor) for one in totals), default=0))
    close = ShiftClose(
        shift_id=shift.shift_id,
        counts=[asdict(one) for one in command.counts],
        report=frozen(found),
        last_receipt_sequence=command.last_receipt_sequence,
        note=command.note,
        store_id=store.store_id,
        currency=store.currency,
        business_date=trading_day(uow, store),
        request_id=uow.request_id,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        posted_at=uow.now,
    )
    uow.add(close, *totals)
    _post(uow, close, totals)
    uow.shifts.close(shift, uow.now)
    shift.closed_at = uow.now
    return ShiftClosed(shift_report(uow, shift))


def _checked(command: CloseShift) -> _Counted:
    for name, count_max in (("counts", COUNTS_MAX), ("totals", len(COUNTABLE)), ("unsent", len(COUNTABLE))):
        if rows := getattr(command, name):
            at_most(rows, count_max, field=name)
    optional_name(command.note, field="note")
    within(command.last_receipt_sequence, 0, 10**15, field="last_receipt_sequence")
    cash = counted_cash([(one.denomination_minor, one.pieces) for one in command.counts], field="counts")
    totals, unsent = (
        [(one.tender, one.amount_minor) for one in several] for several in (command.totals, command.unsent)
    )
    return _Counted(
        {TenderKind.CASH: cash, **totals_by_tender(totals, cash=False, negative=True, field="totals")},
        totals_by_tender(unsent, cash=True, negative=False, field="unsent"),
    )


def _locked(uow: UnitOfWork, shift_id: int) -> Shift:
    if not shift_id:
        shift = uow.shifts.lock_open(uow.caller.caller_id)
        if shift is None:
            raise NoShiftOpen("shift_id")
        return shift
    shift = seen_shift(uow, uow.shifts.lock(shift_id))
    if shift.closed_at is not None:
        raise ShiftClosedBefore("shift_id", number=shift.number)
    if shift.terminal_id != uow.caller.caller_id and not uow.caller.may(CLOSE_OTHERS):
        raise ShiftOfAnotherTill("shift_id", number=shift.number, action=CLOSE_OTHERS)
    return shift


def _totals(shift: Shift, found: ShiftFigures, said: _Counted) -> list[ShiftTotal]:
    """One row for each tender that came in, was counted or is unsent; what nobody counted has no variance."""
    kinds = {TenderKind.CASH, *said.counted, *said.unsent, *[one.tender for one in found.tenders]}
    totals = []
    for kind in TenderKind:
        if kind not in kinds:
            continue
        counted, unsent = said.counted.get(kind), said.unsent.get(kind, 0)
        expected = found.expected_minor(kind)
        variance = counted - expected - unsent if counted is not None else 0
        totals.append(
            ShiftTotal(
                shift_id=shift.shift_id,
                tender=kind,
                taken_minor=found.taken_minor(kind),
                expected_minor=expected,
                counted=counted is not None,
                counted_minor=counted or 0,
                unsent_minor=unsent,
                variance_minor=variance,
            )
        )
    return totals


def _approve(uow: UnitOfWork, command: CloseShift, shift: Shift, largest_minor: int) -> None:
    limit = uow.chain.policies(shift.store_id).shift_difference_max
    if command.approval_token:
        use_approval(
            uow,
            command.approval_token,
            shift.store_id,
            amounts={BEYOND: largest_minor},
            document_id=shift.shift_id,
        )
    elif largest_minor > limit:
        raise SecondPersonForDifference("approval_token", limit=limit, action=BEYOND)


def _post(uow: UnitOfWork, close: ShiftClose, totals: Sequence[ShiftTotal]) -> None:
    variances = [(one.tender.value, one.variance_minor) for one in totals if one.variance_minor]
    if variances:
        journal = JournalEntry(
            uow.new_id(), close.store_id, close.business_date, close.currency, "", CLOSE_DOCUMENT, close.shift_id,
            uow.now,
        )  # fmt: skip
        uow.add(journal, *balanced(journal.entry_id, variance_postings(variances)))
    uow.publish(
        "ShiftClosed",
        close.shift_id,
        {
            "shift_id": close.shift_id,
            "store_id": close.store_id,
            "business_date": close.business_date.isoformat(),
            "variance_minor": sum(amount for _, amount in variances),
            "currency": close.currency,
        },
    )
