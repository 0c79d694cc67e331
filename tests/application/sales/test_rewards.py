"""Gifts, points and coupons at the till: what a sale gives beside its goods, and what comes back on a return."""

from dataclasses import replace
from typing import Any

import pytest

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.pricing.entries import PriceEntry, PriceListEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.basket import TerminalPrice
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.quote import Quote, QuoteBasket, quote_basket
from application.sales.refund import RefundSale, ReturnRequest, VoidSale, void_sale
from application.sales.views import SaleView
from domain.catalog.product import ProductStatus
from domain.pricing.basket import Manual, Named
from domain.pricing.limits import Limits
from domain.pricing.promotion import (
    Benefit,
    BenefitKind,
    Condition,
    Gift,
    GiftShortage,
    ItemSet,
    Needed,
    Promotion,
    Step,
)
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.application.sales.coupons import put_batch
from tests.world import PRODUCTS, Till, World

ALL = ItemSet(everything=True)
TEA = ItemSet(skus=("TEA",))
TWO_TEAS = (Step(2_000, gifts=(Gift("MUG", 1),)),)
INVENTORY, COST_OF_GOODS, PROMOTION_EXPENSE = "1405", "6401", "660101"


def gift(code: str = "MUG2", items: ItemSet = TEA, steps: tuple[Step, ...] = TWO_TEAS, **terms: Any) -> Promotion:
    benefit = {name: terms.pop(name) for name in ("each", "gifts", "gift_shortage") if name in terms}
    return Promotion(code, f"The {code}", Benefit(BenefitKind.GIFT, items, steps=steps, **benefit), **terms)


def points(code: str, factor_bp: int = 0, more: int = 0, items: ItemSet = ALL, **terms: Any) -> Promotion:
    return Promotion(
        code, f"The {code}", Benefit(BenefitKind.POINTS, items, points_factor_bp=factor_bp, points=more), **terms
    )


def publish(world: World, *promotions: Promotion) -> None:
    world.do(put_promotions, PutPromotions(promotions))


def sold(world: World, till: Till, caller: Any = None) -> SaleView:
    return world.sell(till.command, caller)


def quote(world: World, till: Till, caller: Any = None) -> Quote:
    answer: Quote = world.ask(quote_basket, QuoteBasket(till.command.basket), caller or world.s1)
    return answer


def back(line_number: int, units: int = 1) -> ReturnRequest:
    return ReturnRequest(line_number, units * 1000, amount_only=False)


def shown(sale: SaleView | Quote) -> list[tuple[str, int, int, str]]:
    return [(line.sku, line.quantity_milli, line.total_minor, line.gift_promotion_code) for line in sale.lines]


# Gifts.


@pytest.mark.capability("PRM-04")
def test_two_bought_get_a_gift_that_costs_the_promotion(world: World):
    publish(world, gift())
    till = Till().line("TEA", 2)
    before, stock = world.ledger(), world.level("MUG")
    asked = quote(world, till)
    sale = sold(world, till.cash(20_000))
    assert shown(sale) == shown(asked) == [("TEA", 2_000, 20_000, ""), ("MUG", 1_000, 0, "MUG2")]
    given = sale.lines[1]
    assert (given.unit_price_minor, given.gross_minor, given.discount_minor, given.tax_minor) == (0, 0, 0, 0)
    assert [(one.code, one.name, one.amount_minor) for one in given.discounts] == [("gift:MUG2", "The MUG2", 0)]
    assert (sale.total_minor, sale.gross_minor, sale.warnings) == (20_000, 20_000, [])
    assert world.level("MUG") == (stock[0] - 1_000, stock[1] - 2_000)
    after = world.ledger()
    assert {code: after[code] - before.get(code, 0) for code in (INVENTORY, COST_OF_GOODS, PROMOTION_EXPENSE)} == {
        INVENTORY: -14_000,
        COST_OF_GOODS: 12_000,
        PROMOTION_EXPENSE: 2_000,
    }
    assert world.rows("SELECT reason, quantity_milli, value_minor FROM stock_movements WHERE reason = 'gift'") == [
        ("gift", -1_000, -2_000)
    ]
    [one] = asked.promotions
    assert (one.applied, one.discount_minor, one.explanation) == (True, 0, "Gives 1 × MUG.")
    assert one.reward is not None
    assert (one.reward.gifts, [line.line_number for line in one.lines]) == ([Gift("MUG", 1)], [1])
    assert world.broken() == []


