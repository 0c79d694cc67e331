"""Returns through the use cases: however a sale comes back, and whatever holds by then, all of it comes back."""

from random import Random
from typing import Any

import pytest

from application.identity.settings import PutSetting, put_setting
from application.pricing.entries import PriceEntry, TaxEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.pricing.put_taxes import PutTaxes, put_taxes
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale, ReturnRequest
from application.sales.verify_sales import VerifySales, verify_sales
from application.sales.views import SaleView
from domain.identity.organisation import ScopeKind
from domain.pricing.basket import Manual
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Promotion, Step
from tests.world import SHELF, Till, World

SALES = 40
ALL = ItemSet(everything=True)
TEA, MUG = ItemSet(skus=("TEA",)), ItemSet(skus=("MUG",))
BENEFITS = (
    Benefit(BenefitKind.RATE, ALL, rate_bp=1_111),
    Benefit(BenefitKind.RATE, ItemSet(category_codes=("FOOD",)), rate_bp=333),
    Benefit(BenefitKind.AMOUNT, ALL, steps=(Step(amount_minor=10_000, off_minor=777),), each=True),
    Benefit(BenefitKind.EVERY_NTH, MUG, every=2, units=1, rate_bp=5_000),
    Benefit(BenefitKind.SET_PRICE, price_minor=13_331, components=(Component(TEA, 1), Component(MUG, 1))),
)
FIGURES = (
    "gross_minor", "discount_minor", "net_minor", "tax_minor", "rounding_minor", "total_minor", "points_earned",
    "points_redeemed",
)  # fmt: skip
LINE_FIGURES = ("quantity_milli", "gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor",
                "cost_minor", "points_earned", "deferred_minor")  # fmt: skip


def publish_others(world: World, random: Random) -> None:
    """Other terms under the same codes."""
    chosen = [random.choice(BENEFITS) for _ in range(3)]
    world.do(
        put_promotions,
        PutPromotions(
            tuple(
                Promotion(f"P{number}", f"P{number}", benefit, currency="CNY", stage=number % 2)
                for number, benefit in enumerate(chosen)
            )
        ),
    )


def sell(world: World, random: Random) -> SaleView:
    """Something of everything, mostly to the member, paid with points, card and cash in any mixture."""
    till = Till()
    for sku in random.sample(("TEA", "MUG", "RICE", "WRAP"), random.randint(1, 4)):
        options: dict[str, Any] = {"quantity_milli": random.randint(1, 2_500)} if sku == "RICE" else {}
        if random.random() < 0.3:
            options["discounts"] = (Manual("torn", random.randint(1, 4_000), 0),)
        till = till.line(sku, random.randint(1, 4), **options)
    if random.random() < 0.3:
        till = till.basket(discounts=(Manual("regular", random.randint(1, 2_000), 0),))
    member = random.random() < 0.7
    till = till.member() if member else till
    quote = world.ask(quote_basket, QuoteBasket(till.command.basket), world.s1)
    left = quote.total_minor
    points = min(quote.points_redeemable, 300) // 100 * 100
    if points and random.random() < 0.5:
        till, left = till.points(points), left - points
    if left > 1 and random.random() < 0.5:
        card = random.randint(1, left - 1)
        till, left = till.card(card), left - card
    return world.sell(till.cash(left + random.randint(10, 200)).command)


def bring_back(world: World, random: Random, sale: SaleView) -> list[SaleView]:
    """In up to four returns of anything, and a last one of the rest."""
    refunds: list[SaleView] = []
    left = {line.line_number: line.quantity_milli for line in sale.lines}
    for _ in range(random.randint(0, 4)):
        publish_others(world, random)
        world.clock.advance(minutes=random.randint(0, 2))
        asked = [
            ReturnRequest(number, random.choice((milli, random.randint(1, milli))), amount_only=False)
            for number, milli in left.items()
            if milli and random.random() < 0.5
        ]
        if asked:
            refunds.append(world.refund(RefundSale(sale.sale_id, "back", tuple(asked))).sale)
            for one in asked:
                left[one.line_number] -= one.quantity_milli
    if any(left.values()):
        refunds.append(world.refund(RefundSale(sale.sale_id, "the rest")).sale)
    return refunds


def documents(world: World, sale_id: int, table: str, columns: str) -> list[tuple[Any, ...]]:
    """The sums of a table over a sale and what took it back."""
    return world.rows(
        f"SELECT {columns} FROM {table} t JOIN sales s ON s.sale_id = t.sale_id"
        f" WHERE s.sale_id = {sale_id} OR s.original_sale_id = {sale_id}"
    )


