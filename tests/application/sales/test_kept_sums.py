"""Any sequence of partial returns of a sale with coupons sums to the sale, whichever setting each return is under."""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.sales.kept_basket import kept_basket
from domain.pricing.basket import (
    DiscountExceedsAmount,
    LineRequest,
    Manual,
    Named,
    PricedBasket,
    TerminalPriced,
    price_lines,
)
from domain.pricing.coupon_promotions import coupons_taken
from domain.pricing.facts import PROMOTION
from domain.pricing.limits import Limits
from domain.pricing.promoting import Promoting, Stacking
from domain.pricing.promotion import Benefit, BenefitKind, Promotion, Step
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import TaxRounding
from domain.sales.repricing import left_by_promotion
from domain.sales.reversal import LineLeft, lines_left, refund_tenders, reversed_line, tenders_left
from domain.sales.sale import SaleLine, SaleTender, TenderKind
from domain.shared.money import Rounding, allocate
from tests.domain.priced_baskets import ALL, BENEFITS, SITUATION, TAXES, A

FIGURES = (
    "quantity_milli", "gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor", "cost_minor",
    "points_earned", "deferred_minor",
)  # fmt: skip
OFTEN = (
    *BENEFITS,
    Benefit(BenefitKind.AMOUNT, ALL, steps=(Step(amount_minor=4_000, off_minor=3_500),)),
    Benefit(BenefitKind.RATE, ALL, steps=(Step(quantity_milli=4_000, rate_bp=7_000),)),
    Benefit(BenefitKind.UNIT_AMOUNT, A, off_minor=99),
)
BATCHES = ("C1", "C2")


def some_line(random: Random, number: int, *, included: bool) -> LineRequest:
    quantity = random.randint(1, 4) * random.choice((1_000, 1_000, 1_000, 333))
    taxes = random.choice(TAXES)
    if random.random() < 0.2:
        gross = random.randint(0, 3_000)
        stated = (Named("basket", "Theirs", random.randint(1, gross)),) if gross and random.random() < 0.5 else ()
        goods = random.choice((quantity, 0))
        return LineRequest(number, goods, 0, 0, "", "", included, taxes, (), TerminalPriced(gross, stated))
    price = random.choice((0, 1, 333, 1_000, random.randint(1, 3_000)))
    by_hand = (Manual("torn", random.randint(1, 5_000), 0), Manual("dent", 0, 1)) if random.random() < 0.2 else ()
    return LineRequest(
        number, quantity, price, price + random.choice((0, 0, 250)), "BASE", "List", included, taxes,
        by_hand[: 2 if price > 300 else 1], None, random.choice("abc"),
    )  # fmt: skip


def some_sale(random: Random) -> PricedBasket:
    promotions = [
        Promotion(
            f"P{number}",
            f"The P{number}",
            benefit,
            stage=random.randint(0, 1),
            coupon_batch_code=random.choice((*BATCHES, "")),
            limits=Limits() if random.random() < 0.3 else None,
        )
        for number, benefit in enumerate(random.choices(OFTEN, k=random.randint(1, 3)))
    ]
    shown = tuple(sorted(random.choices(BATCHES, k=random.randint(1, 3))))
    situation = type(SITUATION)("S1", "east", "store", "CNY", "", False, SITUATION.on, 720, coupon_batches=shown)
    included = random.random() < 0.6
    return price_lines(
        [some_line(random, number, included=included) for number in range(1, random.randint(1, 5) + 1)],
        basket_discounts=random.choice(
            ((), (), (Manual("regular", random.randint(1, 3_000), 0),), (Manual("coin", 0, random.randint(1, 300)),))
        ),
        tax_rounding=random.choice(list(TaxRounding)),
        rounding=random.choice(list(Rounding)),
        promoting=Promoting(PromotionBook(promotions), situation, random.choice(list(Stacking))),
    )


def stored(whole: PricedBasket, random: Random) -> list[SaleLine]:
    weights = [line.total_minor for line in whole.lines]
    shares = zip(*[allocate(random.randint(0, most), weights) for most in (9_999, 500, 500)], strict=True)
    return [
        SaleLine(
            1, line.line_number, 7, 1, request.quantity_milli, line.unit_price_minor, line.gross_minor,
            line.discount_minor, line.net_minor, line.tax_minor, line.total_minor, *share, 0, line.discounts,
            line.taxes,
        )
        for line, request, share in zip(whole.lines, whole.requests, shares, strict=True)
    ]  # fmt: skip


def paid(total: int, random: Random) -> list[SaleTender]:
    kinds = (TenderKind.POINTS, TenderKind.CARD, TenderKind.CASH)
    amounts = allocate(total, [random.randint(0, 5) for _ in kinds])
    return [
        SaleTender(1, number, kind, amount, amount * 3 if kind is TenderKind.POINTS else 0, "")
        for number, (kind, amount) in enumerate(zip(kinds, amounts, strict=True), start=1)
    ]


def some_of(random: Random, left: Mapping[int, LineLeft]) -> list[tuple[LineLeft, int]]:
    return [
        (rest, random.choice((rest.quantity_milli, random.randint(min(1, rest.quantity_milli), rest.quantity_milli))))
        for rest in left.values()
        if not rest.closed and random.random() < 0.4
    ]


def worth(left: Mapping[int, LineLeft]) -> int:
    return sum(rest.net_minor + rest.tax_minor for rest in left.values())


