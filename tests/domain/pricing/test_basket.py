import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.basket import (
    AmountNotPositive,
    BasketTooLarge,
    DiscountExceedsAmount,
    DiscountOnTerminalPrice,
    DiscountWithoutReason,
    LineRequest,
    Manual,
    Named,
    NegativeAmount,
    PricedLine,
    RateOrAmount,
    RateOutOfRange,
    TerminalDiscountsExceedGross,
    TerminalPriced,
    price_lines,
)
from domain.pricing.tax import Tax, TaxRounding
from domain.shared.applied import AppliedDiscount, AppliedTax
from domain.shared.errors import Refusal
from domain.shared.money import AMOUNT_MINOR_MAX, Rounding

VAT13 = Tax(1, "VAT13", "增值税 13 %", "standard", 130_000, None, None, None)
VAT9 = Tax(2, "VAT9", "增值税 9 %", "food", 90_000, None, None, None)
LUXURY = Tax(3, "LUX", "Luxury tax", "standard", 50_000, None, None, None)


def line(unit_price=0, quantity=1000, *, list_price=None, taxes=(), includes_tax=True, manual=(), terminal=None):
    list_price = unit_price if list_price is None else list_price
    return LineRequest(
        1, quantity, unit_price, list_price, "GOLD", "Gold members", includes_tax, taxes, tuple(manual), terminal
    )


def price(*lines, off=(), tax_rounding=TaxRounding.DOCUMENT, rounding=Rounding.HALF_UP):
    return price_lines(lines, basket_discounts=off, tax_rounding=tax_rounding, rounding=rounding)


def rate(rate_bp, reason="damaged"):
    return Manual(reason, rate_bp, 0)


def amount(amount_minor, reason="damaged"):
    return Manual(reason, 0, amount_minor)


def test_multiplies_price_and_quantity_and_rounds_once():
    basket = price(line(1999, 1235), line(5, 500), line(5, 499))
    assert [priced.gross_minor for priced in basket.lines] == [2469, 3, 2]
    assert (basket.gross_minor, basket.discount_minor, basket.net_minor, basket.tax_minor) == (2474, 0, 2474, 0)


def test_takes_the_tax_out_of_a_price_that_includes_it():
    basket = price(line(11300, 2000, taxes=(VAT13,)))
    assert basket.lines == [
        PricedLine(1, 11300, 22600, 0, 20000, 2600, 22600, [], [AppliedTax("VAT13", 130_000, 20000, 2600)])
    ]


def test_puts_the_tax_on_top_of_a_price_that_does_not_include_it():
    basket = price(line(10000, taxes=(VAT13,), includes_tax=False))
    assert (basket.gross_minor, basket.net_minor, basket.tax_minor, basket.total_minor) == (10000, 10000, 1300, 11300)


def test_mixes_lines_with_and_without_tax_in_their_prices():
    basket = price(line(11300, taxes=(VAT13,)), line(10000, taxes=(VAT13,), includes_tax=False), line(700))
    assert [(priced.net_minor, priced.tax_minor) for priced in basket.lines] == [(10000, 1300), (10000, 1300), (700, 0)]
    assert basket.total_minor == 23300


def test_explains_the_advantage_of_a_price_list_as_a_discount():
    priced = price(line(167, 2000, list_price=185)).lines[0]
    assert priced.unit_price_minor == 185
    assert (priced.gross_minor, priced.discount_minor, priced.total_minor) == (370, 36, 334)
    assert priced.discounts == [AppliedDiscount("price_list:GOLD", "Gold members", 36, 370)]


def test_knows_no_advantage_of_a_price_above_the_list_price():
    priced = price(line(200, list_price=185)).lines[0]
    assert (priced.unit_price_minor, priced.gross_minor, priced.discounts) == (200, 200, [])


def test_gives_manual_discounts_in_their_order_each_on_what_is_left():
    priced = price(
        line(8000, list_price=10000, manual=[rate(2500, "box"), amount(1000, "scratch"), rate(1000, "last")])
    )
    assert priced.lines[0].discounts == [
        AppliedDiscount("price_list:GOLD", "Gold members", 2000, 10000),
        AppliedDiscount("manual", "box", 2000, 8000),
        AppliedDiscount("manual", "scratch", 1000, 6000),
        AppliedDiscount("manual", "last", 500, 5000),
    ]
    assert priced.total_minor == 4500


