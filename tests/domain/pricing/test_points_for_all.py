"""Promotions that give points count for goods that a terminal or a person has priced; those that take off do not."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.basket import LineRequest, Named, Override, PricedBasket, TerminalPriced, price_lines
from domain.pricing.facts import StoredLine, basis_of, considered_codes, facts_of, priced_again
from domain.pricing.promoting import Promoting, Stacking
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Needed, Promotion, Unmet
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import TaxRounding
from domain.shared.money import Rounding
from tests.domain.priced_baskets import ALL, SITUATION, B

MEMBER = replace(SITUATION, member=True, tier="gold")
DOUBLE = Promotion("DOUBLE", "Double points", Benefit(BenefitKind.POINTS, ALL, points_factor_bp=20_000))
MORE = Promotion("MORE", "50 more", Benefit(BenefitKind.POINTS, ALL, points=50))
TREBLE_B = Promotion("TREBLE", "Treble", Benefit(BenefitKind.POINTS, B, points_factor_bp=30_000))
TEN = Promotion("TEN", "Ten off", Benefit(BenefitKind.RATE, ALL, rate_bp=1_000))
FOOD = Promotion(
    "FOOD", "Food", Benefit(BenefitKind.POINTS, ItemSet(category_codes=("FOOD",)), points_factor_bp=15_000)
)


def line(number: int, sku: str, price: int = 1_000) -> LineRequest:
    return LineRequest(number, 1_000, price, price, "BASE", "List", True, (), (), None, sku)


def by_terminal(number: int, sku: str, gross: int = 2_000, off: int = 0) -> LineRequest:
    stated = TerminalPriced(gross, (Named("theirs", "Theirs", off),) if off else ())
    return replace(line(number, sku, 0), terminal=stated, categories=frozenset({"FOOD"}))


def by_hand(number: int, sku: str, price: int) -> LineRequest:
    return replace(line(number, sku), override=Override(price, "dented"))


def priced(lines, *promotions, stacking=Stacking.COMPOUND, for_all=True) -> PricedBasket:
    return price_lines(
        lines,
        basket_discounts=(),
        tax_rounding=TaxRounding.DOCUMENT,
        rounding=Rounding.HALF_UP,
        promoting=Promoting(PromotionBook(promotions), MEMBER, stacking, for_all),
    )


def told(basket):
    return {one.code: (list(one.rewarded), one.base_minor) if one.applied else one.unmet for one in basket.considered}


def test_doubles_points_of_what_a_terminal_and_a_person_have_priced():
    basket = priced([line(1, "a"), by_terminal(2, "b", off=500), by_hand(3, "c", 700)], DOUBLE, TEN)
    # Ten per cent off the first only; what the others came to earns twice, as that does.
    assert [one.total_minor for one in basket.lines] == [900, 1_500, 700]
    assert told(basket)["DOUBLE"] == ([0, 1, 2], 1_000 + 1_500 + 700)
    assert [one.code for one in basket.considered] == ["TEN", "DOUBLE"]


def test_gives_points_once_whoever_has_priced_the_goods():
    basket = priced([line(1, "a"), by_terminal(2, "b")], MORE)
    assert [(one.code, one.points) for one in basket.considered] == [("MORE", 50)]


def test_knows_the_goods_of_a_terminal_by_what_they_are():
    basket = priced([by_terminal(1, "a"), by_terminal(2, "b")], TREBLE_B, FOOD)
    assert told(basket) == {"TREBLE": ([1], 2_000), "FOOD": ([0, 1], 4_000)}


def test_asks_for_goods_among_all_lines():
    needing = replace(DOUBLE, needs=(Needed(B, amount_minor=2_000),))
    assert told(priced([line(1, "a"), by_terminal(2, "b", 2_000)], needing))["DOUBLE"] == ([0, 1], 3_000)
    assert told(priced([line(1, "a"), by_terminal(2, "b", 1_999)], needing))["DOUBLE"] is Unmet.AMOUNT_MISSING


def test_a_sale_of_before_is_as_it_was():
    lines = [line(1, "a"), by_terminal(2, "b")]
    before = priced(lines, DOUBLE, for_all=False)
    assert told(before) == {"DOUBLE": ([0], 1_000)}
    kept = facts_of(before)
    assert kept is not None
    assert "points_for_all" not in kept
    assert again(before) == before


def again(basket: PricedBasket) -> PricedBasket:
    """The basket priced again from what is stored of it."""
    kept = json.loads(json.dumps(facts_of(basket)))
    assert basket.basis is not None
    assert basket.basis.promoting is not None
    known = [basket.basis.promoting.book.promotions[code] for code in considered_codes(kept)]
    stored = [
        StoredLine(
            line_number=one.line_number,
            sku=request.sku,
            quantity_milli=request.quantity_milli,
            unit_price_minor=one.unit_price_minor,
            gross_minor=one.gross_minor,
            discount_minor=one.discount_minor,
            net_minor=one.net_minor,
            tax_minor=one.tax_minor,
            total_minor=one.total_minor,
            discounts=one.discounts,
            taxes=one.taxes,
        )
        for one, request in zip(basket.lines, basket.requests, strict=True)
    ]
    return priced_again(basis_of(kept, stored, promotions=known))


@given(
    lines=st.lists(
        st.one_of(
            st.builds(line, st.just(1), st.sampled_from("abc"), st.integers(0, 3_000)),
            st.builds(by_terminal, st.just(1), st.sampled_from("abc"), st.integers(1, 3_000)),
            st.builds(by_hand, st.just(1), st.sampled_from("abc"), st.integers(0, 3_000)),
        ),
        min_size=1,
        max_size=5,
    ),
    promotions=st.sets(st.sampled_from([DOUBLE, MORE, TREBLE_B, FOOD, TEN]), min_size=1),
    stacking=st.sampled_from(Stacking),
)
def test_points_change_no_price_and_come_again_from_the_facts(lines, promotions, stacking):
    numbered = [replace(one, line_number=number) for number, one in enumerate(lines, start=1)]
    basket = priced(numbered, *promotions, stacking=stacking)
    without = priced(numbered, *(promotions & {TEN}), stacking=stacking)
    assert basket.lines == without.lines
    if facts_of(basket) is not None:
        assert again(basket) == basket
    values = [one.total_minor for one in priced(numbered).lines]
    for one in basket.considered:
        if one.reward is BenefitKind.POINTS and one.applied:
            assert one.base_minor == sum(values[place] for place in one.rewarded)


def test_nobody_who_is_no_member_gets_points():
    nobody = replace(MEMBER, member=False, tier="")
    lines = [by_terminal(1, "a")]
    basket = price_lines(
        lines,
        basket_discounts=(),
        tax_rounding=TaxRounding.DOCUMENT,
        rounding=Rounding.HALF_UP,
        promoting=Promoting(PromotionBook([DOUBLE]), nobody),
    )
    assert told(basket) == {"DOUBLE": Unmet.MEMBERS_ONLY}


@pytest.mark.parametrize("promotions", [(TEN,), ()])
def test_a_book_without_points_looks_at_no_line_of_a_terminal(promotions):
    basket = priced([by_terminal(1, "a"), by_terminal(2, "b")], *promotions)
    assert [(one.applied, one.off_by_line) for one in basket.considered] == [(False, [0, 0])] * len(promotions)
