"""Promotions at the till: what they take off, what is explained, and what comes back on a return."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application.identity.stores import PutStores, put_stores
from application.identity.views import StoreView
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.basket import TerminalPrice
from application.sales.quote import Quote, QuoteBasket, quote_basket
from application.sales.refund import RefundSale, ReturnRequest
from application.sales.views import SaleView
from domain.identity.organisation import SYSTEM
from domain.pricing.basket import Manual
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Promotion, Step
from tests.world import MEMBER, Till, World

ALL = ItemSet(everything=True)
TEA = ItemSet(skus=("TEA",))
MUG = ItemSet(skus=("MUG",))


def rate(code: str, rate_bp: int, items: ItemSet = ALL, **terms: Any) -> Promotion:
    return Promotion(code, f"{code} off", Benefit(BenefitKind.RATE, items, rate_bp=rate_bp), **terms)


def spend(code: str, from_minor: int, off_minor: int, *, each: bool = False, **terms: Any) -> Promotion:
    steps = (Step(amount_minor=from_minor, off_minor=off_minor),)
    return Promotion(code, code, Benefit(BenefitKind.AMOUNT, ALL, steps=steps, each=each), currency="CNY", **terms)


def publish(world: World, *promotions: Promotion) -> None:
    world.do(put_promotions, PutPromotions(promotions))


def sold(world: World, till: Till) -> SaleView:
    return world.sell(till.command)


def quote(world: World, till: Till, caller: Any = None) -> Quote:
    answer: Quote = world.ask(quote_basket, QuoteBasket(till.command.basket), caller or world.s1)
    return answer


@pytest.mark.capability("PRM-02")
def test_a_rate_comes_off_and_is_named_on_the_line(world: World):
    publish(world, rate("SPRING", 1_200))
    sale = sold(world, Till().line("TEA").cash(8_800))
    [discount] = sale.lines[0].discounts
    assert (sale.total_minor, sale.gross_minor, sale.discount_minor) == (8_800, 10_000, 1_200)
    assert (discount.code, discount.name, discount.amount_minor, discount.base_minor) == (
        "promotion:SPRING", "SPRING off", 1_200, 10_000,
    )  # fmt: skip


@pytest.mark.capability("PRM-03")
@pytest.mark.parametrize(("each", "total"), [(False, 60_000), (True, 55_000)])
def test_spend_and_save_once_or_for_every_step(world: World, each: bool, total: int):
    publish(world, spend("SAVE50", 30_000, 5_000, each=each))
    sale = sold(world, Till().line("TEA", 6).line("MUG").cash(70_000))
    assert sale.gross_minor == 65_000
    assert sale.total_minor == total
    assert sum(line.discount_minor for line in sale.lines) == sale.discount_minor


@pytest.mark.capability("PRM-06")
def test_a_quote_is_what_the_checkout_takes_every_time(world: World):
    publish(
        world,
        rate("FOOD", 1_000, ItemSet(category_codes=("FOOD",))),
        Promotion("SECOND", "2nd half", Benefit(BenefitKind.EVERY_NTH, TEA, every=2, units=1, rate_bp=5_000)),
        spend("SAVE", 20_000, 1_000, stage=1),
    )
    till = Till().line("TEA", 3).line("RICE", quantity_milli=1_234).line("MUG")
    first = quote(world, till)
    for _ in range(1_000):
        assert quote(world, till) == first
    sale = sold(world, till.cash(first.total_minor))
    assert (sale.total_minor, sale.tax_minor) == (first.total_minor, first.tax_minor)
    assert [line.discounts for line in sale.lines] == [line.discounts for line in first.lines]


def test_explains_what_became_of_each_promotion(world: World):
    publish(
        world,
        rate("TEN", 1_000, TEA),
        rate("FIVE", 500, TEA),
        rate("ONLINE", 5_000, TEA, channels=("app",)),
        spend("SAVE", 30_000, 5_000, stage=1),
        rate("MUGS", 2_000, MUG),
        rate("OVER", 2_000, TEA, until_date="2026-11-22"),
    )
    asked = quote(world, Till().line("TEA", 2))
    told = {one.code: one for one in asked.promotions}
    assert [one.code for one in asked.promotions] == ["TEN", "FIVE", "ONLINE", "OVER", "SAVE"]
    assert (told["TEN"].applied, told["TEN"].discount_minor, told["TEN"].base_minor) == (True, 2_000, 20_000)
    assert [(line.line_number, line.discount_minor) for line in told["TEN"].lines] == [(1, 2_000)]
    assert (told["FIVE"].reason, told["FIVE"].beaten_by) == ("beaten", ["TEN"])
    assert told["ONLINE"].reason == "not_in_channel"
    assert told["OVER"].reason == "not_now"
    # The stage before it has left 180.00.
    assert (told["SAVE"].reason, told["SAVE"].missing_amount_minor) == ("amount_missing", 12_000)
    assert told["SAVE"].explanation == "Goods worth 12000 more are missing, in minor units."
    chinese = quote(world, Till().line("TEA", 2), world.terminal("T1", language="zh"))
    assert {one.code: one.explanation for one in chinese.promotions}["FIVE"] == "已让位于更优惠或优先的活动：TEN。"


@pytest.mark.capability("PRM-07")
def test_holds_in_its_region_but_not_in_the_store_that_is_left_out(world: World):
    publish(world, rate("EAST", 500, region_codes=("EAST",), excluded_store_codes=("S2",)))
    assert quote(world, Till().line("TEA")).total_minor == 9_500
    assert quote(world, Till().line("TEA"), world.s2).total_minor == 10_000


@pytest.mark.capability("PRM-08")
def test_one_publication_takes_effect_in_each_store_at_its_own_midnight(world: World):
    zones = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Tokyo")
    stores = [StoreView(f"N{number}", f"Store {number}", "EAST", "CNY", zones[number % 3], 0) for number in range(300)]
    world.do(put_stores, PutStores(tuple(stores)))
    publish(world, rate("OPEN", 1_000, from_date="2026-12-01"))
    midnight = datetime(2026, 11, 30, 16, tzinfo=UTC)  # in Shanghai; an hour later than in Tokyo, two before Urumqi
    for at, discounted in (
        (midnight - timedelta(hours=1, seconds=1), 0),
        (midnight, 200),
        (midnight + timedelta(hours=2), 300),
    ):
        world.clock.now = at
        totals = [
            world.ask(
                quote_basket, QuoteBasket(Till().line("TEA").basket(store_code=store.code).command.basket), SYSTEM
            )
            for store in stores
        ]
        assert [asked.total_minor for asked in totals].count(9_000) == discounted


def test_the_best_for_the_customer_wins_inside_a_stage_and_stages_build_on_each_other(world: World):
    publish(world, rate("TWENTY", 2_000), rate("TEN", 1_000), rate("LATER", 1_000, stage=1))
    assert quote(world, Till().line("TEA")).total_minor == 7_200


@pytest.mark.parametrize(("stacking", "total"), [("compound", 7_200), ("additive", 7_000), ("best", 8_000)])
def test_stages_are_combined_as_the_setting_says(world: World, stacking: str, total: int):
    world.set("discount_stacking", stacking)
    publish(world, rate("TWENTY", 2_000), rate("TEN", 1_000, stage=1))
    assert quote(world, Till().line("TEA")).total_minor == total


def test_rates_that_add_up_to_more_than_everything_leave_nothing_below_zero(world: World):
    world.set("discount_stacking", "additive")
    publish(world, rate("SEVENTY", 7_000), rate("FORTY", 4_000, stage=1))
    sale = sold(world, Till().line("TEA"))
    assert (sale.total_minor, sale.discount_minor) == (0, 10_000)


def test_a_member_gets_what_is_for_members(world: World):
    publish(world, rate("MEMBERS", 1_000, members_only=True))
    assert quote(world, Till().line("TEA")).promotions[0].reason == "members_only"
    assert quote(world, Till().line("TEA").member(MEMBER)).total_minor == 9_000


def test_discounts_by_hand_come_off_what_promotions_leave(world: World):
    publish(world, rate("HALF", 5_000))
    asked = quote(world, Till().line("TEA", discounts=(Manual("torn", 1_000, 0),)))
    assert asked.total_minor == 4_500
    assert [discount.code for discount in asked.lines[0].discounts] == ["promotion:HALF", "manual"]


@pytest.mark.capability("PRM-05")
def test_a_set_costs_its_price_and_any_part_of_it_comes_back_at_its_share(world: World):
    couple = (Component(TEA, 1), Component(MUG, 1))
    benefit = Benefit(BenefitKind.SET_PRICE, price_minor=12_000, components=couple)
    publish(world, Promotion("COUPLE", "Couple's set", benefit, currency="CNY"))
    sale = sold(world, Till().line("TEA").line("MUG").cash(12_000))
    assert [line.total_minor for line in sale.lines] == [8_000, 4_000]
    publish(world, Promotion("COUPLE", "Couple's set", benefit, currency="CNY", paused=True))
    returned = [
        world.refund(RefundSale(sale.sale_id, "changed mind", (ReturnRequest(number, 1_000, amount_only=False),)))
        for number in (1, 2)
    ]
    assert [part.sale.total_minor for part in returned] == [-8_000, -4_000]


def test_a_change_is_seen_by_the_next_sale_of_every_process(world: World):
    other = World(world.url, world.clock, furnished=True)
    try:
        assert sold(other, Till().line("TEA").cash(10_000)).total_minor == 10_000
        publish(world, rate("NOW", 1_000))
        assert sold(other, Till().line("TEA").cash(10_000)).total_minor == 9_000
        publish(world, rate("NOW", 1_000, paused=True))
        assert sold(other, Till().line("TEA").cash(10_000)).total_minor == 10_000
    finally:
        other.close()


def test_a_line_that_the_terminal_has_priced_takes_part_in_none(world: World):
    publish(world, rate("TEN", 1_000))
    asked = quote(world, Till().line("TEA", terminal_price=TerminalPrice(9_900)).line("MUG"))
    assert [line.total_minor for line in asked.lines] == [9_900, 4_500]


def test_points_are_earned_on_what_is_paid(world: World):
    publish(world, rate("TEN", 1_000))
    sale = sold(world, Till().line("TEA").member().cash(9_000))
    plain = sold(world, Till().line("MUG").line("WRAP").member().cash(5_000))
    assert sale.points_earned * 5_300 == pytest.approx(plain.points_earned * 10_000, rel=0.05)
