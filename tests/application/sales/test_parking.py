"""Baskets put aside: one terminal gets each, at the prices of then, and parts hold what the whole held."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from application.catalog.put_products import PutProducts, put_products
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.sales.basket import Basket, BasketLine, TerminalPrice
from application.sales.exempting import ExemptBuyer
from application.sales.parking import (
    BasketPart,
    ListParkedBaskets,
    ParkBasket,
    ParkedBasketView,
    PartLine,
    SplitParkedBasket,
    list_parked_baskets,
    park_basket,
    split_parked_basket,
)
from application.sales.resuming import ParkedChange, ResumedBasket, ResumeParkedBasket, resume_parked_basket
from domain.catalog.product import ProductStatus
from domain.identity.organisation import Caller
from domain.pricing.basket import Manual
from domain.shared.errors import Refusal
from tests.world import PRODUCTS, Till, World


def park(world: World, till: Till, label: str = "Table 4", **options: Any) -> ParkedBasketView:
    parked: ParkedBasketView = world.once(park_basket, ParkBasket(till.command.basket, label), world.s1, **options)
    return parked


def resume(world: World, basket_id: int, **options: Any) -> ResumedBasket:
    resumed: ResumedBasket = world.once(resume_parked_basket, ResumeParkedBasket(basket_id), world.s1, **options)
    return resumed


def split(world: World, basket_id: int, *parts: tuple[tuple[int, int], ...]) -> list[ParkedBasketView]:
    asked = [BasketPart(f"Guest {n}", tuple(PartLine(*line) for line in part)) for n, part in enumerate(parts, 1)]
    made: list[ParkedBasketView] = world.once(
        split_parked_basket, SplitParkedBasket(basket_id, tuple(asked)), world.s1
    ).parts
    return made


def aside(world: World, **asked: Any) -> list[str]:
    found = world.ask(list_parked_baskets, ListParkedBaskets(**asked), world.s1)
    return [basket.label for basket in found.baskets]


def refused(world: World, use_case: Any, command: Any, caller: Caller | None = None) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        world.once(use_case, command, caller or world.s1)
    return caught.value.reason, caught.value.field


@pytest.mark.capability("SAL-01")
def test_a_basket_is_put_aside_and_sold_later_as_it_was(world: World) -> None:
    till = Till().line("TEA", 2, discounts=(Manual("Scratched", 1_000, 0),)).line("MUG").member()
    parked = park(world, till)
    assert (parked.lines, parked.total_minor, parked.currency, parked.parked_by) == (2, 23_000, "CNY", "T1")
    assert aside(world) == ["Table 4"]
    # Nothing is reserved, sold or earned.
    assert (world.level("TEA")[0], world.count("sales")) == (100_000, 0)
    resumed = resume(world, parked.basket_id)
    assert (resumed.quote and resumed.quote.total_minor, resumed.changes, resumed.problem) == (23_000, [], None)
    assert resumed.basket.lines == till.command.basket.lines
    assert aside(world) == []
    sale = world.sell(
        Till().basket(lines=resumed.basket.lines, member_key=resumed.basket.member_key).cash(23_000).command
    )
    assert (sale.total_minor, sale.member_number) == (23_000, parked.member_number)


def test_a_buyer_who_pays_no_tax_still_pays_none_when_it_is_taken_up(world: World) -> None:
    embassy = ExemptBuyer("D-7", "Diplomatic mission")
    world.s1 = replace(world.s1, permissions=world.s1.permissions | {"sales.tax_exempt"})
    parked = park(world, Till().line("TEA", 2).line("MUG").basket(tax_exemption=embassy))
    resumed = resume(world, split(world, parked.basket_id, ((1, 2_000),), ((2, 0),))[0].basket_id)
    assert (resumed.basket.tax_exemption, resumed.quote and resumed.quote.total_minor) == (embassy, 17_699)
    assert resumed.quote is not None and parked.total_minor == 17_699 + 4_425


def test_two_terminals_want_it_and_one_gets_it(world: World) -> None:
    parked = park(world, Till().line("TEA"))
    outcomes: list[str] = []

    def take() -> None:
        try:
            outcomes.append(resume(world, parked.basket_id).parked.label)
        except Refusal as refusal:
            outcomes.append(refusal.reason)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["PARKED_BASKET_TAKEN", "PARKED_BASKET_TAKEN", "PARKED_BASKET_TAKEN", "Table 4"]
    assert world.count("parked_basket_ends") == 1


def test_the_same_request_parks_once_and_takes_up_once(world: World) -> None:
    request_id = "11111111-2222-4333-8444-555555555555"
    for _ in range(2):
        world.once(park_basket, ParkBasket(Till().line("TEA").command.basket, "A"), world.s1, request_id)
    [(basket_id,)] = world.rows("SELECT basket_id FROM parked_baskets")
    request_id = "11111111-2222-4333-8444-666666666666"
    for _ in range(2):
        world.once(resume_parked_basket, ResumeParkedBasket(basket_id), world.s1, request_id)
    assert world.count("parked_basket_ends") == 1


def test_prices_are_those_of_the_moment_and_what_has_changed_is_told(world: World) -> None:
    parked = park(world, Till().line("TEA", 2).line("MUG"))
    world.do(put_prices, PutPrices("BASE", (PriceEntry("TEA", 9_000),)))
    resumed = resume(world, parked.basket_id)
    assert resumed.quote is not None
    assert resumed.quote.total_minor == 23_000
    assert resumed.changes == [ParkedChange(1, "TEA", 10_000, 9_000, 20_000, 18_000)]


def test_goods_blocked_meanwhile_are_told_and_the_basket_is_given_all_the_same(world: World) -> None:
    parked = park(world, Till().line("TEA").line("MUG"))
    mug = next(product for product in PRODUCTS if product.sku == "MUG")
    world.do(put_products, PutProducts((replace(mug, status=ProductStatus.BLOCKED),)))
    resumed = resume(world, parked.basket_id)
    assert resumed.quote is None
    assert resumed.problem is not None
    assert (resumed.problem.reason, resumed.problem.field) == ("PRODUCT_BLOCKED", "basket.lines[1].sku")
    assert len(resumed.basket.lines) == 2


def test_what_nobody_takes_up_is_given_up(world: World) -> None:
    world.set("parked_basket_hours", "2")
    parked = park(world, Till().line("TEA"))
    world.clock.advance(hours=2)
    assert aside(world) == []
    assert refused(world, resume_parked_basket, ResumeParkedBasket(parked.basket_id)) == (
        "PARKED_BASKET_OVER", "basket_id",
    )  # fmt: skip


def test_a_bill_is_split_into_parts_that_are_sold_by_themselves(world: World) -> None:
    parked = park(world, Till().line("TEA", 3).line("MUG", 2).line("WRAP").member())
    first, second = split(world, parked.basket_id, ((1, 1_000), (2, 0)), ((1, 2_000), (3, 0)))
    assert aside(world) == ["Guest 1", "Guest 2"]
    assert (first.total_minor, first.split_from, first.expires_at) == (0, parked.basket_id, parked.expires_at)
    assert refused(world, resume_parked_basket, ResumeParkedBasket(parked.basket_id))[0] == "PARKED_BASKET_TAKEN"
    totals = []
    for part in (first, second):
        resumed = resume(world, part.basket_id)
        assert resumed.quote is not None
        assert (resumed.changes, resumed.basket.member_key) == ([], parked.member_number)
        totals.append(resumed.quote.total_minor)
    assert totals == [20_000, 20_300]


def test_refuses_what_cannot_be_parked_or_split(world: World) -> None:
    basket = Till().line("TEA").command.basket
    coupons = Basket((BasketLine("TEA", quantity_milli=1_000),), coupon_codes=("C1",))
    amount = Till().line("TEA", 2).basket(discounts=(Manual("Late", 0, 100),))
    whole, agreed = park(world, amount), park(world, Till().line("TEA", 2, terminal_price=TerminalPrice(5_000)))
    halves = tuple(BasketPart(label, (PartLine(1, 1_000),)) for label in "AB")
    before = world.count("parked_baskets")
    cases: tuple[tuple[Any, Any, Caller, str, str], ...] = (
        (park_basket, ParkBasket(basket, " "), world.s1, "MISSING", "label"),
        (park_basket, ParkBasket(coupons, "A"), world.s1, "COUPONS_NOT_PARKED", "basket.coupon_codes"),
        (park_basket, ParkBasket(Basket(()), "A"), world.s1, "NO_LINES", "basket.lines"),
        (resume_parked_basket, ResumeParkedBasket(404), world.s1, "UNKNOWN_PARKED_BASKET", "basket_id"),
        (resume_parked_basket, ResumeParkedBasket(whole.basket_id), world.s2, "UNKNOWN_PARKED_BASKET", "basket_id"),
        (split_parked_basket, SplitParkedBasket(404, halves[:1]), world.s1, "SPLIT_IN_ONE", "parts"),
        (
            split_parked_basket, SplitParkedBasket(whole.basket_id, halves), world.s1,
            "BASKET_DISCOUNT_NOT_DIVISIBLE", "basket_id",
        ),
        (
            split_parked_basket, SplitParkedBasket(agreed.basket_id, halves), world.s1,
            "NOT_DIVISIBLE", "parts[0].lines[0].quantity_milli",
        ),
    )  # fmt: skip
    for use_case, command, caller, reason, field in cases:
        assert refused(world, use_case, command, caller) == (reason, field)
    assert (world.count("parked_baskets"), world.count("parked_basket_ends")) == (before, 0)


def test_a_list_comes_in_pages_of_the_own_store(world: World) -> None:
    for number in range(3):
        park(world, Till().line("TEA"), f"Table {number}")
        world.clock.advance(minutes=1)
    page = world.ask(list_parked_baskets, ListParkedBaskets(page_size=2), world.s1)
    assert [basket.label for basket in page.baskets] == ["Table 0", "Table 1"]
    assert aside(world, page_token=page.next_page_token) == ["Table 2"]
    assert world.ask(list_parked_baskets, ListParkedBaskets(), world.s2).baskets == []


def test_check_names_a_part_that_was_changed(world: World) -> None:
    parked = park(world, Till().line("TEA", 2))
    part, _ = split(world, parked.basket_id, ((1, 1_000),), ((1, 1_000),))
    change = "UPDATE parked_baskets SET quantity_milli = quantity_milli {} WHERE basket_id = {}"
    with world.engine.begin() as connection:
        connection.exec_driver_sql(change.format("+ 1", part.basket_id))
    assert world.broken() == [
        f"SAL-parked parked_basket_ends basket_id={parked.basket_id}: quantity 2000, quantity of its parts 2001"
    ]
    with world.engine.begin() as connection:
        connection.exec_driver_sql(change.format("- 1", part.basket_id))
