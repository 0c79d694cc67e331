"""The load generator: closed-loop clients in processes of their own, each with several connections."""

import math
import select
import time
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Final

from tests.benchmarks.http2 import Connection, Response
from tests.benchmarks.messages import Messages

PROCESSES_MAX: Final = 2
DEADLINE: Final = "10S"
START_SECONDS: Final = 1.5
"""Until all client processes have encoded their baskets and are connected."""

WARM_UP_SECONDS: Final = 1.0
ANSWER_SECONDS_MAX: Final = 30
FAILURES_SHOWN: Final = 3


class LoadFailed(Exception):
    """Calls were refused or lost: a rate that counts them would mean nothing."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Calls of one method: `in_flight` of them spread over connections, one per credential."""

    port: int
    make_messages: Callable[[int], Messages]
    """Called with a seed in the client's process."""
    credentials: Sequence[str]
    in_flight: int
    seconds: float
    processes: int = PROCESSES_MAX


@dataclass(kw_only=True)
class LoadRun:
    """What was answered within the measured seconds; latencies per call in milliseconds, sorted."""

    per_s: float
    latencies_ms: list[float] = field(repr=False)
    client_cpu_us: float
    checkouts: int

    def percentile_ms(self, percent: float) -> float:
        """The latency below which that share of the calls lies (nearest rank)."""
        rank = max(1, math.ceil(len(self.latencies_ms) * percent / 100))
        return self.latencies_ms[rank - 1]


class Clients:
    """Client processes, started once."""

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(PROCESSES_MAX, mp_context=get_context("spawn"))

    def run(self, load: Load, *, measured: Callable[[Callable[[], None]], None]) -> LoadRun:
        """Runs the load; `measured` is called when it begins, with a function that waits for the end of it."""
        begin = time.monotonic() + START_SECONDS + WARM_UP_SECONDS
        shares = _shares(load, min(load.processes, len(load.credentials)))
        futures = [
            self._pool.submit(_drive, share, begin, seed) for seed, share in enumerate(shares, start=time.time_ns())
        ]
        _wait_until(begin)
        measured(lambda: _wait_until(begin + load.seconds))
        driven = [future.result(timeout=load.seconds + ANSWER_SECONDS_MAX) for future in futures]
        checkouts = sum(part.checkouts for part in driven)
        if not checkouts:
            raise LoadFailed("nothing was answered")
        return LoadRun(
            per_s=checkouts / load.seconds,
            latencies_ms=sorted(latency for part in driven for latency in part.latencies_ms),
            client_cpu_us=sum(part.cpu_seconds for part in driven) / checkouts * 1e6,
            checkouts=checkouts,
        )

    def close(self) -> None:
        self._pool.shutdown()


@dataclass
class _Driven:
    checkouts: int
    latencies_ms: "array[float]"
    cpu_seconds: float


def _shares(load: Load, processes: int) -> list[Load]:
    """The load split evenly over processes, whole connections each."""
    each = load.in_flight // len(load.credentials)
    if each * len(load.credentials) != load.in_flight:
        raise ValueError(f"{load.in_flight} calls in flight do not spread evenly over {len(load.credentials)} terminals")
    shares = [load.credentials[number::processes] for number in range(processes)]
    return [
        Load(
            port=load.port,
            make_messages=load.make_messages,
            credentials=share,
            in_flight=each * len(share),
            seconds=load.seconds,
        )
        for share in shares
    ]


def _drive(load: Load, begin: float, seed: int) -> _Driven:
    """One client process: keeps its calls in flight from the warm-up to the end and returns what it measured."""
    messages = load.make_messages(seed)
    connections = {
        connection.socket.fileno(): connection
        for connection in (
            Connection(
                ("127.0.0.1", load.port),
                messages.path,
                [("authorization", f"Bearer {credential}"), ("grpc-timeout", DEADLINE)],
            )
            for credential in load.credentials
        )
    }
    try:
        if time.monotonic() > begin - WARM_UP_SECONDS:
            raise LoadFailed("the client was not ready in time")
        _wait_until(begin - WARM_UP_SECONDS)
        return _Loop(load, messages, connections, begin).run()
    finally:
        for connection in connections.values():
            connection.close()


class _Loop:
    def __init__(self, load: Load, messages: Messages, connections: dict[int, Connection], begin: float) -> None:
        self._messages = messages
        self._connections = connections
        self._each = load.in_flight // len(connections)
        self._begin = begin
        self._end = begin + load.seconds
        self._sent: dict[tuple[int, int], tuple[float, bytes]] = {}
        self._checkouts = 0
        self._latencies_ms: "array[float]" = array("d")

    def run(self) -> _Driven:
        waiting = select.epoll(len(self._connections))
        for number, connection in self._connections.items():
            waiting.register(number, select.EPOLLIN)
            self._call(number, connection, self._each)
        cpu_at_begin: float | None = None
        now = time.monotonic()
        while now < self._end:
            if cpu_at_begin is None and now >= self._begin:
                cpu_at_begin = time.process_time()
            for number, _ in waiting.poll(ANSWER_SECONDS_MAX):
                connection = self._connections[number]
                ended = connection.receive()
                now = time.monotonic()
                self._judge(number, ended, now)
                if ended and now < self._end:
                    self._call(number, connection, len(ended))
            now = time.monotonic()
        cpu_seconds = time.process_time() - (cpu_at_begin or 0.0)
        self._finish()
        return _Driven(self._checkouts, self._latencies_ms, cpu_seconds)

    def _finish(self) -> None:
        """Waits for the calls that are still in flight, so that none is cut off."""
        for number, connection in self._connections.items():
            connection.socket.settimeout(ANSWER_SECONDS_MAX)
            while any(owner == number for owner, _ in self._sent):
                self._judge(number, connection.receive(), math.inf)

    def _call(self, number: int, connection: Connection, count: int) -> None:
        made = [self._messages.next() for _ in range(count)]
        now = time.monotonic()
        for stream, (_, key) in zip(connection.send([message for message, _ in made]), made, strict=True):
            self._sent[number, stream] = (now, key)

    def _judge(self, number: int, ended: list[Response], now: float) -> None:
        for response in ended:
            sent_at, key = self._sent.pop((number, response.stream))
            stored = self._messages.done(key, response.message)
            if not stored:
                raise LoadFailed(f"a call failed: {response.message[:500]!r} {response.trailers!r}")
            if self._begin <= now < self._end:
                self._checkouts += stored
                self._latencies_ms.append((now - sent_at) * 1000)


def _wait_until(at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))
