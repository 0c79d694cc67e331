"""What goods bring without a receipt: never more than their share of the lowest price, and taxes that add up."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from domain.sales.sale import SaleLine
from domain.sales.unreceipted import cheapest, unreceipted_line
from domain.shared.applied import AppliedDiscount, AppliedTax

quantities = st.integers(1, 100_000)
amounts = st.integers(0, 1_000_000)


@st.composite
def sold_lines(draw):
    total, parts = draw(st.integers(1, 1_000_000)), draw(st.lists(st.integers(0, 100_000), max_size=3))
    parts = parts if sum(parts) < total else []
    tax, includes, discount = sum(parts), draw(st.booleans()), draw(amounts)
    gross = (total if includes else total - tax) + discount
    quantity, cost = draw(quantities), draw(amounts)
    return SaleLine(
        7, 3, 5, 9, quantity, 100, gross, discount, total - tax, tax, total, cost, 11, 13, 0,
        [AppliedDiscount("A", "A", discount, gross)],
        [AppliedTax(f"T{number}", 1, total - tax, part) for number, part in enumerate(parts)],
    )  # fmt: skip


@given(sold=sold_lines(), quantity=quantities)
def test_brings_no_more_than_its_share_and_adds_up(sold, quantity):
    back = unreceipted_line(sold, quantity, sale_id=8, line_number=1)
    share = Fraction(sold.total_minor * quantity, sold.quantity_milli)
    assert -back.total_minor == share.__floor__()
    assert (back.net_minor + back.tax_minor, back.discount_minor) == (back.total_minor, 0)
    assert back.gross_minor in (back.total_minor, back.net_minor)
    assert sum(tax.tax_minor for tax in back.taxes) == (back.tax_minor if sold.taxes else 0)
    assert max(back.net_minor, back.tax_minor, back.cost_minor) <= 0
    assert (back.points_earned, back.deferred_minor, back.original_line_number) == (0, 0, 0)


@given(sold=st.lists(st.tuples(quantities, st.integers(1, 1_000_000), st.integers(1, 50)), max_size=6))
def test_nothing_was_sold_for_less_than_the_cheapest(sold):
    found = cheapest(sold)
    assert (found is None) == (not sold)
    prices = {(Fraction(total, quantity), sale_id) for quantity, total, sale_id in sold}
    if prices:
        lowest = min(price for price, _ in prices)
        assert found == max(sale_id for price, sale_id in prices if price == lowest)
