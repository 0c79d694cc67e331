"""Sends what the journal holds: in order, each document as it was recorded, until the server has acknowledged it.

Nothing is lost by stopping at any point: what was sent and not acknowledged is sent again, and is stored once.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import accumulate
from typing import Final, TypeAlias

from entrypoints.terminal.journal import SALE, Backlog, Journal, Outgoing
from liansuo.sales.v1.sales_pb2 import CheckoutRequest, UploadResult, UploadSalesRequest
from liansuo.sales.v1.sales_pb2_grpc import SalesServiceStub
from liansuo_client import Busy, CallFailed, Client, Refused, Unreachable

BATCH_MAX: Final = 200
BATCH_BYTES_MAX: Final = 2 * 1024 * 1024
"""Half of what the server takes in one request."""

DEADLINE_S: Final = 20.0
PAUSE_S: Final = 5.0
PAUSE_S_MAX: Final = 60.0
RETRY_AFTER_S: Final = 0.2
"""How soon a sale is sent again of which the server says that only the moment was wrong."""

BUSY_WAITS_MAX: Final = 20
"""How often one round waits for a busy server."""

Deliver: TypeAlias = Callable[[Sequence[Outgoing]], Sequence[UploadResult]]
"""Sends documents of one kind, in one call, and gives the server's answer to each; raises CallFailed."""


class Line(StrEnum):
    """How the last round ended."""

    UNTRIED = "untried"
    UP = "up"
    DOWN = "down"
    TURNED_AWAY = "turned_away"
    """The server does not take anything from this terminal: its credential was revoked, or the program is too old."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What the terminal shows. `message` says what is wrong in the client's language, empty when nothing is."""

    line: Line
    backlog: Backlog
    sent_at: datetime | None
    message: str


def uploading(client: Client) -> Deliver:
    """Delivers sales by UploadSales."""
    sales = client.of(SalesServiceStub)

    def deliver(batch: Sequence[Outgoing]) -> Sequence[UploadResult]:
        request = UploadSalesRequest(sales=[CheckoutRequest.FromString(one.document) for one in batch])
        return sales.UploadSales(request, timeout=DEADLINE_S).results

    return deliver


class Sender:
    """Empties a journal. One sends at a time, whoever starts how many; `deliveries` says how each kind is sent."""

    def __init__(
        self,
        journal: Journal,
        deliveries: Mapping[str, Deliver],
        *,
        wait: Callable[[float], bool] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._journal = journal
        self._deliveries = deliveries
        self._stopping = threading.Event()
        self._wait = self._stopping.wait if wait is None else wait
        self._now = now
        self._batch_max = BATCH_MAX
        self._line = Line.UNTRIED
        self._message = ""
        self._sent_at: datetime | None = None

    def state(self) -> Sending:
        """How things stand now: how much is not yet sent, since when, and why."""
        return Sending(self._line, self._journal.backlog(), self._sent_at, self._message)

    def send(self) -> bool:
        """One round: sends until nothing waits, or until the server cannot be reached or takes nothing from here.

        False when another sender is at it, which is as good.
        """
        with self._journal.sending() as mine:
            if mine:
                self._send()
        return mine

    def run(self) -> None:
        """Rounds without end, with a pause between them that grows while the line is down; `stop` ends it."""
        pause_s = PAUSE_S
        while not self._stopping.is_set():
            self.send()
            pause_s = PAUSE_S if self._line is Line.UP else min(2 * pause_s, PAUSE_S_MAX)
            if self._wait(pause_s):
                return

    def stop(self) -> None:
        """Ends `run` after the call that is under way."""
        self._stopping.set()

    def _send(self) -> None:
        busy = 0
        for kind in self._deliveries:
            while batch := self._batch(kind):
                try:
                    again = self._deliver(kind, batch)
                except Busy as failed:
                    busy += 1
                    self._failed(Line.UP, failed)
                    if busy > BUSY_WAITS_MAX or self._wait(failed.retry_after_s):
                        return
                    continue
                except Unreachable as failed:
                    # A line that is too slow for a large batch may do for a small one.
                    self._batch_max = max(1, len(batch) // 2)
                    return self._failed(Line.DOWN, failed)
                except CallFailed as failed:
                    return self._failed(Line.TURNED_AWAY, failed)
                self._batch_max = min(BATCH_MAX, 2 * self._batch_max)
                self._line, self._sent_at = Line.UP, self._now()
                if again:
                    busy += 1
                    if busy > BUSY_WAITS_MAX or self._wait(RETRY_AFTER_S):
                        return
        self._line, self._message = Line.UP, ""

    def _batch(self, kind: str) -> list[Outgoing]:
        waiting = self._journal.waiting(self._batch_max, kind=kind)
        sizes = accumulate(len(one.document) for one in waiting)
        return [one for one, size in zip(waiting, sizes, strict=True) if size <= BATCH_BYTES_MAX] or waiting[:1]

    def _deliver(self, kind: str, batch: Sequence[Outgoing]) -> bool:
        """Sends the batch and takes the answers; True when some of it is to be sent again in a moment.

        A batch that is refused as a whole is sent in halves, so that the document at fault is found and set apart.
        """
        try:
            results = self._deliveries[kind](batch)
        except Refused as refused:
            if not _of_the_server(refused):
                raise
            if len(batch) == 1:
                self._journal.refused(
                    batch[0].request_id, reason=refused.reason, field=refused.field, message=refused.message
                )
                return False
            middle = len(batch) // 2
            first = self._deliver(kind, batch[:middle])
            return self._deliver(kind, batch[middle:]) or first
        of_batch = {one.request_id for one in batch}
        answers = [one for one in results if one.request_id in of_batch]
        final = [one for one in answers if not one.try_again]
        self._journal.answered(*final)
        self._message = next((one.message for one in answers if one.try_again), "")
        return len({one.request_id for one in final}) < len(of_batch)

    def _failed(self, line: Line, failed: CallFailed) -> None:
        self._line, self._message = line, failed.message


def _of_the_server(refused: Refused) -> bool:
    """Whether the server has looked at the documents; what has no reason of its own comes from something in between."""
    return refused.reason != refused.code.name


def sender_of_sales(journal: Journal, client: Client) -> Sender:
    """Sends the journal's sales over `client`."""
    return Sender(journal, {SALE: uploading(client)})
