"""Any sequence of partial returns of a priced basket sums to the sale, everywhere: lines, reasons, taxes, tenders."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.pricing.basket import PricedBasket
from domain.sales.reversal import (
    ReturnRequest,
    lines_left,
    refund_tenders,
    requested_returns,
    reversed_line,
    tenders_left,
)
from domain.sales.sale import SaleLine, SaleTender, TenderKind
from domain.shared.money import allocate
from tests.domain.priced_baskets import baskets

EXAMPLES = 2_000
LINE_FIGURES = (
    "quantity_milli", "gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor", "cost_minor",
    "points_earned", "deferred_minor",
)  # fmt: skip


def stored(basket: PricedBasket, cost: int, points: int, deferred: int) -> list[SaleLine]:
    assert basket.basis is not None
    weights = [line.total_minor for line in basket.lines]
    shares = zip(*[allocate(whole, weights) for whole in (cost, points, deferred)], strict=True)
    return [
        SaleLine(
            1, line.line_number, 7, 1, request.quantity_milli, line.unit_price_minor, line.gross_minor,
            line.discount_minor, line.net_minor, line.tax_minor, line.total_minor, *share, 0, line.discounts,
            line.taxes,
        )
        for line, request, share in zip(basket.lines, basket.basis.lines, shares, strict=True)
    ]  # fmt: skip


def paid(total: int, shares: Sequence[int], change: int) -> list[SaleTender]:
    kinds = (TenderKind.POINTS, TenderKind.CARD, TenderKind.CASH)
    amounts = allocate(total, shares)
    points = (amounts[0] * 3, 0, 0)
    return [
        SaleTender(1, number, kind, amount + (change if kind is TenderKind.CASH else 0), mine, "")
        for number, (kind, amount, mine) in enumerate(zip(kinds, amounts, points, strict=True), start=1)
    ]


def requests(chance: Random, left: dict[int, Any]) -> list[ReturnRequest]:
    """Some of the lines that are not closed, each in part or wholly."""
    chosen = []
    for number, rest in left.items():
        if not rest.closed and chance.random() < 0.5:
            # Often all of it or the least, because rounding shows there.
            quantity_milli = chance.choice((1, chance.randint(1, rest.quantity_milli), rest.quantity_milli))
            chosen.append(ReturnRequest(number, quantity_milli, amount_only=False))
    return chosen


@settings(max_examples=EXAMPLES)
@given(
    basket=baskets(),
    extras=st.tuples(st.integers(0, 9_999), st.integers(0, 500), st.integers(0, 500)),
    shares=st.lists(st.integers(0, 5), min_size=3, max_size=3),
    change=st.integers(0, 99),
    steps=st.integers(0, 5),
    seed=st.integers(0, 2**32),
)
def test_any_sequence_of_partial_returns_sums_to_the_sale(basket, extras, shares, change, steps, seed):
    chance = Random(seed)
    sold = stored(basket, *extras)
    tenders = paid(basket.total_minor, shares, change)
    back: list[SaleLine] = []
    given_back: list[SaleTender] = []
    for step in range(steps + 1):
        left = lines_left(sold, back)
        asked = requests(chance, left) if step < steps else []
        if (step < steps and not asked) or all(rest.closed for rest in left.values()):
            continue
        now = [
            reversed_line(rest, quantity, sale_id=2, line_number=number)
            for number, (rest, quantity) in enumerate(requested_returns(left, asked), start=1)
        ]
        held = tenders_left(tenders, change_minor=change, returned=given_back)
        money = refund_tenders(held, -sum(line.total_minor for line in now))
        for line in now:
            assert line.net_minor + line.tax_minor == line.total_minor
            assert sum(d.amount_minor for d in line.discounts) == line.discount_minor
            assert sum(t.tax_minor for t in line.taxes) == line.tax_minor
            assert max(getattr(line, name) for name in LINE_FIGURES) <= 0
            assert all(d.amount_minor <= 0 and d.base_minor <= 0 for d in line.discounts)
            assert all(t.tax_minor <= 0 and t.base_minor <= 0 for t in line.taxes)
        assert all(amount >= 0 and points >= 0 for amount, points in money)
        back += now
        given_back += [
            SaleTender(2, tender.tender_number, tender.kind, -amount, -points, "")
            for tender, (amount, points) in zip(tenders, money, strict=True)
        ]
    for line in sold:
        mine = [one for one in back if one.original_line_number == line.line_number]
        for name in LINE_FIGURES:
            assert sum(getattr(one, name) for one in mine) == -getattr(line, name), name
        for place, discount in enumerate(line.discounts):
            parts = [one.discounts[place] for one in mine]
            assert {part.code for part in parts} == {discount.code}
            assert sum(part.amount_minor for part in parts) == -discount.amount_minor
            assert sum(part.base_minor for part in parts) == -discount.base_minor
        for place, tax in enumerate(line.taxes):
            parts = [one.taxes[place] for one in mine]
            assert sum(part.tax_minor for part in parts) == -tax.tax_minor
            assert sum(part.base_minor for part in parts) == -tax.base_minor
    for tender in tenders:
        parts = [one for one in given_back if one.tender_number == tender.tender_number]
        held_once = tender.amount_minor - (change if tender.kind is TenderKind.CASH else 0)
        assert -sum(one.amount_minor for one in parts) == held_once
        assert -sum(one.points for one in parts) == tender.points
