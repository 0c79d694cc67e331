"""What the application needs of activities that earn points."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from domain.marketing.activity import Activity


@dataclass(frozen=True, slots=True)
class StoredActivity:
    """`store_id` is 0 where each store's own books carry the points."""

    activity_id: int
    store_id: int
    terms: Activity


class DoneTimes(NamedTuple):
    """How often a member has done something on one day, and on all days."""

    on_day: int
    in_all: int


class DocumentName(NamedTuple):
    """What gave or took points, as members know it."""

    en: str
    zh: str


class Activities(Protocol):
    """Activities, and how often members have done them."""

    def find(self, code: str) -> StoredActivity | None: ...

    def put(self, activity: StoredActivity) -> bool:
        """Creates or changes it, what it has given stays.

        False where it has given more than the budget that it is to have from now on.
        """

    def list_activities(
        self, store_ids: Sequence[int] | None, *, after: str | None, limit: int
    ) -> Sequence[StoredActivity]:
        """Up to `limit` activities of the chain and of these stores in the order of their codes, those after `after`.

        None means all stores.
        """

    def is_recorded(self, activity_id: int, *, subject_ids: Collection[int], reference: str) -> bool:
        """Whether it was recorded with this reference for a member, who may have had several files."""

    def times(self, activity_id: int, member_ids: Collection[int], *, on: date, counted_max: int) -> DoneTimes:
        """How often files of a member, whose points account is locked, have done it; counts up to `counted_max`."""

    def give(self, activity_id: int, points: int) -> bool:
        """Takes points out of the budget, which others wait for until the end of this transaction.

        False where that leaves less than none; then nothing is taken.
        """

    def names(self, document_ids: Collection[int]) -> Mapping[int, DocumentName]:
        """Of the documents by which points moved those that have a name: activities and rewards."""
