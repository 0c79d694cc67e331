"""Promotions with limits at the till: exact, explained, given back on returns, and shared by a campaign."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.catalog.put_products import PutProducts, put_products
from application.membership.register_member import RegisterMember, register_member
from application.pricing.figures import (
    GetCampaign,
    GetPromotionFigures,
    ListPromotionFigures,
    get_campaign,
    get_promotion_figures,
    list_promotion_figures,
)
from application.pricing.put_campaigns import PutCampaigns, put_campaigns
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.basket import TerminalPrice
from application.sales.quote import Quote, QuoteBasket, quote_basket
from application.sales.refund import RefundSale, ReturnRequest, VoidSale, void_sale
from application.sales.views import SaleView
from domain.pricing.limits import Campaign, Limits, WhenShort
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from tests.world import MEMBER, PRODUCTS, Till, World

ALL = ItemSet(everything=True)
TEA = ItemSet(skus=("TEA",))
MUG = ItemSet(skus=("MUG",))
OTHER_MEMBER = "13900139000"
TODAY = "2026-11-22"


def off(code: str, off_minor: int, items: ItemSet = ALL, **limits: Any) -> Promotion:
    """An amount off goods of any number, within limits."""
    benefit = Benefit(BenefitKind.AMOUNT, items, off_minor=off_minor)
    return Promotion(code, f"{code} off", benefit, currency="CNY", limits=Limits(**limits))


def publish(world: World, *promotions: Promotion) -> None:
    world.do(put_promotions, PutPromotions(promotions))


def campaign(world: World, budget_minor: int, **fields: Any) -> None:
    world.do(put_campaigns, PutCampaigns((Campaign("XMAS", "Christmas", "CNY", budget_minor=budget_minor, **fields),)))


def discounts(world: World, count: int, till: Till | None = None) -> list[int]:
    """What each of so many sales was given, one after the other; sales of TEA where nothing is said."""
    till = till or Till().line("TEA").cash(10_000)
    return [world.sell(till.command).discount_minor for _ in range(count)]


def quote(world: World, till: Till, caller: Any = None) -> Quote:
    answer: Quote = world.ask(quote_basket, QuoteBasket(till.command.basket), caller or world.s1)
    return answer


def counters(world: World) -> list[tuple[Any, ...]]:
    """Subject, whether of a member, day, code, uses, discount and members, but for what is zero."""
    return [
        (subject, member != 0, *rest)
        for subject, member, *rest in world.rows(
            "SELECT subject, member_id, day, code, uses, discount_minor, members FROM promotion_counters"
            " ORDER BY subject, member_id, day, code"
        )
        if rest[2]
    ]


def uses(world: World, code: str = "P") -> tuple[int, int]:
    figures = world.ask(get_promotion_figures, GetPromotionFigures(code))
    return figures.uses, figures.discount_minor


def give_back(world: World, sale: SaleView, *lines: tuple[int, int]) -> SaleView:
    asked = tuple(ReturnRequest(number, quantity, amount_only=False) for number, quantity in lines)
    return world.refund(RefundSale(sale.sale_id, "changed mind", asked)).sale


def test_is_given_so_often_and_then_no_more(world: World):
    publish(world, off("P", 1_000, uses_max=3))
    assert discounts(world, 5) == [1_000, 1_000, 1_000, 0, 0]
    assert counters(world) == [
        ("promotion", False, "", "P", 3, 3_000, 0),
        ("promotion", False, TODAY, "P", 3, 3_000, 0),
    ]


@pytest.mark.capability("FIN-10")
@pytest.mark.parametrize(
    ("when_short", "given"), [(None, [3_300, 3_300, 3_300, 100, 0]), (WhenShort.REFUSE, [3_300, 3_300, 3_300, 0, 0])]
)
def test_a_budget_is_spent_to_the_last_fen_or_refused_when_it_is_short(
    world: World, when_short: WhenShort | None, given: list[int]
):
    publish(world, off("P", 3_300, discount_minor_total_max=10_000, when_short=when_short))
    assert discounts(world, 5) == given
    assert uses(world) == (sum(map(bool, given)), sum(given))


@pytest.mark.capability("FIN-10")
def test_a_campaign_stops_at_its_budget_of_five_thousand(world: World):
    campaign(world, 500_000)
    publish(world, off("P", 150_000, campaign_code="XMAS"))
    assert discounts(world, 5, Till().line("TEA", 20).cash(200_000)) == [150_000, 150_000, 150_000, 50_000, 0]
    found = world.ask(get_campaign, GetCampaign("XMAS"))
    assert (found.uses, found.discount_minor, found.left_minor) == (4, 500_000, 0)


@pytest.mark.capability("PRM-14")
def test_one_promotion_in_two_channels_has_one_counter(world: World):
    publish(world, replace(off("P", 2_000, discount_minor_total_max=5_000), channels=("store", "online")))
    till = Till().line("TEA").cash(10_000)
    given = [
        world.sell(till.basket(channel=channel).command).discount_minor
        for channel in ("store", "online", "store", "online")
    ]
    assert given == [2_000, 2_000, 1_000, 0]
    assert uses(world) == (3, 5_000)


def test_promotions_of_a_campaign_share_its_budget_inside_one_basket_too(world: World):
    campaign(world, 1_500)
    publish(world, off("A", 1_000, TEA, campaign_code="XMAS"), off("B", 1_000, MUG, campaign_code="XMAS"))
    till = Till().line("TEA").line("MUG")
    asked = quote(world, till)
    assert {one.code: (one.discount_minor, one.limit, one.uncapped_minor) for one in asked.promotions} == {
        "A": (1_000, "", 0),
        "B": (500, "budget_minor", 1_000),
    }
    sale = world.sell(till.cash(15_000).command)
    assert (sale.discount_minor, asked.discount_minor) == (1_500, 1_500)
    refused = quote(world, till)
    assert [(one.reason, one.limit, one.limit_left) for one in refused.promotions] == [
        ("exhausted", "budget_minor", 0),
        ("exhausted", "budget_minor", 0),
    ]


def test_a_campaign_that_does_not_run_gives_nothing(world: World):
    campaign(world, 0, from_date="2026-11-23", until_date="2026-11-24")
    publish(world, off("P", 1_000, campaign_code="XMAS"))
    [told] = quote(world, Till().line("TEA")).promotions
    assert (told.reason, told.limit, told.explanation) == (
        "not_now",
        "period",
        "Its campaign does not run on this day.",
    )
    assert discounts(world, 1) == [0]
    world.clock.now += timedelta(days=1)
    assert discounts(world, 1) == [1_000]
    world.clock.now += timedelta(days=1)
    assert discounts(world, 1) == [0]


@pytest.mark.capability("PRM-12")
def test_each_member_gets_it_once_and_nobody_else(world: World):
    publish(world, off("P", 1_000, uses_per_member_max=1))
    world.do(register_member, RegisterMember(phone=OTHER_MEMBER, source="till"))
    till = Till().line("TEA").cash(10_000)
    assert discounts(world, 2, till.member(MEMBER)) == [1_000, 0]
    assert discounts(world, 1, till.member("CARD1")) == [0]
    assert discounts(world, 2, till.member(OTHER_MEMBER)) == [1_000, 0]
    [told] = quote(world, till).promotions
    assert told.reason == "members_only"
    assert discounts(world, 1) == [0]
    found = world.ask(get_promotion_figures, GetPromotionFigures("P"))
    assert (found.uses, found.members, found.discount_minor) == (2, 2, 2_000)


def test_a_day_ends_with_the_business_date_of_the_store(world: World):
    publish(world, off("P", 1_000, uses_per_day_max=2), off("Q", 300, uses_per_member_per_day_max=1))
    till = Till().line("TEA").cash(10_000).member()
    assert discounts(world, 4, till) == [1_000, 1_000, 300, 0]
    # Three in the morning in Shanghai: the day of these stores ends at four.
    world.clock.now += timedelta(hours=17)
    assert discounts(world, 1, till) == [0]
    world.clock.now += timedelta(hours=1)
    assert discounts(world, 4, till) == [1_000, 1_000, 300, 0]


def test_amounts_per_day_and_per_member(world: World):
    publish(world, off("P", 1_000, TEA, discount_minor_per_day_max=1_500))
    publish(world, off("Q", 1_000, MUG, discount_minor_per_member_max=1_200))
    till = Till().line("TEA").line("MUG").cash(15_000)
    assert discounts(world, 3, till.member()) == [2_000, 700, 0]
    world.clock.now += timedelta(days=1)
    assert discounts(world, 3, till) == [1_000, 500, 0]


def test_a_sale_of_a_batch_sees_what_those_before_it_took(world: World):
    publish(world, off("P", 1_000, uses_max=2), off("Q", 100, discount_minor_total_max=250))
    calls = [world.call(Till().line("TEA").cash(10_000).command, world.s1) for _ in range(6)]
    assert [sale.discount_minor for sale in world.sell_all(calls)] == [1_000, 1_000, 100, 100, 50, 0]


def test_a_refused_sale_uses_nothing(world: World):
    publish(world, off("P", 1_000, uses_max=1))
    calls = [world.call(Till().line("TEA").cash(paid).command, world.s1) for paid in (8_000, 9_000)]
    refused, sale = world.sell_all(calls)
    assert isinstance(refused, Exception)
    assert sale.discount_minor == 1_000
    assert uses(world) == (1, 1_000)


def test_a_quote_tells_what_is_left_and_takes_nothing(world: World):
    campaign(world, 10_000)
    publish(world, off("P", 3_000, campaign_code="XMAS", uses_max=9, uses_per_member_max=2))
    till = Till().line("TEA").member()
    for _ in range(2):
        [told] = quote(world, till).promotions
        assert told.discount_minor == 3_000
        assert [(one.limit, one.left) for one in told.limits_left] == [
            ("budget_minor", 10_000), ("uses_max", 9), ("uses_per_member_max", 2),
        ]  # fmt: skip
    world.sell(till.cash(7_000).command)
    [told] = quote(world, till).promotions
    assert [one.left for one in told.limits_left] == [7_000, 8, 1]
    assert world.count("promotion_uses") == 1


def test_says_what_the_limit_left_in_both_languages(world: World):
    publish(world, off("P", 3_000, discount_minor_total_max=4_200))
    world.sell(Till().line("TEA").cash(7_000).command)
    [told] = quote(world, Till().line("TEA")).promotions
    assert (told.discount_minor, told.uncapped_minor, told.limit, told.limit_left) == (
        1_200, 3_000, "discount_minor_total_max", 1_200,
    )  # fmt: skip
    assert told.explanation == (
        "Applied: 1200 off goods worth 10000, in minor units. Capped: 1200 of 3000, because its budget had 1200 left."
    )
    [told] = quote(world, Till().line("TEA"), world.terminal("T1", language="zh")).promotions
    assert told.explanation.endswith("活动预算仅剩 1200，应优惠 3000，实际优惠 1200。")
    world.sell(Till().line("TEA").cash(8_800).command)
    [told] = quote(world, Till().line("TEA")).promotions
    assert (told.reason, told.explanation) == ("exhausted", "Exhausted: its budget had 0 left.")


def test_what_is_cut_is_spread_over_the_lines_and_sums(world: World):
    publish(world, off("P", 3_000, discount_minor_total_max=1_000))
    sale = world.sell(Till().line("TEA").line("MUG").line("WRAP").cash(20_000).command)
    assert [line.discount_minor for line in sale.lines] == [654, 327, 19]
    assert sale.discount_minor == 1_000


def test_a_better_one_that_is_nearly_used_up_loses_against_one_that_is_not(world: World):
    publish(world, off("P", 5_000, discount_minor_total_max=5_500), off("Q", 2_000))
    assert discounts(world, 3) == [5_000, 2_000, 2_000]
    assert uses(world) == (1, 5_000)


def test_parts_come_back_in_proportion_and_the_use_with_the_last_of_its_goods(world: World):
    publish(world, off("P", 1_000, TEA, uses_per_member_max=1))
    till = Till().line("TEA", 3).line("MUG").member()
    sale = world.sell(till.cash(34_000).command)
    assert uses(world) == (1, 1_000)
    give_back(world, sale, (1, 1_000))
    assert uses(world) == (1, 667)
    give_back(world, sale, (2, 1_000))
    assert uses(world) == (1, 667)
    assert quote(world, till).discount_minor == 0
    give_back(world, sale, (1, 2_000))
    assert uses(world) == (0, 0)
    assert counters(world) == []
    assert quote(world, till).discount_minor == 1_000


def test_a_void_gives_everything_back_on_the_day_of_the_sale(world: World):
    campaign(world, 1_000)
    publish(world, off("P", 1_000, campaign_code="XMAS", uses_per_day_max=1))
    sale = world.sell(Till().line("TEA").cash(9_000).command)
    assert discounts(world, 1) == [0]
    world.once(void_sale, VoidSale(sale.sale_id, "wrong basket"), world.s1)
    assert discounts(world, 1) == [1_000]
    assert uses(world) == (1, 1_000)


def test_what_comes_back_later_counts_on_the_day_of_the_sale(world: World):
    publish(world, off("P", 1_000, uses_per_day_max=1))
    sale = world.sell(Till().line("TEA").cash(9_000).command)
    world.clock.now += timedelta(days=2)
    assert discounts(world, 2) == [1_000, 0]
    give_back(world, sale)
    assert discounts(world, 1) == [0]
    found = world.ask(get_promotion_figures, GetPromotionFigures("P", day=TODAY))
    assert (found.uses, found.day_uses, found.day_discount_minor) == (1, 0, 0)


def test_a_sale_made_without_connection_goes_beyond_and_is_marked(world: World):
    publish(world, off("P", 1_000, uses_max=1, discount_minor_total_max=1_500))
    world.sell(Till().line("TEA").cash(9_000).command)
    late = Till().line("TEA").cash(9_000).offline(world.clock.now - timedelta(days=1))
    sale = world.sell(late.command)
    assert (sale.discount_minor, sale.warnings) == (
        1_000, ["Promotion “P” is beyond its limits by this sale, which was made without connection."],
    )  # fmt: skip
    assert counters(world) == [
        ("promotion", False, "", "P", 2, 2_000, 0),
        ("promotion", False, "2026-11-21", "P", 1, 1_000, 0),
        ("promotion", False, TODAY, "P", 1, 1_000, 0),
    ]
    assert [bool(beyond) for (beyond,) in world.rows("SELECT beyond FROM promotion_uses ORDER BY sale_id")] == [
        False,
        True,
    ]
    assert discounts(world, 1) == [0]
    found = world.ask(get_promotion_figures, GetPromotionFigures("P"))
    assert [(one.limit, one.most, one.left) for one in found.limits] == [
        ("uses_max", 1, 0), ("discount_minor_total_max", 1_500, 0),
    ]  # fmt: skip


def test_a_sale_made_without_connection_is_held_to_limits_by_setting(world: World):
    world.set("promotion_limits_upload", "hold")
    publish(world, off("P", 1_000, uses_max=1))
    late = Till().line("TEA").cash(10_000).offline(world.clock.now)
    assert [world.sell(late.command).discount_minor for _ in range(2)] == [1_000, 0]


def test_lines_that_the_terminal_priced_use_nothing(world: World):
    publish(world, off("P", 1_000, uses_max=1))
    world.sell(Till().line("TEA", terminal_price=TerminalPrice(9_900)).cash(9_900).command)
    assert world.count("promotion_uses") == world.count("promotion_counters") == 0


def test_goods_that_are_named_by_category_or_brand_are_counted_too(world: World):
    tea = replace(next(product for product in PRODUCTS if product.sku == "TEA"), brand="LEAF", tags=("hot",))
    world.do(put_products, PutProducts((tea,)))
    publish(
        world,
        off("CATEGORY", 100, ItemSet(category_codes=("FOOD",)), uses_max=1),
        replace(off("BRAND", 10, ItemSet(brands=("LEAF",)), uses_max=1), stage=1),
        replace(off("TAG", 1, ItemSet(tags=("hot",)), uses_max=1), stage=2),
    )
    assert discounts(world, 2) == [111, 0]
    assert [uses(world, code) for code in ("CATEGORY", "BRAND", "TAG")] == [(1, 100), (1, 10), (1, 1)]


def test_a_sale_that_it_does_not_concern_or_that_is_elsewhere_touches_no_counter(world: World):
    publish(
        world,
        off("GOODS", 100, MUG, uses_max=1),
        replace(off("STORE", 100, uses_max=1), store_codes=("S2",)),
        replace(off("LATER", 100, uses_max=1), from_date="2027-01-01"),
        replace(off("ONLINE", 100, uses_max=1), channels=("online",)),
        replace(off("MEMBERS", 100, uses_max=1), members_only=True),
        replace(off("PAUSED", 100, uses_max=1), paused=True),
    )
    assert discounts(world, 1) == [0]
    assert world.count("promotion_counters") == 0


def test_a_limit_that_is_lowered_below_what_was_used_gives_no_more_and_is_no_violation(world: World):
    publish(world, off("P", 1_000, uses_max=5))
    assert discounts(world, 3) == [1_000] * 3
    publish(world, off("P", 1_000, uses_max=2))
    assert discounts(world, 1) == [0]
    assert world.broken() == []
    publish(world, off("P", 1_000, uses_max=4))
    assert discounts(world, 2) == [1_000, 0]


@pytest.mark.capability("PRM-15")
def test_figures_say_what_it_cost_how_often_it_was_used_and_by_how_many(world: World):
    campaign(world, 342_000)
    publish(world, off("P", 1_000, TEA, campaign_code="XMAS", uses_max=100), off("Q", 700, MUG), off("PLAIN", 1, MUG))
    publish(world, replace(off("PLAIN", 1, MUG), limits=None))
    discounts(world, 2, Till().line("TEA").cash(9_000).member())
    discounts(world, 7, Till().line("WRAP").cash(300))
    discounts(world, 2, Till().line("MUG").cash(5_000))
    found = world.ask(get_promotion_figures, GetPromotionFigures("P", day=TODAY, participation=True))
    assert (found.uses, found.members, found.discount_minor, found.day_uses) == (2, 1, 2_000, 2)
    assert (found.sales, found.participation_bp) == (11, 1_818)
    assert [(one.limit, one.most, one.left) for one in found.limits] == [
        ("uses_max", 100, 98), ("budget_minor", 342_000, 340_000),
    ]  # fmt: skip
    everything = world.ask(list_promotion_figures, ListPromotionFigures()).figures
    assert [(one.code, one.uses, one.discount_minor) for one in everything] == [("P", 2, 2_000), ("Q", 2, 1_400)]
    assert [one.code for one in world.ask(list_promotion_figures, ListPromotionFigures("XMAS")).figures] == ["P"]
