"""What a copy of everything about a member needs from storage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ExportedRecords:
    """Records of one section, as what JSON holds, and the text behind which the next ones begin; empty for none."""

    records: Sequence[Mapping[str, object]]
    next: str


class MemberRecords(Protocol):
    @property
    def sections(self) -> int:
        """How many sections there are: one per table that holds something about members."""

    def page(self, member_id: int, section: int, *, after: str, limit: int) -> ExportedRecords | None:
        """Up to `limit` records of a section about one file, in clear; None for an `after` that is none of its own."""
