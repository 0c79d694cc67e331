"""What the application needs from the ledger of stored value."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from application.wallet.views import StoredValueEntryView
from domain.wallet.stored_value import StoredValueAccount, StoredValueEntry

AccountKey: TypeAlias = tuple[int, str]
"""Member and currency."""
StatementKey: TypeAlias = tuple[datetime, int]
"""Where an entry stands in a statement: the instant of posting, id."""


class StoredValue(Protocol):
    """Accounts of stored value and their entries.

    Accounts are locked after everything else that a sale locks, in the order of member and currency.
    """

    def lock(self, member_ids: Collection[int]) -> Mapping[AccountKey, StoredValueAccount]:
        """Locks all accounts that these members have, in one statement; one that was never filled is absent."""

    def opened(self, member_id: int, currency: str) -> StoredValueAccount:
        """As `lock`, for one account, which is made with zero where it is missing."""

    def accounts(self, member_id: int) -> Sequence[StoredValueAccount]:
        """A member's accounts as they are now, by currency; nothing is locked."""

    def entries_of(self, document_ids: Collection[int]) -> Sequence[StoredValueEntry]:
        """What these sales, refunds and voids have moved."""

    def statement(
        self, member_id: int, *, after: StatementKey | None, limit: int
    ) -> Sequence[tuple[StatementKey, StoredValueEntryView]]:
        """Up to `limit` entries, newest first, those older than `after`, with their keys."""
