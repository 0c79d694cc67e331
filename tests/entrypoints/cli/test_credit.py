"""Members' accounts at the command line."""

import pytest

from tests.entrypoints.cli.journeys import Shell
from tests.world import MEMBER


@pytest.mark.capability("MEM-09")
def test_sets_a_limit_and_shows_the_account(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    run = shell("credit", "limit", MEMBER, "50000", "--store", "S1", "--reason", "Regular")
    assert run.err == "The limit is 50,000 CNY in minor units, of which 50,000 are left.\n"
    shown = shell("credit", "show", MEMBER, "--format", "json").json
    assert shown["balances"] == [{"currency": "CNY", "limit_minor": 50_000, "owed_minor": 0, "left_minor": 50_000}]
    [entry] = shown["entries"]
    assert (entry["reason"], entry["limit_minor"], entry["note"]) == ("limit_set", 50_000, "Regular")
    refused = shell("credit", "limit", "nobody", "1", "--store", "S1", "--reason", "Regular")
    assert (refused.code, "(field member_key)" in refused.err) == (1, True)
