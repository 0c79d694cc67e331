from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from adapters.sql.tables import catalog, finance, inventory, kernel
from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.fields import Missing, OutOfRange, TextTooLong, TooMany
from application.inventory.queries import GetStock, ListMovements, get_stock, list_movements
from application.inventory.receive_goods import (
    GoodsReceived,
    ReceiptLine,
    ReceiveGoods,
    UnknownSku,
    Unstocked,
    receive_goods,
)
from application.scope import StoreNeeded, UnknownStore
from domain.catalog.quantity import QuantityNotPositive, QuantityTooFine, QuantityTooLarge
from domain.inventory.costing import issue
from domain.inventory.stock import MovementReason, StockLevel, StockMovement
from tests.application.small_chain import HQ, NOON, S01, S02, SmallChain, terminal

INVENTORY, NOT_INVOICED, COST_OF_GOODS_SOLD = "1405", "220202", "6401"


def receive(chain: SmallChain, *lines: ReceiptLine, store_code: str = "S01", **options) -> GoodsReceived:
    return chain.write(receive_goods, ReceiveGoods(lines, store_code, "DN-7"), **options)


def sell_before_receipt(chain: SmallChain, sku: str, *, quantity_milli: int, value_minor: int) -> None:
    """Takes out of S01 what is not there, as a sale made offline does."""
    sku_id = dict(chain.rows(catalog.products, "sku", "sku_id"))[sku]
    with chain.units.begin(caller=HQ, now=NOON) as uow:
        level = uow.stock.lock([(S01, sku_id)])[S01, sku_id]
        level.on_hand_milli -= quantity_milli
        level.value_minor -= value_minor
        uow.add(
            StockMovement(
                S01, sku_id, uow.new_id(), -quantity_milli, -value_minor, MovementReason.SALE, 77, NOON.date(), NOON
            )
        )
        uow.commit()


def levels(chain: SmallChain, store_code: str = "S01") -> dict[str, tuple[int, int]]:
    page = chain.read(get_stock, GetStock(store_code, page_size=500))
    return {level.sku: (level.on_hand_milli, level.value_minor) for level in page.levels}


def movements(chain: SmallChain, sku: str) -> list[tuple[int, int, MovementReason]]:
    page = chain.read(list_movements, ListMovements(sku, "S01"))
    return [(movement.quantity_milli, movement.value_minor, movement.reason) for movement in reversed(page.movements)]


def journal(chain: SmallChain) -> dict[str, int]:
    totals: dict[str, int] = {}
    for account, amount in chain.rows(finance.postings, "account_code", "amount_minor"):
        totals[account] = totals.get(account, 0) + amount
    return totals


def nothing_stored(chain: SmallChain) -> bool:
    tables = (
        inventory.goods_receipts,
        inventory.stock_movements,
        inventory.stock_levels,
        finance.journal_entries,
        finance.postings,
        kernel.outbox,
    )
    return not any(chain.rows(table) for table in tables)


def test_puts_goods_into_stock_and_posts_what_they_cost(stocked):
    received = receive(stocked, ReceiptLine("TEA", 10_000, 8_000), ReceiptLine("HAM", 2_500, 12_345))
    assert received == GoodsReceived(
        received.receipt_id, "2025-06-01", cost_minor=20_345, lines=2, cost_correction_minor=0
    )
    assert levels(stocked) == {"TEA": (10_000, 8_000), "HAM": (2_500, 12_345)}
    assert movements(stocked, "TEA") == [(10_000, 8_000, MovementReason.RECEIPT)]
    assert journal(stocked) == {INVENTORY: 20_345, NOT_INVOICED: -20_345}
    assert stocked.rows(inventory.goods_receipts) == [
        (received.receipt_id, S01, "DN-7", NOON.date(), NOON, 2, 20_345, 0)
    ]
    [entry] = stocked.rows(finance.journal_entries)
    assert entry[1:] == (S01, NOON.date(), "CNY", "", "goods_receipt", received.receipt_id, NOON)


