"""nghttp2's h2load, where it is installed: it sends one request again and again, so it can only measure the echo.

A checkout needs a request id of its own, without which it would be answered from what is stored; the bundled client
gives it one. The echo is measured by both, which tells what the bundled client costs.
"""

import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.load import WARM_UP_SECONDS
from tests.benchmarks.messages import CHECKOUT_DEADLINE
from tests.http2 import framed


def program() -> str | None:
    """Where h2load is; None when it is not installed."""
    return shutil.which("h2load")


def version() -> str:
    """As it says itself; empty when it is not installed."""
    found = program()
    if found is None:
        return ""
    return subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def rate(port: int, path: str, message: bytes, *, clients: int, streams: int, seconds: float) -> float:
    """Calls per second of one method with one message, over `clients` connections with `streams` calls each."""
    found = program()
    assert found is not None
    with TemporaryDirectory() as folder:
        body = Path(folder, "body")
        body.write_bytes(framed(message))
        command = [
            *(found, f"--clients={clients}", f"--max-concurrent-streams={streams}", f"--data={body}"),
            *(f"--duration={max(1, round(seconds))}", f"--warm-up-time={round(WARM_UP_SECONDS)}"),
            *("--header=te: trailers", "--header=content-type: application/grpc"),
            *(f"--header=grpc-timeout: {CHECKOUT_DEADLINE}", "--header=authorization: Bearer none"),
            f"http://127.0.0.1:{port}{path}",
        ]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finished = re.search(r"finished in .*?, ([\d.]+) req/s", output)
    requests = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", output)
    if finished is None or requests is None or requests[2] != "0" or requests[3] != "0":
        raise RuntimeError(f"h2load failed:\n{output}")
    return float(finished[1])
