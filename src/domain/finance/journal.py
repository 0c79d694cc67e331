"""Journal entries: an entry exists only if it balances."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class JournalEntry:
    """Header of an entry with its dimensions; `document_id` is the sale or receipt that caused it."""

    entry_id: int
    store_id: int
    business_date: date
    currency: str
    channel: str
    document_kind: str
    document_id: int
    posted_at: datetime


@dataclass(slots=True)
class Posting:
    """`amount_minor` above zero is a debit, below zero a credit."""

    entry_id: int
    posting_number: int
    account_code: str
    amount_minor: int


class Unbalanced(AssertionError):
    """An entry whose debits and credits differ: always a bug, never the user's fault."""


def balanced(entry_id: int, amounts: Iterable[tuple[str, int]]) -> list[Posting]:
    """The postings of one entry, one per account in the order of first mention, zeros left out.

    Raises Unbalanced when debits (above zero) and credits (below zero) do not sum to zero.
    """
    by_account: dict[str, int] = {}
    for account, amount in amounts:
        by_account[account] = by_account.get(account, 0) + amount
    difference = sum(by_account.values())
    if difference:
        raise Unbalanced(f"entry {entry_id} is out of balance by {difference}: {by_account}")
    return [
        Posting(entry_id, number, account, amount)
        for number, (account, amount) in enumerate(((a, m) for a, m in by_account.items() if m), start=1)
    ]
