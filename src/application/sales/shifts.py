"""A till's shift is opened with a float, cash goes in and out of its drawer, and somebody asks what should be in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from application.approving import use_approval
from application.fields import optional_name, required_code, required_name
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.sales.shift_reading import shift_header, shift_report
from application.sales.shift_views import ShiftHeader, ShiftReport
from application.sales.tipping import pay_tips_out
from application.scope import open_store, selected, trading_day
from domain.finance.accounts import BANK, TIPS_PAYABLE
from domain.finance.cash_postings import PAID_OUT_ACCOUNTS, PETTY_ACCOUNTS, cash_postings
from domain.finance.journal import JournalEntry, balanced
from domain.identity.organisation import CallerKind, Store
from domain.sales.shift import CASH_SIGN, CashMove, Shift, ShiftEntry, check_float, check_move
from domain.sales.tenders import check_reference
from domain.shared.errors import Invalid, NotFound, Rejected

BEYOND: Final = "shifts.beyond"
_ACCOUNTS: Final = {CashMove.PAID_IN: PETTY_ACCOUNTS, CashMove.PAID_OUT: PAID_OUT_ACCOUNTS}
"""The other side of cash paid in and out."""
CASH_DOCUMENT: Final = "cash_move"


class NoTerminal(Rejected):
    en = "Shifts are those of tills. Send this with the credential of a terminal."
    zh = "班次属于收银终端，请使用终端凭证发送。"


class ShiftOpen(Rejected):
    en = "Shift {number} of terminal {terminal_code} has been open since {opened_at}. Close it first."
    zh = "终端 {terminal_code} 的第 {number} 班自 {opened_at} 起未结班，请先结班。"


class DayIsClosed(Rejected):
    en = "The day {business_date} of this store is closed. Open the shift on the next business date."
    zh = "本店 {business_date} 已日结，请在下一营业日开班。"


class NoShiftOpen(Rejected):
    en = "No shift is open at this terminal. Open one with its float first."
    zh = "本终端没有已开的班次，请先开班并填写备用金。"


class UnknownShift(NotFound):
    en = "There is no such shift in this caller's scope."
    zh = "当前调用方范围内没有此班次。"


class NoPettyAccount(Invalid):
    en = "Account “{account_code}” takes no cash by hand. Choose one of: {known}."
    zh = "科目“{account_code}”不可用于手工现金收支。可用：{known}。"


class SecondPersonForCash(Rejected):
    reason = "SECOND_PERSON_NEEDED"
    en = (
        "{amount_minor} minor units are more than the {limit} that one person may move. Let somebody else approve the"
        " action {action} with amount_minor {amount_minor} for this request_id, and send the approval_token."
    )
    zh = (
        "金额 {amount_minor} 超过一人可办理的 {limit}（分）。请由他人对本 request_id 审批操作 {action}"
        "（amount_minor 为 {amount_minor}），并发送 approval_token。"
    )


@dataclass(frozen=True, slots=True)
class OpenShift:
    """`float_minor` is the change in the drawer, in minor units of the store's currency."""

    float_minor: int = 0


@dataclass(frozen=True, slots=True)
class ShiftOpened:
    shift: ShiftHeader


@dataclass(frozen=True, slots=True)
class RecordCash:
    """What happened at the drawer of the calling till.

    `account_code` is where cash paid in comes from, or cash paid out goes to; what is banked needs a reference instead.
    """

    kind: CashMove
    amount_minor: int = 0
    account_code: str = ""
    reason: str = ""
    reference: str = ""
    note: str = ""
    approval_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CashRecorded:
    entry_id: int
    shift_id: int


@dataclass(frozen=True, slots=True)
class GetShift:
    """`shift_id` is 0 for the one that is open at the calling till."""

    shift_id: int = 0


@dataclass(frozen=True, slots=True)
class ListShifts:
    """The period (ISO, both included) is that of the business dates on which shifts were opened."""

    store_code: str = ""
    from_date: str = ""
    to_date: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ShiftPage:
    shifts: Sequence[ShiftHeader]
    next_page_token: str


def open_shift(uow: UnitOfWork, command: OpenShift) -> ShiftOpened:
    """Opens the shift of the calling till, the next by number.

    The float is cash of the store that lies in this drawer, so nothing is posted. Raises NoTerminal, InvalidFloat,
    ShiftOpen, DayIsClosed and StoreClosed.
    """
    check_float(command.float_minor, field="float_minor")
    uow.refresh()
    caller = uow.caller
    if caller.kind is not CallerKind.TERMINAL:
        raise NoTerminal("float_minor")
    store = open_store(uow, "")
    uow.shifts.hold_store(store.store_id)
    before = uow.shifts.find_open(caller.caller_id)
    if before is not None:
        opened_at = before.opened_at.isoformat(timespec="seconds")
        raise ShiftOpen("float_minor", number=before.number, terminal_code=caller.code, opened_at=opened_at)
    on = trading_day(uow, store)
    if uow.shifts.day_close(store.store_id, on) is not None:
        raise DayIsClosed("float_minor", business_date=on.isoformat())
    latest = uow.shifts.before(caller.caller_id, NUMBER_MAX)
    shift = Shift(
        shift_id=uow.new_id(),
        terminal_id=caller.caller_id,
        store_id=store.store_id,
        number=latest.number + 1 if latest else 1,
        currency=store.currency,
        business_date=on,
        float_minor=command.float_minor,
        caller_id=caller.caller_id,
        staff_id=caller.staff_id,
        opened_at=uow.now,
        closed_at=None,
    )
    uow.shifts.open(shift)
    return ShiftOpened(shift_header(uow, shift))


