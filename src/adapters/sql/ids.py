"""Ids: 64-bit integers taken in blocks, so that making one costs no statement."""

import threading
from collections.abc import Callable, Sequence
from typing import Final

ID_BLOCK_SIZE: Final = 10_000

TAKE_BLOCK: Final = (
    f"INSERT INTO id_blocks (name, next_id) VALUES ('ids', {1 + ID_BLOCK_SIZE})"
    f" ON CONFLICT (name) DO UPDATE SET next_id = id_blocks.next_id + {ID_BLOCK_SIZE}"
    f" RETURNING next_id - {ID_BLOCK_SIZE}"
)
"""Takes the next block and returns its first id."""


class Ids:
    """Hands out ids never used before; every id is larger than those taken earlier by this process.

    `take_block` takes the next block in a transaction of its own, so that a block is gone for good whatever becomes of
    the work that asked for it.
    """

    def __init__(self, take_block: Callable[[], int]) -> None:
        self._take_block = take_block
        self._lock = threading.Lock()
        self._refilling = threading.Lock()
        self._next = 0
        self._end = 0

    def new_id(self) -> int:
        with self._lock:
            if self._next == self._end:
                self._next = self._take_block()
                self._end = self._next + ID_BLOCK_SIZE
            taken = self._next
            self._next += 1
            return taken

    def new_ids(self, count: int) -> Sequence[int]:
        """So many ids at once, in ascending order."""
        return self.at_hand(count) or [self.new_id() for _ in range(count)]

    def at_hand(self, count: int) -> Sequence[int]:
        """So many ids at once if the present block has that many left; none otherwise."""
        with self._lock:
            first = self._next
            if self._end - first < count:
                return ()
            self._next += count
            return range(first, first + count)

    def refill(self) -> None:
        """Takes the next block when half of the present one is used up; others go on with that one meanwhile."""
        if self._half_used():
            with self._refilling:
                if self._half_used():
                    # Whoever has to wait for the block must not keep those from their ids for whom it waits.
                    block = self._take_block()
                    with self._lock:
                        # Ids only grow: a block that was overtaken while it was fetched is left.
                        if block > self._next:
                            self._next, self._end = block, block + ID_BLOCK_SIZE

    def _half_used(self) -> bool:
        return self._end - self._next < ID_BLOCK_SIZE // 2


class IdsWithin:
    """Ids for a transaction that keeps all others from writing, as every transaction does in SQLite.

    It uses the ids at hand, and when they do not last takes blocks within itself. Those are its own: nobody else gets
    the rest of them, because they come back when it is undone.
    """

    def __init__(self, shared: Ids, take_block: Callable[[], int]) -> None:
        self._shared = shared
        self._own = Ids(take_block)
        self._exhausted = False

    def new_id(self) -> int:
        return self.new_ids(1)[0]

    def new_ids(self, count: int) -> Sequence[int]:
        if not self._exhausted:
            if taken := self._shared.at_hand(count):
                return taken
            self._exhausted = count > 0
        return self._own.new_ids(count)
