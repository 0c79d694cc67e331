"""Partial returns of sales with coupons, with what is kept priced again by itself."""

import pytest

from application.pricing.put_campaigns import PutCampaigns, put_campaigns
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import Refunded, RefundSale, ReturnRequest
from application.sales.views import SaleView
from domain.pricing.basket import Manual
from domain.pricing.limits import Campaign, Limits
from domain.pricing.promotion import Benefit, BenefitKind, Gift, ItemSet, Promotion, Step
from tests.application.sales.coupons import history, issue, kinds, put_batch, showing, unlock
from tests.world import MEMBER, Till, World

ALL = ItemSet(everything=True)
MUG = ItemSet(skus=("MUG",))


def spend_and_save(world: World, off_minor: int = 5_000, *, from_minor: int = 25_000, **terms: object) -> None:
    """So much off for a coupon, from 250.00 on."""
    benefit = Benefit(BenefitKind.AMOUNT, ALL, steps=(Step(amount_minor=from_minor, off_minor=off_minor),))
    promotion = Promotion("SAVE", "Save", benefit, currency="CNY", coupon_batch_code="SUMMER", **terms)  # type: ignore[arg-type]
    world.do(put_promotions, PutPromotions((promotion,)))


@pytest.fixture
def chain(world: World) -> World:
    """Two teas and two mugs are 300.00; with a coupon 250.00."""
    world.set("coupon_on_partial_return", "reprice")
    put_batch(world)
    return world


def sell(world: World, *codes: str, paid: int = 25_000, member: bool = False) -> SaleView:
    till = showing(Till().line("TEA", 2).line("MUG", 2), *codes)
    return world.sell((till.member() if member else till).cash(paid).command)


def back(world: World, sale: SaleView, *asked: tuple[int, int]) -> Refunded:
    lines = tuple(ReturnRequest(number, units * 1_000, amount_only=False) for number, units in asked)
    return world.refund(RefundSale(sale.sale_id, "back", lines))


def explained(world: World, sale: SaleView) -> tuple[str, bool]:
    told = world.ask(explain_sale, ExplainSale(sale_id=sale.sale_id))
    return told.rests_on.value, told.proven


@pytest.mark.capability("CPN-05", "SAL-03")
def test_what_is_kept_costs_what_it_costs_without_the_coupon_which_may_be_used_again(chain: World):
    spend_and_save(chain)
    [code] = issue(chain)
    sale = sell(chain, code)
    assert [line.total_minor for line in sale.lines] == [16_667, 8_333]
    refund = back(chain, sale, (2, 2))
    # Two teas alone are 200.00: of 250.00 only 50.00 goes back, not the 83.33 that the mugs were paid with.
    assert (refund.sale.total_minor, refund.kept_minor, refund.uncharged_minor) == (-5_000, 20_000, 0)
    assert (refund.kept_back_minor, refund.coupons_restored, refund.sale.warnings) == (3_333, 1, [])
    mugs, teas = refund.sale.lines
    assert (mugs.quantity_milli, mugs.total_minor, mugs.discount_minor) == (-2_000, -8_333, -1_667)
    assert (teas.quantity_milli, teas.gross_minor, teas.total_minor, teas.discount_minor) == (0, 0, 3_333, -3_333)
    # 13 % inside 200.00 and inside 250.00.
    assert refund.sale.tax_minor == 2_301 - 2_876
    assert kinds(chain, code) == ["issued", "redeemed", "restored"]
    assert sell(chain, code).total_minor == 25_000
    rest = back(chain, sale)
    assert (rest.sale.total_minor, rest.coupons_restored, rest.kept_minor) == (-20_000, 0, 0)
    for one in (sale, refund.sale, rest.sale):
        assert explained(chain, one)[1], one.kind
    assert explained(chain, refund.sale)[0] == "repriced"


def test_a_coupon_whose_conditions_still_hold_stays_used(chain: World):
    spend_and_save(chain)
    [code] = issue(chain)
    sale = sell(chain, code)
    # A tea less is 200.00 and below the step; a mug less is 250.00 and on it.
    refund = back(chain, sale, (2, 1))
    assert (refund.sale.total_minor, refund.kept_minor, refund.kept_back_minor) == (-5_000, 20_000, -833)
    assert (refund.coupons_restored, kinds(chain, code)) == (0, ["issued", "redeemed"])


