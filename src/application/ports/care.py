"""What the application needs from service cases."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.care.service_case import CaseEntry, ServiceCase


class ServiceCases(Protocol):
    """Service cases with their entries. What was said is encrypted on its way to storage."""

    def open(self, case: ServiceCase, entry: CaseEntry) -> None:
        """Adds a case with its first entry."""

    def lock(self, case_id: int) -> ServiceCase | None:
        """The case, which nobody else changes until the end of this transaction; None when there is none."""

    def find(self, case_id: int) -> ServiceCase | None:
        """As `lock`, but only reads."""

    def change(self, case: ServiceCase, entry: CaseEntry) -> None:
        """Writes what the case is now, and what made it so."""

    def entries(self, case_id: int, *, limit: int) -> Sequence[CaseEntry]:
        """Up to `limit` entries of a case in their order."""

    def list_due(
        self, store_ids: Collection[int] | None, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[ServiceCase]:
        """Up to `limit` cases that are not closed by deadline and id, those after `after`; None means all stores."""

    def list_of_member(
        self,
        member_ids: Collection[int],
        store_ids: Collection[int] | None,
        *,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[ServiceCase]:
        """The same of one member, with the files that were merged into theirs; closed ones too."""
