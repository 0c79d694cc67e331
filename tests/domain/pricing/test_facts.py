"""What is kept with a sale is enough to price it again, after it has been a JSON text."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from domain.pricing import facts as facts_module
from domain.pricing.basket import LineRequest, Manual, PricedBasket, price_lines
from domain.pricing.facts import (
    StoredLine,
    basis_of,
    basis_of_lines,
    considered_codes,
    differences,
    facts_of,
    priced_again,
    situation_of,
)
from domain.pricing.promoting import Promoting
from domain.pricing.promotion import (
    Benefit,
    BenefitKind,
    Component,
    Festival,
    FestivalDay,
    ItemSet,
    Promotion,
    Step,
)
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import TaxRounding
from domain.shared.money import Rounding
from tests.domain.priced_baskets import ALL, SITUATION, TAXES, A, B, baskets

TEN = Promotion("TEN", "Ten off", Benefit(BenefitKind.RATE, ItemSet(skus=("a",)), rate_bp=1_000))


def stored(basket: PricedBasket) -> list[StoredLine]:
    assert basket.basis is not None
    return [
        StoredLine(
            line.line_number, request.sku, request.quantity_milli, line.unit_price_minor, line.gross_minor,
            line.discount_minor, line.net_minor, line.tax_minor, line.total_minor, line.discounts, line.taxes,
        )
        for line, request in zip(basket.lines, basket.basis.lines, strict=True)
    ]  # fmt: skip


def line(sku: str = "a", price: int = 1_000, **fields: object) -> LineRequest:
    made = LineRequest(1, 1_000, price, price, "BASE", "List", True, TAXES[1], (), None, sku)
    return replace(made, **fields)


def priced(*lines: LineRequest, promotions: tuple[Promotion, ...] = (), off: tuple[Manual, ...] = ()) -> PricedBasket:
    return price_lines(
        [replace(one, line_number=number) for number, one in enumerate(lines, start=1)],
        basket_discounts=off,
        tax_rounding=TaxRounding.DOCUMENT,
        rounding=Rounding.HALF_UP,
        promoting=Promoting(PromotionBook(promotions), SITUATION) if promotions else None,
    )


@settings(max_examples=2_000)
@given(basket=baskets(terminals=True))
def test_a_basket_priced_again_from_its_facts_is_the_same_to_the_cent(basket):
    basis = basket.basis
    kept = facts_of(basket)
    if kept is None:
        again = basis_of_lines(stored(basket), tax_rounding=basis.tax_rounding, rounding=basis.rounding, as_stored=True)
        assert differences(stored(basket), priced_again(again).lines, prices=False) == []
        return
    known = [basis.promoting.book.promotions[code] for code in considered_codes(kept)]
    again = basis_of(json.loads(json.dumps(kept)), stored(basket), promotions=known)
    assert priced_again(again) == basket
    assert [[one.code, one.unmet] for one in priced_again(again).considered] == [
        [one.code, one.unmet] for one in basket.considered
    ]


def test_nothing_is_kept_of_a_basket_that_no_promotion_concerns():
    assert facts_of(priced(line(), line("b"))) is None
    assert facts_of(priced(line("b"), promotions=(TEN,))) is None
    # The advantage of a price list stands in the line.
    assert facts_of(priced(line(list_price_minor=1_500, beaten_lists=("BASE",)))) is None


def test_says_once_what_lines_have_in_common():
    food, home = frozenset({"FOOD"}), frozenset({"HOME"})
    basket = priced(
        line(categories=food), line("b", categories=home), line("a", list_price_minor=1_200, categories=food),
        promotions=(TEN,), off=(Manual("regular", 500, 0),),
    )  # fmt: skip
    assert facts_of(basket) == {
        "rounding": "half_up",
        "tax_rounding": "document",
        "lists": [[{"price_list_code": "BASE", "price_list_name": "List"}], []],
        "goods": [[{"categories": ["FOOD"]}, {"categories": ["HOME"]}], [0, 1, 0]],
        "prices": [[2, 1_000]],
        "discounts": [{"reason": "regular", "rate_bp": 500, "amount_minor": 0}],
        "stacking": "compound",
        "situation": {
            "store_code": "S1",
            "region_code": "east",
            "channel": "store",
            "currency": "CNY",
            "tier": "",
            "member": False,
            "on": "2026-06-15",
            "minute": 720,
        },
        "considered": ["TEN"],
    }


def test_keeps_whatever_promotions_know_goods_and_buyers_by():
    wider = replace(
        SITUATION,
        member_number="M1",
        segments=("near", "new"),
        visit_number=3,
        days_after_birthday=-2,
        payment_kinds=("card", "wallet"),
        festivals=(FestivalDay(Festival.SPRING, -1),),
    )
    basket = price_lines(
        [line(brand="Leaf", supplier_code="SUP", tags=("green", "new"))],
        basket_discounts=(),
        tax_rounding=TaxRounding.LINE,
        rounding=Rounding.DOWN,
        promoting=Promoting(PromotionBook([TEN]), wider),
    )
    kept = json.loads(json.dumps(facts_of(basket)))
    assert kept["goods"] == [[{"brand": "Leaf", "supplier_code": "SUP", "tags": ["green", "new"]}], []]
    assert kept["situation"]["festivals"] == [{"festival": "spring", "days_after": -1}]
    assert situation_of(kept) == wider
    again = basis_of(kept, stored(basket), promotions=[TEN])
    assert again.lines == [replace(basket.basis.lines[0], taxes=again.lines[0].taxes)]


@pytest.mark.parametrize("as_stored", [True, False])
def test_lines_alone_tell_list_prices_and_their_advantage(as_stored):
    basket = priced(line(list_price_minor=1_500), line("b", quantity_milli=2_000))
    basis = basis_of_lines(
        stored(basket), tax_rounding=TaxRounding.DOCUMENT, rounding=Rounding.HALF_UP, as_stored=as_stored
    )
    assert differences(stored(basket), priced_again(basis).lines, prices=not as_stored) == []


def test_the_engine_makes_of_these_baskets_what_its_version_says():
    """When this fails, stored sales would be explained wrongly: raise ENGINE_VERSION, then change the figures."""
    shelf = [line(sku, price, quantity_milli=milli) for sku, price, milli in _SHELF]
    found = {}
    for kind, benefit in _OF_EVERY_KIND.items():
        found[kind.value] = [one.total_minor for one in priced(*shelf, promotions=(Promotion("P", "", benefit),)).lines]
    both = tuple(Promotion(f"P{stage}", "", benefit, stage=stage) for stage, benefit in enumerate(_TWO))
    found["compound"] = [one.total_minor for one in priced(*shelf, promotions=both).lines]
    assert (facts_module.ENGINE_VERSION, found) == (1, _MADE_BY_VERSION_1)


_SHELF = (("a", 1_000, 3_000), ("b", 777, 2_000), ("c", 333, 1_234))
_OF_EVERY_KIND = {
    BenefitKind.RATE: Benefit(BenefitKind.RATE, ALL, rate_bp=1_234),
    BenefitKind.AMOUNT: Benefit(BenefitKind.AMOUNT, ALL, steps=(Step(amount_minor=1_000, off_minor=333),), each=True),
    BenefitKind.UNIT_AMOUNT: Benefit(BenefitKind.UNIT_AMOUNT, ALL, off_minor=77),
    BenefitKind.UNIT_PRICE: Benefit(BenefitKind.UNIT_PRICE, ALL, price_minor=555),
    BenefitKind.CHEAPEST: Benefit(BenefitKind.CHEAPEST, ALL, rate_bp=5_000, units=2),
    BenefitKind.EVERY_NTH: Benefit(BenefitKind.EVERY_NTH, ALL, every=2, units=1, rate_bp=3_333),
    BenefitKind.BUY_GET: Benefit(BenefitKind.BUY_GET, B, rate_bp=10_000, units=1, components=(Component(A, 2),)),
    BenefitKind.SET_PRICE: Benefit(
        BenefitKind.SET_PRICE, price_minor=1_500, components=(Component(A, 1), Component(B, 1))
    ),
}
_TWO = (_OF_EVERY_KIND[BenefitKind.SET_PRICE], _OF_EVERY_KIND[BenefitKind.RATE])
_MADE_BY_VERSION_1 = {
    "rate": [2_630, 1_362, 360],
    "amount": [2_195, 1_137, 301],
    "unit_amount": [2_769, 1_400, 411],
    "unit_price": [1_665, 1_110, 411],
    "cheapest": [3_000, 777, 411],
    "every_nth": [2_667, 1_295, 411],
    "buy_get": [3_000, 777, 411],
    "set_price": [2_688, 1_312, 411],
    "compound": [2_357, 1_150, 360],
}
