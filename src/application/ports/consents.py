"""What consent of members needs from storage: entries, and the state that only they move."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from domain.membership.consent import ConsentEntry

ConsentKey: TypeAlias = tuple[datetime, str, int]
"""Where an entry stands in the history of a member: when it was decided, purpose, number."""


class Consents(Protocol):
    """Who records for a member holds the member's file locked: see `Members.locked` and `Merges.lock`."""

    def current(self, member_ids: Collection[int]) -> Mapping[tuple[int, str], ConsentEntry]:
        """The last entry by member and purpose, of whatever was decided, in one statement."""

    def record(self, entries: Sequence[ConsentEntry]) -> None:
        """Adds entries, each the next one of its member and purpose, and moves the state to them."""

    def entry(self, member_id: int, purpose: str, number: int) -> ConsentEntry | None: ...

    def history(self, member_id: int, *, after: ConsentKey | None, limit: int) -> Sequence[ConsentEntry]:
        """Up to `limit` entries of all purposes, the newest first, those behind `after`."""

    def allowed(self, member_ids: Collection[int], purposes: Collection[str]) -> Mapping[int, Collection[str]]:
        """For which of the purposes these members may be contacted or their data used, in one statement.

        Who is erased, merged into another file, or has given no consent is not among them.
        """
