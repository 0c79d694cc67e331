"""How stock is valued, and lots, from the setting to the books."""

from typing import Any

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.inventory.adjust_stock import AdjustmentLine, AdjustStock, adjust_stock
from application.inventory.create_transfers import CreateTransfers, NewTransfer, TransferItem, create_transfers
from application.inventory.lots import (
    ExpiringLot,
    ListExpiring,
    TraceLot,
    WriteOffExpired,
    list_expiring,
    trace_lot,
    write_off_expired,
)
from application.inventory.put_costing import (
    ApplyCosting,
    CategoryCosting,
    LotTracking,
    PutCosting,
    SetStandardCosts,
    StandardCostEntry,
    apply_costing,
    put_costing,
    set_standard_costs,
)
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.inventory.receive_transfer import ArrivedItem, ReceiveTransfer, receive_transfer
from application.inventory.ship_transfer import ShipTransfer, ship_transfer
from application.sales.checkout import ExpiredStock, InsufficientStock
from application.sales.refund import RefundSale, VoidSale, void_sale
from domain.identity.organisation import SYSTEM
from domain.inventory.adjustment import StockPlace
from domain.inventory.stock import CostingMethod
from domain.sales.reversal import ReturnRequest
from domain.shared.errors import Refusal
from tests.world import Till, World

INVENTORY, COST, SHRINKAGE, OWED, VARIANCE = "1405", "6401", "660201", "220202", "640101"


def costed(world: World, method: CostingMethod, category: str = "HOME") -> None:
    """MUG is in HOME, TEA and RICE in FOOD; a hundred mugs stand there at 20.00."""
    world.do(put_costing, PutCosting((CategoryCosting(category, method),)))
    assert world.do(apply_costing, ApplyCosting("S1")).changed > 0