def test_one_bought_gets_none_and_hears_what_is_missing(world: World):
    publish(world, gift())
    asked = quote(world, Till().line("TEA"))
    assert len(asked.lines) == 1
    [one] = asked.promotions
    assert (one.applied, one.reason, one.missing_quantity_milli, one.reward) == (False, "quantity_missing", 1_000, None)


@pytest.mark.parametrize(("each", "times_max", "mugs"), [(False, 0, 1), (True, 0, 3), (True, 2, 2)])
def test_a_gift_is_given_once_or_for_every_step(world: World, each: bool, times_max: int, mugs: int):
    publish(world, gift(each=each, times_max=times_max))
    sale = sold(world, Till().line("TEA", 7).cash(70_000))
    assert shown(sale)[1:] == [("MUG", mugs * 1_000, 0, "MUG2")]


def test_the_highest_step_reached_says_which_gifts(world: World):
    steps = (
        Step(amount_minor=10_000, gifts=(Gift("MUG", 1),)),
        Step(amount_minor=30_000, gifts=(Gift("MUG", 2), Gift("WRAP", 1))),
    )
    publish(world, gift("SPEND", ALL, steps, currency="CNY"))
    assert shown(quote(world, Till().line("TEA", 2)))[1:] == [("MUG", 1_000, 0, "SPEND")]
    sale = sold(world, Till().line("TEA", 3).cash(30_000))
    assert shown(sale)[1:] == [("MUG", 2_000, 0, "SPEND"), ("WRAP", 1_000, 0, "SPEND")]
    assert world.level("MUG")[0] == 98_000


def test_a_gift_counts_for_no_threshold_and_takes_no_part_in_discounts(world: World):
    ten = Promotion("TEN", "Ten", Benefit(BenefitKind.RATE, ALL, rate_bp=1_000), stage=1)
    publish(world, gift(), ten)
    sale = sold(world, Till().line("TEA", 2).basket(discounts=(Manual("torn", 0, 1_000),)).cash(17_000))
    assert shown(sale) == [("TEA", 2_000, 17_000, ""), ("MUG", 1_000, 0, "MUG2")]


def test_a_gift_does_not_compete_with_a_discount_on_the_same_goods(world: World):
    publish(world, gift(), Promotion("TEN", "Ten", Benefit(BenefitKind.RATE, TEA, rate_bp=1_000)))
    assert shown(quote(world, Till().line("TEA", 2))) == [("TEA", 2_000, 18_000, ""), ("MUG", 1_000, 0, "MUG2")]
    alone = Promotion("ALONE", "Alone", Benefit(BenefitKind.RATE, TEA, rate_bp=1_100), exclusive=True)
    publish(world, alone)
    asked = quote(world, Till().line("TEA", 2))
    assert shown(asked) == [("TEA", 2_000, 17_800, "")]
    assert {one.code: (one.reason, one.beaten_by) for one in asked.promotions}["MUG2"] == ("beaten", ["ALONE"])


def empty_the_shelf(world: World, units_left: int) -> None:
    sold(world, Till().line("MUG", 100 - units_left).card((100 - units_left) * 5_000))


def test_what_is_not_there_is_not_given_and_the_sale_goes_on(world: World):
    publish(world, gift(each=True))
    empty_the_shelf(world, 1)
    asked = quote(world, Till().line("TEA", 4))
    sale = sold(world, Till().line("TEA", 4).cash(40_000))
    assert shown(sale) == shown(asked) == [("TEA", 4_000, 40_000, ""), ("MUG", 1_000, 0, "MUG2")]
    assert sale.warnings == ["Gift “MUG” of “The MUG2” is out of stock: 1 not given."]
    assert asked.promotions[0].explanation == "Gives 1 × MUG. Out of stock and not given: 1 × MUG."
    assert world.level("MUG") == (0, 0)
    chinese = world.terminal("T1", language="zh")
    none_left = sold(world, Till().line("TEA", 2).cash(20_000), chinese)
    assert shown(none_left) == [("TEA", 2_000, 20_000, "")]
    assert none_left.warnings == ["“The MUG2”的赠品“MUG”缺货，未赠送 1 件。"]
    [one] = quote(world, Till().line("TEA", 2)).promotions
    assert (one.applied, one.reason) == (False, "gift_out_of_stock")
    assert world.broken() == []


