"""Suppliers at the command line."""

from pathlib import Path

import pytest

from application.purchasing.supplier_scores import ScoreSuppliers, score_suppliers
from tests.application.purchasing.supplied import ordered, received, with_suppliers
from tests.entrypoints.cli.journeys import Shell
from tests.world import opened as chain_of

EXAMPLE = Path(__file__).parents[3] / "docs" / "suppliers.yaml"


@pytest.fixture
def run(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    return shell


@pytest.mark.capability("PUR-01")
def test_puts_the_example_of_the_docs_and_lists_it(run: Shell) -> None:
    put = run("supplier", "put", str(EXAMPLE))
    assert put.err == "1 suppliers, 1 of them new.\nMILL: 1 products, 1 new prices.\n"
    assert run("supplier", "put", str(EXAMPLE)).err == "1 suppliers, 0 of them new.\nMILL: 1 products, 0 new prices.\n"
    [supplier] = run("supplier", "list", "--format", "json").json
    assert supplier == {
        "code": "MILL", "name": "Tea mill", "currency": "CNY", "payment_days": 30, "lead_days": 3,
        "minimum_order_minor": 50_000, "over_delivery_bp": 500, "blocked": False,
    }  # fmt: skip
    [product] = run("supplier", "products", "--supplier", "MILL", "--format", "json").json
    assert (product["sku"], product["price_minor"], product["pack_milli"], product["preferred"]) == (
        "TEA", 6_000, 12_000, True,
    )  # fmt: skip
    [price] = run("supplier", "products", "--sku", "TEA", "--history", "--format", "json").json
    assert (price["supplier_code"], price["price_minor"], price["price_quantity_milli"]) == ("MILL", 6_000, 1_000)
    before = run("supplier", "products", "--sku", "TEA", "--on", "2020-01-01", "--format", "json").json
    assert [one["price_minor"] for one in before] == [""]
    refused = run("supplier", "products", "--supplier", "NONE")
    assert (refused.code, "(field supplier_code)" in refused.err) == (1, True)


@pytest.mark.capability("PUR-02")
def test_scores_a_supplier_and_compares_those_of_a_sku(run: Shell, sqlite_chain: str) -> None:
    with chain_of(sqlite_chain, furnished=True) as world:
        with_suppliers(world)
        [order_id] = ordered(world)
        world.clock.advance(days=3)
        received(world, order_id, 20)
        world.clock.advance(days=7)
        world.do(score_suppliers, ScoreSuppliers())
    now, november = run("supplier", "score", "MILL", "--history", "--format", "json").json
    assert (now["from_date"] < now["to_date"], november["from_date"], november["to_date"]) == (
        True, "2026-11-01", "2026-11-30",
    )  # fmt: skip
    assert (november["grade"], november["on_time_bp"], november["lead_mean_milli"]) == ("A", 10_000, 3_000)
    compared = run("supplier", "compare", "TEA", "--quantity", "45000", "--format", "json").json
    assert [(one["supplier_code"], one["order_milli"], one["cost_minor"]) for one in compared] == [
        ("MILL", 50_000, 40_000), ("FARM", 200_000, 150_000),
    ]  # fmt: skip
    table = run("supplier", "compare", "TEA", "--quantity", "45000").out
    assert ("400.00" in table, "1,500.00" in table) == (True, True)
    unknown = run("supplier", "score", "NONE")
    assert (unknown.code, "(field supplier_code)" in unknown.err) == (1, True)