def test_tells_other_systems_once_it_is_committed(stocked):
    received = receive(stocked, ReceiptLine("TEA", 10_000, 8_000))
    assert stocked.rows(kernel.outbox, "topic", "subject_id", "payload") == [
        (
            "GoodsReceived",
            received.receipt_id,
            {
                "receipt_id": received.receipt_id,
                "store_id": S01,
                "business_date": "2025-06-01",
                "lines": 1,
                "cost_minor": 8_000,
                "cost_correction_minor": 0,
                "currency": "CNY",
            },
        )
    ]


@pytest.mark.capability("INV-14")
def test_spreads_freight_that_the_cost_of_a_line_includes(stocked):
    # 50 at 8.00 and 3.00 freight.
    receive(stocked, ReceiptLine("TEA", 50_000, 50 * 800 + 300))
    assert levels(stocked) == {"TEA": (50_000, 40_300)}
    [row] = stocked.rows(inventory.stock_levels)
    assert issue(StockLevel(*row), quantity_milli=1_000) == 806


def test_averages_the_cost_of_several_lines_and_receipts(stocked):
    receive(
        stocked, ReceiptLine("TEA", 10_000, 10_000), ReceiptLine("MILK", 1_000, 1), ReceiptLine("TEA", 5_000, 7_500)
    )
    receive(stocked, ReceiptLine("TEA", 5_000, 12_500))
    assert levels(stocked) == {"TEA": (20_000, 30_000), "MILK": (1_000, 1)}
    [row] = [row for row in stocked.rows(inventory.stock_levels) if row[2] == 20_000]
    assert StockLevel(*row).last_cost_minor == 12_500
    assert issue(StockLevel(*row), quantity_milli=1_000) == 1_500


def test_corrects_the_cost_of_what_was_sold_before_it_came(stocked):
    sell_before_receipt(stocked, "TEA", quantity_milli=4_000, value_minor=0)
    received = receive(stocked, ReceiptLine("TEA", 10_000, 10_000))
    # 4 were sold at no known cost; each cost 10.00.
    assert received.cost_correction_minor == 4_000
    assert levels(stocked) == {"TEA": (6_000, 6_000)}
    assert movements(stocked, "TEA") == [
        (-4_000, 0, MovementReason.SALE),
        (10_000, 10_000, MovementReason.RECEIPT),
        (0, -4_000, MovementReason.COST_CORRECTION),
    ]
    assert journal(stocked) == {INVENTORY: 6_000, NOT_INVOICED: -10_000, COST_OF_GOODS_SOLD: 4_000}
    assert stocked.rows(inventory.goods_receipts, "cost_minor", "cost_correction_minor") == [(10_000, 4_000)]


def test_gives_cost_back_when_goods_turn_out_cheaper(stocked):
    sell_before_receipt(stocked, "TEA", quantity_milli=4_000, value_minor=6_000)
    received = receive(stocked, ReceiptLine("TEA", 1_000, 1_000), ReceiptLine("TEA", 9_000, 9_000))
    assert received.cost_correction_minor == -2_000
    assert levels(stocked) == {"TEA": (6_000, 6_000)}
    assert journal(stocked) == {INVENTORY: 12_000, NOT_INVOICED: -10_000, COST_OF_GOODS_SOLD: -2_000}


def test_posts_on_the_trading_day_of_the_store(stocked):
    # 03:59 in Shanghai; the day ends at four.
    early = datetime(2025, 6, 1, 19, 59, tzinfo=UTC)
    line = ReceiptLine("TEA", 1_000, 100)
    assert receive(stocked, line, now=early).business_date == "2025-06-01"
    assert receive(stocked, line, now=early + timedelta(minutes=1)).business_date == "2025-06-02"


def test_receives_at_the_terminals_own_store(stocked):
    received = receive(stocked, ReceiptLine("TEA", 1_000, 100), store_code="", caller=terminal(S02))
    assert stocked.rows(inventory.goods_receipts, "receipt_id", "store_id") == [(received.receipt_id, S02)]