def test_a_promotion_may_want_no_sale_without_its_gift(world: World):
    publish(world, gift(gift_shortage=GiftShortage.REFUSE))
    empty_the_shelf(world, 1)
    assert len(sold(world, Till().line("TEA", 2).cash(20_000)).lines) == 2
    before = world.counts()
    with pytest.raises(Refusal) as refused:
        sold(world, Till().line("TEA", 2).cash(20_000))
    assert (refused.value.reason, refused.value.field) == ("GIFT_OUT_OF_STOCK", "basket")
    assert world.counts() == before
    assert len(sold(world, Till().line("TEA", 1).cash(10_000)).lines) == 1
    # What has happened in the shop is kept, whatever should have been.
    world.set("negative_stock_upload", "forbid")
    uploaded = sold(world, Till().line("TEA", 2).cash(20_000).offline(world.clock()))
    assert (len(uploaded.lines), len(uploaded.warnings)) == (1, 1)


@pytest.mark.parametrize(("policy", "warnings"), [("warn", 1), ("allow", 0)])
def test_a_store_that_sells_more_than_it_has_gives_more_away_too(world: World, policy: str, warnings: int):
    world.set("negative_stock", policy)
    publish(world, gift())
    empty_the_shelf(world, 0)
    sale = sold(world, Till().line("TEA", 2).cash(20_000))
    assert shown(sale)[1:] == [("MUG", 1_000, 0, "MUG2")]
    assert len(sale.warnings) == warnings
    assert world.level("MUG")[0] == -1_000


def test_what_is_bought_of_the_same_goods_goes_first(world: World):
    publish(world, gift())
    empty_the_shelf(world, 2)
    sale = sold(world, Till().line("TEA", 2).line("MUG", 2).cash(30_000))
    assert shown(sale) == [("TEA", 2_000, 20_000, ""), ("MUG", 2_000, 10_000, "")]
    assert len(sale.warnings) == 1
    assert world.level("MUG")[0] == 0


def test_the_last_gift_is_given_once_to_a_whole_batch(world: World):
    publish(world, gift())
    empty_the_shelf(world, 1)
    calls = [world.call(Till().line("TEA", 2).cash(20_000).command, world.s1) for _ in range(3)]
    assert [len(sale.lines) for sale in world.sell_all(calls)] == [2, 1, 1]
    assert world.level("MUG") == (0, 0)


def test_a_gift_needs_no_price_but_must_not_be_blocked(world: World):
    pin = ProductEntry("PIN", "Pin", "HOME", "EA", "standard")
    world.do(put_products, PutProducts((pin,)))
    world.receive("PIN", 5_000, 500)
    publish(world, gift(steps=(Step(1_000, gifts=(Gift("PIN", 1),)),)))
    assert shown(sold(world, Till().line("TEA").cash(10_000)))[1:] == [("PIN", 1_000, 0, "MUG2")]
    world.do(put_products, PutProducts((replace(pin, status=ProductStatus.BLOCKED),)))
    assert len(sold(world, Till().line("TEA").cash(10_000)).lines) == 1


def test_gives_nothing_for_what_the_terminal_has_priced(world: World):
    publish(world, gift())
    priced = TerminalPrice(19_000, (Named("gift:MUG2", "no gift", 500),))
    sale = sold(world, Till().line("TEA", 2, terminal_price=priced).cash(18_500))
    assert shown(sale) == [("TEA", 2_000, 18_500, "")]
    world.refund(RefundSale(sale.sale_id, "all"))
    assert world.broken() == []


def test_a_promotion_that_holds_elsewhere_locks_and_gives_nothing(world: World):
    publish(world, gift(store_codes=("S2",)), gift("OVER", until_date="2026-11-22"))
    assert len(sold(world, Till().line("TEA", 2).cash(20_000)).lines) == 1
    assert len(sold(world, Till().line("TEA", 2).cash(20_000), world.s2).lines) == 2


def test_a_gift_is_found_by_brand_and_given_where_its_conditions_hold(world: World):
    branded = [replace(product, brand="Longjing") if product.sku == "TEA" else product for product in PRODUCTS]
    world.do(put_products, PutProducts(tuple(branded)))
    by_wallet = Condition(payment_kinds=("wallet",))
    publish(world, gift(items=ItemSet(brands=("Longjing",)), when=by_wallet))
    assert len(sold(world, Till().line("TEA", 2).cash(20_000)).lines) == 1
    assert len(sold(world, Till().line("TEA", 2).tender(TenderKind.WALLET, 20_000)).lines) == 2


# Gifts that come back.


