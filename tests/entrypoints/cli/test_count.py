"""`liansuo count` on a furnished chain."""

from pathlib import Path

import pytest

from tests.entrypoints.cli.journeys import Shell


@pytest.fixture
def count(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    return shell


def test_counts_from_the_plan_to_the_books(count: Shell, tmp_path: Path) -> None:
    due = count("count", "plan", "--store", "S1", "--format", "json").json
    assert [one["abc"] for one in due] == ["C"]
    assert "of 2 SKUs is open" in count("count", "open", "list", "TEA", "RICE", "--store", "S1").err
    [opened] = count("count", "list", "--store", "S1", "--format", "json").json
    number = str(opened["count_id"])
    file = tmp_path / "found.csv"
    file.write_text("sku,quantity,section\nTEA,99,shelf\nRICE,100.000,\n", encoding="utf-8")
    entered = count("count", "enter", number, str(file)).err
    assert "2 lines entered" in entered
    lines = count("count", "show", number, "--differences", "--format", "json").json
    assert [(one["sku"], one["difference_milli"]) for one in lines] == [("TEA", -1_000)]
    assert "2 counted, 1 differ: lost 6000, found 0" in count("count", "close", number).err
    file.write_text("sku,quantity\nTEA,two\n", encoding="utf-8")
    wrong = count("count", "enter", number, str(file))
    assert (wrong.code, "Line 2 has no quantity" in wrong.err) == (1, True)
