"""`liansuo purchase split` on a furnished chain."""

import json
from pathlib import Path

import pytest

from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from tests.entrypoints.cli.journeys import Shell
from tests.world import opened as chain_of


@pytest.fixture
def purchase(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with chain_of(sqlite_chain, furnished=True) as world:
        world.do(put_suppliers, PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY"),)))
        world.set("purchase_approval_above", "100000")
    return shell


@pytest.mark.capability("PUR-06")
def test_splits_what_came_for_other_stores_once(purchase: Shell, tmp_path: Path) -> None:
    line = {
        "sku": "TEA", "quantity_milli": 100_000, "price_minor": 800, "price_quantity_milli": 1_000,
        "shares": [{"store_code": "S2", "quantity_milli": 60_000}],
    }  # fmt: skip
    order = {"supplier_code": "MILL", "source": "manual", "store_code": "S1", "lines": [line]}
    file = tmp_path / "orders.json"
    file.write_text(json.dumps({"orders": [order]}), encoding="utf-8")
    [made] = purchase("purchase", "create", str(file), "--submit", "--format", "json").json
    number = str(made["order_id"])
    purchase("purchase", "step", number, "send")
    received = purchase("purchase", "receive", number, "1=50000").err
    [waiting] = purchase("purchase", "to-split", "--store", "S1", "--format", "json").json
    receipt = str(waiting["receipt_id"])
    assert f"1 stores wait for their share: liansuo purchase split {receipt}" in received
    [share] = purchase("purchase", "shares", receipt, "--format", "json").json
    assert (share["store_code"], share["quantity_milli"], share["state"]) == ("S2", 30_000, "waiting")
    assert "1 transfers made, 1 in all" in purchase("purchase", "split", receipt, "--approve").err
    assert "0 transfers made, 1 in all" in purchase("purchase", "split", receipt).err
    assert purchase("purchase", "to-split", "--format", "json").json == []
    wrong = purchase("purchase", "split", "7")
    assert (wrong.code, "There is no receipt 7" in wrong.err) == (1, True)