def test_a_returned_gift_goes_back_to_stock_and_moves_no_money(world: World):
    publish(world, gift())
    before = world.ledger()
    sale = sold(world, Till().line("TEA", 2).cash(20_000))
    without = world.ledger()
    refund = world.refund(RefundSale(sale.sale_id, "do not want it", (back(2),))).sale
    assert (refund.total_minor, refund.tenders) == (0, [])
    assert shown(refund) == [("MUG", -1_000, 0, "MUG2")]
    assert world.level("MUG") == (100_000, 200_000)
    after = world.ledger()
    assert after.get(PROMOTION_EXPENSE, 0) == before.get(PROMOTION_EXPENSE, 0)
    assert after[COST_OF_GOODS] == without[COST_OF_GOODS]
    assert world.broken() == []
    world.refund(RefundSale(sale.sale_id, "the rest"))
    assert world.ledger() == before
    assert world.broken() == []


@pytest.mark.parametrize("chosen", [(back(1, 2),), (back(1, 1),)])
def test_the_gift_comes_back_when_everything_that_was_bought_does(world: World, chosen: tuple[ReturnRequest, ...]):
    publish(world, gift())
    before = world.ledger()
    sale = sold(world, Till().line("TEA", 2).cash(20_000))
    if chosen == (back(1, 1),):
        world.refund(RefundSale(sale.sale_id, "one", chosen))
    counts = world.counts()
    with pytest.raises(Refusal) as refused:
        world.refund(RefundSale(sale.sale_id, "without the mug", chosen))
    assert (refused.value.reason, refused.value.field) == ("GIFT_MUST_COME_BACK", "lines")
    assert world.counts() == counts
    world.refund(RefundSale(sale.sale_id, "with the mug", (*chosen, back(2))))
    assert world.ledger() == before
    assert world.broken() == []


def test_the_gift_may_be_kept_where_the_setting_says_so(world: World):
    world.set("gift_on_return", "kept")
    world.set("cash_rounding_step", "10")
    publish(world, gift("RICE", ItemSet(skus=("RICE",)), (Step(1_000, gifts=(Gift("MUG", 1),)),)))
    before = world.ledger()
    sale = sold(world, Till().line("RICE", quantity_milli=1_234).cash(990))
    assert (sale.total_minor, sale.rounding_minor) == (987, 3)
    refund = world.refund(RefundSale(sale.sale_id, "mouldy", (ReturnRequest(1, 1_234, amount_only=False),))).sale
    # All that was bought is back, so all that was paid is.
    assert [tender.amount_minor for tender in refund.tenders] == [-990]
    assert world.level("MUG") == (99_000, 198_000)
    later = world.refund(RefundSale(sale.sale_id, "and the mug")).sale
    assert (later.total_minor, later.tenders, shown(later)) == (0, [], [("MUG", -1_000, 0, "RICE")])
    assert world.ledger() == before
    assert world.broken() == []


def test_a_broken_gift_is_written_off(world: World):
    publish(world, gift())
    sale = sold(world, Till().line("TEA", 2).cash(20_000))
    world.refund(RefundSale(sale.sale_id, "broken", (back(2),), scrap=True))
    ledger = world.ledger()
    assert (ledger["660201"], ledger.get(PROMOTION_EXPENSE, 0)) == (2_000, 0)
    assert world.level("MUG") == (99_000, 198_000)
    assert world.broken() == []


def test_a_void_takes_the_gift_back(world: World):
    publish(world, gift())
    before = (world.ledger(), world.level("MUG"))
    sale = sold(world, Till().line("TEA", 2).cash(20_000))
    voided = world.once(void_sale, VoidSale(sale.sale_id, "typing error"), world.s1).sale
    assert shown(voided)[1] == ("MUG", -1_000, 0, "MUG2")
    assert (world.ledger(), world.level("MUG")) == before
    assert world.broken() == []


# Points.


@pytest.mark.capability("PTS-05")
def test_points_are_doubled_on_a_day(world: World):
    world.clock.advance(days=-11)
    publish(world, points("DOUBLE", 20_000, from_date="2026-11-11", until_date="2026-11-12"))
    till = Till().line("TEA").member().cash(10_000)
    doubled = sold(world, till)
    assert (doubled.business_date, doubled.points_earned) == ("2026-11-11", 200)
    world.clock.advance(days=1)
    plain = sold(world, till)
    assert (plain.business_date, plain.points_earned, world.points()) == ("2026-11-12", 100, 300)


