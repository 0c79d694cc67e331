from dataclasses import replace

import pytest

from domain.pricing.basket import (
    DiscountWithoutReason,
    Manual,
    Named,
    NegativeAmount,
    Override,
    OverrideOnTerminalPrice,
    TerminalPriced,
    price_lines,
)
from domain.pricing.by_hand import HandLine, measured
from domain.pricing.promoting import Considered, Promoting
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import TaxRounding
from domain.shared.applied import AppliedDiscount
from domain.shared.money import Rounding
from tests.domain.pricing.test_basket import amount, line, rate
from tests.domain.pricing.test_promoting import rate as promotion
from tests.domain.pricing.test_promoting import situation

HALF_UP = Rounding.HALF_UP


def price(*lines, off=(), promotions=(), promised=None):
    promoting = Promoting(PromotionBook(promotions), situation()) if promotions else None
    return price_lines(
        lines, basket_discounts=off, tax_rounding=TaxRounding.DOCUMENT, rounding=HALF_UP, promoting=promoting,
        promised=promised,
    )  # fmt: skip


def named(unit_price, *, at, list_price=None, reason="Scratched", quantity=1000, **options):
    return replace(line(unit_price, quantity, list_price=list_price, **options), override=Override(at, reason), sku="a")


def test_a_named_price_is_a_discount_against_the_list_price():
    [priced] = price(named(9_200, list_price=10_000, at=9_000, quantity=2000)).lines
    assert (priced.unit_price_minor, priced.gross_minor, priced.discount_minor, priced.total_minor) == (
        10_000, 20_000, 2_000, 18_000,
    )  # fmt: skip
    assert priced.discounts == [AppliedDiscount("override", "Scratched", 2_000, 20_000)]


def test_a_price_above_the_list_is_the_price_and_keeps_its_reason():
    [priced] = price(named(9_200, list_price=10_000, at=12_000)).lines
    assert (priced.unit_price_minor, priced.gross_minor, priced.discount_minor, priced.total_minor) == (
        12_000, 12_000, 0, 12_000,
    )  # fmt: skip
    assert priced.discounts == [AppliedDiscount("override", "Scratched", 0, 10_000)]


def test_promotions_leave_a_named_price_alone():
    basket = price(named(10_000, at=9_000), replace(line(10_000), sku="a"), promotions=[promotion("P", 10)])
    assert [priced.total_minor for priced in basket.lines] == [9_000, 9_000]
    assert [one.off_by_line for one in basket.considered] == [[0, 1_000]]


@pytest.mark.parametrize(
    ("wrong", "refusal", "field"),
    [
        (named(100, at=90, reason=" "), DiscountWithoutReason, "lines[0].price_override.reason"),
        (named(100, at=-1), NegativeAmount, "lines[0].price_override.unit_price_minor"),
        (
            named(0, at=90, terminal=TerminalPriced(100, ())),
            OverrideOnTerminalPrice,
            "lines[0].price_override",
        ),
    ],
)
def test_refuses_a_named_price_without_reason_or_sense(wrong, refusal, field):
    with pytest.raises(refusal) as refused:
        price(wrong)
    assert refused.value.field == field


def test_measures_what_people_took_off_by_line_and_in_all():
    basket = price(
        line(10_000, manual=[rate(500), amount(100)]),
        replace(named(9_000, list_price=10_000, at=8_000), manual=(amount(400),)),
        named(10_000, at=11_000),
        line(5_000),
        line(terminal=TerminalPriced(1_000, (Named("manual", "Till", 100),))),
        off=[Manual("Opening", 0, 400)],
    )
    found = measured(basket, HALF_UP)
    assert found.lines == [
        HandLine(0, overridden=False, base_minor=10_000, off_minor=600, manual_minor=600, above_minor=0),
        HandLine(1, overridden=True, base_minor=9_000, off_minor=1_400, manual_minor=400, above_minor=0),
        HandLine(2, overridden=True, base_minor=10_000, off_minor=0, manual_minor=0, above_minor=1_000),
    ]
    assert (found.bases, found.basket_off_minor) == ([10_000, 9_000, 10_000, 5_000, 900], 400)
    assert (found.off_minor, found.above_minor) == (600 + 1_400 + 400, 1_000)


def test_a_price_that_head_office_has_set_is_never_below_the_floor():
    lines = [
        replace(line(900), floor_minor=1_000),
        replace(line(900, manual=[amount(1)]), floor_minor=1_000),
        replace(line(terminal=TerminalPriced(900, ())), floor_minor=1_000),
        replace(named(1_200, at=1_000), floor_minor=1_000),
        replace(named(1_200, at=999), floor_minor=1_000),
    ]
    found = measured(price(*lines), HALF_UP)
    assert (found.below_floor, found.below_floor_minor) == ((1, 2, 4), 899 + 900 + 999)
    # With a quote the floors were looked at before.
    assert measured(price(*lines), HALF_UP, below_floor=[0]).below_floor == (0,)


def test_what_was_promised_comes_off_whatever_there_is_now():
    promised = [Considered("OLD", "Old", 0, applied=True, off_minor=1_500, base_minor=10_000, off_by_line=[1_000, 500])]
    basket = price(line(6_000), line(4_000, manual=[rate(1_000)]), promotions=[promotion("NEW", 50)], promised=promised)
    assert basket.considered == promised
    assert [priced.discounts for priced in basket.lines] == [
        [AppliedDiscount("promotion:OLD", "Old", 1_000, 6_000)],
        [AppliedDiscount("promotion:OLD", "Old", 500, 4_000), AppliedDiscount("manual", "damaged", 350, 3_500)],
    ]
    assert basket.total_minor == 5_000 + 3_150
