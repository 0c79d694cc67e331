"""A member's benefits are the same in every channel, unless a price list or a promotion names one."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.ports.membership import MemberAccount
from application.ports.pricing import PricedProducts
from application.pricing.entries import PriceEntry, PriceListEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.basket import ResolvedBasket, ResolvedLine, price, price_book_of
from application.sales.buying import Buying
from application.sales.quote import QuoteBasket, quote_basket
from domain.pricing.basket import PricedBasket
from domain.pricing.conditions import no_festivals
from domain.pricing.promotion import Benefit, BenefitKind, Condition, ItemSet, Promotion
from domain.pricing.promotion_book import PromotionBook
from domain.sales.sale import TenderKind
from tests.entrypoints.terminal.test_agreement import Stored, outcome, transported
from tests.random_pricing import some_manual, some_quantity
from tests.world import OPENING, Till

CHANNELS = ("store", "web", "mini-program")


def anywhere(condition):
    """The same condition, in which no channel is named."""
    if condition is None:
        return None
    parts = {
        name: tuple(anywhere(part) for part in getattr(condition, name)) for name in ("all_of", "any_of", "none_of")
    }
    return replace(condition, channels=(), **parts)


@pytest.mark.capability("LVL-14")
@settings(max_examples=100)
@given(st.integers(0, 2**48))
def test_the_same_basket_of_the_same_member_comes_to_the_same_cent_in_every_channel(seed):
    stored = Stored(Random(seed))
    random = stored.random
    lists = {number: replace(one, channel="") for number, one in stored.chain.price_lists.items()}
    stored.chain = replace(stored.chain, price_lists=lists, _policies={}, _places={})
    stored.promotion_list = [replace(one, channels=(), when=anywhere(one.when)) for one in stored.promotion_list]
    lines = [
        ResolvedLine(found.product.sku, some_quantity(random), None, some_manual(random), False, found)
        for found in random.choices(list(stored.products.values()), k=random.randrange(1, 6))
    ]
    member = MemberAccount(9, "M9", random.choice(["", "gold"]), 0, random.randrange(9), ("vip",))
    buying, manual = Buying(member, (TenderKind.WALLET,), no_festivals), some_manual(random)
    book = price_book_of(
        PricedProducts(5, stored.products, {}, {}), chain=stored.chain, promotions=PromotionBook(stored.promotion_list)
    )
    held = transported(stored, 500)
    on = held.context(at=OPENING, channel="store", tier=member.tier).business_date
    found = []
    for channel in CHANNELS:
        basket = ResolvedBasket(
            stored.chain.stores[1], stored.chain.policies(1), channel, "M9", list(lines), manual
        )  # fmt: skip
        priced = outcome(
            lambda basket=basket: price(
                basket, chain=stored.chain, book=book, buying=buying, business_date=on, at=OPENING
            )
        )
        if isinstance(priced, PricedBasket):
            priced = (priced.total_minor, priced.tax_minor, priced.lines, [one.code for one in priced.considered])
        found.append(priced)
    assert found[1:] == found[:1] * 2


@pytest.mark.capability("LVL-14")
def test_till_and_web_shop_sell_to_a_member_for_the_same_and_earn_the_same(world):
    world.do(put_price_lists, PutPriceLists((PriceListEntry("GOLD", "Gold", "CNY", includes_tax=True, tier="gold"),)))
    world.do(put_prices, PutPrices("GOLD", (PriceEntry("MUG", 4_600),)))
    everything = ItemSet(everything=True)
    level = Promotion("LEVEL", "−5 %", Benefit(BenefitKind.RATE, everything, rate_bp=500), tiers=("gold",))
    day = Promotion(
        "DAY", "Member day", Benefit(BenefitKind.RATE, everything, rate_bp=1_000), members_only=True, stage=1,
        when=Condition(days_of_month=(22,)),
    )  # fmt: skip
    world.do(put_promotions, PutPromotions((level, day)))
    world.set_tier("gold")
    basket = Till().line("TEA", 3).line("MUG", 1).line("RICE", quantity_milli=333).member()
    sales = []
    for channel in ("store", "web"):
        till = basket.basket(channel=channel)
        quote = world.ask(quote_basket, QuoteBasket(till.command.basket), world.s1)
        sale = world.sell(till.card(quote.total_minor).command)
        sales.append((sale.total_minor, sale.points_earned, [line.total_minor for line in sale.lines]))
    assert sales[0] == sales[1]
    # 300.00, 46.00 (the members' price) and 2.66, less 5 % and of the rest 10 %.
    assert sales[0][0] == 29_811