@pytest.mark.capability("PTS-05")
def test_points_are_doubled_for_what_the_terminal_has_priced(world: World):
    """Of 80.00 that the terminal states and 50.00 by list, 130 points, twice; a limit on it counts one use."""
    limits = Limits(uses_max=1)
    publish(world, points("DOUBLE", 20_000, limits=limits))
    till = Till().line("TEA", terminal_price=TerminalPrice(8_000)).line("MUG").member().cash(13_000)
    first, second = sold(world, till), sold(world, till)
    assert [one.total_minor for one in first.lines] == [8_000, 5_000]
    assert (first.points_earned, [line.points_earned for line in first.lines]) == (260, [160, 100])
    assert second.points_earned == 130, "the promotion is used up"
    told = world.ask(explain_sale, ExplainSale(sale_id=first.sale_id))
    assert (told.proven, [one.code for one in told.promotions if one.applied]) == (True, ["DOUBLE"])
    refunded = world.refund(RefundSale(first.sale_id, "not wanted", (back(1),)))
    assert refunded.sale.points_earned == -160
    assert world.broken() == []


@pytest.mark.capability("PTS-04")
@pytest.mark.parametrize(("combination", "total"), [("multiply", 350), ("add", 300), ("max", 250)])
def test_factors_are_combined_as_the_setting_says_and_both_shown(world: World, combination: str, total: int):
    world.set("points_multiplier_combination", combination)
    publish(world, points("CATEGORY", 20_000, items=TEA), points("LEVEL", 15_000, items=TEA))
    till = Till().line("TEA").line("MUG").member()
    asked = quote(world, till)
    told = {one.code: one for one in asked.promotions}
    first, second = told["CATEGORY"].reward, told["LEVEL"].reward
    assert first is not None
    assert second is not None
    assert (first.points_factor_bp, first.points) == (20_000, 100)
    assert (second.points_factor_bp, second.points) == (15_000, total - 250)
    # Tea earns 100, doubled and more; the mug its 50.
    assert [line.points_earned for line in asked.lines] == [total - 50, 50]
    assert [(line.line_number, line.points) for line in told["CATEGORY"].lines] == [(1, 100)]
    assert told["CATEGORY"].explanation == "Goods worth 10000 earn 2 times their points: 100 more."
    sale = sold(world, till.cash(15_000))
    assert (sale.points_earned, asked.points_earned) == (total, total)
    assert [line.points_earned for line in sale.lines] == [total - 50, 50]
    assert world.broken() == []


def test_points_by_number_are_added_for_every_step(world: World):
    steps = (Step(amount_minor=10_000, points=30),)
    benefit = Benefit(BenefitKind.POINTS, TEA, steps=steps, each=True)
    publish(world, Promotion("THIRTY", "Thirty", benefit, currency="CNY"))
    sale = sold(world, Till().line("TEA", 2).line("MUG").member().cash(25_000))
    assert [line.points_earned for line in sale.lines] == [260, 50]
    [one] = quote(world, Till().line("TEA", 2).member()).promotions
    assert one.explanation == "60 points more for goods worth 20000, in minor units."


def test_nobody_else_earns_points(world: World):
    publish(world, points("DOUBLE", 20_000))
    [one] = quote(world, Till().line("TEA")).promotions
    assert (one.applied, one.reason) == (False, "members_only")
    assert sold(world, Till().line("TEA").cash(10_000)).points_earned == 0


def test_points_are_rounded_once_a_sale(world: World):
    # 0.99 and 0.99 earn nothing, doubled 3.96 in all earn 3.
    publish(world, points("DOUBLE", 20_000))
    sale = sold(
        world, Till().line("RICE", quantity_milli=1_238).line("RICE", quantity_milli=1_238).member().cash(1_980)
    )
    assert (sale.total_minor, sale.points_earned) == (1_980, 39)
    assert sum(line.points_earned for line in sale.lines) == 39


def test_a_return_takes_back_what_each_line_has_earned(world: World):
    publish(world, points("DOUBLE", 20_000, items=TEA), points("MORE", more=7, items=ItemSet(skus=("MUG",))))
    before = world.ledger()
    sale = sold(world, Till().line("TEA", 2).line("MUG").member().cash(25_000))
    assert [line.points_earned for line in sale.lines] == [400, 57]
    # What they defer follows the points: 250.00 is paid for goods of 221.24 before tax and 457 points of 0.01.
    assert world.rows("SELECT points, value_minor FROM points_lots") == [(457, 448)]
    publish(world, points("DOUBLE", 20_000, items=TEA, paused=True))
    one = world.refund(RefundSale(sale.sale_id, "one", (back(1),))).sale
    assert (one.points_earned, world.points()) == (-200, 257)
    mug = world.refund(RefundSale(sale.sale_id, "mug", (back(2),))).sale
    assert (mug.points_earned, world.points()) == (-57, 200)
    world.refund(RefundSale(sale.sale_id, "rest"))
    assert (world.points(), world.ledger()) == (0, before)
    assert world.broken() == []


