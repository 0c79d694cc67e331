"""`liansuo serve` in a process group of its own, which tests kill and start again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

ROOT: Final = Path(__file__).parents[2]
START_SECONDS_MAX: Final = 60
STOP_SECONDS_MAX: Final = 60
LOOK_SECONDS: Final = 0.5
"""How often it is looked whether a process that does not answer still runs."""

LOG_SHOWN: Final = 4_000


class ServerFailed(Exception):
    """The server ended by itself or did not begin to serve; the text is the end of its log."""


class Server:
    """One installation of the server: a database, a port, a log. Between `kill` and `start` nothing of it runs."""

    def __init__(self, database_url: str, *, master_key: bytes, log: Path, **settings: object) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.log = log
        self._environment = _as_installed(os.environ) | {
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "gen")]),
            "LIANSUO_DATABASE_URL": database_url,
            "LIANSUO_MASTER_KEY": master_key.hex(),
            "LIANSUO_HOST": "127.0.0.1",
            "LIANSUO_PORT": str(self.port),
            **{f"LIANSUO_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._log_begins = 0

    def start(self) -> float:
        """Returns when the server answers its health check with SERVING, with the seconds that it took."""
        began = time.monotonic()
        with self.log.open("ab") as output:
            self._log_begins = output.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "entrypoints", "serve"],
                cwd=self.log.parent,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._await_serving(began + START_SECONDS_MAX)
        return time.monotonic() - began

    def await_all_workers(self) -> None:
        """Waits until every worker process answers: until then the kernel gives all connections to the first."""
        until = time.monotonic() + START_SECONDS_MAX
        while ALL_SERVE not in self.log.read_bytes()[self._log_begins :]:
            if time.monotonic() > until:
                raise ServerFailed("not all workers serve")
            time.sleep(LOOK_SECONDS / 100)

    def kill(self) -> None:
        """Ends every process of the server at once, as `kill -9` and the kernel's memory killer do."""
        process = self._running()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS_MAX)
        self._process = None
        self._await_silence()

    def kill_workers(self) -> float:
        """Ends every worker process at once; the seconds until the supervisor has replaced them all and they serve."""
        began = time.monotonic()
        killed = self._workers()
        for pid in killed.values():
            os.kill(pid, signal.SIGKILL)
        while killed.items() & self._workers().items():
            if time.monotonic() > began + START_SECONDS_MAX or self._running().poll() is not None:
                raise ServerFailed("not all workers were replaced")
            time.sleep(LOOK_SECONDS / 100)
        self._await_serving(began + START_SECONDS_MAX)
        return time.monotonic() - began

    def terminate(self) -> None:
        """Asks the server to drain, without waiting for it."""
        self._running().terminate()

    def wait(self) -> int:
        """The exit code, once the server has ended by itself."""
        code = self._running().wait(STOP_SECONDS_MAX)
        self._process = None
        return code

    def close(self) -> None:
        """Ends the server if it runs."""
        if self._process is not None:
            self.kill()

    def is_serving(self) -> bool:
        """Whether the server answers a health check now."""
        with grpc.insecure_channel(self.address, LOCAL) as channel:
            try:
                return _check(channel, LOOK_SECONDS * 10) == SERVING
            except grpc.RpcError:
                return False

    def pid(self) -> int:
        """The process under which all processes of the server run."""
        return self._running().pid

    def _await_serving(self, until: float) -> None:
        with grpc.insecure_channel(self.address, LOCAL) as channel:
            while time.monotonic() < until and self._running().poll() is None:
                try:
                    if _check(channel, LOOK_SECONDS) == SERVING:
                        return
                except grpc.RpcError:
                    continue
        code = self._running().poll()
        self.close()
        raise ServerFailed(f"exit code {code}\n{self.log.read_text(errors='replace')[-LOG_SHOWN:]}")

    def _await_silence(self) -> None:
        """Waits until the workers are gone too: they are killed, but nobody here is their parent."""
        until = time.monotonic() + STOP_SECONDS_MAX
        while time.monotonic() < until:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with suppress(OSError):
                    probe.bind(("127.0.0.1", self.port))
                    return
            time.sleep(LOOK_SECONDS / 100)
        raise ServerFailed("the server was killed and still listens")

    def _workers(self) -> dict[int, int]:
        """The process of each worker by its number: the last that said it was ready."""
        lines = self.log.read_bytes()[self._log_begins :].splitlines()
        ready = [json.loads(line) for line in lines if READY in line]
        return {line["worker"]: line["pid"] for line in ready}

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerFailed("the server is not running")
        return self._process


READY: Final = b'"event":"worker ready"'
ALL_SERVE: Final = b'"event":"serving"'
"""What the supervisor writes once it has heard from every worker."""

SERVING: Final = health_pb2.HealthCheckResponse.SERVING

LOCAL: Final = (
    # Channels share connections otherwise, and a terminal has one of its own.
    ("grpc.use_local_subchannel_pool", 1),
    # A server that was killed is looked for again at once.
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _check(channel: grpc.Channel, seconds: float) -> int:
    stub = health_pb2_grpc.HealthStub(channel)
    return int(stub.Check(health_pb2.HealthCheckRequest(), timeout=seconds, wait_for_ready=True).status)


def _as_installed(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without a developer's own settings, and with bytecode kept from one start to the next."""
    own = {name for name in environment if name.startswith("LIANSUO_")} | {"PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in environment.items() if name not in own}
