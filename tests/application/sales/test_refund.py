"""Refunds and voids: the exact inverse of what was sold, in any number of steps."""

from datetime import timedelta

import pytest

from application.sales.refund import RefundSale, VoidSale, void_sale
from domain.pricing.basket import Manual
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.world import Till, World


def back(line_number: int, units: int) -> ReturnRequest:
    return ReturnRequest(line_number, units * 1000, amount_only=False)


@pytest.mark.capability("SAL-03")
def test_returns_two_of_three_at_their_discounted_price_and_original_cost(world: World) -> None:
    sale = world.sell(Till().line("TEA", 3, discounts=(Manual("opening", 1_000, 0),)).cash(27_000).command)
    world.receive("TEA", 97_000, 97 * 9_000)
    stock = world.level("TEA")
    refund = world.refund(RefundSale(sale.sale_id, "colour", (back(1, 2),))).sale
    assert (refund.kind, refund.original_sale_id, refund.total_minor) == ("refund", sale.sale_id, -18_000)
    assert [(t.kind, t.amount_minor) for t in refund.tenders] == [(TenderKind.CASH, -18_000)]
    # The pieces come back at the 60.00 that they left with, not at today's average.
    assert world.level("TEA") == (stock[0] + 2_000, stock[1] + 12_000)


@pytest.mark.capability("PTS-18")
def test_takes_half_of_the_points_back_with_one_of_two_equal_items(world: World) -> None:
    sale = world.sell(Till().line("TEA", 2).member().cash(20_000).command)
    assert sale.points_earned == 200
    refund = world.refund(RefundSale(sale.sale_id, "size", (back(1, 1),))).sale
    assert (refund.points_earned, refund.points_balance) == (-100, 100)


@pytest.mark.capability("PTS-18")
def test_keeps_the_value_of_points_back_that_were_already_spent(world: World) -> None:
    first = world.sell(Till().line("TEA", 10).member().cash(100_000).command)
    world.sell(Till().line("MUG", 4).member().points(1_000).cash(19_000).command)
    assert world.points() == 190
    result = world.refund(RefundSale(first.sale_id, "all of it"))
    # 1,000 points were earned, 190 of other sales are there to take: 810 points at 0.01 stay with the chain.
    assert (result.points_shortfall, result.shortfall_minor) == (810, 810)
    assert [(t.kind, t.amount_minor) for t in result.sale.tenders] == [
        (TenderKind.CASH, -99_190),
        (TenderKind.POINTS_SHORTFALL, -810),
    ]
    assert world.points() == 0


def test_gives_redeemed_points_back_to_their_lot(world: World) -> None:
    world.sell(Till().line("TEA", 10).member().cash(100_000).command)
    sale = world.sell(Till().line("MUG", 4).member().points(1_000).cash(19_000).command)
    [half] = [world.refund(RefundSale(sale.sale_id, "half", (back(1, 2),))).sale]
    assert {t.kind: (t.amount_minor, t.points) for t in half.tenders} == {
        TenderKind.POINTS: (-500, -500),
        TenderKind.CASH: (-9_500, 0),
    }
    assert half.points_redeemed == -500
    world.refund(RefundSale(sale.sale_id, "the rest"))
    assert world.points() == 1_000
    assert world.rows("SELECT points FROM points_lots WHERE points > 0") == [(1_000,)]


def test_any_number_of_partial_returns_ends_at_the_state_before_the_sale(world: World) -> None:
    world.sell(Till().line("TEA", 10).member().cash(100_000).command)
    before = (world.ledger(), world.level("TEA"), world.level("MUG"), world.points())
    till = Till().line("TEA", 3, discounts=(Manual("a", 333, 0), Manual("b", 0, 7))).line("MUG", 2)
    sale = world.sell(
        till.basket(discounts=(Manual("basket", 777, 0),)).member().points(700).card(10_000).cash(30_000).command
    )
    world.refund(RefundSale(sale.sale_id, "1", (back(1, 1),)))
    world.refund(RefundSale(sale.sale_id, "2", (back(2, 1), back(1, 1))))
    world.refund(RefundSale(sale.sale_id, "3"))
    assert (world.ledger(), world.level("TEA"), world.level("MUG"), world.points()) == before
    sums = world.rows(
        "SELECT sum(total_minor), sum(net_minor), sum(tax_minor), sum(rounding_minor), sum(points_redeemed)"
        f" FROM sales WHERE sale_id = {sale.sale_id} OR original_sale_id = {sale.sale_id}"
    )
    assert [int(value) for value in sums[0]] == [0, 0, 0, 0, 0]
    with pytest.raises(Refusal) as refused:
        world.refund(RefundSale(sale.sale_id, "again"))
    assert refused.value.reason == "SALE_FULLY_RETURNED"


