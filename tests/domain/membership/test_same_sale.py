"""The sale that brings a tier is priced by it: once, whatever that price is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.membership.tier import (
    NOTHING_DONE,
    Tier,
    TierFigures,
    TierProgramme,
    code_at,
    rank_of,
    reached_by_sale,
    upgraded,
    with_sale,
)
from domain.pricing.price_book import (
    Article,
    BasketToPrice,
    Item,
    Place,
    PriceBook,
    context_at,
    price_basket,
)
from domain.pricing.price_list import Price, PriceList
from domain.pricing.promoting import Stacking
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import TaxRounding
from domain.pricing.upgrading import price_with_upgrade
from domain.shared.money import Rounding

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
TIERS = ("", "member", "silver", "gold")
PLACE = Place(
    1, 1, "S1", "EAST", "CNY", "Asia/Shanghai", Stacking.COMPOUND, TaxRounding.DOCUMENT, Rounding.HALF_UP
)  # fmt: skip

amounts = st.integers(0, 3_000)
chains = st.tuples(
    st.tuples(amounts, amounts).map(sorted),
    st.lists(st.integers(1, 2_000), min_size=4, max_size=4),
    st.sampled_from(TIERS),
    amounts,
    st.integers(1, 3),
)


def programme(silver, gold):
    tiers = (Tier("member", "", ""), Tier("silver", "", "", spend_minor=silver), Tier("gold", "", "", spend_minor=gold))
    return TierProgramme("CNY", tiers)


def book(prices):
    """A unit costs what stands in `prices`, by tier; dearer for a higher tier too, which no rule may depend on."""
    lists = {
        n: PriceList(n, f"L{n}", "", "CNY", True, n, None, None, "", tier, None, None) for n, tier in enumerate(TIERS)
    }
    rows = [Price(n, 1, 0, None, None, price) for n, price in enumerate(prices)]
    return PriceBook({"A": Article("A", 1, "", rows)}, {1: frozenset()}, lists, (), PromotionBook(()))


def priced(prices, tier, units, reached=None):
    context = context_at(PLACE, at=AT, business_date=AT.date(), channel="store", tier=tier)
    basket = BasketToPrice([Item("A", units * 1_000, None, (), True)])
    if reached is None:
        return price_basket(basket, book(prices), context).total_minor
    return price_with_upgrade(basket, book(prices), context, reached=reached).total_minor


@pytest.mark.capability("LVL-04")
@given(chains)
def test_the_tier_that_a_sale_brings_is_decided_once_and_never_taken_back_by_its_own_price(chain):
    (silver, gold), prices, tier, spent, units = chain
    rules, done, asked = programme(silver, gold), TierFigures(spend_minor=spent), []

    def reached(total_minor):
        asked.append(total_minor)
        figures = with_sale(rules, done, total_minor=total_minor, points=0, currency="CNY")
        return reached_by_sale(rules, tier, figures)

    total = priced(prices, tier, units, reached)
    own = priced(prices, tier, units)
    brought = reached(own)
    # Asked once, about the total by the tier that the member came with.
    assert asked == [own, own]
    assert total == priced(prices, brought or tier, units)
    # Whatever the sale came to in the end, what is decided after it leaves the member there or higher.
    after = with_sale(rules, done, total_minor=total, points=0, currency="CNY")
    rank = rank_of(rules, brought or tier)
    assert rank >= rank_of(rules, tier)
    assert upgraded(rules, rank, after) >= rank


@pytest.mark.capability("LVL-04")
@given(chains, amounts)
def test_who_spends_more_never_comes_to_less(chain, more):
    (silver, gold), _, tier, spent, _ = chain
    rules = programme(silver, gold)
    ranks = [
        rank_of(rules, reached_by_sale(rules, tier, TierFigures(spend_minor=spend)) or tier)
        for spend in (spent, spent + more)
    ]
    assert ranks == sorted(ranks)


def test_a_sale_in_another_currency_is_a_visit_and_no_spend():
    rules = TierProgramme("CNY", (Tier("member", "", ""),), visit_score=3)
    assert with_sale(rules, NOTHING_DONE, total_minor=500, points=7, currency="USD") == TierFigures(0, 1, 7, 3)
    assert with_sale(rules, NOTHING_DONE, total_minor=500, points=7, currency="CNY") == TierFigures(500, 1, 7, 3)


def test_a_tier_that_the_programme_does_not_have_stays():
    rules = programme(1, 2)
    assert reached_by_sale(rules, "staff", TierFigures(spend_minor=10)) == ""
    assert reached_by_sale(rules, "gold", TierFigures(spend_minor=10)) == ""
    assert code_at(rules, rank_of(rules, reached_by_sale(rules, "", TierFigures(spend_minor=1)))) == "silver"
