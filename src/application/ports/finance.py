"""What the application needs from the books."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol, TypeAlias

from application.finance.views import AccountTotals, JournalEntryView
from application.ports.selection import Selection

JournalKey: TypeAlias = tuple[date, datetime, int]
"""Where an entry stands in a list: business date, instant of posting, id."""


class Journal(Protocol):
    """Journal entries and postings. What lies outside the caller's scope does not exist."""

    def entry(self, *, entry_id: int = 0, document_id: int = 0) -> JournalEntryView | None:
        """The entry with this id, or that of this document."""

    def list_entries(
        self, selection: Selection, *, after: JournalKey | None, limit: int
    ) -> Sequence[tuple[JournalKey, JournalEntryView]]:
        """Up to `limit` entries, newest first, those older than `after`, with their keys.

        The cost depends on the limit, not on how far back the page lies.
        """

    def totals(self, selection: Selection) -> Sequence[AccountTotals]:
        """Debits and credits by account and currency, in this order."""
