"""Goods that run low are told once, again when they are out, and not for every sale."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.check import INVARIANTS, examine
from application.inventory.reserve_stock import ReserveLine, ReserveStock, reserve_stock
from application.replenishment import stock_alerts as module
from application.replenishment.rules import PutReplenishmentRules, put_replenishment_rules
from application.replenishment.stock_alerts import (
    AcknowledgeStockAlert,
    FindStockAlerts,
    ListStockAlerts,
    acknowledge_stock_alert,
    find_stock_alerts,
    list_stock_alerts,
)
from domain.identity.organisation import SYSTEM
from domain.replenishment.rule import PlaceKind
from domain.replenishment.stock_alert import AlertKind
from domain.shared.errors import Refusal
from tests.application.replenishment.test_replenishment import EVERYTHING, bounded, rules
from tests.world import Till, World

LOW, OUT = AlertKind.LOW, AlertKind.OUT


def look(world: World) -> tuple[int, int]:
    """Runs the job to its end: how many were raised and closed."""
    raised = closed = 0
    more = True
    while more:
        found = world.do(find_stock_alerts, FindStockAlerts())
        raised, closed, more = raised + found.raised, closed + found.closed, found.more
    return raised, closed


def sell(world: World, units: int, sku: str = "TEA") -> None:
    world.clock.advance(minutes=1)
    world.sell(Till().line(sku, units).cash(10_000_000).command)
    world.clock.advance(minutes=1)


def told(world: World) -> list[tuple[str, int]]:
    return [
        (topic, int(count))
        for topic, count in world.rows(
            "SELECT topic, count(*) FROM outbox WHERE topic IN ('StockLow', 'StockOut') GROUP BY topic ORDER BY topic"
        )
    ]


def alerts(world: World, **wanted: Any) -> list[tuple[str, str, AlertKind, int]]:
    found = world.ask(list_stock_alerts, ListStockAlerts(**wanted)).alerts
    return [(one.store_code, one.sku, one.kind, one.available_milli // 1_000) for one in found]


@pytest.fixture
def watched(world: World) -> World:
    """At least 10 teas are wanted in S1; the day has begun, and nothing is low."""
    rules(world, bounded("TEA", 10, 50, place_kind=PlaceKind.STORE, place_code="S1"))
    assert look(world) == (0, 0)
    return world


@pytest.mark.capability("INV-03")
def test_nine_of_ten_are_one_alert_and_not_one_for_each_sale(watched: World) -> None:
    sell(watched, 90)
    assert (look(watched), alerts(watched)) == ((0, 0), [])
    sell(watched, 1)
    assert look(watched) == (1, 0)
    for _ in range(3):
        sell(watched, 1)
        assert look(watched) == (0, 0)
    [alert] = watched.ask(list_stock_alerts, ListStockAlerts()).alerts
    assert (alert.store_code, alert.sku, alert.name, alert.kind) == ("S1", "TEA", "Green tea", LOW)
    assert (alert.available_milli, alert.reorder_milli, alert.now_milli) == (9_000, 10_000, 6_000)
    assert (told(watched), watched.broken()) == ([("StockLow", 1)], [])


@pytest.mark.capability("RSK-03")
def test_is_raised_again_only_when_worse_and_closes_when_stock_is_back(watched: World) -> None:
    sell(watched, 95)
    assert look(watched) == (1, 0)
    [low] = watched.ask(list_stock_alerts, ListStockAlerts()).alerts
    seen = watched.do(acknowledge_stock_alert, AcknowledgeStockAlert(low.alert_id, "Ordered by phone"), watched.s1)
    assert (seen.acknowledged_by, seen.note) == ("T1", "Ordered by phone")
    assert alerts(watched, unacknowledged_only=True) == []
    sell(watched, 5)
    assert look(watched) == (1, 0)
    # Nobody has seen that it is out.
    [out] = watched.ask(list_stock_alerts, ListStockAlerts(unacknowledged_only=True)).alerts
    assert (out.alert_id, out.kind, out.available_milli) == (low.alert_id, OUT, 0)
    assert (out.acknowledged_by, out.note) == ("", "")
    watched.receive("TEA", 3_000, 18_000)
    watched.clock.advance(minutes=1)
    assert (look(watched), alerts(watched)) == ((0, 0), [("S1", "TEA", OUT, 0)])
    sell(watched, 3)
    assert look(watched) == (0, 0)
    watched.receive("TEA", 10_000, 60_000)
    watched.clock.advance(minutes=1)
    assert (look(watched), alerts(watched)) == ((0, 1), [])
    assert alerts(watched, closed_too=True, kind=OUT) == [("S1", "TEA", OUT, 0)]
    with pytest.raises(Refusal) as closed:
        watched.do(acknowledge_stock_alert, AcknowledgeStockAlert(low.alert_id))
    assert (closed.value.reason, closed.value.field) == ("ALERT_CLOSED", "alert_id")
    sell(watched, 1)
    assert look(watched) == (1, 0)
    assert (told(watched), watched.broken()) == ([("StockLow", 2), ("StockOut", 1)], [])


def test_a_sale_of_everything_at_once_is_out_and_was_never_low(watched: World) -> None:
    sell(watched, 100)
    assert (look(watched), told(watched), watched.broken()) == ((1, 0), [("StockOut", 1)], [])


def test_a_day_looks_at_everything_by_the_rules_and_the_demand_of_that_day(world: World) -> None:
    # In eight weeks 56 teas were sold in S1, one a day; the next order comes in four days at the latest. Of a Poisson
    # distribution with the mean 4, 7 are not exceeded in 94.9 % of all cases, 8 in 97.9 %.
    for _ in range(56):
        world.clock.advance(days=1)
        world.sell(Till().line("TEA", 1).cash(10_000_000).command)
    rules(world, replace(EVERYTHING, lead_days=3, service_bp=9_500))
    world.clock.advance(days=1)
    assert (look(world), alerts(world)) == ((0, 0), [])
    with world.units.read(caller=SYSTEM, now=world.clock()) as uow:
        uow.refresh()
        tea, store_ids = uow.catalog.sku_ids(["TEA"])["TEA"], uow.chain.store_ids
        points = uow.stock_alerts.points([tea])[tea]
    assert {code: points.get(store_id, 0) for code, store_id in store_ids.items()} == {"S1": 8_000, "S2": 0}
    rules(world, bounded("TEA", 101, 200), bounded("MUG", 5, 9))
    assert (look(world), sorted(alerts(world))) == ((2, 0), [("S1", "TEA", LOW, 44), ("S2", "TEA", LOW, 100)])
    # Where nothing is replenished any more nothing is low.
    rules(world, bounded("TEA", 101, 200, ended=True))
    assert (look(world), alerts(world), told(world)) == ((0, 2), [], [("StockLow", 2)])
    assert world.broken() == []


def test_works_through_the_goods_a_range_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GOODS_AT_ONCE", 2)
    rules(world, bounded("TEA", 101, 200), bounded("RICE", 101, 200))
    found = [world.do(find_stock_alerts, FindStockAlerts()) for _ in range(4)]
    assert ([one.more for one in found], sum(one.raised for one in found)) == ([True, True, True, False], 4)


def test_what_is_reserved_is_not_there(watched: World) -> None:
    watched.once(reserve_stock, ReserveStock("W-1", (ReserveLine("TEA", 85_000),), "S1"), watched.s1)
    sell(watched, 6)
    assert (look(watched), alerts(watched)) == ((1, 0), [("S1", "TEA", LOW, 9)])


def test_two_workers_at_once_raise_an_alert_once(watched: World) -> None:
    sell(watched, 95)
    with ThreadPoolExecutor(4) as threads:
        assert sum(raised for raised, _ in threads.map(lambda _: look(watched), range(4))) == 1
    assert (told(watched), watched.broken()) == ([("StockLow", 1)], [])


def test_shows_the_stores_in_scope_page_by_page(world: World) -> None:
    products = tuple(ProductEntry(f"P{number}", f"P{number}", "FOOD", "EA", "standard") for number in range(3))
    world.do(put_products, PutProducts(products))
    rules(world, *[bounded(one.sku, 1, 5) for one in products])
    assert look(world) == (6, 0)
    found, token = [], ""
    while True:
        page = world.ask(list_stock_alerts, ListStockAlerts(page_size=2, page_token=token), world.s2)
        found.append([(one.store_code, one.sku, one.now_milli) for one in page.alerts])
        if not (token := page.next_page_token):
            break
    assert found == [[("S2", "P2", 0), ("S2", "P1", 0)], [("S2", "P0", 0)]]
    assert len(alerts(world, kind=OUT)) == 6
    foreign = world.ask(list_stock_alerts, ListStockAlerts("S1", page_size=1)).alerts[0]
    with pytest.raises(Refusal) as unknown:
        world.do(acknowledge_stock_alert, AcknowledgeStockAlert(foreign.alert_id), world.s2)
    assert unknown.value.reason == "UNKNOWN_ALERT"


def test_the_check_finds_an_alert_that_was_not_told(watched: World) -> None:
    sell(watched, 95)
    look(watched)
    [invariant] = [one for one in INVARIANTS if one.id == "INV-alerts"]
    with watched.units.begin(caller=SYSTEM, now=watched.clock()) as uow:
        uow.execute(text("DELETE FROM outbox WHERE topic = 'StockLow'"))
        uow.refresh()
        assert examine(uow, invariant).violated == 1


def test_rules_put_again_are_looked_at_at_once(watched: World) -> None:
    rule = bounded("MUG", 101, 200)
    watched.do(put_replenishment_rules, PutReplenishmentRules((rule,)))
    assert (look(watched), len(alerts(watched))) == ((2, 0), 2)
