"""The numbers that a terminal gives to its receipts: what is missing among them, and what was given twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SequenceGap:
    """Numbers of which no receipt is stored, the first and the last included."""

    first: int
    last: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Installation:
    """What is stored of one installation of a terminal's program within a period; the times are the terminal's own."""

    install_id: str
    first_sequence: int
    last_sequence: int
    sales: int
    first_sold_at: datetime
    last_sold_at: datetime


def gaps_of(jumps: Iterable[tuple[int, int]]) -> list[SequenceGap]:
    """The gaps between neighbouring numbers (lower, higher) that are stored; neighbours without one give none."""
    return [SequenceGap(lower + 1, higher - 1) for lower, higher in jumps if higher > lower + 1]


def at_once(installations: Sequence[Installation]) -> bool:
    """Whether two installations sold at the same time, as only a copied terminal does.

    A program that was installed anew begins when the one before it has ended.
    """
    ordered = sorted(installations, key=lambda one: (one.first_sold_at, one.install_id))
    latest: datetime | None = None
    for one in ordered:
        if latest is not None and one.first_sold_at <= latest:
            return True
        latest = one.last_sold_at if latest is None else max(latest, one.last_sold_at)
    return False
