"""What the application needs to keep members' states in their life cycle."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from application.ports.selection import Selection
from domain.membership.lifecycle import LifecycleEntry, LifecycleNote, LifecycleState, MemberLifecycle, Purchases


@dataclass(frozen=True, slots=True)
class LifecycleFacts:
    """What decides about a member: purchases as of `on`, the stores of the first and the last, and what was decided
    before. `first_file_id` is the file under which the first was made: another one's where files were merged.

    `store_id` is the member's home store, None for head office.
    """

    member_id: int
    store_id: int | None
    on: date
    purchases: Purchases
    first_file_id: int | None
    first_store_id: int | None
    last_store_id: int | None
    known: MemberLifecycle | None


class StateCount(NamedTuple):
    """How many members of a home store are in a state; None stands for members of head office."""

    store_id: int | None
    state: LifecycleState
    members: int


class ChangeCount(NamedTuple):
    """How many members of a home store changed their state on a day; an empty state comes before the first."""

    since_on: date
    store_id: int | None
    from_state: str
    to_state: LifecycleState
    members: int


class Lifecycles(Protocol):
    """States of members, their histories, and notes of what may have changed them.

    A run reads notes, locks members and then reads facts: a sale that is not among the facts leaves its note behind.
    """

    def notes(self, on: date, *, limit: int) -> Sequence[LifecycleNote]:
        """Up to `limit` notes of business dates up to `on`, the earliest first."""

    def due(self, on: date, *, limit: int) -> Sequence[int]:
        """Up to `limit` members whose state has to be looked at by `on`."""

    def outdated(self, rule: int, *, limit: int) -> Sequence[int]:
        """Up to `limit` members about whom another rule decided last."""

    def lock(self, member_ids: Collection[int]) -> Collection[int]:
        """Locks accounts as sales do; those that there are: a file that was merged has none."""

    def facts(self, member_ids: Collection[int], *, on: date, with_stores: bool = True) -> Mapping[int, LifecycleFacts]:
        """What decides about members who stand for themselves, as of `on` or the day of the last decision if later.

        One statement; it costs a look-up of the first and the last purchase of every file, whatever they bought. The
        stores of these purchases are as much again; without them they are None.
        """

    def record(self, members: Sequence[MemberLifecycle], entries: Sequence[LifecycleEntry]) -> None:
        """Writes what locked members are now, and what of that is a change."""

    def leave(self, member_ids: Collection[int]) -> None:
        """Files that were merged are not looked at any more until a note names them."""

    def drop(self, notes: Collection[LifecycleNote]) -> None:
        """Takes notes away that were seen to."""

    def history(self, member_id: int, *, before: int | None, limit: int) -> Sequence[LifecycleEntry]:
        """Up to `limit` entries with numbers below `before`, the newest first."""

    def count_states(self, store_ids: Sequence[int] | None) -> Sequence[StateCount]:
        """Members by home store and state as the last run left them; None means all, members of head office too."""

    def count_changes(self, selection: Selection, *, rows_max: int) -> Sequence[ChangeCount]:
        """Changes of the days of a selection by day, home store and states; it costs what the period has."""
