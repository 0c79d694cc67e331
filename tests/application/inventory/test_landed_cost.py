"""Costs that become known after the goods have come, spread over receipts."""

from typing import Any

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.inventory.add_landed_cost import AddLandedCost, Charge, LandedCostAdded, UnitWeight, add_landed_cost
from application.inventory.goods_receipt_queries import (
    GetGoodsReceipt,
    GoodsReceiptPage,
    ListGoodsReceipts,
    get_goods_receipt,
    list_goods_receipts,
)
from application.inventory.put_costing import (
    CategoryCosting,
    LotTracking,
    PutCosting,
    SetStandardCosts,
    StandardCostEntry,
    put_costing,
    set_standard_costs,
)
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from domain.identity.organisation import SYSTEM
from domain.inventory.receipt_change import ChargeKind, SpreadBasis
from domain.inventory.stock import CostingMethod
from domain.shared.errors import Refusal
from tests.world import Till, World

INVENTORY, COST, VARIANCE, OWED = "1405", "6401", "640101", "220202"
AVERAGE, FIFO, STANDARD = CostingMethod.MOVING_AVERAGE, CostingMethod.FIFO, CostingMethod.STANDARD


def emptied(world: World, *skus: str, method: CostingMethod = AVERAGE) -> None:
    """Nothing of the goods stands in S1, and they are valued by that method from the next receipt on."""
    for sku in skus:
        on_hand, _ = world.level(sku)
        world.sell(Till().line(sku, on_hand // 1_000).cash(10_000_000).command)
    categories = tuple(CategoryCosting(code, method) for code in ("HOME", "FOOD"))
    world.do(put_costing, PutCosting(categories))


def received(world: World, *lines: ReceiptLine, store: str = "S1") -> int:
    receipt_id: int = world.do(receive_goods, ReceiveGoods(lines, store)).receipt_id
    return receipt_id


def sold(world: World, sku: str, units: int) -> None:
    world.sell(Till().line(sku, units).cash(10_000_000).command)


def landed(world: World, receipts: tuple[int, ...], *charges: Charge, **options: Any) -> LandedCostAdded:
    done: LandedCostAdded = world.do(add_landed_cost, AddLandedCost(receipts, charges, **options))
    return done


def shown(world: World, receipt_id: int) -> GoodsReceiptPage:
    page: GoodsReceiptPage = world.ask(get_goods_receipt, GetGoodsReceipt(receipt_id))
    return page


def shares(world: World, receipt_id: int) -> list[int]:
    return [line.landed_minor for line in shown(world, receipt_id).lines]


def change(world: World, before: dict[str, int]) -> dict[str, int]:
    now = world.ledger()
    return {
        code: now.get(code, 0) - before.get(code, 0)
        for code in (INVENTORY, COST, VARIANCE, OWED)
        if now.get(code, 0) != before.get(code, 0)
    }


def refused(world: World, command: AddLandedCost, caller: Any = SYSTEM) -> tuple[str, str]:
    with pytest.raises(Refusal) as refusal:
        world.do(add_landed_cost, command, caller)
    return refusal.value.reason, refusal.value.field


@pytest.mark.capability("INV-14")
@pytest.mark.parametrize("method", [AVERAGE, FIFO])
def test_freight_that_comes_later_is_part_of_what_goods_cost(world: World, method: CostingMethod) -> None:
    emptied(world, "MUG", method=method)
    receipt = received(world, ReceiptLine("MUG", 50_000, 40_000))
    books = world.ledger()
    world.clock.advance(days=3)
    done = landed(world, (receipt,), Charge(300, ChargeKind.FREIGHT), reference="Waybill 7")
    # 50 at 8.00 and a freight of 3.00: 8.06 a piece.
    assert world.level("MUG") == (50_000, 50 * 806)
    assert (done.business_date, done.cost_minor, done.stock_minor) == ("2026-11-25", 300, 300)
    assert change(world, books) == {INVENTORY: 300, OWED: -300}
    page = shown(world, receipt)
    [line], [one] = page.lines, page.changes
    assert (line.quantity_milli, line.cost_minor, line.landed_minor, line.received_minor) == (
        50_000, 40_000, 300, 40_000,
    )  # fmt: skip
    assert (one.number, one.document_id, one.reference, one.cost_minor) == (1, done.document_id, "Waybill 7", 300)
    assert [(charge.kind, charge.basis, charge.amount_minor) for charge in one.charges] == [
        (ChargeKind.FREIGHT, SpreadBasis.VALUE, 300)
    ]


@pytest.mark.capability("INV-15")
@pytest.mark.parametrize(
    ("method", "in_stock", "in_cost", "variance"),
    # Of ten that came fifteen were sold with ten of before: FIFO knows that five of the ten are left; by average ten
    # could be, but five are; at standard cost stock is worth its standard.
    [(AVERAGE, 500, 500, 0), (FIFO, 500, 500, 0), (STANDARD, 0, 0, 1_000)],
)
def test_what_has_left_takes_its_share_to_cost_of_goods_sold(
    world: World, method: CostingMethod, in_stock: int, in_cost: int, variance: int
) -> None:
    emptied(world, "MUG", method=method)
    received(world, ReceiptLine("MUG", 10_000, 10_000))
    receipt = received(world, ReceiptLine("MUG", 10_000, 20_000))
    if method is STANDARD:
        world.do(set_standard_costs, SetStandardCosts((StandardCostEntry("MUG", 2_000, 1_000),), "S1"))
    sold(world, "MUG", 15)
    before, books = world.level("MUG"), world.ledger()
    done = landed(world, (receipt,), Charge(1_000))
    assert (done.stock_minor, done.cost_correction_minor, done.price_variance_minor) == (in_stock, in_cost, variance)
    assert world.level("MUG") == (5_000, before[1] + in_stock)
    wanted = {INVENTORY: in_stock, COST: in_cost, VARIANCE: variance, OWED: -1_000}
    assert change(world, books) == {code: amount for code, amount in wanted.items() if amount}


def test_fifo_charges_the_receipt_that_it_is_of(world: World) -> None:
    emptied(world, "MUG", method=FIFO)
    first = received(world, ReceiptLine("MUG", 10_000, 10_000))
    second = received(world, ReceiptLine("MUG", 10_000, 20_000))
    sold(world, "MUG", 4)
    done = landed(world, (first,), Charge(1_000))
    # Six of the first ten are left; what is sold next of them costs 11.00 a piece, then those of the second 20.00.
    assert (done.stock_minor, done.cost_correction_minor) == (600, 400)
    books = world.ledger()
    sold(world, "MUG", 6)
    assert change(world, books) == {INVENTORY: -6_600, COST: 6_600}
    books = world.ledger()
    done = landed(world, (first, second), Charge(3_000))
    # By value, a third to the first, of which nothing is left.
    assert (shares(world, first), shares(world, second)) == ([2_000], [2_000])
    assert change(world, books) == {INVENTORY: 2_000, COST: 1_000, OWED: -3_000}


@pytest.mark.parametrize(
    ("basis", "parts"),
    [
        # 300.00, 100.00 and 0 for 10, 30 and 2 kg; a unit weighs 100, 500 and 1,000 g. 10.01 to spread.
        (SpreadBasis.VALUE, [751, 250, 0]),
        (SpreadBasis.QUANTITY, [238, 715, 48]),
        (SpreadBasis.WEIGHT, [56, 834, 111]),
    ],
)
def test_shares_sum_to_the_charge_by_every_basis(world: World, basis: SpreadBasis, parts: list[int]) -> None:
    receipt = received(
        world,
        ReceiptLine("MUG", 10_000, 30_000),
        ReceiptLine("TEA", 30_000, 10_000),
        ReceiptLine("RICE", 2_000, 0),
    )
    weights = (UnitWeight("MUG", 100), UnitWeight("TEA", 500), UnitWeight("RICE", 1_000))
    done = landed(world, (receipt,), Charge(1_001, basis=basis), weights=weights)
    assert (shares(world, receipt), sum(parts), done.cost_minor) == (parts, 1_001, 1_001)


def test_several_charges_each_go_by_their_own_basis(world: World) -> None:
    receipt = received(world, ReceiptLine("MUG", 10_000, 30_000), ReceiptLine("TEA", 30_000, 10_000))
    duty = Charge(4_000, ChargeKind.DUTY, SpreadBasis.VALUE)
    freight = Charge(400, ChargeKind.FREIGHT, SpreadBasis.QUANTITY)
    done = landed(world, (receipt,), duty, freight)
    assert (done.cost_minor, shares(world, receipt)) == (4_400, [3_100, 1_300])


def test_what_was_added_too_much_is_taken_back_and_no_more(world: World) -> None:
    receipt = received(world, ReceiptLine("MUG", 10_000, 30_000))
    before, books = world.level("MUG"), world.ledger()
    landed(world, (receipt,), Charge(500))
    assert refused(world, AddLandedCost((receipt,), (Charge(-501),))) == ("LANDED_BELOW_ZERO", "charges")
    landed(world, (receipt,), Charge(-500))
    assert (world.level("MUG"), change(world, books), shares(world, receipt)) == (before, {}, [0])
    assert [one.number for one in shown(world, receipt).changes] == [1, 2]


def test_lots_tell_what_is_left_of_a_receipt_by_average_too(world: World) -> None:
    emptied(world, "TEA")
    world.do(put_costing, PutCosting(products=(LotTracking("TEA", lot_tracked=True),)))
    first = received(world, ReceiptLine("TEA", 10_000, 10_000, "SOON", "2026-12-07"))
    received(world, ReceiptLine("TEA", 10_000, 10_000, "LATE", "2026-12-31"))
    sold(world, "TEA", 8)
    done = landed(world, (first,), Charge(1_000))
    assert (done.stock_minor, done.cost_correction_minor, world.level("TEA")) == (200, 800, (12_000, 12_200))


def test_refuses_what_cannot_be_spread(world: World) -> None:
    receipt = received(world, ReceiptLine("MUG", 10_000, 30_000))
    elsewhere = received(world, ReceiptLine("MUG", 10_000, 30_000), store="S2")
    charge = Charge(100)
    documents = world.count("cost_documents")
    by_weight = (Charge(100, basis=SpreadBasis.WEIGHT),)
    for command, reason, field in (
        (AddLandedCost((), (charge,)), "MISSING", "receipt_ids"),
        (AddLandedCost((receipt,), ()), "MISSING", "charges"),
        (AddLandedCost((receipt, receipt), (charge,)), "NAMED_TWICE", "receipt_ids[1]"),
        (AddLandedCost((receipt,), (Charge(0),)), "NO_CHARGE", "charges[0].amount_minor"),
        (AddLandedCost((receipt,), (Charge(10**15 + 1),)), "OUT_OF_RANGE", "charges[0].amount_minor"),
        (AddLandedCost((receipt,), by_weight), "WEIGHT_MISSING", "charges[0].basis"),
        (AddLandedCost((receipt,), by_weight, (UnitWeight("MUG", 0),)), "OUT_OF_RANGE", "weights[0].weight_grams"),
        (AddLandedCost((receipt, elsewhere), (charge,)), "SEVERAL_STORES", "receipt_ids"),
        (AddLandedCost((7,), (charge,)), "UNKNOWN_RECEIPT", "receipt_ids"),
    ):
        assert refused(world, command) == (reason, field)
    # A receipt of another store is none of a terminal's business.
    assert refused(world, AddLandedCost((elsewhere,), (charge,)), world.s1) == ("UNKNOWN_RECEIPT", "receipt_ids")
    with pytest.raises(Refusal) as unseen:
        world.ask(get_goods_receipt, GetGoodsReceipt(elsewhere), world.s1)
    assert unseen.value.reason == "UNKNOWN_RECEIPT"
    assert world.count("cost_documents") == documents


def test_receipts_are_listed_newest_first_within_what_one_sees(world: World) -> None:
    first = received(world, ReceiptLine("MUG", 10_000, 30_000), ReceiptLine("TEA", 1_000, 5))
    world.clock.advance(minutes=1)
    second = received(world, ReceiptLine("MUG", 10_000, 30_000), store="S2")
    listed = world.ask(list_goods_receipts, ListGoodsReceipts(page_size=2))
    assert [(one.receipt_id, one.store_code, one.lines) for one in listed.receipts] == [
        (second, "S2", 1), (first, "S1", 2),
    ]  # fmt: skip
    after = world.ask(list_goods_receipts, ListGoodsReceipts(page_size=2, page_token=listed.next_page_token))
    assert {one.receipt_id for one in after.receipts} & {first, second} == set()
    own = world.ask(list_goods_receipts, ListGoodsReceipts(), world.s1).receipts
    assert (own[0].receipt_id, {one.store_code for one in own}) == (first, {"S1"})
    page = world.ask(get_goods_receipt, GetGoodsReceipt(first, page_size=1))
    rest = world.ask(get_goods_receipt, GetGoodsReceipt(first, 1, page.next_page_token))
    assert ([one.sku for one in page.lines], [one.sku for one in rest.lines]) == (["MUG"], ["TEA"])
    assert (rest.next_page_token, rest.receipt.order_id) == ("", 0)


def test_the_check_finds_what_was_tampered_with(world: World) -> None:
    receipt = received(world, ReceiptLine("MUG", 10_000, 30_000))
    landed(world, (receipt,), Charge(500))
    [invariant] = [one for one in INVARIANTS if one.id == "INV-receipts"]
    of_receipt = f"WHERE receipt_id = {receipt}"
    for tampering, violated in (
        (f"UPDATE goods_receipt_lines SET cost_minor = cost_minor + 1 {of_receipt} AND number = 0", 1),
        (f"UPDATE goods_receipt_lines SET quantity_milli = quantity_milli + 1 {of_receipt} AND number = 0", 1),
        # No more what was charged, nor what is owed.
        (f"UPDATE goods_receipt_lines SET cost_minor = cost_minor + 1 {of_receipt} AND number = 1", 1),
        (f"UPDATE goods_receipt_lines SET number = 3 {of_receipt} AND number = 1", 1),
        ("UPDATE landed_charges SET amount_minor = 1", 1),
        # Neither its cost nor what moved has lines, and the landed cost has no line that it is of.
        (f"DELETE FROM goods_receipt_lines {of_receipt} AND number = 0", 3),
    ):
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            assert examine(uow, invariant).violated == 0
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)
