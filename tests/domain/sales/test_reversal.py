"""Returns: whatever their order and size, they sum to the sale and never fall below zero."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sales.reversal import (
    InvalidReturnQuantity,
    LineNamedTwice,
    NothingLeftToReturn,
    ReturnRequest,
    SaleFullyReturned,
    TenderLeft,
    UnknownSaleLine,
    lines_left,
    refund_tenders,
    requested_returns,
    reversed_line,
    tenders_left,
)
from domain.sales.sale import SaleLine, SaleTender, TenderKind
from domain.shared.applied import AppliedDiscount, AppliedTax


def sold_line(
    number: int = 1,
    *,
    quantity_milli: int = 3_000,
    gross: int = 30_000,
    discounts: Sequence[int] = (3_000,),
    tax: int = 0,
    tax_included: bool = True,
    cost: int = 18_000,
    points: int = 270,
    deferred: int = 267,
) -> SaleLine:
    paid = gross - sum(discounts)
    net = paid - tax if tax_included else paid
    return SaleLine(
        sale_id=1,
        line_number=number,
        sku_id=7,
        department_id=1,
        quantity_milli=quantity_milli,
        unit_price_minor=10_000,
        gross_minor=gross,
        discount_minor=sum(discounts),
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        cost_minor=cost,
        points_earned=points,
        deferred_minor=deferred,
        original_line_number=0,
        discounts=[AppliedDiscount(f"d{i}", "", amount, gross) for i, amount in enumerate(discounts)],
        taxes=[AppliedTax("VAT13", 130_000, net, tax)] if tax else [],
    )


def returned(sold: Sequence[SaleLine], earlier: Sequence[SaleLine], number: int, quantity_milli: int) -> SaleLine:
    left = lines_left(sold, earlier)
    return reversed_line(left[number], quantity_milli, sale_id=2, line_number=1)


@pytest.mark.capability("SAL-03")
def test_returns_two_of_three_with_their_share_of_the_discount() -> None:
    # 3 at 100.00 with 10 % off: two of them are worth 180.00, their cost comes back with them.
    line = returned([sold_line()], [], 1, 2_000)
    assert (line.quantity_milli, line.gross_minor, line.discount_minor) == (-2_000, -20_000, -2_000)
    assert (line.total_minor, line.cost_minor, line.points_earned) == (-18_000, -12_000, -180)
    assert [d.amount_minor for d in line.discounts] == [-2_000]


def test_shares_several_discounts_without_falling_below_zero() -> None:
    # 1.00 wholly given away by two discounts of 0.50: a third of it must not come to -0.01.
    sold = [sold_line(gross=100, discounts=(50, 50), points=0, deferred=0)]
    earlier: list[SaleLine] = []
    for _ in range(3):
        line = returned(sold, earlier, 1, 1_000)
        assert line.total_minor == 0
        earlier.append(line)
    assert sum(line.gross_minor for line in earlier) == -100


def test_names_what_is_left_when_more_is_asked_for() -> None:
    sold = [sold_line()]
    left = lines_left(sold, [returned(sold, [], 1, 2_000)])
    with pytest.raises(NothingLeftToReturn) as refused:
        requested_returns(left, [ReturnRequest(1, 1_001, amount_only=False)])
    assert refused.value.field == "lines[0].quantity_milli"
    assert refused.value.details == {"line_number": 1, "left": 1_000, "asked": 1_001}


def test_refuses_unknown_repeated_and_empty_lines() -> None:
    left = lines_left([sold_line()], [])
    with pytest.raises(UnknownSaleLine):
        requested_returns(left, [ReturnRequest(2, 1_000, amount_only=False)])
    with pytest.raises(LineNamedTwice):
        requested_returns(left, [ReturnRequest(1, 1_000, amount_only=False)] * 2)
    with pytest.raises(InvalidReturnQuantity):
        requested_returns(left, [ReturnRequest(1, 0, amount_only=False)])
    with pytest.raises(InvalidReturnQuantity):
        requested_returns(left, [ReturnRequest(1, 0, amount_only=True)])


def test_takes_an_amount_only_line_back_once() -> None:
    sold = [sold_line(quantity_milli=0, gross=500, discounts=(), cost=0, points=0, deferred=0)]
    [(rest, quantity)] = requested_returns(lines_left(sold, []), [ReturnRequest(1, 0, amount_only=True)])
    back = reversed_line(rest, quantity, sale_id=2, line_number=1)
    assert (back.quantity_milli, back.total_minor) == (0, -500)
    with pytest.raises(SaleFullyReturned):
        requested_returns(lines_left(sold, [back]), [])


@st.composite
def sold_lines(draw: st.DrawFn) -> SaleLine:
    gross = draw(st.integers(0, 20_000))
    first = draw(st.integers(0, gross))
    second = draw(st.integers(0, gross - first))
    included = draw(st.booleans())
    paid = gross - first - second
    return sold_line(
        quantity_milli=draw(st.integers(1, 9_000)),
        gross=gross,
        discounts=[amount for amount in (first, second) if amount],
        tax=draw(st.integers(0, paid)),
        tax_included=included,
        cost=draw(st.integers(0, 20_000)),
        points=draw(st.integers(0, 500)),
        deferred=draw(st.integers(0, 500)),
    )


@given(line=sold_lines(), cuts=st.lists(st.integers(1, 9_000), max_size=8))
def test_any_sequence_of_partial_returns_sums_to_the_sale(line: SaleLine, cuts: list[int]) -> None:
    earlier: list[SaleLine] = []
    for cut in [*cuts, 9_000]:
        rest = lines_left([line], earlier)[1]
        if rest.closed:
            break
        back = reversed_line(rest, min(cut, rest.quantity_milli), sale_id=2, line_number=1)
        assert back.total_minor == back.net_minor + back.tax_minor
        assert -back.discount_minor == -sum(d.amount_minor for d in back.discounts)
        assert max(back.gross_minor, back.discount_minor, back.net_minor, back.tax_minor, back.cost_minor) <= 0
        assert all(d.amount_minor <= 0 for d in back.discounts)
        assert all(t.tax_minor <= 0 for t in back.taxes)
        earlier.append(back)
    for name in ("quantity_milli", "gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor"):
        assert sum(getattr(back, name) for back in earlier) == -getattr(line, name), name
    for name in ("cost_minor", "points_earned", "deferred_minor"):
        assert sum(getattr(back, name) for back in earlier) == -getattr(line, name), name


def test_gives_money_back_to_the_tenders_in_proportion_and_change_never_counts() -> None:
    paid = [
        SaleTender(1, 1, TenderKind.CASH, 6_000, 0, ""),
        SaleTender(1, 2, TenderKind.CARD, 5_000, 0, "A1"),
    ]
    left = tenders_left(paid, change_minor=1_000, returned=[])
    assert [tender.amount_minor for tender in left] == [5_000, 5_000]
    assert refund_tenders(left, 5_001) == [(2_501, 0), (2_500, 0)]


@given(
    held=st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 1_000)), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 20_000), max_size=6),
)
def test_any_sequence_of_refunds_empties_the_tenders_exactly(held: list[tuple[int, int]], cuts: list[int]) -> None:
    left = [TenderLeft(TenderKind.POINTS, amount, points, "") for amount, points in held]
    for cut in [*cuts, 40_000]:
        amount = min(cut, sum(tender.amount_minor for tender in left))
        shares = refund_tenders(left, amount)
        assert sum(share for share, _ in shares) == amount
        for tender, (share, points) in zip(left, shares, strict=True):
            tender.amount_minor -= share
            tender.points -= points
            assert tender.amount_minor >= 0
            assert tender.points >= 0
    assert [(tender.amount_minor, tender.points) for tender in left] == [(0, 0)] * len(left)