@pytest.mark.parametrize(
    ("line", "refusal", "field"),
    [
        (ReceiptLine("COFFEE", 1_000, 1), UnknownSku, "lines[1].sku"),
        (ReceiptLine("BAG", 1_000, 1), Unstocked, "lines[1].sku"),
        (ReceiptLine("", 1_000, 1), Missing, "lines[1].sku"),
        (ReceiptLine("TEA", 0, 1), QuantityNotPositive, "lines[1].quantity_milli"),
        (ReceiptLine("TEA", -1_000, 1), QuantityNotPositive, "lines[1].quantity_milli"),
        (ReceiptLine("TEA", 1_500, 1), QuantityTooFine, "lines[1].quantity_milli"),
        (ReceiptLine("TEA", 10**9 + 1_000, 1), QuantityTooLarge, "lines[1].quantity_milli"),
        (ReceiptLine("TEA", 1_000, -1), OutOfRange, "lines[1].cost_minor"),
        (ReceiptLine("TEA", 1_000, 10**15), OutOfRange, "lines[1].cost_minor"),
    ],
)
def test_refuses_the_whole_receipt_for_one_bad_line(stocked, line, refusal, field):
    with pytest.raises(refusal) as refused:
        receive(stocked, ReceiptLine("TEA", 1_000, 100), line)
    assert refused.value.field == field
    assert nothing_stored(stocked)


@pytest.mark.parametrize(
    ("command", "caller", "refusal", "field"),
    [
        (ReceiveGoods((ReceiptLine("TEA", 1_000, 1),), "S02"), terminal(S01), UnknownStore, "store_code"),
        (ReceiveGoods((ReceiptLine("TEA", 1_000, 1),), "S99"), HQ, UnknownStore, "store_code"),
        (ReceiveGoods((ReceiptLine("TEA", 1_000, 1),)), HQ, StoreNeeded, "store_code"),
        (ReceiveGoods((ReceiptLine("TEA", 1_000, 1),), "S01", "x" * 201), HQ, TextTooLong, "reference"),
        (ReceiveGoods((), "S01"), HQ, Missing, "lines"),
        (ReceiveGoods((ReceiptLine("TEA", 1_000, 1),) * 50_001, "S01"), HQ, TooMany, "lines"),
    ],
)
def test_refuses_a_receipt_that_belongs_nowhere(stocked, command, caller, refusal, field):
    with pytest.raises(refusal) as refused:
        stocked.write(receive_goods, command, caller=caller)
    assert refused.value.field == field
    assert nothing_stored(stocked)


def test_adds_up_what_many_receive_at_the_same_time(stocked):
    tea, milk = ReceiptLine("TEA", 1_000, 100), ReceiptLine("MILK", 2_000, 50)

    def receiving(number: int) -> GoodsReceived:
        # In opposite order: stock is locked in its own.
        return receive(stocked, *((tea, milk) if number % 2 else (milk, tea)))

    with ThreadPoolExecutor(8) as threads:
        receipts = list(threads.map(receiving, range(16)))
    assert len({receipt.receipt_id for receipt in receipts}) == 16
    assert levels(stocked) == {"TEA": (16_000, 1_600), "MILK": (32_000, 800)}
    assert journal(stocked) == {INVENTORY: 2_400, NOT_INVOICED: -2_400}


def test_receives_thousands_of_lines_with_as_many_statements_as_one(stocked):
    products = tuple(ProductEntry(f"P{number}", "x", "FOOD", "EA") for number in range(1_000))
    stocked.write(put_products, PutProducts(products))
    # More than a block of ids, which SQLite cannot take beside the transaction.
    lines = tuple(ReceiptLine(f"P{number % 1_000}", 1_000, 100) for number in range(12_000))
    assert stocked.statements(receive_goods, ReceiveGoods(lines[:1], "S01")) == 2
    assert stocked.statements(receive_goods, ReceiveGoods(lines, "S02")) == 2
    assert len(set(stocked.rows(inventory.stock_movements, "movement_id"))) == 12_001
    assert journal(stocked) == {INVENTORY: 1_200_100, NOT_INVOICED: -1_200_100}
    on_hand = stocked.rows(inventory.stock_levels, "location_id", "on_hand_milli")
    assert on_hand == [(S01, 1_000)] + [(S02, 12_000)] * 1_000