def test_refunds_nothing_where_what_is_kept_costs_more_than_was_paid(chain: World):
    spend_and_save(chain, 20_000)
    [code] = issue(chain)
    sale = sell(chain, code, paid=10_000)
    before = chain.ledger(), chain.level("TEA"), chain.level("MUG")
    refund = back(chain, sale, (2, 2))
    assert (refund.sale.total_minor, refund.kept_minor, refund.uncharged_minor) == (0, 20_000, 10_000)
    assert refund.sale.tenders == []
    [warning] = refund.sale.warnings
    assert warning == ("The goods that are kept cost 20000 by themselves, 10000 more than was paid: no refund.")
    # Half of what the coupon brought is still there, under the name of what it is now: the coupon stays used.
    assert [(one.code, one.amount_minor) for one in refund.sale.lines[1].discounts] == [
        ("promotion:SAVE", -13_333), ("return", 10_000),
    ]  # fmt: skip
    assert (refund.coupons_restored, kinds(chain, code)) == (0, ["issued", "redeemed"])
    assert explained(chain, refund.sale) == ("repriced", True)
    last = back(chain, sale)
    assert (last.sale.total_minor, last.coupons_restored) == (-10_000, 1)
    assert (chain.level("TEA"), chain.level("MUG")) == ((100_000, 600_000), (100_000, 200_000))
    assert before[0] != chain.ledger()


@pytest.mark.parametrize(("policy", "day", "restored"), [("consume", 22, 0), ("restore_if_valid", 30, 0)])
def test_a_coupon_is_not_restored_against_the_setting_or_when_it_is_over(
    chain: World, policy: str, day: int, restored: int
):
    chain.set("coupon_on_full_return", policy)
    put_batch(chain, valid_days=3)
    spend_and_save(chain)
    [code] = issue(chain)
    sale = sell(chain, code)
    chain.clock.now = chain.clock.now.replace(day=day)
    refund = back(chain, sale, (2, 2))
    assert (refund.sale.total_minor, refund.coupons_restored) == (-5_000, restored)
    assert kinds(chain, code) == ["issued", "redeemed"]


def test_a_sale_without_coupons_pays_by_its_lines(chain: World):
    benefit = Benefit(BenefitKind.AMOUNT, ALL, steps=(Step(amount_minor=25_000, off_minor=5_000),))
    chain.do(put_promotions, PutPromotions((Promotion("SAVE", "Save", benefit, currency="CNY"),)))
    sale = sell(chain)
    refund = back(chain, sale, (2, 2))
    assert (refund.sale.total_minor, refund.kept_minor, len(refund.sale.lines)) == (-8_333, 0, 1)
    assert explained(chain, refund.sale) == ("original", True)


def test_of_several_coupons_those_that_hold_longest_come_back(chain: World):
    unlock(chain)
    put_batch(chain, valid_days=9)
    [late] = issue(chain)
    put_batch(chain, valid_days=3)
    [soon] = issue(chain)
    sale = sell(chain, soon, late, paid=28_000)
    refund = back(chain, sale, (1, 1))
    assert (refund.sale.total_minor, refund.coupons_restored) == (-9_000, 1)
    assert (kinds(chain, late), kinds(chain, soon)) == (["issued", "redeemed", "restored"], ["issued", "redeemed"])
    # The next one is priced with the coupon that is left, and later without any.
    refund = back(chain, sale, (1, 1))
    assert (refund.sale.total_minor, refund.coupons_restored, refund.kept_minor) == (-9_000, 1, 10_000)
    refund = back(chain, sale, (2, 1))
    assert (refund.sale.total_minor, refund.kept_minor) == (-5_000, 5_000)
    assert explained(chain, refund.sale) == ("repriced", True)


def test_limits_get_their_discount_and_use_back_when_a_promotion_lapses(chain: World):
    chain.do(put_campaigns, PutCampaigns((Campaign("MAY", "May", "CNY", budget_minor=100_000),)))
    spend_and_save(chain, limits=Limits(campaign_code="MAY", uses_max=1))
    # It takes the place of the other one, and is not to be had for what is kept: it gave nothing in this sale.
    other = Benefit(BenefitKind.RATE, MUG, rate_bp=1_000)
    chain.do(put_promotions, PutPromotions((Promotion("TEN", "Ten", other, limits=Limits(uses_max=5)),)))
    codes = issue(chain, count=2)
    sale = sell(chain, codes[0])
    back(chain, sale, (1, 1))
    assert chain.rows("SELECT promotion_code, sum(uses), sum(discount_minor) FROM promotion_uses GROUP BY 1") == [
        ("SAVE", 0, 0),
    ]  # fmt: skip
    assert sell(chain, codes[1]).total_minor == 25_000


