"""Which units make up sets when the same goods would do for more than one part of a set.

Units are assigned to parts, and an earlier assignment is moved on to another part when that makes room: the goods asked
for first are taken whenever any assignment of them exists (the greedy algorithm on a transversal matroid, which finds
the dearest choice exactly; augmenting paths after Ford and Fulkerson).
"""

from collections.abc import Collection, Iterable, Sequence


class Assignment:
    """Units of lines, by the position of the line, assigned to parts of which each wants so many."""

    def __init__(self, fitting: Sequence[Collection[int]], wanted: Sequence[int]) -> None:
        """`fitting` has the positions that each part takes, `wanted` how many units."""
        self._fitting = fitting
        self._room = list(wanted)
        self._held: list[dict[int, int]] = [{} for _ in fitting]

    @property
    def full(self) -> bool:
        """Whether every part has what it wants."""
        return not any(self._room)

    def take(self, position: int, units: int) -> int:
        """Assigns up to `units` of a line, moving others where that makes room; how many could be."""
        taken = 0
        while taken < units:
            moves = self._way(position)
            if moves is None:
                break
            last = moves[-1][1]
            count = min(units - taken, self._room[last])
            for came, _, moved in moves[1:]:
                count = min(count, self._held[came][moved])
            for came, goes, moved in moves:
                if came >= 0:
                    self._held[came][moved] -= count
                self._held[goes][moved] = self._held[goes].get(moved, 0) + count
            self._room[last] -= count
            taken += count
        return taken

    def _way(self, position: int) -> list[tuple[int, int, int]] | None:
        """The shortest chain of (from part, to part, line) that ends where there is room; -1 is from outside."""
        reached: dict[int, tuple[int, int]] = {}
        waiting = []
        for part, fitting in enumerate(self._fitting):
            if position in fitting:
                reached[part] = -1, position
                waiting.append(part)
        for part in waiting:
            if self._room[part]:
                moves = []
                goes = part
                while goes >= 0:
                    came, moved = reached[goes]
                    moves.append((came, goes, moved))
                    goes = came
                return moves[::-1]
            for held, units in self._held[part].items():
                if units:
                    for other, fitting in enumerate(self._fitting):
                        if other not in reached and held in fitting:
                            reached[other] = part, held
                            waiting.append(other)
        return None


def preferred(
    fitting: Sequence[Collection[int]], wanted: Sequence[int], lines: Iterable[tuple[int, int]]
) -> dict[int, int] | None:
    """The units to take of each line so that every part has what it wants; None when that cannot be.

    `lines` are (position, units there are), those to be preferred first: each gives as many as any assignment allows.
    """
    assignment = Assignment(fitting, wanted)
    taken = {}
    for position, units in lines:
        count = assignment.take(position, units)
        if count:
            taken[position] = count
        if assignment.full:
            return taken
    return None
