"""`liansuo points expire` as an admin runs it, with the memory that it holds."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.members import FIRST_ID, POINTS
from tests.benchmarks.ports import ROOT
from tests.benchmarks.processes import resident_mib
from tests.benchmarks.raw import connect
from tests.benchmarks.scale import MANY_MEMBERS
from tests.postgres import Server

POLL_S: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class Expired:
    """How long it took, and the memory that the run held at most in its second tenth and in its last."""

    seconds: float
    early_mib: float
    late_mib: float


def expire_all(server: Server, database: str, master_key: bytes) -> Expired:
    """Lets the points of all members expire; raises RuntimeError unless every one of them did, once."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIANSUO_")}
    environment |= {"LIANSUO_DATABASE_URL": server.url(database), "LIANSUO_MASTER_KEY": master_key.hex()}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "entrypoints", "points", "expire"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    held: list[float] = []
    while process.poll() is None:
        held.append(resident_mib(process.pid))
        time.sleep(POLL_S)
    seconds = time.monotonic() - began
    assert process.stdout is not None
    output = process.stdout.read()
    if process.returncode:
        raise RuntimeError(f"liansuo points expire: exit {process.returncode}\n{output[-2000:]}")
    _verify(server, database)
    tenth = max(1, len(held) // 10)
    return Expired(seconds=seconds, early_mib=max(held[tenth : 2 * tenth]), late_mib=max(held[-tenth:]))


def _verify(server: Server, database: str) -> None:
    with connect(server, database) as connection:
        row = connection.execute(
            "SELECT count(*), sum(points), count(DISTINCT member_id) FROM points_entries"
            f" WHERE reason = 'expired' AND member_id >= {FIRST_ID}"
        ).fetchone()
        left = connection.execute(
            f"SELECT sum(points_balance) FROM points_accounts WHERE member_id >= {FIRST_ID}"
        ).fetchone()
    if row != (MANY_MEMBERS, -POINTS * MANY_MEMBERS, MANY_MEMBERS) or left != (0,):
        raise RuntimeError(f"not every member's points have expired once: {row}, {left} are left")
