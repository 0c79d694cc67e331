"""`liansuo stock` on a furnished chain."""

import pytest

from application.catalog.entries import ComponentEntry, ProductEntry, RecipeEntry
from application.catalog.put_products import PutProducts, put_products
from application.inventory.reserve_stock import ReserveLine, ReserveStock, reserve_stock
from tests.application.replenishment.test_replenishment import bounded, rules
from tests.entrypoints.cli.journeys import Shell
from tests.world import Till, World
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


def test_lists_and_releases_what_is_reserved(stock: Shell, sqlite_chain: str) -> None:
    with chain_of(sqlite_chain, furnished=True) as world:
        lines = (ReserveLine("TEA", 2_000), ReserveLine("MUG", 1_000))
        one = world.once(reserve_stock, ReserveStock("W-7", lines, "S1", minutes=60), world.s1)
        expired = world.once(reserve_stock, ReserveStock("W-8", lines[:1], "S1", minutes=1), world.s1)
    found = stock("stock", "reservations", "--reference", "W-7", "--format", "json").json
    assert [(row["sku"], row["quantity_milli"], row["reserved_by"]) for row in found] == [
        ("TEA", 2_000, "T1"), ("MUG", 1_000, "T1"),
    ]  # fmt: skip
    # The clock of the test chain stands in the past.
    assert {row["state"] for row in found} == {"expired"}
    released = stock("stock", "release", one.reservation_id)
    assert f"Reservation {one.reservation_id} of W-7 is released." in released.err
    assert "release-stock: done, 1" in stock("worker", "run", "release-stock").err
    states = stock("stock", "reservations", "--sku", "TEA", "--store", "S1", "--format", "json").json
    assert [(row["reservation_id"], row["state"], row["sku"]) for row in states] == [
        (expired.reservation_id, "expired", "TEA"),
        (one.reservation_id, "released", "TEA"),
        (one.reservation_id, "released", "MUG"),
    ]
    again = stock("stock", "release", expired.reservation_id)
    assert (again.code, "is expired" in again.err) == (1, True)


def test_lists_what_runs_low_once_the_job_has_come_by(stock: Shell, sqlite_chain: str) -> None:
    with chain_of(sqlite_chain, furnished=True) as world:
        rules(world, bounded("TEA", 101, 200))
    assert stock("stock", "alerts", "--format", "json").json == []
    assert "stock-alerts: done, 2" in stock("worker", "run", "stock-alerts").err
    found = stock("stock", "alerts", "--store", "S2", "--kind", "low", "--unseen", "--format", "json").json
    assert [(row["store_code"], row["sku"], row["now_milli"], row["reorder_milli"]) for row in found] == [
        ("S2", "TEA", 100_000, 101_000)
    ]
    assert "stock-alerts: done, 0" in stock("worker", "run", "stock-alerts").err


def test_shows_what_nobody_buys_and_how_often_stock_turns_over(stock: Shell, sqlite_chain: str) -> None:
    with chain_of(sqlite_chain, furnished=True) as world:
        world.clock.advance(days=1)
        world.sell(Till().line("TEA", 50).cash(500_000).command)
    idle = stock("stock", "slow", "--days", "1", "--store", "S1", "--shown", "1", "--format", "json").json
    assert [(row["sku"], row["last_sold_on"]) for row in idle] == [("TEA", "2026-11-23")]
    much = stock("stock", "slow", "--over", "--days", "3660", "--store", "S1", "--format", "json").json
    assert [(row["sku"], row["excess_milli"]) for row in much if row["sku"] != "TEA"] == [
        ("MUG", 100_000), ("RICE", 100_000),
    ]  # fmt: skip
    arguments = ("stock", "turnover", "2026-11-23", "2026-11-23", "--store", "S1", "--by-category")
    rows = stock(*arguments, "--format", "json").json
    assert [(row["category_code"], row["cost_of_goods_sold_minor"], row["turnover_bp"]) for row in rows] == [
        ("", 300_000, 4_286), ("FOOD", 300_000, 6_000), ("HOME", 0, 0),
    ]  # fmt: skip
