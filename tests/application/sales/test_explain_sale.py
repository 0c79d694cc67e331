"""Stored documents explained: what was kept with them is enough to price them again, whatever has changed since."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from adapters.sql.engine import open_engine
from adapters.sql.migrations import migrate
from application.catalog.put_products import PutProducts, put_products
from application.pricing.entries import PriceEntry, PriceListEntry, TaxEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.pricing.put_taxes import PutTaxes, put_taxes
from application.sales.basket import TerminalPrice
from application.sales.explain_sale import DateOfReceipt, ExplainSale, OneOfThree, SaleExplanation, explain_sale
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale, ReturnRequest
from application.sales.replaying import ExplanationBasis
from application.sales.verify_sales import VerifySales, verify_sales
from application.sales.views import SaleView, UnknownSale
from domain.identity.organisation import SYSTEM
from domain.pricing.basket import Manual, Named
from domain.pricing.limits import Limits
from domain.pricing.promotion import Benefit, BenefitKind, Component, Gift, ItemSet, Needed, Promotion, Step
from tests.application.sales.coupons import issue, put_batch, showing, unlock
from tests.trading_day import trade
from tests.world import PRODUCTS, SHELF, Till, World

ALL = ItemSet(everything=True)
TEA = ItemSet(skus=("TEA",))
MUG = ItemSet(skus=("MUG",))
FOOD = ItemSet(category_codes=("FOOD",))


def rate(code: str, rate_bp: int, items: ItemSet = ALL, **terms: Any) -> Promotion:
    return Promotion(code, f"{code} off", Benefit(BenefitKind.RATE, items, rate_bp=rate_bp), **terms)


def spend(code: str, from_minor: int, off_minor: int, **terms: Any) -> Promotion:
    steps = (Step(amount_minor=from_minor, off_minor=off_minor),)
    return Promotion(code, code, Benefit(BenefitKind.AMOUNT, ALL, steps=steps), currency="CNY", **terms)


def publish(world: World, *promotions: Promotion) -> None:
    world.do(put_promotions, PutPromotions(promotions))


def explain(world: World, sale: SaleView, **options: Any) -> SaleExplanation:
    told: SaleExplanation = world.ask(explain_sale, ExplainSale(sale_id=sale.sale_id), **options)
    return told


def change_everything(world: World) -> None:
    """Years later: other promotions under the same codes, other prices, lists, taxes, names, categories, settings."""
    world.clock.advance(days=1_500)
    publish(world, *[rate(code, 9_900, paused=False) for code in ("TEN", "FIVE", "SAVE", "FOODS", "GOLD", "SET")])
    publish(world, *[rate(code, 9_900, paused=True) for code in ("TEN", "SAVE")])
    names = tuple(replace(one, name=f"New {one.name}", category_code="HOME", tax_category="") for one in PRODUCTS)
    world.do(put_products, PutProducts(names))
    world.do(put_prices, PutPrices("BASE", tuple(PriceEntry(sku, price * 3) for sku, price, _ in SHELF)))
    world.do(put_price_lists, PutPriceLists((PriceListEntry("BASE", "Other name", "CNY", includes_tax=False),)))
    world.do(put_taxes, PutTaxes((TaxEntry("VAT13", "VAT 20 %", "standard", 200_000),)))
    for name, value in (("tax_rounding", "line"), ("rounding_mode", "down"), ("discount_stacking", "additive")):
        world.set(name, value)
    world.set("cash_rounding_step", "100")


@contextmanager
def tampered(world: World, statement: str) -> Iterator[Any]:
    """A transaction in which rows have been changed past the program; undone at the end."""
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text(statement))
        yield uow


@pytest.fixture
def promoted(world: World) -> SaleView:
    """A sale on which promotions were applied, beaten, short of goods and not for anybody, with discounts by hand."""
    world.do(
        put_price_lists,
        PutPriceLists(
            (PriceListEntry("PHONE", "Phone orders", "CNY", includes_tax=True, channel="phone", priority=5),)
        ),
    )
    world.do(put_prices, PutPrices("PHONE", (PriceEntry("MUG", 4_500),)))
    publish(
        world,
        rate("TEN", 1_000, TEA),
        rate("FIVE", 500, TEA),
        spend("SAVE", 100_000, 5_000, stage=1),
        rate("FOODS", 333, FOOD, stage=2),
        rate("GOLD", 5_000, MUG, tiers=("gold",)),
        rate("SHIRTS", 5_000, ItemSet(skus=("WRAP",))),
    )
    till = (
        Till()
        .line("TEA", 2, discounts=(Manual("torn", 700, 0),))
        .line("MUG", 3)
        .line("RICE", quantity_milli=1_237)
        .basket(channel="phone", discounts=(Manual("regular", 0, 777),))
    )
    total = world.ask(quote_basket, QuoteBasket(till.command.basket), world.s1).total_minor
    return world.sell(till.cash(total).command)


@pytest.mark.capability("PRM-06", "SAL-12")
def test_explains_a_sale_years_later_to_the_same_cent(world: World, promoted: SaleView):
    before = explain(world, promoted)
    change_everything(world)
    told = explain(world, promoted)
    assert (told.rests_on, told.proven, list(told.differences)) == (ExplanationBasis.FACTS, True, [])
    assert told.explanation == "Priced again from what was kept with the sale. It comes to the same."
    assert [one.code for one in told.promotions] == ["TEN", "FOODS", "FIVE", "GOLD", "SAVE"]
    by_code = {one.code: one for one in told.promotions}
    assert (by_code["TEN"].name, by_code["TEN"].discount_minor, by_code["TEN"].base_minor) == ("TEN off", 2_000, 20_000)
    assert [(part.line_number, part.discount_minor) for part in by_code["TEN"].lines] == [(1, 2_000)]
    assert (by_code["FIVE"].reason, by_code["FIVE"].beaten_by) == ("beaten", ["TEN"])
    assert (by_code["SAVE"].reason, by_code["GOLD"].reason) == ("amount_missing", "not_for_tier")
    # 180.00 for tea after TEN, 135.00 for mugs and 9.90 for rice lack this much.
    assert by_code["SAVE"].missing_amount_minor == 100_000 - 18_000 - 13_500 - 990
    # Names of products and of the chain are those of now; what was decided is not touched by anything.
    assert before.promotions == told.promotions
    assert before.lines == told.lines
    assert [(line.price_list_code, line.price_list_name, line.includes_tax) for line in told.lines] == [
        ("BASE", "List price", True),
        ("PHONE", "Phone orders", True),
        ("BASE", "List price", True),
    ]
    mug = told.lines[1]
    assert (mug.list_price_minor, mug.unit_price_minor, list(mug.beaten_price_list_codes)) == (5_000, 4_500, ["BASE"])
    assert told.lines[0].manual_discounts == (Manual("torn", 700, 0),)
    assert told.basket_discounts == (Manual("regular", 0, 777),)
    assert (told.discount_stacking, told.tax_rounding, told.rounding_mode) == ("compound", "document", "half_up")
    assert (told.promotions_version, told.engine_version) == (1, 1)
    assert [line.total_minor for line in told.sale.lines] == [line.total_minor for line in promoted.lines]


def test_keeps_nothing_with_a_sale_whose_lines_say_everything(world: World):
    publish(world, rate("TEN", 1_000, MUG))
    sale = world.sell(Till().line("TEA", 2).line("WRAP").member().cash(20_300).command)
    assert world.count("sale_facts") == 0
    told = explain(world, sale)
    assert (told.rests_on, told.proven, list(told.promotions)) == (ExplanationBasis.LINES, True, [])
    assert [(line.price_list_code, line.list_price_minor) for line in told.lines] == [("BASE", 10_000), ("BASE", 300)]
    assert told.explanation.startswith("No promotion concerned this sale")
    change_everything(world)
    told = explain(world, sale)
    # The list has been replaced: that it gave this price can no longer be known. The taxes still come to the same.
    assert (told.proven, [line.price_list_code for line in told.lines]) == (True, ["", ""])


def test_explains_what_came_off_by_hand_when_there_is_no_promotion(world: World):
    sale = world.sell(Till().line("TEA", discounts=(Manual("torn", 0, 1_001),)).cash(8_999).command)
    change_everything(world)
    told = explain(world, sale)
    assert (told.rests_on, told.proven, told.promotions_version) == (ExplanationBasis.FACTS, True, 0)
    assert (told.lines[0].manual_discounts, told.discount_stacking) == ((Manual("torn", 0, 1_001),), "")


def test_says_that_the_terminal_has_priced_a_line(world: World):
    publish(world, rate("TEN", 1_000, MUG))
    stated = TerminalPrice(9_000, (Named("retail", "Retail", 500), Named("basket", "Theirs", 100)))
    till = Till().line("TEA", terminal_price=stated).line("MUG").basket(discounts=(Manual("regular", 1_000, 0),))
    sale = world.sell(till.cash(11_610).command)
    change_everything(world)
    told = explain(world, sale)
    assert (told.rests_on, told.proven) == (ExplanationBasis.FACTS, True)
    assert [(line.terminal_priced, line.price_list_code) for line in told.lines] == [(True, ""), (False, "BASE")]
    assert [one.code for one in told.sale.lines[0].discounts] == ["retail", "basket", "basket"]


def test_explains_a_sale_from_before_anything_was_kept_by_its_lines(world: World, promoted: SaleView):
    with world.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM sale_facts")
    change_everything(world)
    told = explain(world, promoted, caller=world.terminal("T1", language="zh"))
    assert (told.rests_on, told.proven) == (ExplanationBasis.LINES, True)
    assert told.explanation == "本单早于定价依据的保存，折扣按各行所存内容说明。结果一致。"
    assert [(one.code, one.discount_minor, one.applied) for one in told.promotions] == [
        ("TEN", 2_000, True),
        ("FOODS", 632, True),
    ]
    assert [(part.line_number, part.discount_minor) for part in told.promotions[1].lines] == [(1, 599), (3, 33)]


def test_tells_as_stored_what_another_version_of_the_engine_has_priced(world: World, promoted: SaleView):
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sale_facts SET engine_version = 99")
    told = explain(world, promoted)
    assert (told.rests_on, told.proven, told.engine_version) == (ExplanationBasis.OTHER_ENGINE, True, 99)
    assert [one.code for one in told.promotions] == ["TEN", "FOODS"]


@pytest.mark.parametrize(
    ("tampering", "different"),
    [
        ("UPDATE sale_lines SET gross_minor = 15001 WHERE line_number = 2", [(2, "gross_minor", "15001", "15000")]),
        ("UPDATE sale_lines SET total_minor = total_minor - 5 WHERE line_number = 3", [(3, "total_minor", None, None)]),
        ("UPDATE sales SET tax_minor = tax_minor + 1", [(0, "tax_minor", None, None)]),
        ("DELETE FROM promotion_history WHERE code = 'GOLD'", [(0, "promotions", "GOLD", "")]),
    ],
)  # fmt: skip
def test_names_every_figure_that_is_not_what_was_priced(
    world: World, promoted: SaleView, tampering: str, different: list[tuple[int, str, Any, Any]]
):
    with tampered(world, tampering) as uow:
        told = explain_sale(uow, ExplainSale(promoted.sale_id))
        page = verify_sales(uow, VerifySales())
    assert not told.proven
    assert [(one.line_number, one.field) for one in told.differences] == [place[:2] for place in different]
    for found, (_, _, stored, replayed) in zip(told.differences, different, strict=True):
        if stored is not None:
            assert (found.stored, found.replayed) == (stored, replayed)
    assert [(one.sale_id, len(one.differences)) for one in page.unproven] == [(promoted.sale_id, 1)]


def test_explains_refunds_and_voids_by_what_the_sale_has_stored(world: World, promoted: SaleView):
    refunds = []
    for line_number, quantity in ((1, 1_000), (3, 333), (3, 777), (2, 2_000)):
        world.clock.advance(minutes=1)
        returned = world.refund(
            RefundSale(promoted.sale_id, "back", (ReturnRequest(line_number, quantity, amount_only=False),))
        )
        refunds.append(returned.sale)
    change_everything(world)
    for refund in refunds:
        told = explain(world, refund)
        assert (told.rests_on, told.proven) == (ExplanationBasis.ORIGINAL, True)
    second = explain(world, refunds[2])
    assert (second.lines[0].sold_quantity_milli, second.lines[0].left_quantity_milli) == (1_237, 904)
    assert second.explanation == (
        f"Shares of what the lines of sale {promoted.sale_id} had left, by their stored allocation."
        " It comes to the same."
    )
    last = world.refund(RefundSale(promoted.sale_id, "the rest")).sale
    assert explain(world, last).proven
    with tampered(world, f"UPDATE sale_lines SET tax_minor = -1 WHERE sale_id = {refunds[1].sale_id}") as uow:
        told = explain_sale(uow, ExplainSale(refunds[1].sale_id))
    assert (told.proven, [one.field for one in told.differences]) == (False, ["tax_minor"])


def test_every_document_of_a_day_of_trade_is_proven(world: World):
    three = Benefit(BenefitKind.RATE, TEA, steps=(Step(quantity_milli=3_000, rate_bp=1_234),))
    publish(world, Promotion("THREE", "From three", three), rate("GOLD", 5_000, MUG, tiers=("gold",)))
    trade(world)
    page = world.ask(verify_sales, VerifySales())
    assert (sum(page.checked.values()), list(page.unproven), page.next_page_token) == (10, [], "")
    assert page.checked[ExplanationBasis.ORIGINAL] == 3
    seen, token = 0, ""
    while True:
        page = world.ask(verify_sales, VerifySales(page_size=4, page_token=token))
        seen += sum(page.checked.values())
        token = page.next_page_token
        if not token:
            break
    assert seen == 10
    assert world.ask(verify_sales, VerifySales(store_code="S2")).checked == {ExplanationBasis.FACTS: 1}


@pytest.mark.parametrize(
    "query",
    [
        lambda sale: ExplainSale(request_id=sale.request_id),
        lambda sale: ExplainSale(receipt_number=sale.receipt_number),
    ],
)
def test_finds_a_sale_by_what_its_receipt_says(
    world: World, promoted: SaleView, query: Callable[[SaleView], ExplainSale]
):
    assert world.ask(explain_sale, query(promoted), world.s1).sale.sale_id == promoted.sale_id


def test_finds_a_receipt_that_its_terminal_has_numbered(world: World):
    command = replace(Till().line("TEA").cash(10_000).command, receipt_sequence=12)
    sale = world.sell(command)
    assert sale.receipt_number == "T1-000012"
    with pytest.raises(DateOfReceipt):
        world.ask(explain_sale, ExplainSale(receipt_number="T1-000012"))
    found = world.ask(explain_sale, ExplainSale(receipt_number="T1-000012", business_date="2026-11-22"))
    assert found.sale.sale_id == sale.sale_id
    with pytest.raises(UnknownSale):
        world.ask(explain_sale, ExplainSale(receipt_number="T1-000012", business_date="2026-11-23"))


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        (ExplainSale(), OneOfThree),
        (ExplainSale(sale_id=1, receipt_number="T1-S1"), OneOfThree),
        (ExplainSale(sale_id=404), UnknownSale),
        (ExplainSale(receipt_number="T1-S404"), UnknownSale),
        (ExplainSale(receipt_number=f"T1-S{2**63}"), UnknownSale),
        (ExplainSale(receipt_number="nonsense", business_date="2026-11-22"), UnknownSale),
    ],
)
def test_refuses_what_names_no_document(world: World, query: ExplainSale, refusal: type[Exception]):
    with pytest.raises(refusal):
        world.ask(explain_sale, query)


def test_shows_nothing_of_other_stores(world: World, promoted: SaleView):
    with pytest.raises(UnknownSale):
        explain(world, promoted, caller=world.s2)
    with pytest.raises(UnknownSale):
        world.ask(explain_sale, ExplainSale(receipt_number=promoted.receipt_number), world.s2)


def test_replays_sets_gifts_and_bundles_with_what_else_they_need(world: World):
    couple = Benefit(BenefitKind.SET_PRICE, price_minor=12_000, components=(Component(TEA, 1), Component(MUG, 1)))
    second = Benefit(BenefitKind.EVERY_NTH, FOOD, every=2, units=1, rate_bp=5_000)
    buy_get = Benefit(
        BenefitKind.BUY_GET, ItemSet(skus=("WRAP",)), rate_bp=10_000, units=1, components=(Component(TEA, 2),)
    )
    publish(
        world,
        Promotion("SET", "Couple's set", couple, currency="CNY", priority=1, times_max=1),
        Promotion("FOODS", "2nd half", second, needs=(Needed(MUG, 1_000),)),
        Promotion("GOLD", "Free wrapping", buy_get, stage=1, weekdays=(7,), from_minute=540, until_minute=660),
    )
    sale = world.sell(Till().line("TEA", 4).line("MUG", 2).line("WRAP", 2).member().cash(60_000).command)
    assert {discount.code for line in sale.lines for discount in line.discounts} == {
        "promotion:SET", "promotion:FOODS", "promotion:GOLD",
    }  # fmt: skip
    change_everything(world)
    assert explain(world, sale).proven


def test_the_history_of_terms_begins_with_those_in_force(world: World):
    publish(world, rate("TEN", 1_000), rate("FIVE", 500))
    publish(world, rate("TEN", 2_000), rate("FIVE", 500))
    found = world.rows("SELECT code, from_version FROM promotion_history ORDER BY code, from_version")
    assert found == [("FIVE", 1), ("TEN", 1), ("TEN", 2)]


def test_a_migration_takes_the_terms_in_force_into_the_history(tmp_path: Any):
    url = f"sqlite:///{tmp_path / 'older.db'}"
    migrate(url, "0005")
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO promotions VALUES ('TEN', '{}', 7)")
    migrate(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM promotion_history").all() == [("TEN", 7, "{}")]
    engine.dispose()


def test_proves_a_sale_with_a_gift_and_names_a_gift_that_is_not_earned(world: World):
    mug = Benefit(BenefitKind.GIFT, TEA, steps=(Step(quantity_milli=2_000, gifts=(Gift("MUG", 1),)),))
    publish(world, Promotion("MUG-FREE", "A mug for two teas", mug), rate("TEN", 1_000, TEA))
    sold = world.sell(Till().line("TEA", 2).cash(20_000).command)
    assert [line.sku for line in sold.lines] == ["TEA", "MUG"]
    change_everything(world)

    told = explain(world, sold)
    assert (told.rests_on, told.proven, told.differences) == (ExplanationBasis.FACTS, True, [])
    assert [one.code for one in told.promotions if one.applied] == ["TEN", "MUG-FREE"]
    doubled = f"UPDATE sale_lines SET quantity_milli = 2000 WHERE sale_id = {sold.sale_id} AND line_number = 2"
    with tampered(world, doubled) as uow:
        changed = explain_sale(uow, ExplainSale(sold.sale_id))
    assert [(one.field, one.stored, one.replayed) for one in changed.differences] == [
        ("gift", "MUG 2000 MUG-FREE", ""),
        ("gift", "", "MUG 1000 MUG-FREE"),
    ]


def test_replays_what_coupons_unlocked_and_what_limits_left(world: World):
    put_batch(world)
    unlock(world)
    [code] = issue(world)
    publish(
        world,
        rate("CAPPED", 1_000, MUG, stage=1, limits=Limits(discount_minor_total_max=800), currency="CNY"),
        rate("ONCE", 500, MUG, stage=2, limits=Limits(uses_max=1)),
    )
    first = world.sell(showing(Till().line("TEA").line("MUG"), code).cash(13_275).command)
    second = world.sell(Till().line("TEA").line("MUG").cash(14_700).command)
    change_everything(world)
    assert [explain(world, sale).proven for sale in (first, second)] == [True, True]
    told = {one.code: one for one in explain(world, second).promotions}
    assert (told["SUMMER-OFF"].applied, told["SUMMER-OFF"].reason) == (False, "coupon_missing")
    assert (told["CAPPED"].discount_minor, told["CAPPED"].limit, told["CAPPED"].uncapped_minor) == (
        300, "discount_minor_total_max", 500,
    )  # fmt: skip
    assert (told["ONCE"].applied, told["ONCE"].reason, told["ONCE"].limit) == (False, "exhausted", "uses_max")
    assert world.ask(verify_sales, VerifySales()).unproven == []
