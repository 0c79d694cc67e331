"""What the application needs from pools of points."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol


class Pooled(NamedTuple):
    """A member of a pool. The owner is one too."""

    member_id: int
    member_number: str
    points_balance: int


class PointsPools(Protocol):
    """Pools by the id of their owner. Whoever changes one has locked the points account of the owner."""

    def owner_of(self, member_id: int) -> int | None:
        """The owner of the pool that a member belongs to; None for none."""

    def owners_of(self, member_ids: Collection[int]) -> Mapping[int, int]:
        """The owner of the pool of each of these members who belongs to one."""

    def members(self, owner_id: int) -> Sequence[Pooled]:
        """The members of a pool, the owner first, the others by their numbers; none where there is no pool."""

    def join(self, owner_id: int, member_ids: Sequence[int]) -> None: ...

    def leave(self, member_ids: Sequence[int]) -> None: ...
