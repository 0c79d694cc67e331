"""Questions about the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from application.finance.views import AccountView, JournalEntryView, TrialBalanceRow
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import selected
from domain.finance.accounts import CHART, Account
from domain.shared.errors import Invalid, NotFound


class EntryIdOrDocumentId(Invalid):
    en = "Send either entry_id or document_id, and only one of them."
    zh = "必须且只能提供 entry_id 或 document_id 之一。"


class UnknownEntry(NotFound):
    en = "There is no such journal entry in this caller's scope."
    zh = "当前调用方范围内没有此凭证。"


@dataclass(frozen=True, slots=True)
class ListAccounts:
    pass


@dataclass(frozen=True, slots=True)
class AccountList:
    accounts: Sequence[AccountView]


@dataclass(frozen=True, slots=True)
class GetJournalEntry:
    entry_id: int = 0
    document_id: int = 0


@dataclass(frozen=True, slots=True)
class FoundEntry:
    entry: JournalEntryView


@dataclass(frozen=True, slots=True)
class ListJournalEntries:
    store_code: str = ""
    from_date: str = ""
    to_date: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class JournalPage:
    entries: Sequence[JournalEntryView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GetTrialBalance:
    store_code: str = ""
    from_date: str = ""
    to_date: str = ""


@dataclass(frozen=True, slots=True)
class TrialBalance:
    rows: Sequence[TrialBalanceRow]


def list_accounts(uow: UnitOfWork, query: ListAccounts) -> AccountList:
    """The chart of accounts by code, named in the caller's language."""
    return AccountList([AccountView(account.code, _name(uow, account), account.kind) for account in CHART.values()])


def get_journal_entry(uow: UnitOfWork, query: GetJournalEntry) -> FoundEntry:
    """One entry, or that of a sale or goods receipt.

    Raises EntryIdOrDocumentId, and UnknownEntry alike for absent entries and for those of foreign stores.
    """
    if bool(query.entry_id) == bool(query.document_id):
        raise EntryIdOrDocumentId("entry_id")
    found = uow.journal.entry(entry_id=query.entry_id, document_id=query.document_id)
    if found is None:
        raise UnknownEntry("entry_id" if query.entry_id else "document_id")
    return FoundEntry(found)


def list_journal_entries(uow: UnitOfWork, query: ListJournalEntries) -> JournalPage:
    """Entries of the stores in scope with their postings, newest first; raises what `selected` and `page` raise."""
    asked = page(query.page_size, query.page_token, key=(date, datetime, int))
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    rows = uow.journal.list_entries(selection, after=asked.after, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda row: row[0])
    return JournalPage([entry for _, entry in rows[: asked.limit]], token)


def get_trial_balance(uow: UnitOfWork, query: GetTrialBalance) -> TrialBalance:
    """Debits and credits by account and currency; in each currency the two columns have the same sum."""
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    return TrialBalance(
        [
            TrialBalanceRow(
                account_code=totals.account_code,
                account_name=_name(uow, CHART[totals.account_code]),
                kind=CHART[totals.account_code].kind,
                currency=totals.currency,
                debit_minor=totals.debit_minor,
                credit_minor=totals.credit_minor,
                balance_minor=totals.debit_minor - totals.credit_minor,
            )
            for totals in uow.journal.totals(selection)
        ]
    )


def _name(uow: UnitOfWork, account: Account) -> str:
    return account.name_zh if uow.caller.language.startswith("zh") else account.name_en