@pytest.mark.capability("SAL-03")
@pytest.mark.parametrize("cash_step", ["0", "10"])
def test_any_sequence_of_partial_returns_sums_to_the_sale(world: World, cash_step: str):
    random = Random(f"returns {cash_step}")
    world.do(put_setting, PutSetting("cash_rounding_step", ScopeKind.CHAIN, "", cash_step))
    for sku, _, cost in SHELF:
        if cost:
            world.receive(sku, 500_000, 500 * cost + 77)
    world.sell(Till().line("TEA", 9).member().cash(90_000).command)  # points to pay with
    before = {sku: world.level(sku) for sku, _, cost in SHELF if cost}, world.points(), world.ledger()
    for _ in range(SALES // 2):
        publish_others(world, random)
        sale = sell(world, random)
        refunds = bring_back(world, random, sale)
        for name in FIGURES:
            assert sum(getattr(one, name) for one in refunds) == -getattr(sale, name), name
        sums = ", ".join(f"SUM(t.{name})" for name in LINE_FIGURES)
        [totals] = documents(world, sale.sale_id, "sale_lines", sums)
        assert set(map(int, totals)) == {0}
        for line in sale.lines:
            mine = [one for refund in refunds for one in refund.lines if one.original_line_number == line.line_number]
            for place, discount in enumerate(line.discounts):
                assert -sum(one.discounts[place].amount_minor for one in mine) == discount.amount_minor
            for place, tax in enumerate(line.taxes):
                assert -sum(one.taxes[place].tax_minor for one in mine) == tax.tax_minor
        [(paid, points)] = documents(world, sale.sale_id, "sale_tenders", "SUM(t.amount_minor), SUM(t.points)")
        assert (int(paid), int(points)) == (sale.change_minor, 0)
        # Stock at its old cost, the member's points, and every account of the books are as if nothing had been.
        now = {sku: world.level(sku) for sku, _, cost in SHELF if cost}, world.points(), world.ledger()
        assert now == before
    page = world.ask(verify_sales, VerifySales(page_size=500))
    assert (page.next_page_token, list(page.unproven)) == ("", [])


@pytest.mark.capability("SAL-03", "SAL-12")
def test_a_refund_years_later_gives_back_by_the_stored_allocation(world: World):
    """A tea and a mug for 120.00, two more teas, 10 % off all of it: 252.00 for the teas and 36.00 for the mug."""
    couple = Benefit(BenefitKind.SET_PRICE, price_minor=12_000, components=(Component(TEA, 1), Component(MUG, 1)))
    ten = Benefit(BenefitKind.RATE, ALL, rate_bp=1_000)
    world.do(
        put_promotions,
        PutPromotions((Promotion("SET", "Set", couple, currency="CNY"), Promotion("TEN", "Ten", ten, stage=1))),
    )
    sale = world.sell(Till().line("TEA", 3).line("MUG").cash(28_800).command)
    # The set is 80.00 of tea and 40.00 of mug; two more teas; then a tenth off everything.
    assert [line.total_minor for line in sale.lines] == [25_200, 3_600]
    world.clock.advance(days=4 * 365)
    free = Benefit(BenefitKind.RATE, ALL, rate_bp=10_000)
    world.do(put_promotions, PutPromotions((Promotion("SET", "Free", free), Promotion("TEN", "Free", free, stage=1))))
    world.do(put_prices, PutPrices("BASE", (PriceEntry("TEA", 1), PriceEntry("MUG", 999_999))))
    world.do(put_taxes, PutTaxes((TaxEntry("VAT13", "VAT", "standard", 500_000),)))
    world.set("rounding_mode", "down")
    world.set("tax_rounding", "line")
    world.set("discount_stacking", "best")

    def back(*asked: tuple[int, int]) -> SaleView:
        lines = tuple(ReturnRequest(number, milli, amount_only=False) for number, milli in asked)
        return world.refund(RefundSale(sale.sale_id, "back", lines)).sale

    first, second = back((1, 2_000)), back((1, 1_000), (2, 1_000))
    assert (first.total_minor, first.tax_minor) == (-16_800, -1_933)
    assert [line.total_minor for line in second.lines] == [-8_400, -3_600]
    assert first.tax_minor + second.tax_minor == -sale.tax_minor
    by_reason = [(one.code, one.amount_minor) for line in (first.lines[0], *second.lines) for one in line.discounts]
    assert by_reason == [
        ("promotion:SET", -1_333), ("promotion:TEN", -1_867), ("promotion:SET", -667), ("promotion:TEN", -933),
        ("promotion:SET", -1_000), ("promotion:TEN", -400),
    ]  # fmt: skip
