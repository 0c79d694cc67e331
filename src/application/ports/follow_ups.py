"""What the application needs from follow-ups."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from domain.care.follow_up import FollowUp, FollowUpEntry, FollowUpPlan, FollowUpState


class ListedFollowUp(NamedTuple):
    """A task with the number of the member who stands for its file."""

    task: FollowUp
    member_number: str


@dataclass(frozen=True, slots=True)
class FollowUpFilter:
    """Which tasks: None for `store_ids` is the whole chain, None for the rest is no condition."""

    state: FollowUpState
    store_ids: Collection[int] | None
    staff_id: int | None
    until_on: date


class FollowUps(Protocol):
    """Plans, tasks and their entries. What was said is encrypted on its way to storage."""

    def plans(self) -> Sequence[FollowUpPlan]:
        """All plans by code, ended ones too."""

    def put_plans(self, plans: Sequence[FollowUpPlan]) -> None:
        """Adds plans, or changes those of the same code."""

    def opened(self, member_ids: Collection[int], plan_codes: Collection[str]) -> Collection[tuple[int, str, date]]:
        """Member, plan and day of every task that these plans have opened for these members."""

    def open(self, tasks: Sequence[FollowUp], entries: Sequence[FollowUpEntry]) -> None:
        """Adds tasks, each with its first entry."""

    def lock(self, follow_up_id: int) -> FollowUp | None:
        """The task, which nobody else changes until the end of this transaction; None when there is none."""

    def find(self, follow_up_id: int) -> ListedFollowUp | None:
        """As `lock`, but only reads."""

    def change(self, task: FollowUp, entry: FollowUpEntry) -> None:
        """Writes what the task is now, and what made it so."""

    def entries(self, follow_up_ids: Collection[int]) -> Sequence[FollowUpEntry]:
        """All entries of tasks in their order."""

    def list_by_day(
        self, wanted: FollowUpFilter, *, after: tuple[date, int] | None, limit: int
    ) -> Sequence[ListedFollowUp]:
        """Up to `limit` tasks by due date and id, those after `after`."""

    def list_of_member(
        self, member_id: int, store_ids: Collection[int] | None, *, after: tuple[date, int] | None, limit: int
    ) -> Sequence[ListedFollowUp]:
        """The same of one member and the files merged into theirs, closed ones too."""
