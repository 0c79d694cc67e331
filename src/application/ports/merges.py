"""What merging members needs from storage, besides the repositories of the modules whose things move."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

from domain.loyalty.ledger import PointsEntry, PointsLot
from domain.membership.merge import MemberMerge


class FileState(NamedTuple):
    """Of a locked file: its number, tier, number of tier entries, end of the tier, and sales less voids."""

    member_id: int
    member_number: str
    tier: str
    tier_entries: int
    tier_until: date | None
    visits: int


class Merges(Protocol):
    """Merges of members. What a merged file had is moved by one statement a kind, however much it is."""

    def lock(self, member_ids: Collection[int], *, merged_ids: Collection[int] = ()) -> Mapping[int, FileState]:
        """Locks accounts as sales do, in the order of ids, then the files, so that nothing comes to them meanwhile.

        Of `merged_ids` there are files only. Raises Contention where one of the others was merged
        meanwhile: their keys lead elsewhere now.
        """

    def files_of(self, member_id: int) -> Sequence[int]:
        """The ids of the files that lead to a member, not their own."""

    def standing(self, member_id: int) -> int:
        """The member who stands for a file: the one it was merged into, or itself. Documents name files."""

    def close(self, merge: MemberMerge) -> None:
        """Records the merge: the file and those that lead to it lead to the survivor, who gets its visits.

        The file has no accounts any more, so that whoever still waits for one finds that it is gone.
        """

    def reopen(self, merge: MemberMerge) -> None:
        """Records that the merge is undone: the file has an account again, and its own files lead to it."""

    def get(self, merge_id: int) -> MemberMerge | None: ...

    def newest(self, survivor_id: int) -> MemberMerge | None:
        """The newest merge into a member that holds."""

    def merge_of(self, merged_id: int) -> MemberMerge | None:
        """The merge by which a file leads to another one; None for one that stands for itself."""

    def list_of(
        self, member_id: int, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[tuple[MemberMerge, str, str]]:
        """Up to `limit` merges into a member or into the files that lead there, the newest first.

        Each with the numbers of the survivor and of the merged file.
        """

    def move_lots(self, lot_ids: Collection[int], member_id: int) -> None:
        """Makes lots those of another member; nothing else of them changes."""

    def lots_brought(self, merge: MemberMerge) -> Sequence[PointsLot]:
        """The lots that came with a merge and are the survivor's now, empty ones too."""

    def repaid(self, merge: MemberMerge) -> Sequence[tuple[PointsLot, PointsEntry]]:
        """What a merge repaid of debts, in the order of its entries: each with the lot or the debt as it is now."""

    def move_keys(self, merge: MemberMerge) -> None:
        """All keys and cards of the file lead to the survivor, and are noted as those of the merge."""

    def move_keys_back(self, merge: MemberMerge) -> None:
        """What came with the merge and still leads to the survivor leads to the file again."""

    def coupons_of(self, member_id: int) -> Sequence[int]:
        """The ids of the coupons that were given to a member and have not ended."""

    def coupons_brought(self, merge: MemberMerge) -> Sequence[int]:
        """The ids of the coupons that came with a merge."""
