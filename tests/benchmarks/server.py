"""The server as users start it, with its default workers, as long as a `with` block lasts."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.ports import ROOT, free_port

START_SECONDS_MAX: Final = 60
STOP_SECONDS_MAX: Final = 60
POLLS_PER_S: Final = 20


@dataclass(frozen=True, kw_only=True)
class RunningServer:
    port: int
    pid: int


@contextmanager
def running_server(database_url: str, master_key: bytes, log: Path) -> Iterator[RunningServer]:
    """Yields the server once all its workers answer; it drains at the end."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIANSUO_")}
    environment |= {
        "LIANSUO_DATABASE_URL": database_url,
        "LIANSUO_MASTER_KEY": master_key.hex(),
        "LIANSUO_PORT": str(port),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "entrypoints", "serve"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await_workers(process, log)
        yield RunningServer(port=port, pid=process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_workers(process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(START_SECONDS_MAX * POLLS_PER_S):
        if b"serving" in log.read_bytes():
            return
        if process.poll() is not None:
            break
        time.sleep(1 / POLLS_PER_S)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