def check_left(left: Mapping[int, LineLeft]) -> None:
    """Nothing that is left is below zero, and each line agrees with its reasons and its taxes."""
    for rest in left.values():
        off = sum(one.amount_minor for one in rest.discounts)
        assert min(rest.gross_minor, rest.net_minor, rest.tax_minor, rest.cost_minor, rest.points_earned) >= 0
        assert min([one.amount_minor for one in rest.discounts], default=0) >= 0
        assert rest.gross_minor - off in (rest.net_minor, rest.net_minor + rest.tax_minor)
        assert sum(one.tax_minor for one in rest.taxes) == rest.tax_minor
        if rest.closed:
            assert (rest.quantity_milli, rest.gross_minor, off, rest.net_minor, rest.tax_minor) == (0, 0, 0, 0, 0)


def take(
    random: Random, whole: PricedBasket, left: Mapping[int, LineLeft], coupons: Counter[str], seen: Counter[str]
) -> list[SaleLine]:
    """One return, under either setting; coupons that are restored are gone from the sale."""
    chosen = some_of(random, left)
    if not chosen:
        return []
    closing = all(rest.closed or (rest, rest.quantity_milli) in chosen for rest in left.values())
    kept = None
    if random.random() < 0.7 and not closing:
        kept = kept_basket(whole, left, chosen, coupon_batches=sorted(coupons.elements()), sale_id=2)
    if kept is None:
        seen["by_lines"] += 1
        return [
            reversed_line(rest, quantity, sale_id=2, line_number=number)
            for number, (rest, quantity) in enumerate(chosen, start=1)
        ]
    assert all(0 <= kept.coupons_needed.get(code, 0) <= count for code, count in coupons.items())
    if kept.uncharged_minor:
        assert (kept.refund_minor, kept.coupons_needed, kept.lapsed) == (0, coupons, frozenset())
        assert kept.kept_minor == worth(left) + kept.uncharged_minor
    else:
        assert kept.refund_minor == worth(left) - kept.kept_minor
    seen["uncharged" if kept.uncharged_minor else "repriced"] += 1
    before = coupons.total()
    for code in coupons:
        coupons[code] = kept.coupons_needed.get(code, 0)
    seen["restored"] += before - coupons.total()
    seen["corrected"] += sum(line.quantity_milli == 0 for line in kept.lines)
    return kept.lines


def give_back(tenders: Sequence[SaleTender], given: list[SaleTender], amount: int) -> None:
    assert amount >= 0
    shares = refund_tenders(tenders_left(tenders, change_minor=0, returned=given), amount)
    assert all(part >= 0 and points >= 0 for part, points in shares)
    given += [
        SaleTender(2, tender.tender_number, tender.kind, -part, -points, "")
        for tender, (part, points) in zip(tenders, shares, strict=True)
    ]


@pytest.mark.capability("SAL-03")
def test_any_sequence_of_partial_returns_sums_to_the_sale_under_either_setting():
    seen: Counter[str] = Counter()

    @settings(max_examples=1_000)
    @given(seed=st.integers(0, 2**64 - 1))
    def examples(seed: int) -> None:
        check_returns(Random(seed), seen)

    examples()
    # What the law is about did happen.
    assert min(seen[what] for what in ("by_lines", "repriced", "uncharged", "restored", "corrected")) > 50


def check_returns(random: Random, seen: Counter[str]) -> None:
    try:
        whole = some_sale(random)
    except DiscountExceedsAmount:
        return  # nobody can have sold it
    sold, tenders = stored(whole, random), paid(whole.total_minor, random)
    applied = [(one.coupon_batch_code, one.times) for one in whole.considered if one.applied]
    coupons = Counter(coupons_taken(applied, Counter(whole.basis.promoting.situation.coupon_batches)))
    back: list[SaleLine] = []
    given_back: list[SaleTender] = []
    for _ in range(random.randint(1, 5)):
        left = lines_left(sold, back)
        lines = take(random, whole, left, coupons, seen)
        give_back(tenders, given_back, -sum(line.total_minor for line in lines))
        back += lines
        after = lines_left(sold, back)
        check_left(after)
        gave = left_by_promotion(left, PROMOTION)
        for code, gives in left_by_promotion(after, PROMOTION).items():
            limited = whole.basis.promoting.book.promotions[code].limits is not None
            assert not limited or gives <= gave[code]
    rest = [one for one in lines_left(sold, back).values() if not one.closed]
    last = [reversed_line(one, one.quantity_milli, sale_id=2, line_number=1) for one in rest]
    give_back(tenders, given_back, -sum(line.total_minor for line in last))
    check_sums(sold, back + last, tenders, given_back)


def check_sums(
    sold: Sequence[SaleLine], back: Sequence[SaleLine], tenders: Sequence[SaleTender], given_back: Sequence[SaleTender]
) -> None:
    for line in sold:
        mine = [one for one in back if one.original_line_number == line.line_number]
        for name in FIGURES:
            assert sum(getattr(one, name) for one in mine) == -getattr(line, name), name
        amounts: Counter[tuple[str, str]] = Counter()
        bases: Counter[tuple[str, str]] = Counter()
        for document in (line, *mine):
            assert document.net_minor + document.tax_minor == document.total_minor
            assert sum(one.amount_minor for one in document.discounts) == document.discount_minor
            for one in document.discounts:
                amounts[one.code, one.name] += one.amount_minor
                bases[one.code, one.name] += one.base_minor
            for tax in document.taxes:
                amounts["tax", tax.code] += tax.tax_minor
                bases["tax", tax.code] += tax.base_minor
        assert set(amounts.values()) | set(bases.values()) <= {0}
    for tender in tenders:
        parts = [one for one in given_back if one.tender_number == tender.tender_number]
        assert -sum(one.amount_minor for one in parts) == tender.amount_minor
        assert -sum(one.points for one in parts) == tender.points
