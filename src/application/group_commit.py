"""Group commit: commands that arrive while a batch is committing make up the next batch.

One committer thread per process. There is no timer: an idle server adds no delay, a busy one commits once for many.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from application.transactor import Answer, BatchUseCase, Call, Encode, Transactor

C = TypeVar("C")
T = TypeVar("T")

BATCH_COMMANDS_MAX = 64


class GroupCommitter(Generic[C, T]):
    """Runs one batch-shaped use case for commands from many threads.

    `answered` is called on the committer thread with the (token, answer) pairs of a whole batch, once per batch.
    """

    def __init__(
        self,
        transactor: Transactor,
        use_case: BatchUseCase[C, object],
        encode: Encode,
        answered: Callable[[Sequence[tuple[T, Answer]]], None],
        *,
        name: str,
        batch_commands_max: int = BATCH_COMMANDS_MAX,
    ) -> None:
        self._transactor = transactor
        self._use_case = use_case
        self._encode = encode
        self._answered = answered
        self._batch_commands_max = batch_commands_max
        self._waiting: deque[tuple[T, Call[C]]] = deque()
        self._arrived = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"commit-{name}", daemon=True)
        self._thread.start()

    def submit(self, items: Sequence[tuple[T, Call[C]]]) -> None:
        """Queues commands, each with a token by which its answer is recognised; they stay in this order."""
        with self._arrived:
            if self._closing:
                raise RuntimeError("the committer is closed")
            self._waiting.extend(items)
            self._arrived.notify()

    def waiting(self) -> int:
        """How many commands wait for the next batch."""
        return len(self._waiting)

    def close(self) -> None:
        """Commits what waits, then ends the thread."""
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next_batch():
            calls = [call for _, call in batch]
            try:
                answers = self._transactor.execute_batch(self._use_case, calls, self._encode)
            except BaseException as error:  # noqa: BLE001 - whatever happens, callers must be answered
                answers = [Answer(error=error if isinstance(error, Exception) else RuntimeError(repr(error)))] * len(
                    batch
                )
            self._answered([(token, answer) for (token, _), answer in zip(batch, answers, strict=True)])

    def _next_batch(self) -> list[tuple[T, Call[C]]]:
        with self._arrived:
            while not self._waiting and not self._closing:
                self._arrived.wait()
            count = min(len(self._waiting), self._batch_commands_max)
            return [self._waiting.popleft() for _ in range(count)]