NUMBER_MAX: Final = 2**31 - 1


def record_cash(uow: UnitOfWork, command: RecordCash) -> CashRecorded:
    """Writes down what happened at the drawer of the calling till, and posts the cash that it moved.

    Beyond the setting `shift_cash_max` a second person approves what is paid in or out or banked. Tips are paid out to
    the staff as far as the store owes any. Raises TipsOwedLess, CashMovesBy, NoCashMoves, NoPettyAccount, NoShiftOpen,
    SecondPersonForCash, and as `check_reference` and `use_approval`.
    """
    account_code = _checked(command)
    uow.refresh()
    shift = uow.shifts.lock_open(uow.caller.caller_id)
    if shift is None:
        raise NoShiftOpen("kind")
    store = uow.chain.stores[shift.store_id]
    entry = _entry(uow, command, shift, store, account_code)
    limit = uow.chain.policies(store.store_id).shift_cash_max
    if command.amount_minor > limit and not command.approval_token:
        raise SecondPersonForCash("approval_token", amount_minor=command.amount_minor, limit=limit, action=BEYOND)
    if command.approval_token:
        use_approval(
            uow,
            command.approval_token,
            store.store_id,
            amounts={BEYOND: command.amount_minor},
            document_id=entry.entry_id,
        )
    if account_code == TIPS_PAYABLE.code:
        pay_tips_out(uow, entry)
    uow.add(entry)
    if entry.amount_minor:
        journal = JournalEntry(
            uow.new_id(), store.store_id, entry.business_date, store.currency, "", CASH_DOCUMENT, entry.entry_id,
            uow.now,
        )  # fmt: skip
        amounts = cash_postings(account_code=account_code, amount_minor=entry.amount_minor)
        uow.add(journal, *balanced(journal.entry_id, amounts))
        uow.publish(
            "CashMoved",
            entry.entry_id,
            {
                "entry_id": entry.entry_id,
                "shift_id": shift.shift_id,
                "kind": entry.kind,
                "store_id": store.store_id,
                "amount_minor": entry.amount_minor,
                "currency": store.currency,
            },
        )
    return CashRecorded(entry.entry_id, shift.shift_id)


def get_shift(uow: UnitOfWork, query: GetShift) -> ShiftReport:
    """The report of a shift: X as it is now, or Z as it was at the close. Raises UnknownShift and NoShiftOpen."""
    if not query.shift_id:
        shift = uow.shifts.find_open(uow.caller.caller_id)
        if shift is None:
            raise NoShiftOpen("shift_id")
        return shift_report(uow, shift)
    return shift_report(uow, seen_shift(uow, uow.shifts.find(query.shift_id)))


def list_shifts(uow: UnitOfWork, query: ListShifts) -> ShiftPage:
    """Shifts of the caller's stores, newest first. Raises UnknownStore, InvalidDate and LastBeforeFirst."""
    asked = page(query.page_size, query.page_token, key=(date, datetime, int))
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    rows = uow.shifts.list_shifts(selection, after=asked.after, limit=asked.limit + 1)
    return ShiftPage(
        [shift_header(uow, shift) for _, shift in rows[: asked.limit]],
        next_token(rows, asked.limit, lambda row: row[0]),
    )


def seen_shift(uow: UnitOfWork, shift: Shift | None) -> Shift:
    """The shift; raises UnknownShift alike for none and for one that is none of the caller's business."""
    if shift is None or not uow.caller.sees(shift.store_id):
        raise UnknownShift("shift_id")
    return shift


def _checked(command: RecordCash) -> str:
    """The code of the account on the other side, empty where no cash moves."""
    kind = command.kind
    check_move(
        kind,
        amount_minor=command.amount_minor,
        account_code=command.account_code,
        reference=command.reference,
    )
    optional_name(command.note, field="note")
    required_code(command.reason, field="reason")
    check_reference(command.reference, field="reference")
    if kind is CashMove.BANKED:
        required_name(command.reference, field="reference")
    else:
        optional_name(command.reference, field="reference")
    if kind not in CASH_SIGN:
        return ""
    account_code = command.account_code or (BANK.code if kind is CashMove.BANKED else "")
    allowed = {BANK.code} if kind is CashMove.BANKED else set(_ACCOUNTS[kind])
    if account_code not in allowed:
        raise NoPettyAccount("account_code", account_code=account_code[:64], known=", ".join(sorted(allowed)))
    return account_code


def _entry(uow: UnitOfWork, command: RecordCash, shift: Shift, store: Store, account_code: str) -> ShiftEntry:
    return ShiftEntry(
        entry_id=uow.new_id(),
        shift_id=shift.shift_id,
        kind=command.kind,
        amount_minor=command.amount_minor * CASH_SIGN.get(command.kind, 0),
        account_code=account_code,
        reason=command.reason,
        reference=command.reference,
        note=command.note,
        store_id=store.store_id,
        currency=store.currency,
        business_date=trading_day(uow, store),
        request_id=uow.request_id,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        posted_at=uow.now,
    )
