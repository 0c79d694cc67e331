"""Goods that nobody buys, goods of which there is too much, and how often stock turns over."""

from datetime import timedelta
from typing import Any

import pytest

from application.inventory import stock_reports as module
from application.inventory.as_of import CarryStock, GetStockAsOf, carry_stock, get_stock_as_of
from application.inventory.stock_reports import (
    GetStockTurnover,
    ListOverstock,
    ListSlowMovers,
    StockTurnover,
    get_stock_turnover,
    list_overstock,
    list_slow_movers,
)
from domain.identity.organisation import SYSTEM
from domain.shared.errors import Refusal
from domain.shared.period import day_end
from tests.world import Till, World


def sell(world: World, sku: str, units: int, caller: Any = None) -> Any:
    return world.sell(Till().line(sku, units).cash(10_000_000).command, caller)


def slow(world: World, caller: Any = SYSTEM, **asked: Any) -> list[tuple[str, str, int]]:
    found = world.ask(list_slow_movers, ListSlowMovers(**asked), caller).slow_movers
    return [(one.store_code, one.sku, one.idle_days) for one in found]


def turnover(world: World, from_date: str, to_date: str, **asked: Any) -> list[StockTurnover]:
    found = world.ask(get_stock_turnover, GetStockTurnover("S1", from_date, to_date, **asked))
    return list(found.rows)


@pytest.mark.capability("INV-04")
def test_what_was_not_sold_for_180_days_is_a_slow_mover(world: World) -> None:
    sell(world, "TEA", 4)
    sell(world, "MUG", 1)
    world.clock.advance(days=100)
    sell(world, "MUG", 1)
    world.clock.advance(days=79)
    assert slow(world) == []
    world.clock.advance(days=1)
    # Rice has never been sold: it counts from when it came. Tea was sold in S1 180 days ago, mugs 80 days ago.
    assert sorted(slow(world)) == [
        ("S1", "RICE", 180), ("S1", "TEA", 180), ("S2", "MUG", 180), ("S2", "RICE", 180), ("S2", "TEA", 180),
    ]  # fmt: skip
    page = world.ask(list_slow_movers, ListSlowMovers("S1"))
    [tea] = [one for one in page.slow_movers if one.sku == "TEA"]
    assert (page.days, tea.name, tea.on_hand_milli, tea.value_minor) == (180, "Green tea", 96_000, 576_000)
    assert (tea.last_sold_on, tea.last_received_on) == ("2026-11-22", "2026-11-22")
    # What comes does not move it, what is sold does.
    world.receive("TEA", 1_000, 6_000)
    [tea] = [one for one in world.ask(list_slow_movers, ListSlowMovers("S1")).slow_movers if one.sku == "TEA"]
    assert (tea.idle_days, tea.last_received_on) == (180, "2027-05-21")
    sell(world, "TEA", 97)
    world.clock.advance(days=365)
    # Nothing of it is left to be slow.
    assert slow(world, store_code="S1") == [("S1", "MUG", 445), ("S1", "RICE", 545)]
    world.set("slow_mover_days", "500")
    assert slow(world, store_code="S1") == [("S1", "RICE", 545)]
    assert slow(world, store_code="S1", days=445) == [("S1", "MUG", 445), ("S1", "RICE", 545)]


def test_goods_that_came_of_late_are_no_slow_movers(world: World) -> None:
    assert slow(world, days=1) == []


@pytest.mark.capability("INV-04")
def test_more_than_90_days_of_sales_are_overstock(world: World) -> None:
    for _ in range(8):
        sell(world, "TEA", 1)
        sell(world, "MUG", 7)
        world.clock.advance(days=7)
    page = world.ask(list_overstock, ListOverstock("S1"))
    found = [(one.sku, one.on_hand_milli, one.sold_milli, one.cover_days, one.excess_milli) for one in page.goods]
    # 92 teas at one a week last 644 days; rice is not sold at all; 44 mugs at one a day last 44.
    assert (page.days, found) == (
        90,
        [("TEA", 92_000, 7_000, 736, 80_750), ("RICE", 100_000, 0, 0, 100_000)],
    )
    assert [one.sku for one in world.ask(list_overstock, ListOverstock("S1", days=40)).goods] == ["TEA", "MUG", "RICE"]
    assert [one.sku for one in world.ask(list_overstock, ListOverstock("S1", days=736)).goods] == ["RICE"]
    world.set("overstock_days", "736")
    assert [one.sku for one in world.ask(list_overstock, ListOverstock("S1")).goods] == ["RICE"]


