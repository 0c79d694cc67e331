"""Goods lost, found, set aside and taken over: quantities, cost and books."""

import pytest

from application.inventory.adjust_stock import (
    AdjustmentLine,
    AdjustStock,
    CostNeeded,
    NotEnoughThere,
    PlacesNeeded,
    SecondPersonForAdjustment,
    StatedCost,
    adjust_stock,
)
from application.inventory.adjustments import ListAdjustments, UnknownAdjustment, list_adjustments
from application.inventory.queries import GetStock, UnknownSku, get_stock
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.inventory.views import StockLevelView
from application.scope import UnknownStore
from domain.inventory.adjustment import AdjustmentReason, CostNotAsked, NoReasonHere, NoSuchMove, ReasonNeeded
from domain.inventory.adjustment import StockPlace as At
from tests.application.sales.shift import new_id, start_shift
from tests.world import World

TEA = "TEA"


def line(quantity: int, source: At, target: At, reason: AdjustmentReason | None = None, cost: int | None = None):
    return AdjustmentLine(TEA, quantity, source, target, reason, None if cost is None else StatedCost(cost))


def adjust(world: World, *lines: AdjustmentLine, **options):
    return world.once(adjust_stock, AdjustStock(lines, "S1", "Count of shelf 3", **options), world.s1)


def stock(world: World) -> StockLevelView:
    [level] = world.ask(get_stock, GetStock("S1", (TEA,))).levels
    return level


@pytest.fixture
def shelf(world: World) -> World:
    """Store S1 with some tea, and a journal to compare with."""
    world.do(receive_goods, ReceiveGoods((ReceiptLine(TEA, 10_000, 5_000),), "S1"))
    return world


def booked(world: World) -> dict[str, int]:
    rows = world.rows(
        "SELECT p.account_code, SUM(p.amount_minor) FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id"
        " WHERE e.document_kind = 'stock_adjustment' GROUP BY p.account_code"
    )
    return {code: int(amount) for code, amount in rows if amount}


@pytest.mark.capability("INV-01")
def test_a_position_tells_what_is_set_aside_in_each_status(shelf: World) -> None:
    before = stock(shelf)
    adjust(
        shelf,
        line(2_000, At.FOR_SALE, At.DAMAGED),
        line(1_000, At.FOR_SALE, At.QUARANTINE),
        line(1_000, At.DAMAGED, At.TO_SUPPLIER),
        line(3_000, At.SUPPLIER, At.CONSIGNMENT),
    )
    after = stock(shelf)
    assert (after.damaged_milli, after.quarantine_milli, after.to_supplier_milli) == (1_000, 1_000, 1_000)
    assert (after.consignment_milli, after.in_transit_milli) == (3_000, 0)
    assert after.on_hand_milli == before.on_hand_milli - 3_000
    aside = after.damaged_minor, after.quarantine_minor, after.to_supplier_minor
    assert after.value_minor + sum(aside) == before.value_minor
    assert booked(shelf) == {
        "1405": after.value_minor - before.value_minor, "140501": aside[2], "140502": aside[0], "140503": aside[1],
    }  # fmt: skip
    adjust(shelf, line(1_000, At.QUARANTINE, At.FOR_SALE), line(1_000, At.DAMAGED, At.FOR_SALE))
    assert stock(shelf).on_hand_milli == before.on_hand_milli - 1_000


def test_what_is_lost_and_found_is_shrinkage_at_cost_unless_it_was_used(shelf: World) -> None:
    before = stock(shelf)
    done = adjust(
        shelf,
        line(1_000, At.FOR_SALE, At.NOWHERE, AdjustmentReason.THEFT),
        line(1_000, At.FOR_SALE, At.NOWHERE, AdjustmentReason.OWN_USE),
        line(1_000, At.FOR_SALE, At.NOWHERE, AdjustmentReason.SAMPLE),
        line(1_000, At.NOWHERE, At.FOR_SALE, AdjustmentReason.FOUND, 333),
    )
    after = stock(shelf)
    assert after.on_hand_milli == before.on_hand_milli - 2_000
    assert (done.number, done.found_minor) == (1, 333)
    assert after.value_minor == before.value_minor - done.lost_minor + 333
    [shown] = shelf.ask(list_adjustments, ListAdjustments(adjustment_id=done.adjustment_id)).adjustments
    theft, own_use, sample, found = [one.value_minor for one in shown.lines]
    assert booked(shelf) == {
        "1405": after.value_minor - before.value_minor, "660201": theft - 333, "660203": own_use, "660101": sample,
    }  # fmt: skip
    assert (found, shown.lines[0].reason, shown.note) == (333, AdjustmentReason.THEFT, "Count of shelf 3")


