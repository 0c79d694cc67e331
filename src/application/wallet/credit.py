"""Members' accounts: head office sets how much a member may owe, tills take payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.fields import at_most, optional_name, required_name
from application.named_members import UnknownMember, known_member_id
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import trading_day
from application.wallet.credit_views import CreditBalance, CreditEntryView
from application.wallet.paying_in import check_pays_in, open_store
from domain.finance.credit_postings import payment_postings
from domain.finance.journal import JournalEntry, balanced
from domain.identity.organisation import Store
from domain.sales.sale import TenderKind
from domain.sales.tenders import TENDERS_MAX, check_reference
from domain.shared.money import AMOUNT_MINOR_MAX
from domain.wallet.credit import (
    CreditAccount,
    CreditEntry,
    CreditReason,
    InvalidPayment,
    check_limit,
    check_payment,
)

DOCUMENT_KIND: Final = "credit_payment"


@dataclass(frozen=True, slots=True)
class SetCreditLimit:
    """How much the member may owe in the currency of the store; 0 for nothing more."""

    member_key: str
    limit_minor: int
    reason: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class PaymentTender:
    kind: TenderKind
    amount_minor: int
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ReceivePayment:
    """What the member pays of what is owed in the currency of the store."""

    member_key: str
    tenders: tuple[PaymentTender, ...]
    note: str = ""
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class CreditState:
    """The account after the change; `document_id` is that of a payment, of a limit its entry."""

    document_id: int
    currency: str
    limit_minor: int
    owed_minor: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class GetCredit:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class CreditHeld:
    member_number: str
    balances: Sequence[CreditBalance]
    entries: Sequence[CreditEntryView]
    next_page_token: str


def set_credit_limit(uow: UnitOfWork, command: SetCreditLimit) -> CreditState:
    """Sets how much a member may owe; what is owed already stays. Raises InvalidCreditLimit and UnknownMember."""
    note = required_name(command.reason, field="reason")
    check_limit(command.limit_minor)
    uow.refresh()
    store = open_store(uow, command.store_code)
    account = _locked(uow, command.member_key, store)
    change = command.limit_minor - account.limit_minor
    entry = _entry(uow, account, store, CreditReason.LIMIT_SET, limit_minor=change, note=note)
    account.limit_minor += change
    uow.add(entry)
    return _state(account, entry.document_id)


def receive_payment(uow: UnitOfWork, command: ReceivePayment) -> CreditState:
    """Takes what the member pays off what is owed, with the journal entry.

    Raises InvalidPayment, TenderPaysNothingIn, UnknownMember, UnknownStore, StoreClosed, PaysMoreThanOwed, and as
    `check_reference`.
    """
    _check(command)
    note = optional_name(command.note, field="note")
    uow.refresh()
    store = open_store(uow, command.store_code)
    account = _locked(uow, command.member_key, store)
    total = sum(tender.amount_minor for tender in command.tenders)
    check_payment(account, amount_minor=total)
    account.owed_minor -= total
    document_id = uow.new_id()
    for tender in command.tenders:
        entry = _entry(uow, account, store, CreditReason.PAID, owed_minor=-tender.amount_minor, note=note)
        entry.document_id, entry.tender, entry.reference = document_id, tender.kind, tender.reference
        uow.add(entry)
    on = trading_day(uow, store)
    journal = JournalEntry(uow.new_id(), store.store_id, on, store.currency, "", DOCUMENT_KIND, document_id, uow.now)
    amounts = payment_postings([(tender.kind, tender.amount_minor) for tender in command.tenders])
    uow.add(journal, *balanced(journal.entry_id, amounts))
    uow.publish(
        "CreditPaid",
        document_id,
        {
            "document_id": document_id,
            "member_id": account.member_id,
            "store_id": store.store_id,
            "amount_minor": total,
            "currency": store.currency,
        },
    )
    return _state(account, document_id)


def get_credit(uow: UnitOfWork, query: GetCredit) -> CreditHeld:
    """What a member may owe and owes, by currency, and a page of the statement, newest first."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    member = uow.members.account(required_name(query.member_key, field="member_key"))
    if member is None:
        raise UnknownMember("member_key")
    rows = uow.credit.statement(member.member_id, after=asked.after, limit=asked.limit + 1)
    return CreditHeld(
        member.member_number,
        [
            CreditBalance(one.currency, one.limit_minor, one.owed_minor, one.left_minor)
            for one in uow.credit.accounts(member.member_id)
        ],
        [entry for _, entry in rows[: asked.limit]],
        next_token(rows, asked.limit, lambda row: row[0]),
    )


def _check(command: ReceivePayment) -> None:
    at_most(command.tenders, TENDERS_MAX, field="tenders")
    for index, tender in enumerate(command.tenders):
        field = f"tenders[{index}]"
        check_pays_in(tender.kind, field=f"{field}.kind")
        if not 0 < tender.amount_minor < AMOUNT_MINOR_MAX:
            raise InvalidPayment(f"{field}.amount_minor", limit=AMOUNT_MINOR_MAX)
        check_reference(tender.reference, field=f"{field}.reference")
        optional_name(tender.reference, field=f"{field}.reference")


def _locked(uow: UnitOfWork, member_key: str, store: Store) -> CreditAccount:
    member_id = known_member_id(uow, required_name(member_key, field="member_key"))
    # An account is opened for nobody who is being merged.
    uow.members.hold([member_id])
    key = member_id, store.currency
    return uow.credit.lock({member_id}, opening=[key])[key]


def _entry(
    uow: UnitOfWork,
    account: CreditAccount,
    store: Store,
    reason: CreditReason,
    *,
    owed_minor: int = 0,
    limit_minor: int = 0,
    note: str = "",
) -> CreditEntry:
    entry_id = uow.new_id()
    return CreditEntry(
        member_id=account.member_id,
        currency=account.currency,
        entry_id=entry_id,
        reason=reason,
        owed_minor=owed_minor,
        limit_minor=limit_minor,
        beyond_minor=0,
        document_id=entry_id,
        tender="",
        reference="",
        note=note,
        store_id=store.store_id,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        business_date=trading_day(uow, store),
        posted_at=uow.now,
    )


def _state(account: CreditAccount, document_id: int) -> CreditState:
    return CreditState(document_id, account.currency, account.limit_minor, account.owed_minor, account.left_minor)
