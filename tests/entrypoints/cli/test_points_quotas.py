"""Quotas of points at the command line."""

import pytest

from tests.entrypoints.cli.journeys import Shell
from tests.world import Till
from tests.world import opened as world_of


@pytest.mark.capability("PTS-06")
def test_shows_what_stores_have_issued(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    assert shell("settings", "set", "points_quota_store", "150", "--store", "S1").code == 0
    with world_of(sqlite_chain, furnished=True) as world:
        world.sell(Till().line("TEA").member().cash(10_000).command)
    [row, other] = shell("points", "quotas", "--month", "2026-11", "--format", "json").json
    assert row == {
        "store_code": "S1", "month": "2026-11", "quota_points": 150, "issued_points": 100,
        "region_code": "EAST", "region_quota_points": 0, "region_issued_points": 0,
    }  # fmt: skip
    assert (other["store_code"], other["issued_points"]) == ("S2", 0)
    refused = shell("points", "quotas", "--month", "november")
    assert (refused.code, "“november” is no month" in refused.err, "(field month)" in refused.err) == (1, True, True)
