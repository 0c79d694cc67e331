"""What the application needs of members' accounts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from application.ports.wallet import AccountKey, StatementKey
from application.wallet.credit_views import CreditEntryView
from domain.wallet.credit import CreditAccount, CreditEntry


class Credit(Protocol):
    """Credit accounts of members, by member and currency, and their entries."""

    def lock(
        self, member_ids: Collection[int], *, opening: Collection[AccountKey] = ()
    ) -> Mapping[AccountKey, CreditAccount]:
        """Locks the accounts of these members in the order of their keys; those of `opening` are made if missing."""

    def accounts(self, member_id: int) -> Sequence[CreditAccount]:
        """The accounts of a member by currency."""

    def entries_of(self, document_id: int) -> Sequence[CreditEntry]:
        """The entries of a document, in the order of their ids."""

    def limit_set_since(self, entry: CreditEntry) -> bool:
        """Whether a limit was set for the account of an entry after it."""

    def statement(
        self, member_id: int, *, after: StatementKey | None, limit: int
    ) -> Sequence[tuple[StatementKey, CreditEntryView]]:
        """Up to `limit` entries, newest first, those older than `after`, with their keys."""
