"""`liansuo purchase` on a furnished chain."""

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


def test_orders_goods_until_they_are_on_the_shelf(purchase: Shell, tmp_path: Path) -> None:
    line = {"sku": "TEA", "quantity_milli": 100_000, "price_minor": 800, "price_quantity_milli": 1_000}
    order = {"supplier_code": "MILL", "source": "manual", "store_code": "S1", "lines": [line]}
    file = tmp_path / "orders.json"
    file.write_text(json.dumps({"orders": [order], "proposal_reference": "PLAN-7"}), encoding="utf-8")
    [made] = purchase("purchase", "create", str(file), "--submit", "--format", "json").json
    assert (made["state"], made["net_minor"]) == ("approved", 80_000)
    number = str(made["order_id"])
    assert "had been ordered before" in purchase("purchase", "create", str(file)).err
    assert "is sent" in purchase("purchase", "step", number, "send").err
    assert "awaiting acceptance" in purchase("purchase", "confirm", number, "1=90000", "--note", "Mail").err
    assert "is confirmed" in purchase("purchase", "step", number, "accept").err
    assert "is partly_received" in purchase("purchase", "receive", number, "1=40000").err
    assert "is received" in purchase("purchase", "receive", number, "--freight", "300").err
    [shown] = purchase("purchase", "show", number, "--format", "json").json
    assert (shown["accepted_milli"], shown["goods_minor"], shown["freight_minor"]) == (90_000, 72_000, 300)
    assert purchase("purchase", "list", "--open", "--format", "json").json == []
    wrong = purchase("purchase", "receive", number, "TEA")
    assert (wrong.code, "is no LINE=QUANTITY" in wrong.err) == (2, True)
