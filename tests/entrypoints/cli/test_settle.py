"""Settlement between stores at the command line."""

import pytest

from tests.entrypoints.cli.journeys import Shell
from tests.world import Till
from tests.world import opened as world_of


@pytest.fixture
def crossed(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The furnished chain after 500 points of S1 have paid 5.00 in S2."""
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with world_of(sqlite_chain, furnished=True) as world:
        world.sell(Till().line("TEA", 5).member().cash(50_000).command)
        world.sell(Till().line("MUG", 2).member().points(500).cash(9_500).command, world.s2)
    return shell


@pytest.mark.capability("FIN-07")
def test_settles_once_and_prints_who_owes_whom(crossed: Shell):
    first = crossed("settle", "--to", "2026-11-22", "--format", "json")
    assert first.err == "The period from the beginning to 2026-11-22 is settled now: 1 movements.\n"
    assert first.json == [
        {
            "debtor_store_code": "S1",
            "creditor_store_code": "S2",
            "currency": "CNY",
            "basis": "clearing",
            "points_minor": 500,
            "stored_value_minor": 0,
            "gift_card_minor": 0,
            "times_card_minor": 0,
            "returns_minor": 0,
            "net_minor": 500,
        }
    ]
    again = crossed("settle", "--to", "2026-11-22")
    assert "was settled already: 1 movements." in again.err
    assert crossed("report", "settlement", "--to", "2026-11-22", "--format", "json").json == first.json
    assert crossed("check").code == 0


def test_refuses_a_period_that_is_not_settled(crossed: Shell):
    run = crossed("report", "settlement", "--to", "2026-11-21")
    assert (run.code, "(field to_date)" in run.err) == (1, True)