def test_a_coupon_that_brought_a_gift_stays_used(chain: World):
    benefit = Benefit(BenefitKind.GIFT, ALL, steps=(Step(amount_minor=25_000, gifts=(Gift("WRAP", 1),)),))
    chain.do(
        put_promotions, PutPromotions((Promotion("BAG", "Bag", benefit, currency="CNY", coupon_batch_code="SUMMER"),))
    )
    put_batch(chain, "WINTER")
    unlock(chain, "WINTER", 100, MUG)
    [code], [other] = issue(chain), issue(chain, "WINTER")
    asked = showing(Till().line("TEA", 2).line("MUG", 2), code, other).command.basket
    assert chain.ask(quote_basket, QuoteBasket(asked), chain.s1).coupon_costs[0].discount_minor == 100
    sale = sell(chain, code, other, paid=29_900)
    assert sale.lines[2].gift_promotion_code == "BAG"
    assert [(one.batch_code, one.department_code, one.discount_minor) for one in sale.coupon_costs] == [
        ("WINTER", "HOME", 100),
    ]  # fmt: skip
    refund = back(chain, sale, (1, 2))
    assert (refund.sale.total_minor, refund.coupons_restored) == (-20_000, 0)
    refund = back(chain, sale)
    assert (refund.sale.total_minor, refund.coupons_restored, kinds(chain, code)[-1]) == (-9_900, 2, "restored")


def test_amounts_by_hand_go_with_the_goods_and_rates_hold_for_what_is_kept(chain: World):
    spend_and_save(chain)
    [code] = issue(chain)
    till = showing(Till().line("TEA", 2, discounts=(Manual("dent", 0, 300),)).line("MUG", 2), code)
    till = till.basket(discounts=(Manual("regular", 1_000, 0), Manual("coin", 0, 60)))
    sale = chain.sell(till.cash(25_000).command)
    assert sale.total_minor == (25_000 - 300) * 9 // 10 - 60
    refund = back(chain, sale, (1, 1))
    # A tea and two mugs: 200.00 less half of 3.00, a tenth, and two thirds of 0.60.
    assert refund.kept_minor == (20_000 - 150) * 9 // 10 - 40
    assert refund.sale.total_minor == refund.kept_minor - sale.total_minor
    back(chain, sale)


@pytest.mark.parametrize("changed", [False, True])
def test_a_sale_under_a_quote_is_priced_again_by_the_terms_of_its_moment(chain: World, changed: bool):
    spend_and_save(chain)
    [code] = issue(chain)
    till = showing(Till().line("TEA", 2).line("MUG", 2), code)
    quote = chain.ask(quote_basket, QuoteBasket(till.command.basket, hold_price=True), chain.s1)
    if changed:
        spend_and_save(chain, 1)
    command = till.cash(25_000).command
    sale = chain.sell(type(command)(command.basket, command.tenders, quote_token=quote.quote_token))
    refund = back(chain, sale, (2, 2))
    if changed:
        # Nobody can say what the quoted terms give a part of the basket: by the lines, and the coupon stays used.
        assert (refund.sale.total_minor, refund.coupons_restored) == (-8_333, 0)
        assert refund.sale.warnings == [
            "The goods that are kept could not be priced by themselves; the refund is what was paid for the lines."
        ]
    else:
        assert (refund.sale.total_minor, refund.coupons_restored) == (-5_000, 1)
    assert explained(chain, refund.sale)[1]


def test_points_go_with_the_goods_and_spent_ones_never_turn_a_refund_negative(chain: World):
    spend_and_save(chain, 20_000)
    [code] = issue(chain, members=(MEMBER,))
    sale = sell(chain, code, paid=10_000, member=True)
    assert sale.points_earned == 100
    refund = back(chain, sale, (2, 2))
    assert (refund.sale.total_minor, refund.sale.points_earned, refund.shortfall_minor) == (0, -33, 0)
    assert back(chain, sale).sale.points_earned == -67
    assert chain.points() == 0
    assert history(chain, code).coupon.uses == 0
