"""What the application needs to prove that the ledgers agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Examined:
    """How many figures were compared, how many differ, and the first of these: row, key and both figures."""

    checked: int
    violated: int
    violations: Sequence[str]


class Checks(Protocol):
    """The invariants as questions to the database; each is answered in a few passes over the tables."""

    def examine(self, check_id: str, *, violations_max: int) -> Examined:
        """The outcome of one invariant, with at most `violations_max` violations spelled out."""
