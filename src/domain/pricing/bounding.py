"""What bounds a discount line by line: caps of the promotion, and the floors of the lines."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from domain.shared.money import allocate

WHOLE_BP: Final = 10_000
"""All of it, in basis points."""


class Bounded(Protocol):
    """A part of a line, with what is to come off it."""

    position: int
    off_minor: int


def cap_lines(parts: Sequence[Bounded], values: Mapping[int, int], *, minor_max: int, share_bp_max: int) -> int:
    """Takes no more off a line than an amount and than a share of its value, 0 for no such bound; returns the sum.

    Several parts of one line share what is left by largest remainder. `values` are by position.
    """
    by_line: dict[int, list[Bounded]] = {}
    for part in parts:
        by_line.setdefault(part.position, []).append(part)
    total = 0
    for position, of_line in by_line.items():
        offs = [part.off_minor for part in of_line]
        most = sum(offs)
        if minor_max:
            most = min(most, minor_max)
        if share_bp_max:
            most = min(most, values[position] * share_bp_max // WHOLE_BP)
        for part, off in zip(of_line, allocate(most, offs), strict=True):
            part.off_minor = off
        total += most
    return total


def keep_above_floors(parts: Sequence[Bounded], rooms: Sequence[int | None]) -> int:
    """Takes no more off a line than it has room above its floor, None for no floor; returns what is cut in all."""
    left = {part.position: rooms[part.position] for part in parts}
    cut = 0
    for part in parts:
        room = left[part.position]
        if room is not None:
            kept = min(part.off_minor, room)
            cut += part.off_minor - kept
            part.off_minor = kept
            left[part.position] = room - kept
    return cut
