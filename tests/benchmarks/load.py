"""The load generator: closed-loop clients in processes of their own, each with several connections."""

import math
import os
import select
import time
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from multiprocessing import get_context
from typing import Final

from tests.benchmarks.messages import Messages
from tests.benchmarks.run import Run
from tests.http2 import Connection, Response

PROCESSES: Final = max(1, min(4, len(os.sched_getaffinity(0)) // 2))
"""Client processes. One sends several thousand calls a second; on two cores another would only take from the server."""

LOAD_TOOL: Final = (
    f"bundled closed-loop HTTP/2 client, processes: {PROCESSES}; h2load cannot give every checkout a request id of its"
    " own, so it measures the echo only, beside the bundled client"
)
START_SECONDS: Final = 0.25
"""Until all client processes have their baskets and are connected."""

WARM_UP_SECONDS: Final = 0.5
ANSWER_SECONDS_MAX: Final = 90


class LoadFailed(Exception):
    """Calls were refused or lost: a rate that counts them would mean nothing."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Calls of one method: `in_flight` of them spread over connections, one per credential."""

    port: int
    messages: Messages
    credentials: Sequence[str]
    in_flight: int
    seconds: float
    warm_up_seconds: float = WARM_UP_SECONDS
    every_seconds: float | None = None
    """Between two calls of one connection, whether or not the first was answered; without it the next call follows
    the answer. What is measured counts from when the call was due, so that a server that stalls is not asked less."""


class Clients:
    """Client processes, started once."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._processes = [ProcessPoolExecutor(1, mp_context=context) for _ in range(PROCESSES)]
        for started in [process.submit(_import) for process in self._processes]:
            started.result()

    def run(self, load: Load, *, measured: Callable[[Callable[[], None]], None]) -> Run:
        """Runs the load; `measured` is called when it begins, with a function that waits for the end of it."""
        begin = time.monotonic() + START_SECONDS + load.warm_up_seconds
        shares = _shares(load, min(PROCESSES, len(load.credentials)))
        futures = [
            process.submit(_drive, share, begin, seed)
            for process, share, seed in zip(self._processes, shares, count(time.time_ns()), strict=False)
        ]
        _wait_until(begin)
        measured(lambda: _wait_until(begin + load.seconds))
        driven = [future.result(timeout=load.seconds + ANSWER_SECONDS_MAX) for future in futures]
        checkouts = sum(part.checkouts for part in driven)
        if not checkouts:
            raise LoadFailed("nothing was answered")
        return Run(
            checkouts=checkouts,
            seconds=load.seconds,
            latencies_ms=sorted(latency for part in driven for latency in part.latencies_ms),
            cpu_seconds={"client": sum(part.cpu_seconds for part in driven)},
        )

    def close(self) -> None:
        for process in self._processes:
            process.shutdown()


@dataclass
class _Driven:
    checkouts: int
    latencies_ms: "array[float]"
    cpu_seconds: float


def _shares(load: Load, processes: int) -> list[Load]:
    """The load split evenly over processes, whole connections each."""
    each = load.in_flight // len(load.credentials)
    if each * len(load.credentials) != load.in_flight:
        raise ValueError(
            f"{load.in_flight} calls in flight do not spread evenly over {len(load.credentials)} terminals"
        )
    shares = [load.credentials[number::processes] for number in range(processes)]
    return [replace(load, credentials=share, in_flight=each * len(share)) for share in shares]


def _drive(load: Load, begin: float, seed: int) -> _Driven:
    """One client process: keeps its calls in flight from the warm-up to the end and returns what it measured."""
    load.messages.begin(seed)
    connections = {
        connection.socket.fileno(): connection
        for connection in (
            Connection(
                ("127.0.0.1", load.port),
                load.messages.path,
                [("authorization", f"Bearer {credential}"), ("grpc-timeout", load.messages.deadline)],
            )
            for credential in load.credentials
        )
    }
    try:
        if time.monotonic() > begin - load.warm_up_seconds:
            raise LoadFailed("the client was not ready in time")
        _wait_until(begin - load.warm_up_seconds)
        return _Loop(load, connections, begin).run()
    finally:
        for connection in connections.values():
            connection.close()


class _Loop:
    def __init__(self, load: Load, connections: dict[int, Connection], begin: float) -> None:
        self._load = load
        self._messages = load.messages
        self._connections = connections
        self._each = load.in_flight // len(connections)
        self._begin = begin
        self._end = begin + load.seconds
        self._sent: dict[int, dict[int, tuple[float, bytes]]] = {number: {} for number in connections}
        self._checkouts = 0
        self._latencies_ms: array[float] = array("d")

    def run(self) -> _Driven:
        poll = self._poll()
        follow = self._load.every_seconds is None
        if follow:
            for number in self._connections:
                self._call(number, self._each)
        due = self._timetable()
        cpu_at_begin: float | None = None
        now = time.monotonic()
        while now < self._end:
            if cpu_at_begin is None and now >= self._begin:
                cpu_at_begin = time.process_time()
            for number, _ in poll(max(0.0, due[0][0] - now) if due else ANSWER_SECONDS_MAX):
                ended = self._connections[number].receive()
                now = time.monotonic()
                if ended:
                    self._judge(number, ended, now)
                    if follow and now < self._end:
                        self._call(number, len(ended))
            now = time.monotonic()
            self._call_what_is_due(due, now)
        cpu_seconds = time.process_time() - (cpu_at_begin or 0.0)
        self._finish()
        return _Driven(self._checkouts, self._latencies_ms, cpu_seconds)

    def _timetable(self) -> "deque[tuple[float, int]]":
        """When each connection calls next, evenly apart; empty where a call follows the answer to the last."""
        every = self._load.every_seconds
        if every is None:
            return deque()
        apart = every / len(self._connections)
        begin = time.monotonic()
        return deque((begin + place * apart, number) for place, number in enumerate(self._connections))

    def _call_what_is_due(self, due: "deque[tuple[float, int]]", now: float) -> None:
        while due and due[0][0] <= now:
            at, number = due.popleft()
            self._call(number, self._each, due=at)
            due.append((at + (self._load.every_seconds or 0.0), number))

    def _poll(self) -> Callable[[float], list[tuple[int, int]]]:
        """Waits for connections to become readable; a single one is waited for by reading from it."""
        if len(self._connections) == 1:
            only = [(number, select.EPOLLIN) for number in self._connections]
            return lambda timeout: only
        waiting = select.epoll(len(self._connections))
        for number in self._connections:
            waiting.register(number, select.EPOLLIN)
        return waiting.poll

    def _finish(self) -> None:
        """Waits for the calls that are still in flight, so that none is cut off."""
        for number, connection in self._connections.items():
            connection.socket.settimeout(ANSWER_SECONDS_MAX)
            while self._sent[number]:
                self._judge(number, connection.receive(), math.inf)

    def _call(self, number: int, count: int, *, due: float | None = None) -> None:
        made = [self._messages.next() for _ in range(count)]
        sent = self._sent[number]
        since = time.monotonic() if due is None else due
        stream = self._connections[number].send([message for message, _ in made])
        for _, key in made:
            sent[stream] = (since, key)
            stream += 2

    def _judge(self, number: int, ended: list[Response], now: float) -> None:
        sent = self._sent[number]
        for stream, message, trailers in ended:
            sent_at, key = sent.pop(stream)
            stored = self._messages.done(key, message)
            if not stored:
                raise LoadFailed(f"a call failed: {message[:500]!r} {trailers!r}")
            if self._begin <= now < self._end:
                self._checkouts += stored
                self._latencies_ms.append((now - sent_at) * 1000)


def _import() -> None:
    """Makes a new client process import this module, before anything is measured."""


def _wait_until(at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))
