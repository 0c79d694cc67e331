"""Serving: a supervisor that only watches, and worker processes that share one port.

The supervisor never loads gRPC nor opens the database, so nothing of either can be carried into another process.
Workers are forks of a process that has loaded the program and has started nothing of it (forkserver): a worker is there
in a fraction of the second that loading takes. One that dies is replaced, one that cannot start ends the whole. The
kernel spreads new connections over the workers (SO_REUSEPORT).
"""

import gc
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from types import FrameType
from typing import Final

import structlog

from entrypoints.logs import configure_logs
from entrypoints.settings import Settings, StartRefused

RESTART_SECONDS: Final = (0.0, 0.5, 1.0, 2.0, 5.0)
"""How long to wait before the next start of a worker that keeps dying; the last one holds from then on."""
STEADY_SECONDS: Final = 30.0
"""A worker that lived as long as this is not one that keeps dying."""
LOADED_ONCE: Final = (
    "entrypoints.collecting",
    "entrypoints.container",
    "entrypoints.grpc.server",
    "entrypoints.grpc.services",
    "uvloop",
)
"""What every worker needs; importing it starts no thread and opens nothing."""
KILL_SECONDS: Final = 10.0
"""How much longer than `drain_seconds` a worker may take to end."""


def serve(settings: Settings, *, started: Callable[[str], None] = lambda _: None) -> int:
    """Serves until SIGTERM or SIGINT and returns the exit code; `started` gets the address once all workers answer.

    Raises StartRefused for settings that must not serve, and when the port is taken.
    """
    settings.check_start()
    configure_logs(level=settings.log_level)
    with reserved_port(settings) as port:
        return Supervisor(settings.model_copy(update={"port": port}), started).run()


@contextmanager
def reserved_port(settings: Settings) -> Iterator[int]:
    """The port of the settings, or a free one for 0, kept for the workers; raises StartRefused when somebody has it.

    Sharing a port is what workers do with each other; two servers that did it would get each other's calls.
    """
    family, _, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as alone:
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            alone.bind(address)
        except OSError as error:
            raise StartRefused(f"{settings.address} cannot be listened on: {error.strerror}.") from None
    with socket.socket(family, socket.SOCK_STREAM) as shared:
        # Bound but not listening: the kernel sends no connection here.
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind(address)
        yield shared.getsockname()[1]


@dataclass(slots=True)
class Worker:
    """One worker process. `lifeline` says when it is ready, and tells it when the supervisor is gone."""

    number: int
    process: ForkServerProcess
    lifeline: Connection
    started_at: float
    ready: bool = False


