"""`tier_upgrade_effective` = same_sale: the sale that is enough for a tier is sold by it, however it is made."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from application.membership.evaluate_tiers import EvaluateTiers, evaluate_tiers
from application.membership.tier_programme import PutTierProgramme, put_tier_programme
from application.membership.tier_queries import GetTierHistory, GetTierStatus, get_tier_history, get_tier_status
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.explain_sale import ExplainSale, explain_sale
from application.sales.quote import QuoteBasket, quote_basket
from domain.membership.tier import Tier, TierCause, TierProgramme, reached_by_sale, with_sale
from domain.pricing.price_book import BasketToPrice, Item
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from domain.pricing.upgrading import price_with_upgrade
from domain.sales.tenders import TenderedTooLittle
from entrypoints.grpc.pricing import SERVICE
from entrypoints.terminal.price_book import fetch
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, Till

PROGRAMME = TierProgramme(
    "CNY",
    (Tier("member", "Member", "会员"), Tier("gold", "Gold", "金卡", spend_minor=40_000)),
)
LEVEL = Promotion(
    "LEVEL", "Gold −10 %", Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=1_000), tiers=("gold",)
)


@pytest.fixture
def shop(world):
    """Gold from 400.00 on, with 10 % off; the member has bought for 300.00 so far."""
    world.do(put_tier_programme, PutTierProgramme(PROGRAMME))
    world.do(put_promotions, PutPromotions((LEVEL,)))
    world.sell(Till().line("TEA", 3).member().card(30_000).command)
    world.do(evaluate_tiers, EvaluateTiers())
    world.set("tier_upgrade_effective", "same_sale")
    return world


def teas(units, paid):
    return Till().line("TEA", units).member().card(paid).command


def tiers_of(world):
    found = world.ask(get_tier_history, GetTierHistory(MEMBER)).entries
    return [(one.to_tier, one.cause, one.figures.spend_minor) for one in found]


@pytest.mark.capability("LVL-04")
def test_the_sale_that_is_enough_is_sold_by_the_tier_that_it_brings(shop):
    quote = shop.ask(quote_basket, QuoteBasket(teas(1, 0).basket), shop.s1)
    sale = shop.sell(teas(1, 9_000))
    # 300.00 and 100.00 are enough; that the sale then comes to 90.00 does not undo it.
    assert (quote.total_minor, sale.total_minor) == (9_000, 9_000)
    assert tiers_of(shop)[0] == ("gold", TierCause.SALE, 40_000)
    assert shop.ask(get_tier_status, GetTierStatus(MEMBER)).done.spend_minor == 39_000
    assert shop.do(evaluate_tiers, EvaluateTiers()).changes == []
    explained = shop.ask(explain_sale, ExplainSale(receipt_number=sale.receipt_number), shop.s1)
    assert explained.proven
    assert shop.sell(teas(1, 9_000)).total_minor == 9_000
    assert len(tiers_of(shop)) == 2


@pytest.mark.capability("LVL-04")
def test_a_sale_that_is_refused_brings_nothing_and_one_that_is_not_enough_neither(shop):
    with pytest.raises(TenderedTooLittle):
        shop.sell(teas(1, 8_000))
    assert shop.sell(Till().line("MUG").member().card(5_000).command).total_minor == 5_000
    assert [tier for tier, _, _ in tiers_of(shop)] == ["member"]


@pytest.mark.capability("LVL-04")
def test_by_the_next_sale_the_same_sale_costs_what_it_did(shop):
    shop.set("tier_upgrade_effective", "next_sale")
    assert shop.ask(quote_basket, QuoteBasket(teas(1, 0).basket), shop.s1).total_minor == 10_000
    assert shop.sell(teas(1, 10_000)).total_minor == 10_000
    assert [tier for tier, _, _ in tiers_of(shop)] == ["member"]


@pytest.mark.capability("LVL-04")
def test_a_batch_counts_what_its_sales_come_to_one_after_the_other(shop):
    commands = [Till().line("MUG").member().card(5_000).command, teas(1, 9_000), teas(1, 9_000)]
    paid = [one.total_minor for one in shop.sell_all([shop.call(one, shop.s1) for one in commands])]
    assert paid == [5_000, 9_000, 9_000]
    assert tiers_of(shop)[0] == ("gold", TierCause.SALE, 45_000)


@pytest.mark.capability("LVL-04")
def test_a_quote_that_holds_its_price_brings_its_tier(shop):
    quote = shop.ask(quote_basket, QuoteBasket(teas(1, 0).basket, hold_price=True), shop.s1)
    sale = shop.sell(replace(teas(1, 9_000), quote_token=quote.quote_token))
    assert sale.total_minor == 9_000
    assert tiers_of(shop)[0] == ("gold", TierCause.SALE, 39_000)


@pytest.mark.capability("LVL-04")
def test_an_uploaded_sale_is_sold_as_the_terminal_has_priced_it(shop):
    book = fetch(lambda request: ask(shop, SERVICE, "ListPriceBook", request, shop.s1))
    done = shop.ask(get_tier_status, GetTierStatus(MEMBER)).done

    def reached(total_minor):
        figures = with_sale(PROGRAMME, done, total_minor=total_minor, points=0, currency="CNY")
        return reached_by_sale(PROGRAMME, "member", figures)

    basket = BasketToPrice([Item("TEA", 1_000, None, (), True)])
    context = book.context(at=shop.clock(), channel="store", tier="member")
    assert book.policies.tier_upgrade_effective == "same_sale"
    assert price_with_upgrade(basket, book.book, context, reached=reached).total_minor == 9_000
    offline = Till(teas(1, 9_000)).offline(shop.clock() - timedelta(hours=1)).command
    assert shop.sell(offline).total_minor == 9_000
    assert tiers_of(shop)[0] == ("gold", TierCause.SALE, 40_000)


@pytest.mark.capability("LVL-04")
def test_a_sale_from_before_the_window_brings_nothing(shop):
    long_ago = shop.clock() - timedelta(days=366)
    assert shop.sell(Till(teas(1, 10_000)).offline(long_ago).command).total_minor == 10_000
    assert [tier for tier, _, _ in tiers_of(shop)] == ["member"]


@pytest.mark.capability("LVL-04")
def test_it_costs_a_batch_one_statement_and_nothing_where_the_next_sale_counts(shop):
    made = []

    def count(_connection, _cursor, statement, *_):
        if "FROM sales" in statement or "tier_programmes" in statement:
            made.append(statement)

    # What has changed is read again by whoever comes first.
    shop.sell(Till().line("MUG").cash(5_000).command)
    event.listen(shop.engine, "before_cursor_execute", count)
    mugs = Till().line("MUG").member().card(5_000).command
    try:
        shop.sell_all([shop.call(mugs, shop.s1), shop.call(Till().line("MUG").cash(5_000).command, shop.s1)])
        within = len(made)
        shop.set("tier_upgrade_effective", "next_sale")
        shop.sell(Till().line("MUG").cash(5_000).command)
        made.clear()
        shop.sell(mugs)
    finally:
        event.remove(shop.engine, "before_cursor_execute", count)
    assert (within, len(made)) == (1, 0)


def test_a_chain_without_a_programme_sells_as_ever(world):
    world.set("tier_upgrade_effective", "same_sale")
    assert world.sell(teas(1, 10_000)).total_minor == 10_000
    assert world.ask(get_tier_history, GetTierHistory(MEMBER)).entries == []
