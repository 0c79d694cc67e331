"""What stood at a moment, with and without balances that were carried forward."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sql.tables import inventory, stock_views
from application.inventory.as_of import (
    MOVEMENTS_CARRIED_MIN,
    CarryStock,
    GetStockAsOf,
    NotYet,
    StockCarried,
    StockStood,
    carry_stock,
    get_stock_as_of,
)
from application.inventory.queries import ListMovements, UnknownSku, list_movements
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.scope import StoreNeeded, UnknownStore
from domain.inventory.stock import MovementReason, StockMovement
from tests.application.small_chain import HQ, NOON, S01, S02, SmallChain, terminal


def move(chain: SmallChain, *moves: tuple[datetime, int, int], sku: str = "TEA") -> None:
    """Moves stock of S01 at these moments by so many thousandths of so much value."""
    with chain.units.begin(caller=HQ, now=NOON) as uow:
        sku_id = uow.catalog.sku_ids([sku])[sku]
        level = uow.stock.lock([(S01, sku_id)])[S01, sku_id]
        for at, quantity, value in moves:
            level.on_hand_milli += quantity
            level.value_minor += value
            uow.add(
                StockMovement(S01, sku_id, uow.new_id(), quantity, value, MovementReason.RECEIPT, 1, NOON.date(), at)
            )
        uow.commit()


def stood(chain: SmallChain, at: datetime, now: datetime = NOON + timedelta(days=9)) -> tuple[int, int]:
    levels = chain.read(get_stock_as_of, GetStockAsOf(at, "S01", ("TEA",)), now=now).levels
    return sum(one.on_hand_milli for one in levels), sum(one.value_minor for one in levels)


@pytest.mark.capability("INV-02")
def test_tells_on_hand_and_value_of_any_moment(stocked: SmallChain):
    for hours, quantity, cost in ((0, 3_000, 300), (1, 2_000, 150)):
        lines = (ReceiptLine("TEA", quantity, cost), ReceiptLine("HAM", 500, 700))
        stocked.write(receive_goods, ReceiveGoods(lines, "S01"), now=NOON + timedelta(hours=hours))
    moments = [NOON - timedelta(seconds=1), NOON, NOON + timedelta(minutes=59), NOON + timedelta(hours=1)]
    assert [stood(stocked, at) for at in moments] == [(0, 0), (3_000, 300), (3_000, 300), (5_000, 450)]
    page = stocked.read(get_stock_as_of, GetStockAsOf(NOON, "S01", page_size=1))
    assert (page.levels, page.store_code) == ([StockStood("TEA", 3_000, 300)], "S01")
    rest = stocked.read(get_stock_as_of, GetStockAsOf(NOON, "S01", page_size=1, page_token=page.next_page_token))
    assert (rest.levels, rest.next_page_token) == ([StockStood("HAM", 500, 700)], "")


@pytest.mark.capability("INV-02")
def test_every_movement_tells_what_stood_after_it(stocked: SmallChain):
    move(stocked, *[(NOON + timedelta(minutes=at), at * 10, at) for at in (1, 2, 2, 3)])
    whole = stocked.read(list_movements, ListMovements("TEA", "S01")).movements
    assert [(one.on_hand_milli, one.stock_value_minor) for one in whole] == [(80, 8), (50, 5), (30, 3), (10, 1)]
    until = NOON + timedelta(minutes=2)
    first = stocked.read(list_movements, ListMovements("TEA", "S01", 2, until=until))
    rest = stocked.read(list_movements, ListMovements("TEA", "S01", 2, first.next_page_token, until=until))
    assert [*first.movements, *rest.movements] == whole[1:]


@given(
    minutes=st.lists(st.integers(0, 600), min_size=1, max_size=120),
    carried=st.lists(st.integers(30, 700), max_size=3),
    asked=st.integers(-1, 601),
)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_carrying_forward_changes_no_answer(stocked: SmallChain, minutes, carried, asked):
    # Each example goes on where the one before ended, a day later: its balances are there too.
    start = NOON + timedelta(days=1 + len(stocked.rows(inventory.stock_movements)))
    before = stood(stocked, start - timedelta(seconds=1), start)
    move(stocked, *[(start + timedelta(minutes=at), 1 + at % 7, at % 5) for at in minutes])
    with stocked.engine.begin() as connection:
        day = start.date().isoformat()
        connection.exec_driver_sql(f"UPDATE stock_movements SET business_date = '{day}'")
    for at in carried:
        stocked.write(carry_stock, CarryStock(), now=start + timedelta(minutes=at))
    moment = start + timedelta(minutes=asked)
    until = [at for at in minutes if at <= asked]
    expected = before[0] + sum(1 + at % 7 for at in until), before[1] + sum(at % 5 for at in until)
    assert stood(stocked, moment, start + timedelta(days=1)) == expected


def test_carries_forward_what_has_moved_often_and_settled(stocked: SmallChain):
    often = MOVEMENTS_CARRIED_MIN
    move(stocked, *[(NOON + timedelta(seconds=second), 1_000, 10) for second in range(often)])
    move(stocked, *[(NOON, 500, 5)] * (often - 1), sku="HAM")
    assert stocked.write(carry_stock, CarryStock(), now=NOON + timedelta(minutes=59)) == StockCarried(0, "")
    later = NOON + timedelta(hours=2)
    assert stocked.write(carry_stock, CarryStock(), now=later) == StockCarried(1, "")
    assert stocked.write(carry_stock, CarryStock(), now=later) == StockCarried(0, "")
    [(location_id, _, _, on_hand, value)] = stocked.rows(stock_views.stock_balances)
    assert (location_id, on_hand, value) == (S01, often * 1_000, often * 10)


def test_refuses_moments_to_come_unknown_skus_and_foreign_stores(stocked: SmallChain):
    for query, refusal, field in (
        (GetStockAsOf(NOON + timedelta(seconds=1), "S01"), NotYet, "as_of"),
        (GetStockAsOf(NOON, "S01", ("TEA", "COFFEE")), UnknownSku, "skus[1]"),
        (GetStockAsOf(NOON), StoreNeeded, "store_code"),
    ):
        with pytest.raises(refusal) as refused:
            stocked.read(get_stock_as_of, query)
        assert refused.value.field == field
    with pytest.raises(UnknownStore):
        stocked.read(get_stock_as_of, GetStockAsOf(NOON, "S01"), caller=terminal(S02))
