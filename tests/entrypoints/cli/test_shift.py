"""Shifts and the close of a day at the command line."""

import pytest

from tests.application.sales.tills import closed, opened, sold
from tests.entrypoints.cli.journeys import Shell
from tests.world import World
from tests.world import opened as chain_of


def test_lists_and_shows_shifts_and_closes_the_day(
    shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with chain_of(sqlite_chain, furnished=True) as world:
        shift = _traded(world)
    assert [row["shift_id"] for row in shell("shift", "list", "--format", "json").json] == [shift]
    shown = shell("shift", "show", str(shift), "--format", "json").json
    assert (shown["missing_receipts"], shown["tenders"][0]["variance_minor"]) == (1, -200)
    assert "Z report 1 of T1" in shell("shift", "show", str(shift)).out
    before = shell("shift", "close-day", "2026-11-22", "--store", "S1", "--show", "--format", "json").json
    done = shell("shift", "close-day", "2026-11-22", "--store", "S1", "--format", "json").json
    assert (before["causes"], done["changed"]) == (done["causes"], False)
    assert [(one["kind"], one["amount_minor"], one["missing"]) for one in done["causes"]] == [
        ("count", -200, ""),
        ("unsent_sale", 0, "2-2"),
    ]
    again = shell("shift", "close-day", "2026-11-22", "--store", "S1")
    assert (again.code, "has been closed before" in again.err) == (1, True)


def _traded(world: World) -> int:
    """A shift with one sale sent of two, and 2.00 too little in its drawer."""
    opened(world, 1_000)
    sold(world, 5_000, receipt=1)
    return closed(world, 5_800, last=2).shift.shift_id
