"""What finding duplicates needs from the member file: digests that are equal where what they stand for is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.membership.duplicate import Likeness


@dataclass(frozen=True, slots=True)
class Marks:
    """A member with the digest of what is known of them; what is unknown has none."""

    member_id: int
    member_number: str
    digests: Mapping[Likeness, bytes]


class Duplicates(Protocol):
    def of(self, member_id: int) -> Marks | None:
        """The member with this id; None where there is none."""

    def like(self, marks: Marks, *, after: int, limit: int) -> Sequence[Marks]:
        """Up to `limit` members with a digest of `marks`, others than that one, by id, those after `after`."""

    def scan(self, likeness: Likeness, *, after: tuple[bytes, int], limit: int) -> Sequence[Marks]:
        """The next members by their digest and id: equal ones stand side by side. Merged files are left out."""

    def index(self, *, after: int, limit: int) -> tuple[int, int | None]:
        """Makes the digests of up to `limit` members of before there were any, those after an id.

        Returns how many, and the last id; None when there are no more.
        """
