"""The balances that follow from the entries of stored value."""

from collections.abc import Iterable
from typing import Final

from adapters.sql.fold import Fold
from adapters.sql.tables import wallet
from domain.wallet.stored_value import StoredValueAccount, StoredValueEntry

STORED_VALUE: Final = Fold(
    StoredValueAccount,
    wallet.stored_value_accounts,
    key=("member_id", "currency"),
    summed=("principal_minor", "bonus_minor", "frozen"),
)


def stored_value_deltas(entries: Iterable[StoredValueEntry]) -> list[StoredValueAccount]:
    """What the entries add to each account, in the order of member and currency."""
    deltas: dict[tuple[int, str], StoredValueAccount] = {}
    for entry in entries:
        key = entry.member_id, entry.currency
        delta = deltas.setdefault(key, StoredValueAccount(*key, 0, 0, 0))
        delta.principal_minor += entry.principal_minor
        delta.bonus_minor += entry.bonus_minor
        delta.frozen += entry.frozen
    return [deltas[key] for key in sorted(deltas)]
