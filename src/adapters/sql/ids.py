"""Ids: 64-bit integers taken in blocks, so that making one costs no statement."""

import threading
from collections.abc import Callable
from typing import Final

ID_BLOCK_SIZE: Final = 10_000


class Ids:
    """Hands out ids never used before; every id is larger than those taken earlier by this process."""

    def __init__(self, take_block: Callable[[], int]) -> None:
        self._take_block = take_block
        self._lock = threading.Lock()
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

    def refill(self) -> None:
        """Takes the next block early when fewer than half of the present one are left, outside any transaction."""
        with self._lock:
            if self._end - self._next < ID_BLOCK_SIZE // 2:
                self._next = self._take_block()
                self._end = self._next + ID_BLOCK_SIZE
