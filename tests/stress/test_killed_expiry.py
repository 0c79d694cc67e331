"""An expiry run that is killed at any moment carries on: every lot expires once, and the books hold all the while."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from random import Random

import pytest

from tests.stress.chain import GOODS, PHONES, Chain
from tests.stress.server import ROOT
from tests.world import MASTER_KEY, Till

SALES = 1_000
SALES_AT_ONCE = 100
AT_ONCE = 1
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
    if chain.engine.dialect.name == "sqlite":
        # Beside the run, not in turns with it: the chain's own connections wait for who writes.
        with closing(sqlite3.connect(f"file:{chain.engine.url.database}?mode=ro", uri=True)) as connection:
            [(entries, lots, points)] = connection.execute(EXPIRED).fetchall()
    else:
        [(entries, lots, points)] = chain.rows(EXPIRED)
    return int(entries), int(lots), int(points)


@pytest.mark.capability("PTS-12")
def test_a_killed_expiry_run_carries_on(chain: Chain):
    chance = Random(5)
    for _ in range(0, SALES, SALES_AT_ONCE):
        tills = [Till().line("K01").member(chance.choice(PHONES)).cash(GOODS["K01"]) for _ in range(SALES_AT_ONCE)]
        chain.sell_all([chain.call(till.command, chain.s1) for till in tills])
    with chain.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE points_lots SET expires_on = '2026-01-01' WHERE points > 0")
    [(lots, points)] = chain.rows("SELECT count(*), sum(points) FROM points_lots WHERE points > 0")
    middle = 0
    for _ in range(KILLS):
        run = started(chain)
        before, _, _ = expired(chain)
        wanted = before + chance.randint(1, SALES // KILLS // 4)
        deadline = time.monotonic() + SECONDS_MAX
        while expired(chain)[0] < wanted and run.poll() is None and time.monotonic() < deadline:
            time.sleep(chance.random() / 500)
        run.send_signal(signal.SIGKILL)
        middle += run.wait() == -signal.SIGKILL and before < expired(chain)[0] < lots
        assert chain.broken() == []
    assert middle, "no run was killed in its middle"
    for _ in ("carries on", "changes nothing"):
        assert started(chain).wait(SECONDS_MAX) == 0
        assert expired(chain) == (lots, lots, -points)
    assert chain.broken() == []
