from datetime import timedelta

import pytest

from application.fields import Missing
from application.inventory.queries import (
    GetStock,
    ListMovements,
    TooManySkus,
    UnknownSku,
    get_stock,
    list_movements,
)
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.inventory.views import MovementView, StockLevelView
from application.paging import InvalidPageToken
from application.scope import StoreNeeded, UnknownStore
from domain.inventory.stock import MovementReason
from tests.application.small_chain import NOON, S02, SmallChain, terminal


@pytest.fixture
def received(stocked: SmallChain) -> SmallChain:
    """S01 holds TEA and HAM, S02 holds TEA."""
    for store_code, sku, quantity, cost in (
        ("S01", "TEA", 3_000, 300),
        ("S01", "HAM", 500, 700),
        ("S02", "TEA", 1_000, 90),
    ):
        stocked.write(receive_goods, ReceiveGoods((ReceiptLine(sku, quantity, cost),), store_code))
    return stocked


S01_TEA = StockLevelView("S01", "TEA", 3_000, 0, 3_000, 300)
S01_HAM = StockLevelView("S01", "HAM", 500, 0, 500, 700)
S02_TEA = StockLevelView("S02", "TEA", 1_000, 0, 1_000, 90)


@pytest.mark.parametrize(
    ("query", "levels"),
    [
        (GetStock(), [S01_TEA, S01_HAM, S02_TEA]),
        (GetStock("S01"), [S01_TEA, S01_HAM]),
        (GetStock("S01", ("HAM",)), [S01_HAM]),
        (GetStock(skus=("TEA", "TEA", "MILK")), [S01_TEA, S02_TEA]),
        (GetStock("S88"), []),
    ],
)
def test_shows_levels_of_stores_and_skus(received, query, levels):
    page = received.read(get_stock, query)
    assert (list(page.levels), page.next_page_token) == (levels, "")


def test_shows_a_terminal_its_own_store_only(received):
    assert received.read(get_stock, GetStock(), caller=terminal(S02)).levels == [S02_TEA]
    assert received.read(get_stock, GetStock(skus=("TEA",)), caller=terminal(S02)).levels == [S02_TEA]
    with pytest.raises(UnknownStore) as refused:
        received.read(get_stock, GetStock("S01"), caller=terminal(S02))
    assert refused.value.message() == "There is no store “S01” in this caller's scope."


def test_does_not_lead_out_of_the_scope_by_a_foreign_token(received):
    token = received.read(get_stock, GetStock(page_size=1)).next_page_token
    assert received.read(get_stock, GetStock(page_token=token), caller=terminal(S02)).levels == [S02_TEA]


def test_shows_levels_page_by_page(received):
    first = received.read(get_stock, GetStock(page_size=2))
    assert first.levels == [S01_TEA, S01_HAM]
    second = received.read(get_stock, GetStock(page_size=2, page_token=first.next_page_token))
    assert (list(second.levels), second.next_page_token) == ([S02_TEA], "")


@pytest.mark.parametrize(
    ("query", "refusal", "field"),
    [
        (GetStock("S99"), UnknownStore, "store_code"),
        (GetStock(skus=("TEA", "COFFEE")), UnknownSku, "skus[1]"),
        (GetStock(skus=("TEA", "")), Missing, "skus[1]"),
        (GetStock(skus=("TEA",) * 501), TooManySkus, "skus"),
        (GetStock(page_token="x"), InvalidPageToken, "page_token"),
    ],
)
def test_says_what_is_wrong_with_a_question(received, query, refusal, field):
    with pytest.raises(refusal) as refused:
        received.read(get_stock, query)
    assert refused.value.field == field


@pytest.mark.capability("INV-02")
def test_lists_movements_whose_sum_is_the_level_at_any_moment(received):
    for hours in (1, 2):
        line = ReceiptLine("TEA", 1_000 * hours, 150)
        received.write(receive_goods, ReceiveGoods((line,), "S01"), now=NOON + timedelta(hours=hours))
    newest, older, oldest = received.read(list_movements, ListMovements("TEA", "S01")).movements
    assert newest == MovementView(
        movement_id=newest.movement_id,
        quantity_milli=2_000,
        value_minor=150,
        reason=MovementReason.RECEIPT,
        document_id=newest.document_id,
        business_date="2025-06-01",
        moved_at=NOON + timedelta(hours=2),
        on_hand_milli=6_000,
        stock_value_minor=600,
    )
    assert [movement.quantity_milli for movement in (older, oldest)] == [1_000, 3_000]
    assert received.read(get_stock, GetStock("S01", ("TEA",))).levels == [
        StockLevelView("S01", "TEA", 6_000, 0, 6_000, 600)
    ]


def test_lists_movements_page_by_page_even_of_one_moment(received):
    # Three movements at the same instant are told apart by their ids.
    lines = tuple(ReceiptLine("MILK", 1_000 * count, count) for count in (1, 2, 3))
    received.write(receive_goods, ReceiveGoods(lines, "S02"))
    caller = terminal(S02)
    first = received.read(list_movements, ListMovements("MILK", page_size=2), caller=caller)
    second = received.read(list_movements, ListMovements("MILK", "S02", 2, first.next_page_token), caller=caller)
    assert [movement.quantity_milli for movement in (*first.movements, *second.movements)] == [3_000, 2_000, 1_000]
    assert second.next_page_token == ""


def test_refuses_movements_of_nothing_and_of_foreign_stores(received):
    with pytest.raises(UnknownSku):
        received.read(list_movements, ListMovements("COFFEE", "S01"))
    with pytest.raises(StoreNeeded):
        received.read(list_movements, ListMovements("TEA"))
    with pytest.raises(UnknownStore):
        received.read(list_movements, ListMovements("TEA", "S01"), caller=terminal(S02))
