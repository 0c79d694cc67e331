"""Receipts that had been recorded wrongly, made right by entries of today."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from application.inventory.add_landed_cost import AddLandedCost, Charge, add_landed_cost
from application.inventory.goods_receipt_queries import GetGoodsReceipt, get_goods_receipt
from application.inventory.lots import ListExpiring, list_expiring
from application.inventory.put_costing import CategoryCosting, LotTracking, PutCosting, put_costing
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.purchasing.advance_purchase_order import AdvancePurchaseOrder, advance_purchase_order
from application.purchasing.correct_receipt import CorrectReceipt, LineCorrection, ReceiptCorrected, correct_receipt
from application.purchasing.create_purchase_orders import (
    CreatePurchaseOrders,
    PurchaseOrderEntry,
    create_purchase_orders,
)
from application.purchasing.purchase_order_queries import GetPurchaseOrder, get_purchase_order
from application.purchasing.purchase_views import PurchaseLineEntry, PurchaseOrderView
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.receive_purchase import ReceivedLine, ReceivePurchase, receive_purchase
from domain.identity.organisation import SYSTEM
from domain.inventory.stock import CostingMethod
from domain.purchasing.purchase_order import PurchaseSource, PurchaseStep
from domain.shared.errors import Refusal
from tests.world import Till, World

INVENTORY, COST, VARIANCE, OWED = "1405", "6401", "640101", "220202"
AVERAGE, FIFO, STANDARD = CostingMethod.MOVING_AVERAGE, CostingMethod.FIFO, CostingMethod.STANDARD


@pytest.fixture(params=[AVERAGE, FIFO, STANDARD])
def costed(request: pytest.FixtureRequest, world: World) -> World:
    """No mug stands in S1; they are valued by each method in turn, at a standard of 20.00, which they cost last."""
    return emptied(world, request.param)


def emptied(world: World, method: CostingMethod) -> World:
    sold(world, "MUG", 100)
    world.do(put_costing, PutCosting((CategoryCosting("HOME", method),)))
    return world


def received(world: World, *costs: int, sku: str = "MUG", units: int = 10) -> int:
    lines = tuple(ReceiptLine(sku, units * 1_000, cost) for cost in costs)
    receipt_id: int = world.do(receive_goods, ReceiveGoods(lines, "S1")).receipt_id
    return receipt_id


def sold(world: World, sku: str, units: int) -> None:
    world.sell(Till().line(sku, units).cash(10_000_000).command)


def correction(old: tuple[int, int], new: tuple[int, int], number: int = 1) -> LineCorrection:
    """From units and cost to units and cost."""
    return LineCorrection(number, old[0] * 1_000, old[1], new[0] * 1_000, new[1])


def correct(world: World, receipt_id: int, *lines: LineCorrection) -> ReceiptCorrected:
    done: ReceiptCorrected = world.do(correct_receipt, CorrectReceipt(receipt_id, lines, "Counted again"))
    return done


def change(world: World, before: dict[str, int]) -> dict[str, int]:
    now = world.ledger()
    return {
        code: now.get(code, 0) - before.get(code, 0)
        for code in (INVENTORY, COST, VARIANCE, OWED)
        if now.get(code, 0) != before.get(code, 0)
    }


def refused(world: World, command: CorrectReceipt, caller: Any = SYSTEM) -> tuple[str, str]:
    with pytest.raises(Refusal) as refusal:
        world.do(correct_receipt, command, caller)
    return refusal.value.reason, refusal.value.field


@pytest.mark.capability("INV-15")
def test_goods_that_never_came_leave_at_what_they_had_cost(costed: World) -> None:
    books = costed.ledger()
    receipt = received(costed, 20_000, units=10)
    costed.clock.advance(days=2)
    done = correct(costed, receipt, correction((10, 20_000), (8, 16_000)))
    assert (done.business_date, done.cost_minor, done.stock_minor) == ("2026-11-24", -4_000, -4_000)
    assert costed.level("MUG") == (8_000, 16_000)
    assert change(costed, books) == {INVENTORY: 16_000, OWED: -16_000}
    page = costed.ask(get_goods_receipt, GetGoodsReceipt(receipt))
    [line], [one] = page.lines, page.changes
    assert (line.quantity_milli, line.cost_minor, line.received_milli, line.received_minor) == (
        8_000, 16_000, 10_000, 20_000,
    )  # fmt: skip
    assert (one.document_id, one.reference, one.quantity_milli, one.cost_minor) == (
        done.document_id, "Counted again", -2_000, -4_000,
    )  # fmt: skip


def test_goods_that_came_unnoticed_come_at_the_cost_of_their_line(costed: World) -> None:
    books = costed.ledger()
    receipt = received(costed, 20_000)
    done = correct(costed, receipt, correction((10, 20_000), (12, 24_000)))
    assert (done.cost_minor, done.stock_minor, costed.level("MUG")) == (4_000, 4_000, (12_000, 24_000))
    assert change(costed, books) == {INVENTORY: 24_000, OWED: -24_000}
    # What came so is found by the next correction.
    done = correct(costed, receipt, correction((12, 24_000), (1, 2_000)))
    assert (done.stock_minor, costed.level("MUG")) == (-22_000, (1_000, 2_000))


@pytest.mark.parametrize(
    ("method", "in_stock", "posted"),
    [
        (AVERAGE, 400, {INVENTORY: 400, COST: 600, OWED: -1_000}),
        (FIFO, 400, {INVENTORY: 400, COST: 600, OWED: -1_000}),
        (STANDARD, 0, {VARIANCE: 1_000, OWED: -1_000}),
    ],
)
def test_another_cost_is_of_stock_as_far_as_the_goods_are_there(
    world: World, method: CostingMethod, in_stock: int, posted: dict[str, int]
) -> None:
    emptied(world, method)
    receipt = received(world, 20_000)
    sold(world, "MUG", 6)
    (on_hand, value), books = world.level("MUG"), world.ledger()
    done = correct(world, receipt, correction((10, 20_000), (10, 21_000)))
    assert (done.stock_minor, world.level("MUG")) == (in_stock, (on_hand, value + in_stock))
    assert change(world, books) == posted


def test_fifo_takes_first_what_the_receipt_has_brought(world: World) -> None:
    emptied(world, FIFO)
    received(world, 10_000)
    second = received(world, 20_000)
    correct(world, second, correction((10, 20_000), (4, 8_000)))
    assert world.level("MUG") == (14_000, 18_000)
    # Of the second four are left, of which two are too many; the first ten are sold before them.
    sold(world, "MUG", 10)
    books = world.ledger()
    correct(world, second, correction((4, 8_000), (2, 4_000)))
    assert (world.level("MUG"), change(world, books)) == ((2_000, 4_000), {INVENTORY: -4_000, OWED: 4_000})


def test_what_came_unnoticed_leaves_in_its_turn(world: World) -> None:
    emptied(world, FIFO)
    first = received(world, 10_000)
    world.clock.advance(days=1)
    received(world, 20_000)
    correct(world, first, correction((10, 10_000), (15, 15_000)))
    sold(world, "MUG", 15)
    assert world.level("MUG") == (10_000, 20_000)


def test_what_stood_there_before_the_first_receipt_by_layers_is_not_the_receipts(world: World) -> None:
    world.do(put_costing, PutCosting((CategoryCosting("HOME", FIFO),)))
    receipt = received(world, 30_000, 50_000)
    correct(world, receipt, correction((10, 30_000), (5, 15_000)), correction((10, 50_000), (5, 30_000), 2))
    # A hundred of before at 20.00, five at 30.00, and five at 60.00.
    assert world.level("MUG") == (110_000, 245_000)
    sold(world, "MUG", 100)
    assert world.level("MUG") == (10_000, 45_000)


def test_what_was_sold_already_had_cost_what_others_did(world: World) -> None:
    emptied(world, FIFO)
    first = received(world, 20_000, units=20)
    received(world, 60_000, units=20)
    sold(world, "MUG", 25)
    books = world.ledger()
    done = correct(world, first, correction((20, 20_000), (10, 10_000)))
    # Only ten at 10.00 had come, so fifteen and not five of those at 30.00 were sold.
    assert (world.level("MUG"), done.cost_correction_minor) == ((5_000, 15_000), 20_000)
    assert change(world, books) == {INVENTORY: -30_000, COST: 20_000, OWED: 10_000}


def test_a_receipt_that_never_was_leaves_nothing_behind_by_average(world: World) -> None:
    emptied(world, AVERAGE)
    received(world, 10_000)
    wrong = received(world, 2_000_000, units=1_000)
    books = world.ledger()
    done = correct(world, wrong, correction((1_000, 2_000_000), (0, 0)))
    assert (world.level("MUG"), done.cost_correction_minor) == ((10_000, 10_000), 0)
    assert change(world, books) == {INVENTORY: -2_000_000, OWED: 2_000_000}


def test_landed_cost_stays_with_what_is_left_of_the_line(world: World) -> None:
    emptied(world, FIFO)
    receipt = received(world, 10_000)
    world.do(add_landed_cost, AddLandedCost((receipt,), (Charge(1_000),)))
    sold(world, "MUG", 5)
    assert world.level("MUG") == (5_000, 5_500)
    done = correct(world, receipt, correction((10, 10_000), (7, 7_000)))
    # Two of seven are left, with two sevenths of 10.00 each on top of 10.00.
    assert (world.level("MUG"), done.cost_minor, done.cost_correction_minor) == ((2_000, 2_286), -3_000, 214)
    [line] = world.ask(get_goods_receipt, GetGoodsReceipt(receipt)).lines
    assert (line.cost_minor, line.landed_minor) == (7_000, 1_000)


def test_what_was_owed_to_stock_is_settled_by_what_came_unnoticed(world: World) -> None:
    emptied(world, AVERAGE)
    receipt = received(world, 20_000)
    world.set("negative_stock", "allow")
    sold(world, "MUG", 12)
    assert world.level("MUG") == (-2_000, -4_000)
    done = correct(world, receipt, correction((10, 20_000), (15, 37_500)))
    # Five came at 25.00; the ten of before have left, and so have two of the five, which had been sold for 20.00.
    assert (world.level("MUG"), done.cost_minor, done.stock_minor) == ((3_000, 7_500), 17_500, 11_500)
    correct(world, receipt, correction((15, 37_500), (10, 25_000)))
    assert world.level("MUG")[0] == -2_000


def test_lots_keep_their_lot(world: World) -> None:
    world.do(put_costing, PutCosting(products=(LotTracking("TEA", lot_tracked=True),)))
    line = ReceiptLine("TEA", 10_000, 6_000, "SOON", "2026-12-07")
    receipt = world.do(receive_goods, ReceiveGoods((line,), "S1")).receipt_id
    correct(world, receipt, correction((10, 6_000), (12, 7_200)))
    found = world.ask(list_expiring, ListExpiring(20, "S1")).lots
    assert [(one.lot_code, one.quantity_milli) for one in found] == [("SOON", 10_000), ("SOON", 2_000)]
    correct(world, receipt, correction((12, 7_200), (1, 600)))
    [left] = world.ask(list_expiring, ListExpiring(20, "S1")).lots
    assert (left.lot_code, left.quantity_milli) == ("SOON", 1_000)


def test_refuses_what_cannot_be_corrected(world: World) -> None:
    emptied(world, AVERAGE)
    receipt = received(world, 20_000)
    sold(world, "MUG", 6)
    right = correction((10, 20_000), (9, 18_000))
    documents = world.count("cost_documents")
    for lines, reason, field in (
        ((), "MISSING", "lines"),
        ((right, right), "NAMED_TWICE", "lines[1].line_number"),
        ((correction((10, 20_000), (9, 18_000), 2),), "UNKNOWN_RECEIPT_LINE", "lines[0].line_number"),
        ((correction((10, 20_001), (9, 18_000)),), "LINE_STANDS_OTHERWISE", "lines[0]"),
        ((correction((10, 20_000), (10, 20_000)),), "NOTHING_CORRECTED", "lines[0]"),
        ((correction((10, 20_000), (0, 1)),), "COST_WITHOUT_GOODS", "lines[0].cost_minor"),
        ((correction((10, 20_000), (-1, 0)),), "OUT_OF_RANGE", "lines[0].quantity_milli"),
        ((LineCorrection(1, 10_000, 20_000, 9_500, 19_000),), "QUANTITY_TOO_FINE", "lines[0].quantity_milli"),
        ((correction((10, 20_000), (5, 10_000)),), "GOODS_HAVE_LEFT", "lines[0].quantity_milli"),
    ):
        assert refused(world, CorrectReceipt(receipt, lines, "Again")) == (reason, field)
    assert refused(world, CorrectReceipt(receipt, (right,))) == ("MISSING", "reason")
    assert refused(world, CorrectReceipt(7, (right,), "Again")) == ("UNKNOWN_RECEIPT", "receipt_id")
    assert refused(world, CorrectReceipt(receipt, (right,), "Again"), world.s2) == ("UNKNOWN_RECEIPT", "receipt_id")
    assert (world.count("cost_documents"), world.level("MUG")) == (documents, (4_000, 8_000))


def test_two_who_correct_the_same_line_at_once_correct_it_once(world: World) -> None:
    receipt = received(world, 20_000)
    on_hand, _ = world.level("MUG")
    command = CorrectReceipt(receipt, (correction((10, 20_000), (9, 18_000)),), "Counted again")

    def attempt(_: int) -> str:
        try:
            world.do(correct_receipt, command)
        except Refusal as refusal:
            return refusal.reason
        return "corrected"

    with ThreadPoolExecutor(4) as threads:
        outcomes = sorted(threads.map(attempt, range(4)))
    assert outcomes == ["LINE_STANDS_OTHERWISE"] * 3 + ["corrected"]
    assert world.level("MUG")[0] == on_hand - 1_000


def test_corrections_and_landed_costs_of_the_same_receipts_come_one_after_the_other(world: World) -> None:
    receipts = [received(world, 20_000) for _ in range(3)]
    _, value = world.level("MUG")

    def charge(number: int) -> None:
        order = receipts if number % 2 else receipts[::-1]
        world.do(add_landed_cost, AddLandedCost(tuple(order), (Charge(30),)))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(charge, range(12)))
    assert world.level("MUG")[1] == value + 12 * 30
    for receipt in receipts:
        changes = world.ask(get_goods_receipt, GetGoodsReceipt(receipt)).changes
        assert [(one.number, one.cost_minor) for one in changes] == [(number, 10) for number in range(1, 13)]


def sent(world: World) -> PurchaseOrderView:
    """Fifty teas are ordered of MILL at 8.00."""
    world.do(put_suppliers, PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY"),)))
    line = PurchaseLineEntry("TEA", 50_000, price_minor=800, price_quantity_milli=1_000)
    entry = PurchaseOrderEntry("MILL", (line,), PurchaseSource.MANUAL, "S1")
    world.set("purchase_approval_above", "100000")
    [order] = world.do(create_purchase_orders, CreatePurchaseOrders((entry,), submit=True)).orders
    world.do(advance_purchase_order, AdvancePurchaseOrder(order.order_id, PurchaseStep.SEND, 1))
    found: PurchaseOrderView = order
    return found


def test_a_purchase_order_waits_again_for_what_did_not_come(world: World) -> None:
    order = sent(world)
    line = ReceivedLine(1, 50_000)
    came = world.do(receive_purchase, ReceivePurchase(order.order_id, (line,), freight_minor=300))
    assert came.order.state == "received"
    correct(world, came.receipt_id, correction((50, 40_300), (48, 38_688)))
    after = world.ask(get_purchase_order, GetPurchaseOrder(order.order_id))
    [progress] = after.progress
    assert (after.state, progress.accepted_milli, progress.open_milli, progress.goods_minor) == (
        "partly_received", 48_000, 2_000, 38_388,
    )  # fmt: skip
    assert (after.timeline[-1].kind, after.timeline[-1].note) == ("corrected", "Counted again")
    again = world.do(receive_purchase, ReceivePurchase(order.order_id, (ReceivedLine(1, 2_000),)))
    assert (again.order.state, again.goods_minor) == ("received", 1_600)
    assert world.ask(get_goods_receipt, GetGoodsReceipt(came.receipt_id)).receipt.order_id == order.order_id


def test_a_closed_purchase_order_stays_closed(world: World) -> None:
    order = sent(world)
    line = ReceivedLine(1, 40_000)
    came = world.do(receive_purchase, ReceivePurchase(order.order_id, (line,), close_rest=True))
    correct(world, came.receipt_id, correction((40, 32_000), (45, 36_000)))
    after = world.ask(get_purchase_order, GetPurchaseOrder(order.order_id))
    [progress] = after.progress
    assert (after.state, progress.accepted_milli, progress.open_milli) == ("closed", 45_000, 0)
