"""What the application needs of rewards and of what was redeemed for points."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.loyalty.ledger import PointsEntry
from domain.marketing.reward import Redemption, Reward


@dataclass(frozen=True, slots=True)
class StoredReward:
    reward_id: int
    terms: Reward


class Rewards(Protocol):
    """Rewards, and what members have redeemed."""

    def find(self, code: str) -> StoredReward | None: ...

    def put(self, reward: StoredReward) -> None:
        """Creates or replaces it by id."""

    def list_rewards(self, *, after: str | None, limit: int) -> Sequence[StoredReward]:
        """Up to `limit` rewards in the order of their codes, those after `after`."""

    def times(self, reward_id: int, member_ids: Collection[int]) -> int:
        """How often files of a member, whose points account is locked, have redeemed it, less what was undone."""

    def redemption(self, redemption_id: int) -> Redemption | None: ...

    def is_undone(self, redemption_id: int) -> bool: ...

    def points_entries(self, redemption: Redemption) -> Sequence[PointsEntry]:
        """What it has taken from which lots, in the order of ids."""
