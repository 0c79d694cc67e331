"""The server as operators run it: processes, signals and exit codes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import orjson
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from entrypoints.serve import reserved_port
from entrypoints.settings import Settings, StartRefused

START_SECONDS_MAX = 60.0


class Process:
    """`liansuo serve` in a process of its own; what it logs goes to a file."""

    def __init__(self, database_url: str, log: Path, **environment: str) -> None:
        self.log_path = log
        variables = {name: value for name, value in os.environ.items() if not name.startswith("LIANSUO_")}
        variables |= {f"LIANSUO_{name}": value for name, value in environment.items()}
        variables["LIANSUO_DATABASE_URL"] = database_url
        variables["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "entrypoints", "serve"], env=variables, stderr=output, stdout=output
            )

    def log(self, event: str) -> list[dict[str, Any]]:
        lines = [line for line in self.log_path.read_bytes().splitlines() if line.startswith(b"{")]
        return [found for found in map(orjson.loads, lines) if found["event"] == event]

    def until(self, condition: Callable[[], Any]) -> Any:
        """What `condition` gives once it gives something."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.02)
        raise AssertionError(self.log_path.read_text())

    def address(self) -> str:
        return str(self.until(lambda: self.log("serving"))[0]["address"])

    def worker_pids(self) -> list[int]:
        return [line["pid"] for line in self.log("worker ready")]


@contextmanager
def process(database_url: str, tmp_path: Path, **environment: str) -> Iterator[Process]:
    running = Process(database_url, tmp_path / "serve.log", **{"PORT": "0", "WORKERS": "2", **environment})
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


def healthy(address: str) -> bool:
    with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        try:
            health = health_pb2_grpc.HealthStub(channel)
            answer = health.Check(health_pb2.HealthCheckRequest(), timeout=5)
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_workers_share_a_port_are_replaced_when_they_die_and_drain_together(sqlite_url: str, tmp_path: Path):
    with process(sqlite_url, tmp_path) as server:
        address = server.address()
        first, second = server.worker_pids()
        assert healthy(address)

        os.kill(first, signal.SIGKILL)
        server.until(lambda: len(server.worker_pids()) == 3)
        (died,) = server.log("worker died")
        assert died["exit_code"] == -signal.SIGKILL
        assert healthy(address)
        third = server.worker_pids()[2]

        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
        assert not any(alive(pid) for pid in (first, second, third))
        assert len(server.log("ended")) == 1
    assert not healthy(address)


def test_workers_end_when_their_supervisor_is_gone(sqlite_url: str, tmp_path: Path):
    with process(sqlite_url, tmp_path) as server:
        address = server.address()
        workers = server.worker_pids()
        server.process.kill()
        server.process.wait()
        server.until(lambda: not any(alive(pid) for pid in workers))
    assert not healthy(address)


def test_ctrl_c_drains(sqlite_url: str, tmp_path: Path):
    with process(sqlite_url, tmp_path, WORKERS="1") as server:
        address = server.address()
        # Ctrl-C reaches every process of the group; workers leave it to the supervisor.
        for pid in server.worker_pids():
            os.kill(pid, signal.SIGINT)
        assert healthy(address)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 0


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({"PRODUCTION": "true", "HOST": "0.0.0.0", "MASTER_KEY": "00" * 32}, "needs TLS"),
        ({"MASTER_KEY": "not a key"}, "is not a master key"),
        ({"PRODUCTION": "true", "MASTER_KEY_FILE": "nowhere.key"}, "cannot be read"),
    ],
)
def test_a_server_that_must_not_start_says_why(sqlite_url: str, tmp_path: Path, environment: dict[str, str], why: str):
    with process(sqlite_url, tmp_path, **environment) as server:
        assert server.process.wait(START_SECONDS_MAX) != 0
        assert why in server.log_path.read_text()
        assert server.log("serving") == []


def test_a_port_that_somebody_listens_on_is_refused():
    with socket.socket() as other:
        # Even one that would share it: calls of one chain must not reach another.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(StartRefused, match=f"127.0.0.1:{port} cannot be listened on"),
            reserved_port(Settings(port=port)),
        ):
            pass


def test_a_free_port_is_chosen_and_kept():
    with reserved_port(Settings(port=0)) as port:
        assert port > 0
        with socket.socket() as other, pytest.raises(OSError):
            other.bind(("127.0.0.1", port))
