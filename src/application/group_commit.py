"""Group commit: commands that arrive while a batch is committing make up the next batch.

One committer thread per process. There is no timer: an idle server adds no delay, a busy one commits once for many.
Customers who wait at a till go before sales that were made long ago: after an outage every till uploads at once.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from application.transactor import Answer, BatchUseCase, Call, Encode, Transactor

C = TypeVar("C")
T = TypeVar("T")

BATCH_COMMANDS_MAX = 128
"""Everything that one upload brings, and what a till can wait for: each command takes about a millisecond."""

PATIENT_SHARE = 4
"""Of a batch, one part in so many is kept for commands that are not urgent, if some wait: they get their turn too."""


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
        self._urgent: deque[tuple[T, Call[C]]] = deque()
        self._patient: deque[tuple[T, Call[C]]] = deque()
        self._arrived = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"commit-{name}", daemon=True)
        self._thread.start()

    def submit(self, items: Sequence[tuple[T, Call[C]]], *, urgent: bool) -> None:
        """Queues commands, each with a token by which its answer is recognised.

        They stay in this order, but urgent ones overtake those that are not.
        """
        with self._arrived:
            if self._closing:
                raise RuntimeError("the committer is closed")
            (self._urgent if urgent else self._patient).extend(items)
            self._arrived.notify()

    def waiting(self) -> int:
        """How many commands wait for the next batch."""
        return len(self._urgent) + len(self._patient)

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
            while not self.waiting() and not self._closing:
                self._arrived.wait()
            commands_max = self._batch_commands_max
            kept = min(len(self._patient), commands_max // PATIENT_SHARE)
            urgent = min(len(self._urgent), commands_max - kept)
            patient = min(len(self._patient), commands_max - urgent)
            batch = [self._urgent.popleft() for _ in range(urgent)]
            batch += [self._patient.popleft() for _ in range(patient)]
            return batch