def test_writes_scrapped_goods_off_instead_of_putting_them_back(world: World) -> None:
    sale = world.sell(Till().line("TEA", 2).cash(20_000).command)
    world.refund(RefundSale(sale.sale_id, "torn", (back(1, 1),), scrap=True))
    assert world.level("TEA") == (98_000, 588_000)
    assert world.ledger()["660201"] == 6_000


@pytest.mark.parametrize(("policy", "value"), [("original", 6_000), ("current", 7_500)])
def test_returned_goods_come_back_at_the_cost_of_the_setting(world: World, policy: str, value: int) -> None:
    world.set("return_cost", policy)
    sale = world.sell(Till().line("TEA", 50).cash(500_000).command)
    world.receive("TEA", 50_000, 450_000)
    assert world.level("TEA") == (100_000, 750_000)
    world.refund(RefundSale(sale.sale_id, "one", (back(1, 1),)))
    assert world.level("TEA") == (101_000, 750_000 + value)


def test_refuses_more_than_was_sold_and_writes_nothing(world: World) -> None:
    sale = world.sell(Till().line("TEA", 2).cash(20_000).command)
    world.refund(RefundSale(sale.sale_id, "one", (back(1, 1),)))
    before = world.counts()
    with pytest.raises(Refusal) as refused:
        world.refund(RefundSale(sale.sale_id, "two more", (back(1, 2),)))
    assert (refused.value.reason, refused.value.field) == ("NOTHING_LEFT_TO_RETURN", "lines[0].quantity_milli")
    assert world.counts() == before


def test_knows_no_sale_of_another_store(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    for sale_id in (sale.sale_id, 999_999_999):
        with pytest.raises(Refusal) as refused:
            world.refund(RefundSale(sale_id, "why not"), caller=world.s2)
        assert refused.value.reason == "UNKNOWN_SALE"


def test_a_refund_cannot_be_refunded(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    refund = world.refund(RefundSale(sale.sale_id, "wrong colour")).sale
    with pytest.raises(Refusal) as refused:
        world.refund(RefundSale(refund.sale_id, "changed my mind"))
    assert refused.value.reason == "NOT_A_SALE"


def test_voids_a_sale_of_the_same_terminal_and_day(world: World) -> None:
    before = (world.ledger(), world.level("TEA"), world.points())
    sale = world.sell(Till().line("TEA").member().cash(20_000).command)
    voided = world.once(void_sale, VoidSale(sale.sale_id, "wrong customer"), world.s1).sale
    assert (voided.kind, voided.total_minor, voided.points_balance) == ("void", -10_000, 0)
    assert [(t.kind, t.amount_minor) for t in voided.tenders] == [(TenderKind.CASH, -10_000)]
    assert (world.ledger(), world.level("TEA"), world.points()) == before


def test_refuses_to_void_on_another_day_or_after_a_refund(world: World) -> None:
    sale = world.sell(Till().line("TEA", 2).cash(20_000).command)
    world.refund(RefundSale(sale.sale_id, "one", (back(1, 1),)))
    with pytest.raises(Refusal) as refused:
        world.once(void_sale, VoidSale(sale.sale_id, "all"), world.s1)
    assert refused.value.reason == "ALREADY_RETURNED"
    other = world.sell(Till().line("TEA").cash(10_000).command)
    world.clock.advance(days=1)
    with pytest.raises(Refusal) as late:
        world.once(void_sale, VoidSale(other.sale_id, "yesterday's"), world.s1)
    assert late.value.reason == "VOID_TOO_LATE"


def test_reversals_follow_each_other_in_the_order_of_the_lock_whatever_clocks_say(world: World) -> None:
    sale = world.sell(Till().line("TEA", 3).cash(30_000).command)
    returned = [world.refund(RefundSale(sale.sale_id, "first", (back(1, 1),))).sale.sale_id]
    # The next one asked earlier, or by a clock that is behind, and waited for the lock; the last one at the same time.
    for _ in range(2):
        world.clock.advance(minutes=-5)
        returned.append(world.refund(RefundSale(sale.sale_id, "next", (back(1, 1),))).sale.sale_id)
        world.clock.advance(minutes=5)
    with world.units.begin(caller=world.s1, now=world.clock()) as uow:
        documents = uow.sales.lock_document(sale.sale_id)
    assert documents is not None
    assert [document.sale.sale_id for document in documents] == [sale.sale_id, *returned]
    at = [document.sale.stored_at for document in documents]
    assert [later - at[0] for later in at] == [timedelta(microseconds=n) for n in range(4)]
    assert [document.sale.sold_at - at[0] for document in documents][2:] == [timedelta(minutes=-5)] * 2
