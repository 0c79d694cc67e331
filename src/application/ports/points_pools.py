"""What the application needs from pools of points."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

from application.ports.loyalty import PointsByExpiry
from domain.loyalty.pool import PointsPoolRule


class Pooled(NamedTuple):
    """A member of a pool. The owner is one too."""

    member_id: int
    member_number: str
    points_balance: int


@dataclass(slots=True)
class SharedPoints:
    """The pool of a member as a till meets it: its rule, and the ids of the others in it, in ascending order.

    `spent` is what the member has spent of the points of the others, by business date; sales of one batch add to it.
    """

    rule: PointsPoolRule
    others: Sequence[int]
    spent: dict[date, int] = field(default_factory=dict)


class PointsOfOther(NamedTuple):
    """What another member of a pool has, and what they owe of it (0 or more)."""

    points: Sequence[PointsByExpiry]
    debt: int


class PointsPools(Protocol):
    """Pools by the id of their owner. Whoever changes one has locked the points account of the owner."""

    def owner_of(self, member_id: int) -> int | None:
        """The owner of the pool that a member belongs to; None for none."""

    def owners_of(self, member_ids: Collection[int]) -> Mapping[int, int]:
        """The owner of the pool of each of these members who belongs to one."""

    def members(self, owner_id: int) -> Sequence[Pooled]:
        """The members of a pool, the owner first, the others by their numbers; none where there is no pool."""

    def rule(self, owner_id: int) -> PointsPoolRule:
        """The newest rule of an owner, of version 0 where none was ever set."""

    def shared(self, spenders: Mapping[int, Collection[date]]) -> Mapping[int, SharedPoints]:
        """The pools of members who pay with them on these business dates, by member; left out who is in none.

        Two statements, one where no pool bounds what is spent on a day.
        """

    def points_of(self, member_ids: Collection[int]) -> Mapping[int, PointsOfOther]:
        """What of the points of these members expires when, by member, in one statement."""

    def join(self, owner_id: int, member_ids: Sequence[int]) -> None: ...

    def leave(self, member_ids: Sequence[int]) -> None: ...
