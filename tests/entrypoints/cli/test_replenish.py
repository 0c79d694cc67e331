"""`liansuo replenish` on a furnished chain."""

import json
from pathlib import Path

import pytest

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.supplier_products import (
    PutSupplierProducts,
    SupplierProductEntry,
    put_supplier_products,
)
from tests.entrypoints.cli.journeys import Shell
from tests.world import opened as chain_of


@pytest.fixture
def replenish(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with chain_of(sqlite_chain, furnished=True) as world:
        world.do(put_suppliers, PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY", lead_days=3),)))
        offer = SupplierProductEntry("TEA", price_minor=800, price_quantity_milli=1_000)
        world.do(put_supplier_products, PutSupplierProducts("MILL", (offer,)))
        tea = ProductEntry("TEA", "Green tea", "FOOD", "EA", "standard", supplier_code="MILL")
        world.do(put_products, PutProducts((tea,)))
    return shell


def test_proposes_plans_and_orders(replenish: Shell, tmp_path: Path) -> None:
    bounds = {"method": "min_max", "minimum_milli": 110_000, "maximum_milli": 150_000}
    rules = [{"goods_kind": "sku", "goods_code": sku, **bounds} for sku in ("TEA", "MUG")]
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"rules": rules}), encoding="utf-8")
    assert "2 rules put" in replenish("replenish", "rules", str(file)).err
    [made] = replenish("replenish", "propose", "--store", "S1", "--format", "json").json
    assert (made["state"], made["lines"]) == ("open", 2)
    number = str(made["proposal_id"])
    lines = replenish("replenish", "show", number, "--format", "json").json
    assert [(one["sku"], one["quantity_milli"]) for one in lines] == [("TEA", 50_000), ("MUG", 50_000)]
    nobody, mill = replenish("replenish", "plan", number, "--format", "json").json
    assert (nobody["unpriced"], mill["priced_minor"]) == (1, 40_000)
    accepted = replenish("replenish", "accept", number).err
    assert "1 lines became 1 orders and 0 transfers" in accepted
    assert "S1 MUG without a supplier" in accepted
    [listed] = replenish("replenish", "list", "--format", "json").json
    assert listed["proposal_id"] == made["proposal_id"]
    assert replenish("replenish", "classes", "--store", "S1", "--work-out", "--format", "json").json == []