def test_spreads_a_discount_of_the_basket_over_what_is_left_of_its_lines():
    basket = price(line(5000), line(5000, manual=[rate(5000)]), line(2500), off=[amount(1000, "voucher")])
    assert [priced.discounts[-1] for priced in basket.lines] == [
        AppliedDiscount("basket", "voucher", 500, 5000),
        AppliedDiscount("basket", "voucher", 250, 2500),
        AppliedDiscount("basket", "voucher", 250, 2500),
    ]
    assert (basket.discount_minor, basket.total_minor) == (3500, 9000)


def test_computes_each_discount_of_the_basket_on_what_the_one_before_left():
    basket = price(line(5000), line(15000), off=[rate(1000), rate(1000)])
    assert [[d.amount_minor for d in priced.discounts] for priced in basket.lines] == [[500, 450], [1500, 1350]]


def test_gives_the_odd_unit_of_a_spread_discount_to_the_earlier_line():
    basket = price(line(100), line(100), line(100), off=[amount(100)])
    assert [priced.discount_minor for priced in basket.lines] == [34, 33, 33]


def test_lists_no_discount_that_comes_to_nothing():
    basket = price(line(1, manual=[rate(100)]), line(9999), off=[amount(1)])
    assert [priced.discounts for priced in basket.lines] == [[], [AppliedDiscount("basket", "damaged", 1, 9999)]]


def test_takes_terminal_prices_as_they_are():
    named = (Named("retail", "Loyalty price", 36), Named("coupon", "Coupon", 34))
    basket = price(line(1, 2000, list_price=5, terminal=TerminalPriced(370, named)))
    assert basket.lines[0] == PricedLine(
        1, 185, 370, 70, 300, 0, 300,
        [AppliedDiscount("retail", "Loyalty price", 36, 370), AppliedDiscount("coupon", "Coupon", 34, 334)], [],
    )  # fmt: skip


def test_spreads_a_discount_of_the_basket_over_terminal_prices_too():
    scale_label = line(quantity=500, terminal=TerminalPriced(1000, (Named("retail", "Loyalty price", 200),)))
    basket = price(line(1200), scale_label, off=[rate(1000, "staff")])
    assert basket.lines[1].discounts == [
        AppliedDiscount("retail", "Loyalty price", 200, 1000),
        AppliedDiscount("basket", "staff", 80, 800),
    ]
    assert [priced.total_minor for priced in basket.lines] == [1080, 720]


def test_shows_the_amount_as_the_price_of_a_terminal_line_without_goods():
    assert price(line(quantity=0, terminal=TerminalPriced(370, ()))).lines[0].unit_price_minor == 370


def test_rounds_only_the_shown_price_of_a_terminal_line():
    priced = price(line(quantity=3000, terminal=TerminalPriced(100, ()))).lines[0]
    assert (priced.unit_price_minor, priced.gross_minor) == (33, 100)


def test_rounds_discounts_as_the_policy_says():
    totals = {mode: price(line(25, manual=[rate(1000)]), rounding=mode).total_minor for mode in Rounding}
    assert totals == {Rounding.HALF_UP: 22, Rounding.HALF_EVEN: 23, Rounding.DOWN: 23}


def test_rounds_tax_once_per_document_or_on_every_line():
    lines = [line(100, taxes=(VAT13,), includes_tax=False), line(110, taxes=(VAT13,), includes_tax=False)] * 3
    assert price(*lines).tax_minor == 82
    assert price(*lines, tax_rounding=TaxRounding.LINE).tax_minor == 81


def test_prices_an_empty_basket_at_nothing():
    basket = price()
    assert (basket.lines, basket.gross_minor, basket.total_minor) == ([], 0, 0)


