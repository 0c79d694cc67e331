"""What keeping, sealing and erasing personal data needs from storage, whatever tables hold about members."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WrappingCount:
    """How many data keys are wrapped under a version of the key-encryption key; version 0 for members without one."""

    version: int
    members: int


@dataclass(frozen=True, slots=True)
class MemberErasure:
    """That a file was erased: why, by whom, at whose request, and what lapsed by it."""

    member_id: int
    points: int
    coupons: int
    reason: str
    caller_id: int
    staff_id: int | None
    request_id: str
    erased_at: datetime


class PersonalData(Protocol):
    def wrapping_counts(self) -> Sequence[WrappingCount]:
        """Data keys by the version of their key-encryption key, in ascending order; it reads an index as a whole."""

    def rewrap(self, *, limit: int) -> int:
        """Wraps up to so many data keys that are under an older key-encryption key under the one of now.

        Returns how many; 0 when there are no more. What the data keys have encrypted is not touched.
        """

    def reseal(self, *, after: int, limit: int) -> tuple[int, int | None]:
        """Gives up to so many members without a data key one, and encrypts what is known of them under it.

        Members with ids above `after` in the order of their ids. Returns how many, and the last one's id; None when
        there are no more. Waits for whoever is changing one of them.
        """

    def erased(self, member_ids: Collection[int]) -> Collection[int]:
        """Those of the members who were erased."""

    def erase(self, member_ids: Collection[int], *, at: datetime) -> None:
        """Destroys the data keys of files, with what they encrypted, and whatever leads to the files.

        The files stay, by their ids, as what sales, points and the books refer to.
        """

    def record_erasures(self, erasures: Sequence[MemberErasure]) -> None: ...
