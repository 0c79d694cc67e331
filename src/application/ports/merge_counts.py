"""What the application needs to count what merged files did for their survivor."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from domain.pricing.promotion_use import PromotionUse


class MergeCounts(Protocol):
    """Counts per member, under which limits are kept.

    A member's count is what was done under their file and under those that lead to it. That of a merged file stays what
    it was when it was merged, and follows what its own documents give back, so that it can be taken off again.
    """

    def add_up(self, giver_id: int, taker_id: int) -> None:
        """Adds every count of one member to that of the other, by one statement a kind, however many there are."""

    def take_apart(self, giver_id: int, taker_id: int) -> None:
        """Takes every count of a file that was merged off those of its survivor again."""

    def promotions_of_both(self, member_id: int, other_id: int) -> Sequence[str]:
        """The codes of the promotions with limits that both have used."""

    def leaders(self, file_id: int) -> Sequence[int]:
        """The members that a file leads to: its survivor first, then whom that one was merged into, and so on."""

    def give_uses_back(self, leader_ids: Collection[int], uses: Sequence[PromotionUse]) -> None:
        """Moves the counters of those that a file leads to by what entries of the file give back."""

    def give_coupons_back(self, leader_ids: Collection[int], batches: Mapping[int, int]) -> None:
        """Takes uses of coupons, by batch, off the allowances of those that a file leads to."""
