"""Counting while selling goes on, from the plan to the books."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.check import INVARIANTS, examine
from application.inventory.adjust_stock import BEYOND
from application.inventory.counting import (
    CloseCount,
    CountClosed,
    CountedLine,
    EnterCount,
    GetCount,
    ListCounts,
    OpenCount,
    PlanCounts,
    close_count,
    enter_count,
    get_count,
    list_counts,
    open_count,
    plan_counts,
)
from application.inventory.receive_goods import ReceiptLine, ReceiveGoods, receive_goods
from application.replenishment.classes import ClassifyStock, classify_stock
from domain.identity.organisation import SYSTEM
from domain.inventory.stock_count import CountKind, CountState, Uncounted
from domain.shared.errors import Refusal
from tests.application.sales.shift import new_id, start_shift
from tests.application.small_chain import SmallChain
from tests.world import Till, World

INVENTORY, SHRINKAGE = "1405", "660201"


def opened(world: World, *skus: str, **options: Any) -> int:
    command = OpenCount(CountKind.LIST, "S1", skus=skus or ("TEA",), **options)
    count_id: int = world.do(open_count, command).count_id
    return count_id


def enter(
    world: World, count_id: int, sku: str, units: int, section: str = "", caller: Any = SYSTEM, **when: Any
) -> Any:
    return world.do(enter_count, EnterCount(count_id, (CountedLine(sku, units * 1_000, section, **when),)), caller)


def refused(world: World, use_case: Any, command: Any, caller: Any = SYSTEM) -> tuple[str, str]:
    with pytest.raises(Refusal) as refusal:
        world.do(use_case, command, caller)
    return refusal.value.reason, refusal.value.field


def closed(world: World, count_id: int) -> CountClosed:
    done: CountClosed = world.do(close_count, CloseCount(count_id))
    return done


@pytest.mark.capability("INV-10")
def test_what_is_sold_meanwhile_is_no_difference(world: World) -> None:
    books = world.ledger()
    count_id = opened(world)
    world.clock.advance(minutes=1)
    world.sell(Till().line("TEA", 2).cash(100_000).command)
    world.clock.advance(minutes=1)
    # 97 are found where 98 should be; what is sold afterwards does not matter.
    enter(world, count_id, "TEA", 97)
    world.clock.advance(minutes=1)
    world.sell(Till().line("TEA", 3).cash(100_000).command)
    [line] = world.ask(get_count, GetCount(count_id)).lines
    assert (line.counted_milli, line.expected_milli, line.difference_milli) == (97_000, 98_000, -1_000)
    done = closed(world, count_id)
    assert (done.counted, done.differing, done.lost_minor, done.found_minor) == (1, 1, 6_000, 0)
    assert world.level("TEA")[0] == 94_000
    now = world.ledger()
    assert now[SHRINKAGE] - books.get(SHRINKAGE, 0) == 6_000
    # Of a count that is over it is still told.
    [line] = world.ask(get_count, GetCount(count_id)).lines
    assert line.difference_milli == -1_000


def test_a_sale_of_before_the_count_that_comes_afterwards_is_taken_into_account(world: World) -> None:
    count_id = opened(world)
    sold_at = world.clock()
    world.clock.advance(minutes=5)
    # Two are gone from the shelf already, though nobody has told the books.
    enter(world, count_id, "TEA", 98)
    world.clock.advance(minutes=5)
    world.sell(Till().line("TEA", 2).cash(100_000).offline(sold_at + timedelta(minutes=1)).command)
    done = closed(world, count_id)
    assert (done.differing, world.level("TEA")[0]) == (0, 98_000)


@pytest.mark.capability("INV-11")
def test_differences_above_the_limit_take_a_second_person_and_are_posted(world: World) -> None:
    books = world.ledger()
    count_id = opened(world)
    enter(world, count_id, "TEA", 91)
    # Nine at 60.00 are 540.00: above 500.00.
    assert refused(world, close_count, CloseCount(count_id)) == ("SECOND_PERSON_FOR_ADJUSTMENT", "approval_token")
    assert world.level("TEA")[0] == 100_000
    people = start_shift(world)
    request_id = new_id()
    token = people.token(BEYOND, request_id, 54_000)
    command = CloseCount(count_id, token)
    assert world.once(close_count, command, people.signed_in("ann"), request_id=request_id).lost_minor == 54_000
    assert world.count("approval_uses") == 1
    now = world.ledger()
    assert {code: now[code] - books.get(code, 0) for code in (INVENTORY, SHRINKAGE)} == {
        INVENTORY: -54_000, SHRINKAGE: 54_000,
    }  # fmt: skip
    assert refused(world, close_count, CloseCount(count_id)) == ("COUNT_NOT_OPEN", "count_id")


def test_sections_add_up_and_a_recount_takes_the_place_of_a_count(world: World) -> None:
    count_id = opened(world, "TEA", "MUG")
    assert list(enter(world, count_id, "TEA", 60, "shelf").recount) == ["TEA"]
    assert list(enter(world, count_id, "TEA", 40, "cold room").recount) == []
    enter(world, count_id, "MUG", 90)
    world.clock.advance(minutes=1)
    assert list(enter(world, count_id, "MUG", 101).recount) == []
    done = closed(world, count_id)
    assert (done.differing, done.found_minor, done.lost_minor) == (1, 2_000, 0)
    assert world.level("MUG") == (101_000, 202_000)


def test_who_counts_blindly_is_not_told_what_should_be_there(world: World) -> None:
    count_id = opened(world, blind=True)
    counter = world.terminal("T1", "counts.enter")
    enter(world, count_id, "TEA", 99, caller=counter)
    [line] = world.ask(get_count, GetCount(count_id), counter).lines
    assert (line.counted_milli, line.told, line.expected_milli, line.difference_milli) == (99_000, False, 0, 0)
    [line] = world.ask(get_count, GetCount(count_id), world.terminal("T1", "counts.read")).lines
    assert (line.told, line.difference_milli) == (True, -1_000)
    assert refused(world, enter_count, EnterCount(count_id, (CountedLine("TEA", 1_000),)), world.terminal("T2"))[0] == (
        "UNKNOWN_COUNT"
    )


def test_what_nobody_has_counted_stays_or_is_gone_as_it_was_opened(world: World) -> None:
    world.set("stock_adjustment_max", "10000000")
    leaving = opened(world, "TEA", "MUG")
    enter(world, leaving, "TEA", 100)
    assert (closed(world, leaving).counted, world.level("MUG")[0]) == (1, 100_000)
    zero = opened(world, "TEA", "MUG", uncounted=Uncounted.ZERO)
    enter(world, zero, "TEA", 100)
    assert (closed(world, zero).counted, world.level("MUG")) == (2, (0, 0))


def test_a_count_of_a_category_or_of_everything_and_one_that_is_cancelled(world: World) -> None:
    food = world.do(open_count, OpenCount(CountKind.CATEGORY, "S1", category_codes=("FOOD",)))
    every = world.do(open_count, OpenCount(CountKind.FULL, "S1"))
    assert (food.skus, every.skus) == (2, 3)
    world.do(close_count, CloseCount(food.count_id, cancel=True))
    states = {one.count_id: one.state for one in world.ask(list_counts, ListCounts("S1")).counts}
    assert states == {food.count_id: CountState.CANCELLED, every.count_id: CountState.OPEN}


@pytest.mark.capability("INV-12")
def test_goods_of_class_a_are_counted_weekly_and_those_of_c_quarterly(world: World) -> None:
    world.sell(Till().line("TEA", 9).line("MUG", 1).line("RICE", 3).cash(1_000_000).command)
    world.clock.advance(days=1)
    world.do(classify_stock, ClassifyStock("S1"))
    plan = world.ask(plan_counts, PlanCounts("S1"))
    # One item every 7, 30 and 90 days: one a day at most, and all three are due that never were counted.
    assert (plan.per_day, plan.due) == (1, 3)
    assert [(one.sku, one.abc, one.last_counted) for one in plan.items] == [("TEA", "A", "")]
    world.set("count_cycle_days", "1,1,1")
    cycle = world.do(open_count, OpenCount(CountKind.CYCLE, "S1"))
    assert cycle.skus == 3
    for sku in ("TEA", "MUG", "RICE"):
        on_hand = world.level(sku)[0]
        world.do(enter_count, EnterCount(cycle.count_id, (CountedLine(sku, on_hand),)))
    closed(world, cycle.count_id)
    world.set("count_cycle_days", "7,30,90")
    for days, due in ((6, 0), (1, 1), (23, 2), (60, 3)):
        world.clock.advance(days=days)
        assert world.ask(plan_counts, PlanCounts("S1")).due == due


def test_refuses_what_cannot_be_counted(world: World) -> None:
    count_id = opened(world)
    world.clock.advance(minutes=1)
    now, early = world.clock(), world.clock() - timedelta(hours=1)
    for use_case, command, reason, field in (
        (open_count, OpenCount(store_code="S1"), "KIND_NEEDED", "kind"),
        (open_count, OpenCount(CountKind.LIST, "S1", skus=("WRAP",)), "UNSTOCKED", "skus[0]"),
        (open_count, OpenCount(CountKind.LIST, "S1", skus=("NOPE",)), "UNKNOWN_SKU", "skus[0]"),
        (open_count, OpenCount(CountKind.CATEGORY, "S1", ("NOPE",)), "UNKNOWN_CATEGORY", "category_codes[0]"),
        (enter_count, EnterCount(count_id, (CountedLine("MUG", 1_000),)), "NOT_IN_COUNT", "lines[0].sku"),
        (enter_count, EnterCount(count_id, (CountedLine("TEA", 500),)), "QUANTITY_TOO_FINE", "lines[0].quantity_milli"),
        (enter_count, EnterCount(count_id, (CountedLine("TEA", 0, "", now + timedelta(hours=1)),)),
         "COUNTED_IN_FUTURE", "lines[0].counted_at"),
        (enter_count, EnterCount(count_id, (CountedLine("TEA", 0, "", early),)),
         "COUNTED_BEFORE_OPENED", "lines[0].counted_at"),
        (close_count, CloseCount(7), "UNKNOWN_COUNT", "count_id"),
    ):  # fmt: skip
        assert refused(world, use_case, command) == (reason, field)


def test_the_check_finds_what_was_tampered_with(world: World) -> None:
    count_id = opened(world)
    enter(world, count_id, "TEA", 99)
    closed(world, count_id)
    [invariant] = [one for one in INVARIANTS if one.id == "INV-counts"]
    for tampering, violated in (
        ("UPDATE stock_count_results SET counted_milli = counted_milli + 1", 1),
        ("UPDATE stock_counts SET lost_minor = lost_minor + 1", 1),
        ("DELETE FROM stock_count_skus", 1),
    ):
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)


def test_two_counts_of_the_same_goods_correct_once(world: World) -> None:
    one, other = opened(world), opened(world)
    world.clock.advance(minutes=1)
    enter(world, one, "TEA", 99)
    enter(world, other, "TEA", 99)
    world.clock.advance(minutes=1)
    closed(world, one)
    world.clock.advance(minutes=1)
    done = closed(world, other)
    assert (done.differing, world.level("TEA")[0]) == (0, 99_000)


def test_loss_when_all_sold_afterwards(world: World) -> None:
    count_id = opened(world)
    world.clock.advance(minutes=1)
    enter(world, count_id, "TEA", 99)
    world.clock.advance(minutes=1)
    world.sell(Till().line("TEA", 100).cash(10_000_000).command)
    done = closed(world, count_id)
    assert (done.differing, world.level("TEA")[0]) == (1, -1_000)


def test_a_count_of_later_that_is_closed_before_stands(world: World) -> None:
    earlier, later = opened(world), opened(world)
    enter(world, earlier, "TEA", 98)
    world.clock.advance(minutes=1)
    enter(world, later, "TEA", 99)
    assert closed(world, later).lost_minor == 6_000
    done = closed(world, earlier)
    assert (done.counted, done.lost_minor, world.level("TEA")[0]) == (0, 0, 99_000)


def test_closes_a_count_of_many_with_as_many_statements_as_one(stocked: SmallChain) -> None:
    products = tuple(ProductEntry(f"P{number}", "x", "FOOD", "EA") for number in range(300))
    stocked.write(put_products, PutProducts(products))
    lines = tuple(ReceiptLine(one.sku, 10_000, 1_000) for one in products)
    stocked.write(receive_goods, ReceiveGoods(lines, "S01"))

    def made(skus: tuple[str, ...]) -> int:
        count_id = stocked.write(open_count, OpenCount(CountKind.LIST, "S01", skus=skus)).count_id
        stocked.write(enter_count, EnterCount(count_id, tuple(CountedLine(sku, 9_000) for sku in skus)))
        return stocked.statements(close_count, CloseCount(count_id))

    assert made(("P0",)) == made(tuple(one.sku for one in products[1:]))
