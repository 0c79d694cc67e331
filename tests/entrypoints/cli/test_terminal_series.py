"""Gaps and copies of terminals at the command line."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests.entrypoints.cli.journeys import Shell
from tests.world import OPENING, Till
from tests.world import opened as world_of

FIRST, SECOND = str(UUID(int=1)), str(UUID(int=2))


@pytest.mark.capability("SAL-13")
def test_lists_gaps_and_copied_terminals(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with world_of(sqlite_chain, furnished=True) as world:
        sold = []
        for later, (sequence, install_id) in enumerate([(1, FIRST), (2, SECOND), (2, FIRST), (6, FIRST)]):
            till = Till().line("TEA").cash(10_000).offline(OPENING + timedelta(minutes=later))
            command = replace(till.command, receipt_sequence=sequence, install_id=install_id)
            sold.append(world.sell(command).sale_id)
    period = ("--from", "2026-11-01", "--format", "json")
    named = {"store_code": "S1", "terminal_code": "T1"}
    assert shell("terminals", "gaps", *period).json == [{**named, "first": 3, "last": 5, "missing": 3}]
    assert shell("terminals", "alerts", *period).json == [
        {
            **named,
            "alert": "number given twice",
            "sequence": 2,
            "sale_ids": f"{sold[1]} {sold[2]}",
            "install_id": "",
        },
        {**named, "alert": "installations at once", "sequence": 6, "sale_ids": "", "install_id": FIRST},
        {**named, "alert": "installations at once", "sequence": 2, "sale_ids": "", "install_id": SECOND},
    ]
    assert shell("terminals", "gaps", "--store", "S2", *period).json == []
    assert shell("terminals", "gaps", "--from", "soon").code == 1
