"""The balances that follow from the entries of members' accounts."""

from collections.abc import Iterable
from typing import Final

from adapters.sql.fold import Fold
from adapters.sql.tables.credit import credit_accounts
from domain.wallet.credit import CreditAccount, CreditEntry

CREDIT: Final = Fold(
    CreditAccount, credit_accounts, key=("member_id", "currency"), summed=("limit_minor", "owed_minor")
)


def credit_deltas(entries: Iterable[CreditEntry]) -> list[CreditAccount]:
    """What the entries add to each account, in the order of member and currency."""
    deltas: dict[tuple[int, str], CreditAccount] = {}
    for entry in entries:
        key = entry.member_id, entry.currency
        delta = deltas.setdefault(key, CreditAccount(*key, 0, 0))
        delta.limit_minor += entry.limit_minor
        delta.owed_minor += entry.owed_minor
    return [deltas[key] for key in sorted(deltas)]