class Supervisor:
    """Keeps the workers running."""

    def __init__(self, settings: Settings, started: Callable[[str], None]) -> None:
        self._settings = settings
        self._started = started
        self._log = structlog.get_logger()
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(LOADED_ONCE))
        self._workers: dict[int, Worker] = {}
        self._deaths: dict[int, int] = dict.fromkeys(range(settings.worker_count), 0)
        self._due: dict[int, float] = {}
        self._announced = False
        self._stopping = False
        self._failed = False
        self._woken, self._wake = os.pipe()

    def run(self) -> int:
        """Starts the workers, replaces those that die, and ends with all of them."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        for number in self._deaths:
            self._start(number)
        while not self._stopping:
            self._watch()
        self._end()
        return 1 if self._failed else 0

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self._stopping = True
        os.write(self._wake, b"!")

    def _start(self, number: int) -> None:
        lifeline, theirs = self._context.Pipe()
        process = self._context.Process(
            target=work, args=(self._settings, number, theirs), name=f"liansuo-worker-{number}", daemon=False
        )
        process.start()
        theirs.close()
        self._workers[number] = Worker(number, process, lifeline, time.monotonic())

    def _watch(self) -> None:
        """Waits until a worker is ready, dies or is due to start again, or a signal comes, and acts on it."""
        watched: dict[object, Worker] = {}
        for worker in self._workers.values():
            watched[worker.process.sentinel] = worker
            if not worker.ready:
                watched[worker.lifeline] = worker
        next_due = min(self._due.values(), default=None)
        timeout = None if next_due is None else max(0.0, next_due - time.monotonic())
        for happened in wait([*watched, self._woken], timeout):  # type: ignore[list-item]
            about = watched.get(happened)
            if about is None or self._workers.get(about.number) is not about:
                continue
            if happened is about.lifeline:
                self._hear(about)
            else:
                self._bury(about)
        for number in [number for number, due in self._due.items() if due <= time.monotonic()]:
            del self._due[number]
            self._start(number)

    def _hear(self, worker: Worker) -> None:
        try:
            refused = worker.lifeline.recv()
        except EOFError:
            # It is dying; the sentinel says when it is dead.
            worker.ready = True
            return
        if refused:
            self._log.error("start refused", why=refused)
            self._failed = self._stopping = True
            return
        worker.ready = True
        self._log.info("worker ready", worker=worker.number, pid=worker.process.pid)
        if not self._announced and len(self._workers) == len(self._deaths) and self._all_ready():
            self._announced = True
            self._log.info("serving", address=self._settings.address, workers=len(self._workers))
            self._started(self._settings.address)

    def _all_ready(self) -> bool:
        return all(worker.ready for worker in self._workers.values())

    def _bury(self, worker: Worker) -> None:
        if not worker.ready and worker.lifeline.poll():
            # It said why before it ended, and both are noticed at once.
            self._hear(worker)
        worker.process.join()
        worker.lifeline.close()
        del self._workers[worker.number]
        lived = time.monotonic() - worker.started_at
        if not self._announced:
            if self._failed:
                return
            self._log.error("worker could not start", worker=worker.number, exit_code=worker.process.exitcode)
            self._failed = self._stopping = True
            return
        deaths = 0 if lived > STEADY_SECONDS else self._deaths[worker.number]
        delay = RESTART_SECONDS[min(deaths, len(RESTART_SECONDS) - 1)]
        self._deaths[worker.number] = deaths + 1
        self._due[worker.number] = time.monotonic() + delay
        self._log.error("worker died", worker=worker.number, exit_code=worker.process.exitcode, starts_again_in=delay)

    def _end(self) -> None:
        """Tells all workers to drain, and kills those that do not end in time."""
        self._log.info("draining", workers=len(self._workers))
        for worker in self._workers.values():
            worker.process.terminate()
        deadline = time.monotonic() + self._settings.drain_seconds + KILL_SECONDS
        for worker in self._workers.values():
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                self._log.error("worker does not end", worker=worker.number)
                worker.process.kill()
                worker.process.join()
        self._log.info("ended")


def work(settings: Settings, number: int, lifeline: Connection) -> None:
    """A worker process: serves until SIGTERM, or until the supervisor is gone."""
    # Ctrl-C reaches the whole process group; the supervisor decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_logs(level=settings.log_level)
    threading.Thread(target=_end_with_supervisor, args=(lifeline,), daemon=True).start()
    try:
        _serve_one(settings, number, lambda: lifeline.send(""))
    except StartRefused as refused:
        lifeline.send(str(refused))


def _serve_one(settings: Settings, number: int, ready: Callable[[], None]) -> None:
    import uvloop

    from entrypoints.container import Container
    from entrypoints.plug_ins import check_plug_ins

    container = Container(settings=settings)
    metrics = container.metrics()
    stop_metrics = metrics.serve(settings.metrics_port + number) if metrics is not None else None
    try:

        async def run() -> None:
            server = container.server()
            try:
                container.units().warm(now=container.clock()())
            except Exception as error:  # noqa: BLE001 - the edge: without a database calls fail, each with its reason
                structlog.get_logger().warning("not warmed", why=type(error).__name__)
            check_plug_ins(container.units().snapshots.lacking)
            # What is there now stays: the collector need not look at it again and again.
            gc.collect()
            gc.freeze()
            await server.serve(lambda _: ready())

        uvloop.run(run())
    finally:
        if stop_metrics is not None:
            stop_metrics()
        container.shutdown_resources()


def _end_with_supervisor(lifeline: Connection) -> None:
    try:
        lifeline.recv()
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)
