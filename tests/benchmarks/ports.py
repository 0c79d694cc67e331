"""Where servers of a benchmark run: this repository, a free port."""

import socket
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def free_port() -> int:
    """A port of the loopback interface on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
