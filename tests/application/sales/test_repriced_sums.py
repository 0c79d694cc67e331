"""Sales with coupons through the use cases: however they come back, under either setting, all of it comes back."""

from random import Random

import pytest

from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.quote import QuoteBasket, quote_basket
from application.sales.refund import RefundSale, ReturnRequest
from application.sales.verify_sales import VerifySales, verify_sales
from application.sales.views import SaleView
from domain.pricing.basket import Manual
from domain.pricing.limits import Limits
from domain.pricing.promotion import Benefit, BenefitKind, Gift, Promotion, Step
from tests.application.sales.coupons import issue, put_batch, showing
from tests.application.sales.test_refunds_sum import ALL, BENEFITS, FIGURES, LINE_FIGURES, documents
from tests.world import SHELF, Till, World

SALES = 12
SAVE = Benefit(BenefitKind.AMOUNT, ALL, steps=(Step(amount_minor=15_000, off_minor=12_345),))
BAG = Benefit(BenefitKind.GIFT, ALL, steps=(Step(amount_minor=20_000, gifts=(Gift("MUG", 1),)),))
BATCHES = ("SAVE", "ANY", "BAG")


def publish(world: World, random: Random) -> None:
    """Promotions for coupons, with limits and without, beside one that needs none."""
    chosen = [SAVE, random.choice(BENEFITS), BAG, random.choice(BENEFITS)]
    world.do(
        put_promotions,
        PutPromotions(
            tuple(
                Promotion(
                    f"P{number}",
                    f"P{number}",
                    benefit,
                    currency="CNY",
                    stage=number % 2,
                    coupon_batch_code=batch,
                    limits=Limits(uses_max=100) if random.random() < 0.5 else None,
                )
                for number, (benefit, batch) in enumerate(zip(chosen, (*BATCHES, ""), strict=True))
            )
        ),
    )


def sell(world: World, random: Random) -> SaleView:
    till = Till().line("TEA", random.randint(1, 3)).line("MUG", random.randint(1, 2))
    till = till.line("RICE", quantity_milli=random.randint(1, 2_500))
    codes = [issue(world, batch)[0] for batch in random.choices(BATCHES, k=random.randint(1, 3))]
    till = showing(till, *codes).member()
    if random.random() < 0.4:
        till = till.basket(discounts=(Manual("regular", random.randint(1, 2_000), 0),))
    total = world.ask(quote_basket, QuoteBasket(till.command.basket), world.s1).total_minor
    card = random.randint(0, total)
    till = till.card(card) if card else till
    return world.sell(till.cash(total - card + 100).command)


def bring_back(world: World, random: Random, sale: SaleView) -> list[SaleView]:
    """Up to four returns of anything, each under whichever setting, and one of the rest."""
    refunds = []
    left = {line.line_number: line.quantity_milli for line in sale.lines}
    for _ in range(random.randint(2, 4)):
        world.set("coupon_on_partial_return", random.choice(("reprice", "reprice", "keep_redeemed")))
        world.clock.advance(minutes=1)
        asked = [
            ReturnRequest(number, random.choice((milli, random.randint(1, milli))), amount_only=False)
            for number, milli in left.items()
            if milli and random.random() < 0.4
        ]
        for one in asked:
            left[one.line_number] -= one.quantity_milli
        # What was bought does not all come back without its gift.
        if asked and any(left[line.line_number] for line in sale.lines if not line.gift_promotion_code):
            refunds.append(world.refund(RefundSale(sale.sale_id, "back", tuple(asked))).sale)
        else:
            for one in asked:
                left[one.line_number] += one.quantity_milli
    refunds.append(world.refund(RefundSale(sale.sale_id, "the rest")).sale)
    return refunds


@pytest.mark.capability("SAL-03", "CPN-05")
def test_any_sequence_of_returns_of_sales_with_coupons_sums_to_the_sale(world: World):
    random = Random("coupons come back")
    for batch in BATCHES:
        put_batch(world, batch)
    for sku, _, cost in SHELF:
        if cost:
            world.receive(sku, 500_000, 500 * cost + 77)
    before = {sku: world.level(sku) for sku, _, cost in SHELF if cost}, world.points(), world.ledger()
    repriced = 0
    for _ in range(SALES):
        publish(world, random)
        sale = sell(world, random)
        refunds = bring_back(world, random, sale)
        assert max(one.total_minor for one in refunds) <= 0
        assert all(tender.amount_minor < 0 for one in refunds for tender in one.tenders)
        repriced += sum(line.quantity_milli == 0 for one in refunds for line in one.lines)
        for name in FIGURES:
            assert sum(getattr(one, name) for one in refunds) == -getattr(sale, name), name
        sums = ", ".join(f"SUM(t.{name})" for name in LINE_FIGURES)
        [totals] = documents(world, sale.sale_id, "sale_lines", sums)
        assert set(map(int, totals)) == {0}
        off: dict[str, int] = {}
        for line in [*sale.lines, *[line for one in refunds for line in one.lines]]:
            for discount in line.discounts:
                off[discount.code] = off.get(discount.code, 0) + discount.amount_minor
        assert set(off.values()) <= {0}
        [(paid, points)] = documents(world, sale.sale_id, "sale_tenders", "SUM(t.amount_minor), SUM(t.points)")
        assert (int(paid), int(points)) == (sale.change_minor, 0)
        now = {sku: world.level(sku) for sku, _, cost in SHELF if cost}, world.points(), world.ledger()
        assert now == before
    # Lines that were kept and came to another price.
    assert repriced == 13
    assert world.rows("SELECT sum(uses), sum(held) FROM coupons") == [(0, 0)]
    assert {(int(uses), int(off)) for uses, off in world.rows(
        "SELECT sum(uses), sum(discount_minor) FROM promotion_uses GROUP BY promotion_code"
    )} == {(0, 0)}  # fmt: skip
    page = world.ask(verify_sales, VerifySales(page_size=500))
    assert (page.next_page_token, list(page.unproven)) == ("", [])
