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


def test_adds_what_receipts_cost_besides_and_corrects_them(costing: Shell, sqlite_chain: str, tmp_path: Path) -> None:
    with chain_of(sqlite_chain, furnished=True) as world:
        line = ReceiptLine("MUG", 50_000, 40_000)
        receipt = str(world.do(receive_goods, ReceiveGoods((line,), "S1", "DN-7")).receipt_id)
    [newest, *_] = costing("costing", "receipts", "--store", "S1", "--format", "json").json
    assert (str(newest["receipt_id"]), newest["reference"], newest["cost_minor"]) == (receipt, "DN-7", 40_000)
    done = costing("costing", "landed", receipt, "--amount", "300", "--reference", "Waybill 7")
    assert "300, of which 300 to stock, 0 to cost of goods sold, 0 to price variance" in done.err
    missing = costing("costing", "landed", receipt, "--amount", "300", "--by", "weight")
    assert (missing.code, "“MUG” has no weight" in missing.err) == (1, True)
    weights = written(tmp_path / "weights.json", {"weights": [{"sku": "MUG", "weight_grams": 400}]})
    done = costing("costing", "landed", receipt, "--amount", "-300", "--by", "weight", "--weights", weights)
    assert "-300, of which -300 to stock" in done.err
    done = costing("costing", "correct", receipt, "1", "--quantity-milli", "40000", "--reason", "Counted again")
    assert "-8000 owed, of which" in done.err
    shown = costing("costing", "receipt", receipt, "--format", "json")
    [line_now] = shown.json
    assert (line_now["quantity_milli"], line_now["cost_minor"], line_now["received_minor"]) == (40_000, 32_000, 40_000)
    assert [text.split(" ", 2)[2] for text in shown.err.splitlines() if text[:1].isdigit()] == [
        "landed_cost: 300 Waybill 7", "landed_cost: -300 ", "correction: -8000 Counted again",
    ]  # fmt: skip
    no_line = costing("costing", "correct", receipt, "2", "--cost", "1", "--reason", "Counted again")
    assert (no_line.code, f"Receipt {receipt} has no line 2" in no_line.err) == (1, True)
    uneven = costing("costing", "correct", receipt, "1", "--quantity-milli", "41001", "--reason", "Counted again")
    assert (uneven.code, "State it by --cost" in uneven.err) == (1, True)
