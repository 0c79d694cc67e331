"""`liansuo transfer` on a furnished chain."""

import json
from pathlib import Path

import pytest

from tests.entrypoints.cli.journeys import Shell


@pytest.fixture
def transfer(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    return shell


def written(path: Path, document: object) -> str:
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


@pytest.mark.capability("INV-09")
def test_moves_goods_from_a_proposal_to_the_shelf(transfer: Shell, tmp_path: Path) -> None:
    wanted = [
        {"store_code": "S1", "sku": "TEA", "min_milli": 10_000, "max_milli": 80_000},
        {"store_code": "S2", "sku": "TEA", "min_milli": 110_000, "max_milli": 120_000},
    ]
    proposed = transfer("transfer", "propose", written(tmp_path / "targets.json", {"targets": wanted}))
    file = tmp_path / "transfers.json"
    file.write_text(proposed.out, encoding="utf-8")
    [made] = transfer("transfer", "request", str(file), "--approve", "--format", "json").json
    assert (made["from_store_code"], made["to_store_code"], made["state"]) == ("S1", "S2", "approved")
    number = str(made["transfer_id"])
    assert transfer("transfer", "ship", number).code == 0
    received = transfer("transfer", "receive", number, "TEA=19000", "--missing", "TEA=1000", "--reason", "lost")
    assert (received.code, "is received" in received.err) == (0, True)
    [line] = transfer("transfer", "show", number, "--format", "json").json
    assert {name: line[name] for name in ("shipped_milli", "received_milli", "missing_milli", "in_transit_milli")} == {
        "shipped_milli": 20_000, "received_milli": 19_000, "missing_milli": 1_000, "in_transit_milli": 0,
    }  # fmt: skip
    assert transfer("transfer", "list", "--open", "--format", "json").json == []


def test_approves_refuses_and_cancels(transfer: Shell, tmp_path: Path) -> None:
    new = {"from_store_code": "S1", "to_store_code": "S2", "lines": [{"sku": "MUG", "quantity_milli": 1_000}]}
    file = written(tmp_path / "two.json", {"transfers": [new, new]})
    numbers = [str(one["transfer_id"]) for one in transfer("transfer", "request", file, "--format", "json").json]
    assert "is approved" in transfer("transfer", "approve", numbers[0]).err
    assert "is cancelled" in transfer("transfer", "cancel", numbers[0], "--note", "Not needed").err
    assert "is refused" in transfer("transfer", "refuse", numbers[1], "--note", "Not now").err
    wrong = transfer("transfer", "ship", numbers[1], "MUG")
    assert (wrong.code, "is no SKU=QUANTITY" in wrong.err) == (2, True)
