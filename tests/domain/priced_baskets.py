"""Random baskets as they are sold: with promotions of several stages, discounts by hand and several taxes."""

from datetime import date

from hypothesis import strategies as st

from domain.pricing.basket import LineRequest, Manual, Named, PricedBasket, TerminalPriced, price_lines
from domain.pricing.promoting import Promoting, Stacking
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Promotion, Situation, Step
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax, TaxRounding
from domain.shared.money import Rounding

ALL = ItemSet(everything=True)
A, B = ItemSet(skus=("a",)), ItemSet(skus=("b",))
SITUATION = Situation("S1", "east", "store", "CNY", "", False, date(2026, 6, 15), 720)

BENEFITS = (
    Benefit(BenefitKind.RATE, ALL, rate_bp=3_333),
    Benefit(BenefitKind.AMOUNT, ALL, steps=(Step(amount_minor=1_000, off_minor=333),), each=True),
    Benefit(BenefitKind.EVERY_NTH, ALL, every=3, units=1, rate_bp=10_000),
    Benefit(BenefitKind.BUY_GET, B, rate_bp=10_000, units=1, components=(Component(A, 2),)),
    Benefit(BenefitKind.SET_PRICE, price_minor=777, components=(Component(A, 1), Component(B, 1))),
    Benefit(BenefitKind.CHEAPEST, ALL, rate_bp=5_000, units=1),
)
TAXES = (
    (),
    (Tax(1, "VAT13", "", "", 130_000, None, None, None),),
    (Tax(2, "CITY", "", "", 70_001, None, None, None), Tax(3, "STATE", "", "", 43_219, None, None, None)),
)


@st.composite
def line_requests(draw: st.DrawFn, number: int, *, terminals: bool) -> LineRequest:
    price = draw(st.integers(0, 3_000))
    request = LineRequest(
        line_number=number,
        quantity_milli=draw(st.integers(1, 5)) * draw(st.sampled_from((1_000, 1_000, 333))),
        unit_price_minor=price,
        list_price_minor=price + draw(st.sampled_from((0, 0, 250))),
        price_list_code=draw(st.sampled_from(("BASE", "GOLD"))),
        price_list_name="A list",
        includes_tax=True,
        taxes=draw(st.sampled_from(TAXES)),
        manual=(Manual("torn", draw(st.integers(1, 5_000)), 0),) if draw(st.booleans()) else (),
        terminal=None,
        sku=draw(st.sampled_from("abc")),
        categories=draw(st.sampled_from((frozenset(), frozenset({"FOOD"}), frozenset({"FOOD", "TEA"})))),
        beaten_lists=draw(st.sampled_from(((), ("BASE",), ("GOLD", "BASE")))),
    )
    if terminals and draw(st.integers(0, 3)) == 0:
        gross = draw(st.integers(1, 3_000))
        stated = (Named("basket", "Theirs", draw(st.integers(1, gross))),) if draw(st.booleans()) else ()
        return LineRequest(
            number, request.quantity_milli, 0, 0, "", "", True, request.taxes, (), TerminalPriced(gross, stated)
        )
    return request


@st.composite
def baskets(draw: st.DrawFn, *, terminals: bool = False) -> PricedBasket:
    """Priced baskets of up to five lines; with `terminals` some lines are priced by one."""
    lines = [draw(line_requests(number, terminals=terminals)) for number in range(1, draw(st.integers(1, 5)) + 1)]
    included = draw(st.booleans())
    for line in lines:
        line.includes_tax = included or line.terminal is not None
    promotions = [
        Promotion(f"P{number}", f"The P{number}", benefit, stage=draw(st.integers(0, 1)))
        for number, benefit in enumerate(draw(st.lists(st.sampled_from(BENEFITS), max_size=3)))
    ]
    return price_lines(
        lines,
        basket_discounts=(Manual("regular", draw(st.integers(1, 3_000)), 0),) if draw(st.booleans()) else (),
        tax_rounding=draw(st.sampled_from(TaxRounding)),
        rounding=draw(st.sampled_from(Rounding)),
        promoting=Promoting(PromotionBook(promotions), SITUATION, draw(st.sampled_from(Stacking))),
    )