# Coupons.


def test_coupons_for_the_next_purchase_are_told(world: World):
    steps = (Step(amount_minor=10_000, units=1),)
    benefit = Benefit(BenefitKind.COUPON, ALL, steps=steps, each=True, coupon_batch_code="NEXT10")
    put_batch(world, "NEXT10")
    publish(world, Promotion("NEXT", "Next time", benefit, currency="CNY"))
    [one] = quote(world, Till().line("TEA", 2)).promotions
    assert one.reward is not None
    assert [(award.batch_code, award.count) for award in one.reward.coupons] == [("NEXT10", 2)]
    assert one.explanation == "Coupons for the next purchase: 2 × NEXT10."
    chinese = quote(world, Till().line("TEA", 2), world.terminal("T1", language="zh"))
    assert chinese.promotions[0].explanation == "赠送下次购物优惠券：2 × NEXT10。"


# Tiers.


@pytest.mark.capability("LVL-07")
def test_a_promotion_comes_off_the_price_of_the_member_s_tier(world: World):
    world.do(
        put_price_lists, PutPriceLists((PriceListEntry("GOLD", "Gold price", "CNY", includes_tax=True, tier="gold"),))
    )
    world.do(put_prices, PutPrices("GOLD", (PriceEntry("TEA", 9_200),)))
    world.set_tier("gold")
    assert quote(world, Till().line("TEA")).total_minor == 10_000
    member = quote(world, Till().line("TEA").member())
    [discount] = member.lines[0].discounts
    assert (member.total_minor, member.gross_minor) == (9_200, 10_000)
    assert (discount.code, discount.amount_minor) == ("price_list:GOLD", 800)
    publish(world, Promotion("TEN", "Ten", Benefit(BenefitKind.RATE, TEA, rate_bp=1_000)))
    assert quote(world, Till().line("TEA")).total_minor == 9_000
    both = quote(world, Till().line("TEA").member())
    assert [(one.code, one.amount_minor, one.base_minor) for one in both.lines[0].discounts] == [
        ("price_list:GOLD", 800, 10_000),
        ("promotion:TEN", 920, 9_200),
    ]
    assert both.total_minor == 8_280


@pytest.mark.capability("LVL-06")
def test_one_promotion_gives_each_tier_its_own_rate(world: World):
    steps = (Step(rate_bp=500, tiers=("gold",)), Step(rate_bp=800, tiers=("platinum",)))
    publish(world, Promotion("LEVEL", "Level discount", Benefit(BenefitKind.RATE, ALL, steps=steps)))
    till = Till().line("TEA").member()
    found = []
    for tier in ("", "gold", "platinum"):
        world.set_tier(tier)
        asked = quote(world, till)
        found.append((asked.total_minor, asked.promotions[0].reason))
    assert found == [(10_000, "not_for_tier"), (9_500, ""), (9_200, "")]


# Shipping.


@pytest.mark.parametrize(("teas", "shipping"), [(1, 300), (2, 150), (3, 0)])
def test_shipping_costs_less_or_nothing_from_a_value_of_the_other_goods_on(world: World, teas: int, shipping: int):
    service = ItemSet(skus=("WRAP",))
    goods = ItemSet(everything=True, excluded_skus=("WRAP",))
    publish(
        world,
        Promotion(
            "FREE", "Free shipping", Benefit(BenefitKind.RATE, service, rate_bp=10_000),
            needs=(Needed(goods, amount_minor=30_000),), currency="CNY",
        ),
        Promotion(
            "HALF", "Cheaper shipping", Benefit(BenefitKind.UNIT_PRICE, service, price_minor=150),
            needs=(Needed(goods, amount_minor=20_000),), currency="CNY",
        ),
        Promotion(
            "SAVE", "满201减1", Benefit(BenefitKind.AMOUNT, goods, steps=(Step(amount_minor=20_100, off_minor=100),)),
            currency="CNY", stage=1,
        ),
    )  # fmt: skip
    asked = quote(world, Till().line("TEA", teas).line("WRAP"))
    # Shipping brings two teas over no threshold of 201.00.
    assert [line.total_minor for line in asked.lines] == [teas * 10_000 - (100 if teas == 3 else 0), shipping]
