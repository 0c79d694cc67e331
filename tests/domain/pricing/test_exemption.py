"""Baskets of buyers who pay no taxes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.basket import LineRequest, Manual, PricedBasket, TerminalPriced, price_lines
from domain.pricing.facts import StoredLine, basis_of, differences, facts_of, priced_again
from domain.pricing.kept import kept_basis
from domain.pricing.tax import Tax, TaxRounding
from domain.shared.money import Rounding

VAT13, VAT9 = (Tax(1, code, code, "", rate, None, None, None) for code, rate in (("A13", 130_000), ("B9", 90_000)))

lines = st.builds(
    lambda price, quantity, taxes, includes_tax, stated: LineRequest(
        1, quantity, price, price, "", "", includes_tax or stated, taxes, (),
        TerminalPriced(price, ()) if stated else None,
    ),
    st.integers(0, 30_000),
    st.integers(1, 9_000),
    st.sampled_from([(), (VAT13,), (VAT9,), (VAT13, VAT9)]),
    st.booleans(),
    st.booleans(),
)  # fmt: skip
ways = st.tuples(st.sampled_from(TaxRounding), st.sampled_from(Rounding))
off = st.sampled_from([(), (Manual("old", 750, 0),)])


def priced(
    basket: list[LineRequest], by_hand: tuple[Manual, ...], way: tuple[TaxRounding, Rounding], certificate: str = ""
) -> PricedBasket:
    return price_lines(basket, basket_discounts=by_hand, tax_rounding=way[0], rounding=way[1], certificate=certificate)


def stored(found: PricedBasket) -> list[StoredLine]:
    return [
        StoredLine(
            one.line_number, "", asked.quantity_milli, one.unit_price_minor, one.gross_minor, one.discount_minor,
            one.net_minor, one.tax_minor, one.total_minor, one.discounts, one.taxes,
        )
        for one, asked in zip(found.lines, found.requests, strict=True)
    ]  # fmt: skip


@pytest.mark.capability("SAL-01")
@given(st.lists(lines, max_size=6), off, ways)
def test_an_exempt_buyer_pays_exactly_the_net_of_everybody_else(
    basket: list[LineRequest], by_hand: tuple[Manual, ...], way: tuple[TaxRounding, Rounding]
) -> None:
    usual, exempt = priced(basket, by_hand, way), priced(basket, by_hand, way, "D-7")
    assert [one.total_minor for one in exempt.lines] == [one.net_minor for one in usual.lines]
    assert exempt.total_minor == exempt.net_minor == usual.net_minor
    assert (exempt.tax_minor, exempt.exempt_minor) == (0, usual.tax_minor)
    for line in exempt.lines:
        assert line.gross_minor - line.discount_minor == line.total_minor
        assert sum(one.amount_minor for one in line.discounts) == line.discount_minor
        assert line.taxes == []


@pytest.mark.capability("SAL-01")
@given(st.lists(lines, min_size=1, max_size=6), off, ways)
def test_the_document_prices_it_again(
    basket: list[LineRequest], by_hand: tuple[Manual, ...], way: tuple[TaxRounding, Rounding]
) -> None:
    exempt = priced(basket, by_hand, way, "D-7")
    facts = facts_of(exempt)
    assert facts is not None
    again = priced_again(basis_of(facts, stored(exempt), promotions=()))
    assert differences(stored(exempt), again.lines) == []
    assert again.exempt_minor == exempt.exempt_minor


def test_what_is_kept_after_a_return_stays_exempt() -> None:
    way = (TaxRounding.LINE, Rounding.HALF_UP)
    whole = priced([LineRequest(1, 3_000, 113, 113, "", "", True, (VAT13,), (), None)], (), way, "D-7")
    kept = priced_again(kept_basis(whole, [1_000], coupon_batches=(), given={}))
    assert (whole.total_minor, kept.total_minor, kept.exempt_minor) == (300, 100, 13)