def test_pages_look_at_so_many_levels_and_go_on_where_they_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOW_LOOKED_AT_MAX", 4)
    monkeypatch.setattr(module, "OVER_LOOKED_AT_MAX", 4)
    world.clock.advance(days=200)
    for sku in ("TEA", "MUG"):
        sell(world, sku, 1)
    for use_case, asked, found in (
        (list_slow_movers, ListSlowMovers, lambda page: page.slow_movers),
        (list_overstock, ListOverstock, lambda page: page.goods),
    ):
        pages, token = [], ""
        while True:
            page = world.ask(use_case, asked(page_size=2, page_token=token))
            pages.append([(one.store_code, one.sku) for one in found(page)])
            if not (token := page.next_page_token):
                break
        every = [one for of_page in pages for one in of_page]
        rice = [("S1", "RICE"), ("S2", "TEA"), ("S2", "MUG"), ("S2", "RICE")]
        assert every == (rice if use_case is list_slow_movers else [("S1", "TEA"), ("S1", "MUG"), *rice])
        assert max(map(len, pages)) == 2


def test_nobody_sees_the_goods_of_foreign_stores(world: World) -> None:
    world.clock.advance(days=200)
    assert {store for store, _, _ in slow(world, world.s2)} == {"S2"}
    with pytest.raises(Refusal) as foreign:
        slow(world, world.s2, store_code="S1")
    assert foreign.value.reason == "UNKNOWN_STORE"
    rows = world.ask(get_stock_turnover, GetStockTurnover("", "2026-11-22", "2026-11-22"), world.s2).rows
    assert [one.store_code for one in rows] == ["S2"]


@pytest.mark.capability("INV-13")
def test_turnover_is_the_cost_of_what_was_sold_by_the_average_of_the_stock(world: World) -> None:
    # 100 teas at 60.00, 100 mugs at 20.00 and 100 kg of rice at 5.00 stand there: 8,500.00.
    sell(world, "TEA", 10)
    world.clock.advance(days=1)
    sell(world, "TEA", 40)
    sold = sell(world, "MUG", 50)
    world.clock.advance(days=1)
    [whole] = turnover(world, "2026-11-23", "2026-11-23")
    # 3,400.00 of 7,900.00 and 4,500.00 on average.
    assert whole == StockTurnover("S1", "", "CNY", 340_000, 790_000, 450_000, 5_484)
    rows = turnover(world, "2026-11-22", "2026-11-23", by_category=True)
    assert rows == [
        StockTurnover("S1", "", "CNY", 400_000, 0, 450_000, 17_778),
        StockTurnover("S1", "FOOD", "CNY", 300_000, 0, 350_000, 17_143),
        StockTurnover("S1", "HOME", "CNY", 100_000, 0, 100_000, 20_000),
    ]
    assert (sold.total_minor, world.broken()) == (250_000, [])


def test_stock_of_a_moment_is_that_which_stood_then_carried_forward_or_not(world: World) -> None:
    for _ in range(60):
        sell(world, "TEA", 1)
        world.clock.advance(minutes=1)
    world.clock.advance(days=1)
    world.do(carry_stock, CarryStock())
    assert world.count("stock_balances") == 1
    sell(world, "TEA", 5)
    world.clock.advance(days=1)
    [first, second] = [turnover(world, day, day)[0] for day in ("2026-11-22", "2026-11-23")]
    with world.units.read(caller=SYSTEM, now=world.clock()) as uow:
        uow.refresh()
        store = uow.chain.stores[uow.chain.store_ids["S1"]]
    closing = day_end(world.clock().date() - timedelta(days=2), time_zone=store.time_zone, day_cutoff_minutes=240)
    stood = world.ask(get_stock_as_of, GetStockAsOf(closing - timedelta(microseconds=1), "S1")).levels
    assert sum(level.value_minor for level in stood) == first.closing_minor == second.opening_minor == 490_000
    assert (first.cost_of_goods_sold_minor, second.cost_of_goods_sold_minor) == (360_000, 30_000)


def test_refuses_periods_that_are_none(world: World) -> None:
    for from_date, to_date, reason, field in (
        ("", "2026-11-22", "MISSING", "from_date"),
        ("2026-11-22", "", "MISSING", "to_date"),
        ("2026-11-22", "2026-11-21", "LAST_BEFORE_FIRST", "to_date"),
        ("2025-11-21", "2026-11-22", "OUT_OF_RANGE", "to_date"),
        ("2026-11-22", "2026-11-23", "PERIOD_NOT_OVER", "to_date"),
    ):
        with pytest.raises(Refusal) as refused:
            turnover(world, from_date, to_date)
        assert (refused.value.reason, refused.value.field) == (reason, field)
    assert turnover(world, "0001-01-01", "0001-01-02")[0].turnover_bp == 0