def test_goods_on_consignment_become_the_chains_own_at_a_cost(shelf: World) -> None:
    before = stock(shelf)
    adjust(shelf, line(3_000, At.SUPPLIER, At.CONSIGNMENT))
    assert booked(shelf) == {}
    adjust(
        shelf,
        line(2_000, At.CONSIGNMENT, At.FOR_SALE, cost=700),
        line(1_000, At.CONSIGNMENT, At.SUPPLIER),
    )
    after = stock(shelf)
    assert (after.on_hand_milli, after.value_minor) == (before.on_hand_milli + 2_000, before.value_minor + 700)
    assert (after.consignment_milli, booked(shelf)) == (0, {"1405": 700, "220202": -700})


def test_lists_adjustments_newest_first_page_by_page(shelf: World) -> None:
    for _ in range(3):
        adjust(shelf, line(1_000, At.FOR_SALE, At.DAMAGED))
        shelf.clock.advance(minutes=1)
    first = shelf.ask(list_adjustments, ListAdjustments("S1", page_size=2))
    rest = shelf.ask(list_adjustments, ListAdjustments("S1", page_size=2, page_token=first.next_page_token))
    assert [one.number for one in (*first.adjustments, *rest.adjustments)] == [3, 2, 1]
    assert {(one.adjusted_by, one.line_count, one.lines) for one in first.adjustments} == {("T1", 1, ())}
    with pytest.raises(UnknownAdjustment):
        shelf.transactor.read(
            list_adjustments,
            ListAdjustments(adjustment_id=first.adjustments[0].adjustment_id),
            caller=shelf.s2,
            now=shelf.clock(),
        )


def test_a_loss_beyond_the_setting_takes_a_second_person_for_exactly_it(shelf: World) -> None:
    people = start_shift(shelf)
    shelf.set("stock_adjustment_max", "1")
    shelf.s1 = people.signed_in("ann")
    lost = line(2_000, At.FOR_SALE, At.NOWHERE, AdjustmentReason.DAMAGE)
    before = stock(shelf)
    with pytest.raises(SecondPersonForAdjustment) as refused:
        adjust(shelf, lost)
    assert (stock(shelf), shelf.count("stock_adjustments")) == (before, 0)
    amount = int(refused.value.details["amount_minor"])
    request_id = new_id()
    token = people.token("inventory.adjust_beyond", request_id, amount)
    command = AdjustStock((lost,), "S1", approval_token=token)
    done = shelf.once(adjust_stock, command, shelf.s1, request_id=request_id)
    assert (done.lost_minor, shelf.count("approval_uses")) == (amount, 1)


@pytest.mark.parametrize(
    ("wrong", "refusal", "field"),
    [
        (AdjustmentLine(TEA, 1_000, None, At.DAMAGED), PlacesNeeded, "lines[0].from_place"),
        (AdjustmentLine(TEA, 1_000, At.DAMAGED), PlacesNeeded, "lines[0].to_place"),
        (line(1_000, At.SUPPLIER, At.FOR_SALE), NoSuchMove, "lines[0].to_place"),
        (line(1_000, At.FOR_SALE, At.FOR_SALE), NoSuchMove, "lines[0].to_place"),
        (line(1_000, At.FOR_SALE, At.NOWHERE), ReasonNeeded, "lines[0].reason"),
        (line(1_000, At.NOWHERE, At.FOR_SALE, AdjustmentReason.THEFT), ReasonNeeded, "lines[0].reason"),
        (line(1_000, At.FOR_SALE, At.DAMAGED, AdjustmentReason.DAMAGE), NoReasonHere, "lines[0].reason"),
        (line(1_000, At.FOR_SALE, At.DAMAGED, cost=5), CostNotAsked, "lines[0].cost"),
        (line(1_000, At.CONSIGNMENT, At.FOR_SALE), CostNeeded, "lines[0].cost"),
        (line(1_000_000_000, At.FOR_SALE, At.DAMAGED), NotEnoughThere, "lines[0].quantity_milli"),
        (line(1_000, At.DAMAGED, At.FOR_SALE), NotEnoughThere, "lines[0].quantity_milli"),
        (AdjustmentLine("COFFEE", 1_000, At.FOR_SALE, At.DAMAGED), UnknownSku, "lines[0].sku"),
    ],
)
def test_refuses_what_is_no_adjustment_and_writes_nothing(world: World, wrong, refusal, field) -> None:
    with pytest.raises(refusal) as refused:
        adjust(world, wrong)
    assert (refused.value.field, world.count("stock_adjustments")) == (field, 0)


def test_adjusts_no_foreign_store(world: World) -> None:
    with pytest.raises(UnknownStore):
        world.once(adjust_stock, AdjustStock((line(1_000, At.FOR_SALE, At.DAMAGED),), "S2"), world.s1)
