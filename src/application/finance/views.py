"""The books as they are shown; fields are those of the messages of the same names in the contract."""

from dataclasses import dataclass
from datetime import datetime

from domain.finance.accounts import AccountKind


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with its name in the caller's language."""

    code: str
    name: str
    kind: AccountKind


@dataclass(slots=True)
class PostingView:
    """Above zero a debit, below zero a credit."""

    account_code: str
    amount_minor: int


@dataclass(slots=True)
class JournalEntryView:
    """An entry with its postings in their order, which sum to zero."""

    entry_id: int
    store_code: str
    business_date: str
    currency: str
    channel: str
    document_kind: str
    document_id: int
    posted_at: datetime
    postings: list[PostingView]


@dataclass(slots=True)
class AccountTotals:
    """What was posted to one account in one currency; both sums are zero or more."""

    account_code: str
    currency: str
    debit_minor: int
    credit_minor: int


@dataclass(slots=True)
class TrialBalanceRow:
    """Totals of one account in one currency; `balance_minor` is debit less credit."""

    account_code: str
    account_name: str
    kind: AccountKind
    currency: str
    debit_minor: int
    credit_minor: int
    balance_minor: int