REFUSALS = [
    ([line(-1)], (), NegativeAmount, "lines[0]"),
    (
        [line(1), line(quantity=0, terminal=TerminalPriced(-1, ()))],
        (),
        NegativeAmount,
        "lines[1].terminal_price.gross_minor",
    ),
    ([line(AMOUNT_MINOR_MAX), line(1)], (), BasketTooLarge, "lines"),
    ([line(9, manual=[rate(1, "")])], (), DiscountWithoutReason, "lines[0].discounts[0].reason"),
    ([line(9, manual=[rate(1, " ")])], (), DiscountWithoutReason, "lines[0].discounts[0].reason"),
    ([line(9), line(9, manual=[rate(1), Manual("x", 0, 0)])], (), RateOrAmount, "lines[1].discounts[1]"),
    ([line(9, manual=[Manual("x", 1, 1)])], (), RateOrAmount, "lines[0].discounts[0]"),
    ([line(9, manual=[rate(10_001)])], (), RateOutOfRange, "lines[0].discounts[0].rate_bp"),
    ([line(9, manual=[rate(-1)])], (), RateOutOfRange, "lines[0].discounts[0].rate_bp"),
    ([line(9, manual=[amount(-1)])], (), AmountNotPositive, "lines[0].discounts[0].amount_minor"),
    ([line(9, manual=[amount(5), amount(5)])], (), DiscountExceedsAmount, "lines[0].discounts[1].amount_minor"),
    ([line(9), line(9)], [rate(1000), amount(17)], DiscountExceedsAmount, "discounts[1].amount_minor"),
    ([line(9)], [rate(20_000)], RateOutOfRange, "discounts[0].rate_bp"),
    ([line(9)], [rate(1000, "")], DiscountWithoutReason, "discounts[0].reason"),
    ([], [amount(1)], DiscountExceedsAmount, "discounts[0].amount_minor"),
    (
        [line(terminal=TerminalPriced(9, (Named("a", "A", 5), Named("b", "B", 5))))],
        (),
        TerminalDiscountsExceedGross,
        "lines[0].terminal_price.discounts",
    ),
    (
        [line(terminal=TerminalPriced(9, (Named("a", "A", 0),)))],
        (),
        AmountNotPositive,
        "lines[0].terminal_price.discounts[0].amount_minor",
    ),
    (
        [line(terminal=TerminalPriced(9, (Named("", "A", 1),)))],
        (),
        DiscountWithoutReason,
        "lines[0].terminal_price.discounts[0].code",
    ),
    ([line(manual=[rate(1)], terminal=TerminalPriced(9, ()))], (), DiscountOnTerminalPrice, "lines[0].discounts"),
]


@pytest.mark.parametrize(("lines", "off", "refusal", "field"), REFUSALS)
def test_refuses_and_names_the_field_at_fault(lines, off, refusal, field):
    with pytest.raises(Refusal) as refused:
        price(*lines, off=off)
    assert (type(refused.value), refused.value.field) == (refusal, field)


def test_says_what_is_left_when_a_discount_exceeds_it():
    with pytest.raises(DiscountExceedsAmount) as refused:
        price(line(500, manual=[amount(501)]))
    assert refused.value.message("en") == (
        "A discount of 501 exceeds the 500 that is left after the discounts before it."
    )
    assert refused.value.message("zh") == "折扣 501 超过此前折扣之后的余额 500。"


manuals = st.one_of(st.builds(rate, st.integers(1, 10_000)), st.builds(amount, st.integers(1, 300)))
taxes = st.sampled_from([(), (VAT13,), (VAT9,), (VAT13, LUXURY)])
server_lines = st.builds(
    line,
    st.integers(0, 100_000),
    st.integers(1, 100_000),
    list_price=st.integers(0, 100_000),
    taxes=taxes,
    includes_tax=st.booleans(),
    manual=st.lists(manuals, max_size=3),
)


@given(
    lines=st.lists(server_lines, max_size=8),
    off=st.lists(manuals, max_size=2),
    tax_rounding=st.sampled_from(TaxRounding),
    rounding=st.sampled_from(Rounding),
)
def test_parts_always_sum_to_the_whole_and_nothing_is_negative(lines, off, tax_rounding, rounding):
    try:
        basket = price(*lines, off=off, tax_rounding=tax_rounding, rounding=rounding)
    except DiscountExceedsAmount:
        return
    for asked, priced in zip(lines, basket.lines, strict=True):
        assert priced.discount_minor == sum(discount.amount_minor for discount in priced.discounts)
        assert priced.tax_minor == sum(tax.tax_minor for tax in priced.taxes)
        assert priced.total_minor == priced.net_minor + priced.tax_minor
        left = priced.gross_minor - priced.discount_minor
        assert left == (priced.total_minor if asked.includes_tax else priced.net_minor)
        assert [tax.code for tax in priced.taxes] == [tax.code for tax in asked.taxes]
        assert {tax.base_minor for tax in priced.taxes} <= {priced.net_minor}
        parts = [priced.gross_minor, priced.net_minor, *[tax.tax_minor for tax in priced.taxes]]
        assert min(parts) >= 0
        for discount in priced.discounts:
            assert 0 < discount.amount_minor <= discount.base_minor
    for name in ("gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor"):
        assert getattr(basket, name) == sum(getattr(priced, name) for priced in basket.lines)