def emptied(world: World, sku: str) -> None:
    on_hand, _ = world.level(sku)
    world.sell(Till().line(sku, on_hand // 1_000).cash(10_000_000).command)
    assert world.level(sku) == (0, 0)


def layers(world: World, sku: str) -> list[tuple[int, int]]:
    return world.rows(
        "SELECT y.quantity_milli, y.value_minor FROM stock_layers y JOIN products p ON p.sku_id = y.sku_id"
        f" JOIN stores s ON s.store_id = y.location_id WHERE p.sku = '{sku}' AND s.code = 'S1'"
        " AND y.quantity_milli > 0 ORDER BY y.layer_id"
    )


def change(world: World, before: dict[str, int]) -> dict[str, int]:
    now = world.ledger()
    return {
        code: now.get(code, 0) - before.get(code, 0)
        for code in (INVENTORY, COST, SHRINKAGE, OWED, VARIANCE)
        if now.get(code, 0) != before.get(code, 0)
    }


def lot(world: World, code: str, expiry: str, units: int = 10, cost: int = 1_000) -> None:
    line = ReceiptLine("TEA", units * 1_000, cost * units, code, expiry)
    world.do(receive_goods, ReceiveGoods((line,), "S1"))


@pytest.mark.capability("INV-15")
@pytest.mark.parametrize(
    ("method", "left"),
    [(CostingMethod.FIFO, 10_000), (CostingMethod.MOVING_AVERAGE, 7_500), (CostingMethod.STANDARD, 10_000)],
)
def test_ten_at_ten_and_ten_at_twenty_less_fifteen(world: World, method: CostingMethod, left: int) -> None:
    emptied(world, "MUG")
    world.do(put_costing, PutCosting((CategoryCosting("HOME", method),)))
    books = world.ledger()
    world.receive("MUG", 10_000, 10_000)
    world.receive("MUG", 10_000, 20_000)
    world.sell(Till().line("MUG", 15).cash(10_000_000).command)
    # The standard is what mugs had cost last, 20.00: the first ten were 100.00 cheaper.
    at_standard = {VARIANCE: -10_000} if method is CostingMethod.STANDARD else {}
    assert world.level("MUG") == (5_000, left)
    assert change(world, books) == {
        INVENTORY: left, OWED: -30_000, COST: 30_000 - left - sum(at_standard.values()), **at_standard,
    }  # fmt: skip


@pytest.mark.capability("INV-16")
def test_goods_come_back_to_the_layers_that_they_left(world: World) -> None:
    emptied(world, "MUG")
    world.do(put_costing, PutCosting((CategoryCosting("HOME", CostingMethod.FIFO),)))
    world.receive("MUG", 10_000, 10_000)
    world.receive("MUG", 10_000, 20_000)
    sale = world.sell(Till().line("MUG", 15).cash(10_000_000).command)
    assert layers(world, "MUG") == [(5_000, 10_000)]
    world.refund(RefundSale(sale.sale_id, "Three", (ReturnRequest(1, 3_000, amount_only=False),)))
    on_hand, value = world.level("MUG")
    assert (on_hand, value, sum(row[1] for row in layers(world, "MUG"))) == (8_000, value, value)
    other = world.sell(Till().line("MUG", 2).cash(10_000_000).command)
    world.once(void_sale, VoidSale(other.sale_id, "Mistake"), world.s1)
    assert world.level("MUG") == (on_hand, value)


def test_another_method_keeps_the_value_of_what_is_on_hand(world: World) -> None:
    before, books = world.level("MUG"), world.ledger()
    fifo, standard, average = CostingMethod.FIFO, CostingMethod.STANDARD, CostingMethod.MOVING_AVERAGE
    for method in (fifo, standard, average, standard, fifo, average):
        costed(world, method)
        assert world.level("MUG") == before
    assert change(world, books) == {}
    assert world.do(apply_costing, ApplyCosting("S1")).changed == 0


def test_a_new_standard_cost_revalues_what_is_on_hand(world: World) -> None:
    costed(world, CostingMethod.STANDARD)
    books = world.ledger()
    done = world.do(set_standard_costs, SetStandardCosts((StandardCostEntry("MUG", 2_500, 1_000),), "S1", "2027"))
    assert (done.stock_minor, world.level("MUG")) == (50_000, (100_000, 250_000))
    assert change(world, books) == {INVENTORY: 50_000, VARIANCE: -50_000}
    came = world.do(receive_goods, ReceiveGoods((ReceiptLine("MUG", 10_000, 27_000),), "S1"))
    assert (came.price_variance_minor, came.cost_correction_minor) == (2_000, 0)
    assert world.level("MUG") == (110_000, 275_000)


def test_what_was_sold_before_it_came_is_corrected_by_the_receipt(world: World) -> None:
    emptied(world, "MUG")
    world.do(put_costing, PutCosting((CategoryCosting("HOME", CostingMethod.FIFO),)))
    world.receive("MUG", 5_000, 10_000)
    world.set("negative_stock", "allow")
    world.sell(Till().line("MUG", 8).cash(10_000_000).command)
    assert world.level("MUG") == (-3_000, -6_000)
    world.receive("MUG", 10_000, 30_000)
    assert (world.level("MUG"), layers(world, "MUG")) == ((7_000, 21_000), [(7_000, 21_000)])


@pytest.mark.capability("INV-06")
def test_lots_are_sold_first_expired_first_and_never_expired(world: World) -> None:
    emptied(world, "TEA")
    world.do(put_costing, PutCosting(products=(LotTracking("TEA", lot_tracked=True, shelf_life_days=30),)))
    lot(world, "LATE", "2026-12-31")
    # Fifteen days from this day, the 22nd of November.
    lot(world, "SOON", "2026-12-07")
    [first] = world.ask(list_expiring, ListExpiring(15, "S1")).lots
    assert first == ExpiringLot("S1", "TEA", "SOON", "2026-12-07", 15, 10_000, 10_000, 1_500)
    sale = world.sell(Till().line("TEA", 12).cash(10_000_000).command)
    steps = world.ask(trace_lot, TraceLot("TEA", "SOON")).steps
    assert [(step.reason, step.quantity_milli) for step in steps] == [("sale", -10_000), ("receipt", 10_000)]
    assert steps[0].document_id == sale.sale_id
    # Back to the lots that they came from, the last taken first.
    world.refund(RefundSale(sale.sale_id, "Five", (ReturnRequest(1, 5_000, amount_only=False),)))
    found = world.ask(list_expiring, ListExpiring(60, "S1")).lots
    assert [(one.lot_code, one.quantity_milli) for one in found] == [("SOON", 3_000), ("LATE", 10_000)]

    world.clock.advance(days=16)
    [gone, _] = world.ask(list_expiring, ListExpiring(60, "S1")).lots
    assert (gone.lot_code, gone.days_left, gone.markdown_bp) == ("SOON", -1, 0)
    with pytest.raises((ExpiredStock, InsufficientStock)) as refused:
        world.sell(Till().line("TEA", 11).cash(10_000_000).command)
    assert refused.value.reason == "EXPIRED_STOCK"
    books = world.ledger()
    done = world.do(write_off_expired, WriteOffExpired("S1"))
    assert (done.lots, done.lost_minor, done.more) == (1, 3_000, False)
    assert change(world, books) == {INVENTORY: -3_000, SHRINKAGE: 3_000}
    assert world.level("TEA") == (10_000, 10_000)
    assert world.do(write_off_expired, WriteOffExpired("S1")).lots == 0
    world.sell(Till().line("TEA", 10).cash(10_000_000).command)


def test_a_receipt_of_goods_told_apart_names_their_lot_or_they_have_a_shelf_life(world: World) -> None:
    world.do(put_costing, PutCosting(products=(LotTracking("TEA", lot_tracked=True),)))
    for line, reason, field in (
        (ReceiptLine("TEA", 1_000, 1), "EXPIRY_NEEDED", "lines[0].expiry_date"),
        (ReceiptLine("MUG", 1_000, 1, "L1"), "NOT_KEPT_BY_LOT", "lines[0].lot_code"),
        (ReceiptLine("TEA", 1_000, 1, "L1", "soon"), "INVALID_DATE", "lines[0].expiry_date"),
        (ReceiptLine("TEA", 1_000, 1, "L" * 65, "2026-12-31"), "TEXT_TOO_LONG", "lines[0].lot_code"),
    ):
        with pytest.raises(Refusal) as refused:
            world.do(receive_goods, ReceiveGoods((line,), "S1"))
        assert (refused.value.reason, refused.value.field) == (reason, field)


def test_refuses_what_cannot_be_set(world: World) -> None:
    def refused(use_case: Any, command: Any, caller: Any = SYSTEM) -> tuple[str, str]:
        with pytest.raises(Refusal) as refusal:
            world.do(use_case, command, caller)
        return refusal.value.reason, refusal.value.field

    fifo = CostingMethod.FIFO
    assert refused(put_costing, PutCosting()) == ("MISSING", "categories")
    assert refused(put_costing, PutCosting((CategoryCosting("NOPE", fifo),))) == (
        "UNKNOWN_CATEGORY", "categories[0].category_code",
    )  # fmt: skip
    assert refused(put_costing, PutCosting((CategoryCosting("HOME"),))) == ("METHOD_NEEDED", "categories[0].method")
    assert refused(put_costing, PutCosting(products=(LotTracking("WRAP", True),))) == ("UNSTOCKED", "products[0].sku")
    assert refused(put_costing, PutCosting((CategoryCosting("HOME", fifo),)), world.s1)[0] == "WHOLE_CHAIN_ONLY"
    line = StandardCostEntry("MUG", 1, 1_000)
    assert refused(set_standard_costs, SetStandardCosts((line,), "S1")) == ("NOT_AT_STANDARD_COST", "lines[0].sku")


def test_the_check_finds_what_was_tampered_with(world: World) -> None:
    costed(world, CostingMethod.FIFO)
    [invariant] = [one for one in INVARIANTS if one.id == "INV-layers"]
    for tampering, least in (
        ("UPDATE stock_layers SET value_minor = value_minor + 1", 2),
        ("DELETE FROM stock_layer_entries", 1),
        ("UPDATE cost_documents SET stock_minor = 1", 1),
        ("UPDATE stock_levels SET costing = 0 WHERE costing = 1", 1),
    ):
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            assert examine(uow, invariant).violated == 0
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated >= least) == (tampering, True)


def test_lots_stay_lots_when_they_move_between_stores(world: World) -> None:
    emptied(world, "TEA")
    world.do(put_costing, PutCosting(products=(LotTracking("TEA", lot_tracked=True),)))
    lot(world, "SOON", "2026-12-07")
    lot(world, "LATE", "2026-12-31")
    new = NewTransfer("S1", "S2", (TransferItem("TEA", 15_000),))
    [made] = world.do(create_transfers, CreateTransfers((new,), approve=True)).transfers
    world.do(ship_transfer, ShipTransfer(made.transfer_id))
    world.do(receive_transfer, ReceiveTransfer(made.transfer_id, (ArrivedItem("TEA", 4_000),)))
    world.do(receive_transfer, ReceiveTransfer(made.transfer_id))
    there = world.ask(list_expiring, ListExpiring(60, "S2")).lots
    assert [(one.lot_code, one.quantity_milli) for one in there] == [("SOON", 10_000), ("LATE", 4_000), ("LATE", 1_000)]
    assert [step.store_code for step in world.ask(trace_lot, TraceLot("TEA", "SOON")).steps] == ["S2", "S1", "S1"]


def test_goods_set_aside_come_back_at_another_standard(world: World) -> None:
    aside = AdjustmentLine("MUG", 1_000, StockPlace.FOR_SALE, StockPlace.DAMAGED)
    world.do(adjust_stock, AdjustStock((aside,), "S1"))
    costed(world, CostingMethod.STANDARD)
    world.do(set_standard_costs, SetStandardCosts((StandardCostEntry("MUG", 0, 1_000),), "S1"))
    back = AdjustmentLine("MUG", 1_000, StockPlace.DAMAGED, StockPlace.FOR_SALE)
    world.do(adjust_stock, AdjustStock((back,), "S1"))
    assert world.level("MUG") == (100_000, 0)
    assert world.broken() == []
