"""An expiry run that is killed at any moment carries on: every lot expires once, and the books hold all the while."""

import os
import signal
import subprocess
import sys
import time
from random import Random

import pytest

from application.loyalty.adjust_points import AdjustPoints, adjust_points
from tests.stress.chain import PHONES, Chain
from tests.stress.server import ROOT
from tests.world import MASTER_KEY

LOTS = 300
AT_ONCE = 3
"""Lots in each transaction, so that there are many moments to be killed at."""

KILLS = 3
SECONDS_MAX = 60
EXPIRED = (
    "SELECT count(*), count(DISTINCT lot_id), coalesce(sum(points), 0) FROM points_entries WHERE reason = 'expired'"
)


def started(chain: Chain) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIANSUO_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "gen")]),
        "LIANSUO_DATABASE_URL": chain.url,
        "LIANSUO_MASTER_KEY": MASTER_KEY.hex(),
    }
    command = [sys.executable, "-m", "entrypoints", "points", "expire", "--lots", str(AT_ONCE)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def expired(chain: Chain) -> tuple[int, int, int]:
    """Entries by which lots expired, their lots, and the points."""
    [(entries, lots, points)] = chain.rows(EXPIRED)
    return int(entries), int(lots), int(points)


@pytest.mark.capability("PTS-12")
def test_a_killed_expiry_run_carries_on(chain: Chain):
    chance = Random(5)
    for number in range(LOTS):
        chain.do(adjust_points, AdjustPoints(PHONES[number % len(PHONES)], 10, "Goodwill", "S1"))
    with chain.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE points_lots SET expires_on = '2026-01-01' WHERE points = 10")
    middle = 0
    for _ in range(KILLS):
        run = started(chain)
        before, _, _ = expired(chain)
        wanted = before + chance.randint(1, LOTS // KILLS // 2)
        deadline = time.monotonic() + SECONDS_MAX
        while expired(chain)[0] < wanted and run.poll() is None and time.monotonic() < deadline:
            time.sleep(chance.random() / 500)
        run.send_signal(signal.SIGKILL)
        middle += run.wait() == -signal.SIGKILL and before < expired(chain)[0] < LOTS
        assert chain.broken() == []
    assert middle, "no run was killed in its middle"
    assert started(chain).wait(SECONDS_MAX) == 0
    assert expired(chain) == (LOTS, LOTS, -10 * LOTS)
    assert started(chain).wait(SECONDS_MAX) == 0
    assert expired(chain) == (LOTS, LOTS, -10 * LOTS)
    assert chain.broken() == []
