"""What the application needs from the tier programme and the history of members' tiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.membership.tier import TierEntry, TierFigures, TierProgramme

SaleKey = tuple[date, datetime, int]
"""Business date, instant and id of a sale: the order in which sales are walked."""


@dataclass(frozen=True, slots=True)
class StoredProgramme:
    """A version of the programme, 1 for the first, and when it was put."""

    version: int
    programme: TierProgramme
    put_at: datetime


@dataclass(frozen=True, slots=True)
class MemberTier:
    """A member's tier now: `entries` is the number of the last entry of its history."""

    member_id: int
    member_number: str
    tier: str
    entries: int
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class BenefitUse:
    """One use of a benefit; `month` is the first day of the month that it counts for, `note` is stored encrypted."""

    use_id: int
    member_id: int
    benefit_code: str
    month: date
    note: str
    store_id: int
    caller_id: int
    staff_id: int | None
    used_at: datetime


class Tiers(Protocol):
    """The tier programme, version by version, and members' tiers with their append-only history."""

    def programme(self) -> StoredProgramme | None:
        """The newest version; None before the first."""

    def put_programme(self, stored: StoredProgramme, *, caller_id: int, staff_id: int | None) -> None:
        """Adds a version."""

    def sold(self, *, from_on: date, after: SaleKey | None, limit: int) -> Sequence[tuple[SaleKey, int | None]]:
        """Up to `limit` sales from a business date on, in order, those after `after`, with their members."""

    def without_end(self, codes: Sequence[str], *, limit: int) -> Sequence[int]:
        """Members of one of these tiers that have no end, in the order of their ids."""

    def due(self, ended_on: date, *, limit: int) -> tuple[date, Sequence[int]] | None:
        """The earliest end of tiers up to a day, that included, and members whose tier ends then; None without any.

        Those with a paid membership that has not ended are left out: what becomes of their tier is decided by its end.
        """

    def lock(self, member_ids: Sequence[int]) -> Sequence[MemberTier]:
        """These members' tiers in the order of their ids, locked in this order."""

    def of(self, member_id: int) -> MemberTier:
        """A member's tier, without a lock."""

    def figures(
        self, member_ids: Sequence[int], programme: TierProgramme, *, window: tuple[date, date]
    ) -> Mapping[int, TierFigures]:
        """What each member did within a half-open window; one who did nothing is absent.

        What came back counts down on the day of the sale that it came back from.
        """

    def record(self, entries: Sequence[TierEntry]) -> None:
        """Appends to the history and moves the tiers of the members, whom the use case has locked."""

    def history(self, member_id: int, *, before: int | None, limit: int) -> Sequence[TierEntry]:
        """Up to `limit` entries, the newest first, those before number `before`."""

    def lock_benefit(self, member_id: int, benefit_code: str, month: date) -> int:
        """How often a member has used a benefit in a month; the counter is locked, and made where there is none."""

    def use_benefit(self, use: BenefitUse) -> None:
        """Adds a use and moves its counter, which the use case has locked."""

    def benefit_uses(self, member_id: int, month: date) -> Sequence[BenefitUse]:
        """All uses of a member in a month, in the order of time."""
