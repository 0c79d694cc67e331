"""`liansuo stock` on a furnished chain."""

import pytest

from application.catalog.entries import ComponentEntry, ProductEntry, RecipeEntry
from application.catalog.put_products import PutProducts, put_products
from tests.entrypoints.cli.journeys import Shell
from tests.world import World
from tests.world import opened as chain_of


@pytest.fixture
def stock(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    return shell


def furnished(url: str, what: str) -> list[tuple[object, ...]]:
    with chain_of(url, furnished=True) as world:
        made: World = world
        return [tuple(row) for row in made.rows(what)]


@pytest.mark.capability("INV-08")
def test_shows_what_stood_and_who_has_it(stock: Shell, sqlite_chain: str) -> None:
    levels = furnished(
        sqlite_chain,
        "SELECT s.code, p.sku, l.on_hand_milli, l.value_minor FROM stock_levels l JOIN stores s"
        " ON s.store_id = l.location_id JOIN products p ON p.sku_id = l.sku_id WHERE p.sku = 'TEA' ORDER BY s.code",
    )
    found = stock("stock", "find", "TEA", "--format", "json").json
    assert [(one["store_code"], one["available_milli"]) for one in found] == [(row[0], row[2]) for row in levels]
    store, _, on_hand, value = levels[0]
    shown = stock("stock", "as-of", "2026-11-28T00:00:00", "TEA", "--store", str(store), "--format", "json").json
    assert shown == [{"sku": "TEA", "on_hand_milli": on_hand, "value_minor": value}]
    before = stock("stock", "as-of", "2020-01-01", "TEA", "--store", str(store), "--format", "json").json
    assert before == [{"sku": "TEA", "on_hand_milli": 0, "value_minor": 0}]
    wrong = stock("stock", "as-of", "yesterday")
    assert (wrong.code, "“yesterday” is no moment." in wrong.err) == (2, True)


@pytest.mark.capability("INV-01")
def test_writes_out_the_whole_position(stock: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = furnished(
        sqlite_chain,
        "SELECT s.code, p.sku, l.on_hand_milli, l.reserved_milli, l.value_minor FROM stock_levels l"
        " JOIN stores s ON s.store_id = l.location_id JOIN products p ON p.sku_id = l.sku_id"
        " ORDER BY l.location_id, l.sku_id",
    )
    shown = stock("stock", "position", "--format", "json", "--shown", "2").json
    names = ("store_code", "sku", "on_hand_milli", "reserved_milli", "value_minor")
    assert [tuple(one[name] for name in names) for one in shown] == levels[:2]
    monkeypatch.setattr("entrypoints.cli.stock.PAGE_SIZE_MAX", 2)
    head, *lines = stock("stock", "position", "--all").out.splitlines()
    assert head.split(",")[:5] == ["store_code", "sku", "on_hand_milli", "reserved_milli", "available_milli"]
    assert [line.split(",")[:3] for line in lines] == [[str(value) for value in row[:3]] for row in levels]


def test_adjusts_and_lists_it(stock: Shell) -> None:
    done = stock(
        "stock", "adjust", "TEA", "1", "for_sale", "nowhere", "--reason", "theft", "--store", "S1", "--format", "json"
    ).json
    listed = stock("stock", "adjustments", "--store", "S1", "--format", "json").json
    assert listed == done
    assert [(one["number"], one["line_count"], one["found_minor"]) for one in done] == [(1, 1, 0)]
    wrong = stock("stock", "adjust", "TEA", "0.0001", "for_sale", "damaged", "--store", "S1")
    assert (wrong.code, "is no quantity" in wrong.err) == (2, True)


def test_makes_goods_of_others(stock: Shell, sqlite_chain: str) -> None:
    with chain_of(sqlite_chain, furnished=True) as world:
        recipe = RecipeEntry((ComponentEntry("TEA", 2_000),))
        world.do(put_products, PutProducts((ProductEntry("SET", "Set", "HOME", "EA", recipe=recipe),)))
    made = stock("stock", "make", "SET", "3", "--store", "S1", "--format", "json").json
    assert made == [{"sku": "TEA", "quantity_milli": 6_000, "cost_minor": 36_000}]
