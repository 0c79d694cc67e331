"""`liansuo costing` on a furnished chain."""

import json
from pathlib import Path

import pytest

from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from tests.entrypoints.cli.journeys import Shell
from tests.world import opened as chain_of


@pytest.fixture
def costing(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    return shell


def written(path: Path, document: object) -> str:
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_sets_methods_and_standards(costing: Shell, tmp_path: Path) -> None:
    methods = {"categories": [{"category_code": "HOME", "method": "standard"}]}
    assert "1 categories" in costing("costing", "put", written(tmp_path / "costing.json", methods)).err
    assert "3 levels, 1 of them changed" in costing("costing", "apply", "--store", "S1").err
    lines = {"lines": [{"sku": "MUG", "standard_minor": 2_500, "quantity_milli": 1_000}]}
    done = costing("costing", "standards", written(tmp_path / "standards.json", lines), "--store", "S1")
    assert "stock gained 50000 in value" in done.err


def test_lists_traces_and_writes_off_lots(costing: Shell, sqlite_chain: str, tmp_path: Path) -> None:
    products = {"products": [{"sku": "TEA", "lot_tracked": True}]}
    costing("costing", "put", written(tmp_path / "lots.json", products))
    with chain_of(sqlite_chain, furnished=True) as world:
        line = ReceiptLine("TEA", 5_000, 500, "OLD", "2026-11-20")
        world.do(receive_goods, ReceiveGoods((line,), "S1"))
    [found] = costing("costing", "expiring", "--store", "S1", "--format", "json").json
    assert (found["lot_code"], found["quantity_milli"], found["markdown_bp"]) == ("OLD", 5_000, 0)
    [step] = costing("costing", "trace", "TEA", "OLD", "--format", "json").json
    assert (step["reason"], step["quantity_milli"]) == ("receipt", 5_000)
    assert "1 lots written off" in costing("costing", "write-off-expired", "--store", "S1").err
    assert "0 lots written off" in costing("costing", "write-off-expired", "--store", "S1").err
