"""Which stores have what this one does not."""

import pytest

from adapters.sql.tables import inventory
from application.fields import Missing, TooMany
from application.inventory.find_stock import FindStock, StoreOrder, StoreStock, find_stock
from application.inventory.queries import UnknownSku
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.scope import UnknownStore
from tests.application.small_chain import S01, S02, S88, SmallChain, terminal


@pytest.fixture
def spread(stocked: SmallChain) -> SmallChain:
    """TEA in all three stores, all of that in S88 kept for somebody; HAM in S01."""
    for store_code, sku, quantity in (
        ("S01", "TEA", 3_000),
        ("S02", "TEA", 2_000),
        ("S88", "TEA", 5_000),
        ("S01", "HAM", 500),
    ):
        stocked.write(receive_goods, ReceiveGoods((ReceiptLine(sku, quantity, 100),), store_code))
    return stocked


def found(chain: SmallChain, query: FindStock, **options) -> list[tuple[str, str, int]]:
    page = chain.read(find_stock, query, **options)
    return [(one.store_code, one.sku, one.available_milli) for one in page.stores]


@pytest.mark.capability("INV-08")
def test_a_store_looks_up_who_has_it_nearest_first(spread: SmallChain):
    near = found(spread, FindStock(("TEA",)), caller=terminal(S02))
    assert near == [("S02", "TEA", 2_000), ("S01", "TEA", 3_000), ("S88", "TEA", 5_000)]
    assert [code for code, *_ in found(spread, FindStock(("TEA",)), caller=terminal(S88))] == ["S88", "S01", "S02"]
    by_code = found(spread, FindStock(("TEA", "HAM"), "S02", StoreOrder.CODE))
    assert by_code == [("S01", "TEA", 3_000), ("S01", "HAM", 500), ("S02", "TEA", 2_000), ("S88", "TEA", 5_000)]


def test_leaves_out_what_is_reserved_and_stores_that_are_closed(spread: SmallChain):
    with spread.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE stock_levels SET reserved_milli = on_hand_milli WHERE location_id = {S88}")
        connection.exec_driver_sql(f"UPDATE stock_levels SET reserved_milli = 1000 WHERE location_id = {S01}")
        connection.exec_driver_sql("UPDATE stores SET status = 'closed' WHERE code = 'S02'")
        connection.exec_driver_sql("UPDATE versions SET version = version + 1 WHERE name = 'chain'")
    assert spread.rows(inventory.stock_levels, "reserved_milli").count((5_000,)) == 1
    assert found(spread, FindStock(("TEA",))) == [("S01", "TEA", 2_000)]


def test_finds_page_by_page(spread: SmallChain):
    caller = terminal(S02)
    first = spread.read(find_stock, FindStock(("TEA", "HAM"), page_size=2), caller=caller)
    assert first.stores[0] == StoreStock("S02", "Store S02", "WEST", "TEA", 2_000)
    query = FindStock(("TEA", "HAM"), page_size=2, page_token=first.next_page_token)
    assert found(spread, query, caller=caller) == [("S01", "HAM", 500), ("S88", "TEA", 5_000)]


@pytest.mark.parametrize(
    ("query", "refusal", "field"),
    [
        (FindStock(()), Missing, "skus"),
        (FindStock(("TEA",) * 51), TooMany, "skus"),
        (FindStock(("TEA", "COFFEE")), UnknownSku, "skus[1]"),
        (FindStock(("TEA",), "S99"), UnknownStore, "store_code"),
    ],
)
def test_says_what_is_wrong_with_a_question(spread: SmallChain, query, refusal, field):
    with pytest.raises(refusal) as refused:
        spread.read(find_stock, query)
    assert refused.value.field == field
