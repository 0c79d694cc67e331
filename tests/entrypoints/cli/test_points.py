"""The daily jobs of points at the command line."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.entrypoints.cli.journeys import Shell
from tests.world import MEMBER, Till
from tests.world import opened as world_of

REQUEST = "6f1c2a52-6b0c-4e0e-9d55-0f4c8a1b2c3d"


@pytest.fixture
def sold(shell: Shell, furnished_url: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The furnished chain after a sale that brought 100 points, which were worth nothing from the next day on."""
    monkeypatch.setenv("LIANSUO_DATABASE_URL", furnished_url)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with world_of(furnished_url, furnished=True) as world:
        world.sell(Till().line("TEA").member().cash(10_000).command)
        with world.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE points_lots SET expires_on = '2026-11-23'")
    return shell


@pytest.mark.capability("PTS-12")
def test_a_run_tells_what_has_expired_and_how_fast(sold: Shell):
    run = sold("points", "expire", "--on", "2026-11-23")
    assert (run.code, run.err.startswith("100 points in 1 lots of 1 members have expired by 2026-11-23; ")) == (0, True)
    assert run.err.endswith(" members a second.\n")
    assert "0 points in 0 lots of 0 members" in sold("points", "expire", "--on", "2026-11-23").err
    assert sold("check").code == 0


def test_refuses_a_day_that_has_not_begun(sold: Shell):
    run = sold("points", "expire", "--on", "2999-01-01")
    assert (run.code, "2999-01-01 has not begun in every store" in run.err, "(field on)" in run.err) == (1, True, True)


@pytest.mark.capability("PTS-13")
def test_tells_whose_points_expire_soon_once(sold: Shell, furnished_url: str):
    with world_of(furnished_url, furnished=True) as world, world.engine.begin() as connection:
        tomorrow = datetime.now(UTC).date() + timedelta(days=2)
        connection.exec_driver_sql(f"UPDATE points_lots SET expires_on = '{tomorrow}'")
    assert sold("points", "remind").err == "1 notices: 100 points expire soon. `liansuo relay` delivers them.\n"
    assert sold("points", "remind").err == "0 notices: 0 points expire soon. `liansuo relay` delivers them.\n"


@pytest.mark.capability("PTS-17", "FIN-11")
def test_reports_points_of_a_period(sold: Shell):
    sold("points", "expire", "--on", "2026-11-23")
    [row] = sold("report", "points", "--from", "2026-11-23", "--to", "2026-11-23", "--format", "json").json
    assert row == {
        "store_code": "S1", "currency": "CNY", "opening_points": 100, "issued_points": 0, "redeemed_points": 0,
        "expired_points": 100, "reversed_points": 0, "outstanding_points": 0, "opening_minor": 99, "issued_minor": 0,
        "redeemed_minor": 0, "expired_minor": 99, "reversed_minor": 0, "liability_minor": 0,
        "adjusted_points": 0, "adjusted_minor": 0, "settled_minor": 0,
    }  # fmt: skip
    shown = sold("report", "points").out
    assert ("Opening liability" in shown, "Breakage" in shown) == (True, True)


def test_puts_points_right_once_for_a_request(sold: Shell):
    asked = ("points", "adjust", "--reason", "Till was down", "--store", "S1", "--request-id", REQUEST, MEMBER, "50")
    first = sold(*asked)
    assert (first.code, "+50 points for" in first.err, "who has 150 now." in first.err) == (0, True, True)
    assert sold(*asked).err == f"Request {REQUEST} was done before; nothing has changed.\n"
    large = sold("points", "adjust", MEMBER, "1001", "--reason", "Too many", "--store", "S1")
    assert (large.code, "(field approval_token)" in large.err) == (1, True)
    assert sold("points", "adjust", MEMBER, "1", "--reason", "x", "--request-id", "7").code == 2
    assert sold("check").code == 0


def test_holds_captures_and_releases_points_once(sold: Shell):
    arguments = ("points", "hold", MEMBER, "60", "--for", "Order 7", "--minutes", "30", "--store", "S1")
    refused = sold(*arguments)
    # The sale's points are over by the clock of the machine.
    assert (refused.code, "0 points that can be spent" in refused.err) == (1, True)
    assert sold("points", "adjust", MEMBER, "100", "--reason", "Late", "--store", "S1").code == 0
    held = sold(*arguments, "--request-id", REQUEST)
    assert (held.code, held.err.startswith("Hold "), ": 60 points of " in held.err) == (0, True, True)
    assert "was done before; nothing has changed." in sold(*arguments, "--request-id", REQUEST).err
    hold_id = held.err.split()[1].rstrip(":")
    captured = sold("points", "capture", hold_id, "--points", "40")
    assert "40 points captured, 20 released;" in captured.err
    again = sold("points", "release", hold_id)
    assert (again.code, "was captured or released before" in again.err) == (1, True)
    hold_id = sold(*arguments).err.split()[1].rstrip(":")
    assert "60 points released." in sold("points", "release", hold_id).err
    assert sold("check").code == 0
