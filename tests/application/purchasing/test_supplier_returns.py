"""Goods that go back to suppliers, from the shelf to the books."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.inventory.adjust_stock import AdjustmentLine, AdjustStock, adjust_stock
from application.inventory.put_costing import CategoryCosting, LotTracking, PutCosting, put_costing
from application.purchasing.receive_purchase import ReceivedLine, ReceivePurchase, receive_purchase
from application.purchasing.return_to_supplier import ReturnToSupplier, return_to_supplier
from application.purchasing.supplier_return_views import (
    GetSupplierReturn,
    ListSupplierReturns,
    get_supplier_return,
    list_supplier_returns,
)
from domain.identity.organisation import SYSTEM
from domain.inventory.adjustment import StockPlace
from domain.inventory.stock import CostingMethod
from domain.purchasing.purchase_receipt import RejectedTo
from domain.purchasing.supplier_return import ReturnedFrom, SupplierReturnReason
from domain.shared.errors import Refusal
from tests.application.purchasing.buying import (
    DAMAGED,
    INVENTORY,
    OWED,
    QUARANTINE,
    VARIANCE,
    Books,
    at_price,
    bought,
    came,
    goes_back,
    refused,
    returned,
    sent,
    with_supplier,
)
from tests.world import Till, World


@pytest.fixture
def buying(world: World) -> World:
    return with_supplier(world)


def test_goods_leave_at_cost_and_are_claimed_at_their_price(buying: World) -> None:
    # 100 tea at 60.00 are there; 50 at 80.00 with 3.00 of freight come: 150 worth 10,003.00.
    receipt = bought(buying, "TEA", 50, 8_000, freight_minor=300)
    books = Books(buying)
    back = returned(buying, goes_back("TEA", 30), receipt_id=receipt.receipt_id, reference="RMA-7")
    # 30 of 150 at their average of 66.686… cost 2,000.60, and are claimed at 80.00 a piece.
    assert (back.cost_minor, back.claim_minor, back.debit_minor, back.price_variance_minor) == (
        200_060, 240_000, 0, -39_940,
    )  # fmt: skip
    assert books.moved() == {INVENTORY: -200_060, OWED: 240_000, VARIANCE: -39_940}
    assert buying.level("TEA") == (120_000, 800_240)
    [line] = back.lines
    assert (line.sku, line.receipt_id, line.receipt_line_number, line.quantity_milli, line.reason) == (
        "TEA", receipt.receipt_id, 1, 30_000, SupplierReturnReason.DAMAGED,
    )  # fmt: skip


def test_no_more_goes_back_than_came_and_is_not_returned_yet(buying: World) -> None:
    receipt = bought(buying, "TEA", 50, 8_000)
    returned(buying, goes_back("TEA", 45), receipt_id=receipt.receipt_id)
    more = ReturnToSupplier((goes_back("TEA", 6),), receipt.receipt_id)
    assert refused(buying, return_to_supplier, more) == ("NOTHING_TO_RETURN", "lines[0].quantity_milli")
    free = ReturnToSupplier((goes_back("TEA", 6),), supplier_code="MILL", store_code="S1")
    assert refused(buying, return_to_supplier, free) == ("NOTHING_TO_RETURN", "lines[0].quantity_milli")
    last = returned(buying, goes_back("TEA", 5), receipt_id=receipt.receipt_id)
    assert last.claim_minor == 40_000
    assert refused(buying, return_to_supplier, more)[0] == "NOTHING_TO_RETURN"


def test_parts_claim_together_what_the_whole_had_cost(buying: World) -> None:
    receipt = bought(buying, "MUG", 3, 1_000)
    # Three mugs for 10.00 in all, as an order in thirds would have it.
    with buying.units.begin(caller=SYSTEM, now=buying.clock()) as uow:
        [accrual] = uow.purchase_accruals.lock_receipts([receipt.receipt_id])
        assert (accrual.open_milli, accrual.open_minor, accrual.returnable_milli) == (3_000, 3_000, 3_000)
    claims = [returned(buying, goes_back("MUG", 1), receipt_id=receipt.receipt_id).claim_minor for _ in range(3)]
    assert claims == [1_000, 1_000, 1_000]


def test_without_a_receipt_what_came_last_goes_back_first(buying: World) -> None:
    first = bought(buying, "TEA", 10, 7_000)
    second = bought(buying, "TEA", 10, 8_000)
    back = returned(buying, goes_back("TEA", 15, SupplierReturnReason.WRONG_GOODS))
    assert [(one.receipt_id, one.quantity_milli, one.claim_minor) for one in back.lines] == [
        (second.receipt_id, 10_000, 80_000), (first.receipt_id, 5_000, 35_000),
    ]  # fmt: skip
    assert sum(one.cost_minor for one in back.lines) == back.cost_minor
    # What came more than a year ago goes back by its receipt only.
    buying.clock.advance(days=367)
    free = ReturnToSupplier((goes_back("TEA", 5),), supplier_code="MILL", store_code="S1")
    assert refused(buying, return_to_supplier, free)[0] == "NOTHING_TO_RETURN"
    assert returned(buying, goes_back("TEA", 5), receipt_id=first.receipt_id).claim_minor == 35_000


def test_under_fifo_the_layers_of_the_receipt_leave_first(buying: World) -> None:
    buying.do(put_costing, PutCosting((CategoryCosting("FOOD", CostingMethod.FIFO),)))
    bought(buying, "TEA", 10, 7_000)
    second = bought(buying, "TEA", 10, 8_000)
    bought(buying, "TEA", 10, 9_000)
    books = Books(buying)
    back = returned(buying, goes_back("TEA", 10), receipt_id=second.receipt_id)
    assert (back.cost_minor, back.claim_minor) == (80_000, 80_000)
    assert books.moved() == {INVENTORY: -80_000, OWED: 80_000}


def test_at_standard_cost_the_difference_is_variance(buying: World) -> None:
    buying.do(put_costing, PutCosting((CategoryCosting("FOOD", CostingMethod.STANDARD),)))
    receipt = bought(buying, "TEA", 100, 6_200)
    books = Books(buying)
    returned(buying, goes_back("TEA", 10), receipt_id=receipt.receipt_id)
    # The standard is the average when the method came: 60.00.
    assert books.moved() == {INVENTORY: -60_000, OWED: 62_000, VARIANCE: -2_000}


def test_goods_set_aside_go_back_from_there(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 50, 8_000))
    lines = (ReceivedLine(1, 40_000, 10_000, RejectedTo.QUARANTINE, "Smells"),)
    receipt = buying.do(receive_purchase, ReceivePurchase(order_id, lines))
    moves = (AdjustmentLine("TEA", 5_000, StockPlace.FOR_SALE, StockPlace.DAMAGED),)
    buying.do(adjust_stock, AdjustStock(moves, "S1"))
    books = Books(buying)
    back = returned(
        buying,
        goes_back("TEA", 10, returned_from=ReturnedFrom.QUARANTINE),
        goes_back("TEA", 5, returned_from=ReturnedFrom.DAMAGED),
        receipt_id=receipt.receipt_id,
    )
    # 140 are worth 9,200.00: five of them had gone aside at 328.57.
    assert [one.cost_minor for one in back.lines] == [80_000, 32_857]
    assert books.moved() == {QUARANTINE: -80_000, DAMAGED: -32_857, OWED: 120_000, VARIANCE: -7_143}
    more = ReturnToSupplier((goes_back("TEA", 1, returned_from=ReturnedFrom.DAMAGED),), receipt.receipt_id)
    assert refused(buying, return_to_supplier, more) == ("NOT_ENOUGH_TO_RETURN", "lines[0].quantity_milli")


def test_what_was_sold_meanwhile_does_not_go_back(buying: World) -> None:
    receipt = bought(buying, "TEA", 50, 8_000)
    buying.sell(Till().line("TEA", 140).cash(10_000_000).command)
    more = ReturnToSupplier((goes_back("TEA", 11),), receipt.receipt_id)
    assert refused(buying, return_to_supplier, more) == ("NOT_ENOUGH_TO_RETURN", "lines[0].quantity_milli")
    assert returned(buying, goes_back("TEA", 10), receipt_id=receipt.receipt_id).claim_minor == 80_000


def test_expired_goods_leave_for_that_reason_only(buying: World) -> None:
    buying.do(put_costing, PutCosting(products=(LotTracking("TEA", lot_tracked=True, shelf_life_days=30),)))
    order_id = sent(buying, at_price("TEA", 20, 8_000))
    old = buying.clock().date() + timedelta(days=2)
    line = ReceivedLine(1, 20_000, lot_code="L1", expiry_date=old.isoformat())
    receipt = buying.do(receive_purchase, ReceivePurchase(order_id, (line,)))
    buying.sell(Till().line("TEA", 1).cash(100_000).command)
    buying.clock.advance(days=3)
    buying.sell(Till().line("TEA", 100).cash(10_000_000).command)
    damaged = ReturnToSupplier((goes_back("TEA", 19),), receipt.receipt_id)
    assert refused(buying, return_to_supplier, damaged)[0] == "NOT_ENOUGH_TO_RETURN"
    back = returned(buying, goes_back("TEA", 19, SupplierReturnReason.EXPIRED), receipt_id=receipt.receipt_id)
    assert (back.claim_minor, buying.level("TEA")) == (152_000, (0, 0))


def test_two_who_send_the_same_goods_back_send_them_once(buying: World) -> None:
    receipt = bought(buying, "TEA", 10, 8_000)
    command = ReturnToSupplier((goes_back("TEA", 6),), receipt.receipt_id)

    def send(_: int) -> str:
        try:
            buying.do(return_to_supplier, command)
        except Refusal as refusal:
            return refusal.reason
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(send, range(8)))
    assert outcomes == ["NOTHING_TO_RETURN"] * 7 + ["done"]
    assert buying.level("TEA")[0] == 104_000


def test_returns_are_listed_for_the_stores_in_scope(buying: World) -> None:
    receipt = bought(buying, "TEA", 10, 8_000)
    back = returned(buying, goes_back("TEA", 6), receipt_id=receipt.receipt_id, note="Wet")
    buying.clock.advance(minutes=1)
    later = returned(buying, goes_back("TEA", 1))
    listed = buying.ask(list_supplier_returns, ListSupplierReturns(supplier_code="MILL")).returns
    assert [one.return_id for one in listed] == [later.return_id, back.return_id]
    first = buying.ask(list_supplier_returns, ListSupplierReturns("S1", page_size=1))
    second = buying.ask(list_supplier_returns, ListSupplierReturns("S1", "", 1, first.next_page_token))
    assert [one.return_id for one in (*first.returns, *second.returns)] == [later.return_id, back.return_id]
    shown = buying.ask(get_supplier_return, GetSupplierReturn(back.return_id))
    assert (shown.note, shown.returned_by, len(shown.lines)) == ("Wet", "system", 1)
    foreign = buying.terminal("T2")
    assert buying.ask(list_supplier_returns, ListSupplierReturns(), foreign).returns == []
    with pytest.raises(Refusal) as refusal:
        buying.ask(get_supplier_return, GetSupplierReturn(back.return_id), foreign)
    assert refusal.value.reason == "UNKNOWN_SUPPLIER_RETURN"
    of_another = ReturnToSupplier((goes_back("TEA", 1),), receipt.receipt_id)
    assert refused(buying, return_to_supplier, of_another, foreign) == ("UNKNOWN_PURCHASE_RECEIPT", "receipt_id")


def test_refuses_what_cannot_go_back(buying: World) -> None:
    receipt = bought(buying, "TEA", 10, 8_000)
    good = ReturnToSupplier((goes_back("TEA", 1),), receipt.receipt_id)
    entry = goes_back("TEA", 1)

    def lines(*entries: Any) -> ReturnToSupplier:
        return replace(good, lines=entries)

    for command, reason, field in (
        (lines(), "MISSING", "lines"),
        (lines(replace(entry, reason=None)), "MISSING", "lines[0].reason"),
        (lines(entry, entry), "NAMED_TWICE", "lines[1].sku"),
        (lines(replace(entry, quantity_milli=0)), "QUANTITY_NOT_POSITIVE", "lines[0].quantity_milli"),
        (lines(replace(entry, quantity_milli=500)), "QUANTITY_TOO_FINE", "lines[0].quantity_milli"),
        (lines(goes_back("NOPE", 1)), "UNKNOWN_SKU", "lines[0].sku"),
        (lines(goes_back("MUG", 1)), "NOTHING_TO_RETURN", "lines[0].quantity_milli"),
        (replace(good, receipt_id=7), "UNKNOWN_PURCHASE_RECEIPT", "receipt_id"),
        (replace(good, receipt_id=0), "MISSING", "receipt_id"),
        (replace(good, receipt_id=0, supplier_code="NOPE"), "UNKNOWN_SUPPLIER", "supplier_code"),
        (replace(good, receipt_id=0, supplier_code="MILL"), "STORE_NEEDED", "store_code"),
        (replace(good, supplier_code="NOPE"), "NOT_OF_THAT_RECEIPT", "supplier_code"),
        (replace(good, store_code="S2"), "NOT_OF_THAT_RECEIPT", "store_code"),
    ):
        assert refused(buying, return_to_supplier, command) == (reason, field)


def test_the_check_finds_what_was_tampered_with(buying: World) -> None:
    order_id = sent(buying, at_price("TEA", 10, 8_000))
    receipt = came(buying, order_id, 10, freight_minor=100)
    returned(buying, goes_back("TEA", 4), receipt_id=receipt.receipt_id)
    [invariant] = [one for one in INVARIANTS if one.id == "PUR-returns"]
    for tampering, violated in (
        ("UPDATE purchase_accruals SET open_minor = open_minor + 1 WHERE line_number = 0", 1),
        ("UPDATE purchase_accruals SET returned_milli = returned_milli - 1, open_milli = open_milli + 1", 2),
        ("UPDATE supplier_returns SET claim_minor = claim_minor + 1", 2),
        ("UPDATE supplier_return_lines SET cost_minor = cost_minor + 1", 2),
        ("DELETE FROM supplier_return_lines", 3),
        ("DELETE FROM stock_movements WHERE reason = 'supplier_return'", 1),
    ):
        with buying.units.begin(caller=SYSTEM, now=buying.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)
