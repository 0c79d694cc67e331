"""Stored sales priced again from what was kept with them, and whether that is what was stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product

from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.priced_sales import PricedSale, stored_line
from application.sales.kept_basket import KEPT_COUPONS, chosen_of, kept_basket
from domain.pricing.basket import Basis, PricedBasket
from domain.pricing.facts import (
    ENGINE_VERSION,
    Difference,
    StoredLine,
    basis_of,
    basis_of_lines,
    considered_codes,
    differences,
    priced_again,
)
from domain.pricing.gift_lines import gift_lines
from domain.pricing.tax import TaxRounding
from domain.sales.reversal import LineLeft, lines_left, reversed_line
from domain.sales.sale import SaleKind, SaleLine
from domain.shared.applied import given_by
from domain.shared.errors import Refusal
from domain.shared.money import Rounding


class ExplanationBasis(StrEnum):
    """What an explanation rests on.

    - facts: what was kept with the sale; it was priced again by the same engine.
    - lines: nothing was kept beside the lines, because they say everything or because the sale is older than that.
    - other_engine: another version of the engine has priced it; it is told as it was stored.
    - original: a refund or void, which gives back shares of what the original sale's lines hold.
    - without_receipt: a refund that no sale was found for, told as it was stored.
    - repriced: a refund that gives back what the goods that are kept cost less than was paid.
    """

    FACTS = "facts"
    LINES = "lines"
    OTHER_ENGINE = "other_engine"
    ORIGINAL = "original"
    REPRICED = "repriced"
    WITHOUT_RECEIPT = "without_receipt"


@dataclass(slots=True)
class Replayed:
    """What came of a document priced again; no differences prove that it is what was stored.

    `basis` and `priced` are None for refunds and voids, whose `left` is what the lines of the sale held before, by
    their numbers; `priced` is None too when the engine refuses what was stored.
    """

    rests_on: ExplanationBasis
    basis: Basis | None = None
    priced: PricedBasket | None = None
    differences: list[Difference] = field(default_factory=list)
    left: Mapping[int, LineLeft] = field(default_factory=dict)


def replay(uow: UnitOfWork, sold: PricedSale) -> Replayed:
    """The document priced again, whatever promotions, prices, taxes and settings are by now."""
    if sold.sale.kind is not SaleKind.SALE:
        return _reversal(uow, sold)
    lines = sold.bought_lines()
    if sold.facts is None or sold.facts.engine_version != ENGINE_VERSION:
        rests_on = ExplanationBasis.LINES if sold.facts is None else ExplanationBasis.OTHER_ENGINE
        return _as_stored(sold, lines, rests_on, uow.chain.policies(sold.sale.store_id))
    facts = sold.facts
    basis = basis_of(
        facts.facts, lines, promotions=sold.promotions, version=facts.promotions_version, plug_ins=uow.pricing.plug_ins
    )
    found = _compared(sold, lines, Replayed(ExplanationBasis.FACTS, basis))
    if found.priced is not None:
        found.differences += _gift_differences(sold, found.priced)
    missing = set(considered_codes(facts.facts)) - {promotion.code for promotion in sold.promotions}
    found.differences += [Difference(0, "promotions", code, "") for code in sorted(missing)]
    return found


def priced_whole(uow: UnitOfWork, sold: PricedSale) -> PricedBasket | None:
    """A sale priced again as it was, by the promotions themselves; None where that comes to something else now.

    What a quote had promised is priced by the terms of the moment of the sale: where these had become others since, or
    where the engine has, the promotions cannot say what a part of the basket would have cost.
    """
    found = replay(uow, sold)
    if found.rests_on is not ExplanationBasis.FACTS or found.differences or found.basis is None:
        return None
    if found.basis.promised is None:
        return found.priced
    try:
        again = priced_again(replace(found.basis, promised=None))
    except Refusal:
        return None
    return None if differences(sold.bought_lines(), again.lines) else again


def _as_stored(
    sold: PricedSale, lines: Sequence[StoredLine], rests_on: ExplanationBasis, policies: Policies
) -> Replayed:
    """With prices and discounts as they are: only taxes are left to compute, by the settings of now or of then."""
    now = TaxRounding(policies.tax_rounding), Rounding(policies.rounding_mode)
    found = None
    for tax_rounding, rounding in [now, *[way for way in product(TaxRounding, Rounding) if way != now]]:
        basis = basis_of_lines(lines, tax_rounding=tax_rounding, rounding=rounding, as_stored=True)
        again = _compared(sold, lines, Replayed(rests_on, basis))
        if not again.differences:
            return again
        found = found or again
    assert found is not None
    return found


def _compared(sold: PricedSale, lines: Sequence[StoredLine], found: Replayed) -> Replayed:
    assert found.basis is not None
    try:
        found.priced = priced_again(found.basis)
    except Refusal as refusal:
        # What the engine refuses it cannot have sold: somebody has changed the rows.
        found.differences = [Difference(0, refusal.field, "", refusal.message("en"))]
        return found
    found.differences = differences(lines, found.priced.lines, prices=found.rests_on is ExplanationBasis.FACTS)
    for name in ("gross_minor", "discount_minor", "net_minor", "tax_minor", "total_minor"):
        was, now = getattr(sold.sale, name), getattr(found.priced, name)
        if was != now:
            found.differences.append(Difference(0, name, str(was), str(now)))
    return found


def _gift_differences(sold: PricedSale, priced: PricedBasket) -> list[Difference]:
    """The gifts that the sale has and should not have, or should have and has not."""
    given = {
        (line.sku, line.quantity_milli, given_by(line.discounts)): line.line_number
        for line in sold.stored_lines()
        if given_by(line.discounts)
    }
    earned = {(gift.sku, gift.quantity_milli, gift.promotion_code) for gift in gift_lines(priced)}
    found = [Difference(given[gift], "gift", " ".join(map(str, gift)), "") for gift in sorted(given.keys() - earned)]
    return found + [Difference(0, "gift", "", " ".join(map(str, gift))) for gift in sorted(earned - given.keys())]


def _reversal(uow: UnitOfWork, sold: PricedSale) -> Replayed:
    """What was taken back, worked out again after the reversals before it: shares of what was left, or what is kept."""
    rests_on = ExplanationBasis.ORIGINAL
    if sold.facts is not None:
        known = sold.facts.engine_version == ENGINE_VERSION
        rests_on = ExplanationBasis.REPRICED if known else ExplanationBasis.OTHER_ENGINE
    original_id = sold.sale.original_sale_id
    if original_id is None:
        return Replayed(ExplanationBasis.WITHOUT_RECEIPT)
    original = uow.priced_sales.get(original_id)
    if original is None:
        return Replayed(rests_on, differences=[Difference(0, "original_sale_id", str(original_id), "")])
    waiting = list(uow.priced_sales.reversals(original_id))
    repriced = any(document.facts is not None for document in waiting)
    whole = priced_whole(uow, original) if repriced else None
    earlier: list[PricedSale] = []
    while True:
        left = lines_left(original.lines, [line for document in earlier for line in document.lines])
        by_document = [_reversal_differences(document, left, whole) for document in waiting]
        # Those that came at the same moment may have been stored in either order: the one that fits is the next.
        place = next((n for n, found in enumerate(by_document) if not found), 0)
        if waiting[place].sale.sale_id == sold.sale.sale_id:
            return Replayed(rests_on, differences=by_document[place], left=left)
        earlier.append(waiting.pop(place))


def _reversal_differences(
    document: PricedSale, left: Mapping[int, LineLeft], whole: PricedBasket | None
) -> list[Difference]:
    facts = document.facts
    if facts is None:
        return _share_differences(document, left)
    if facts.engine_version != ENGINE_VERSION:
        return []
    unknown = [line for line in document.lines if not _fits(line, left)]
    if whole is None or unknown:
        return [Difference(line.line_number, "quantity_milli", str(line.quantity_milli), "") for line in unknown] or [
            Difference(0, "original_sale_id", str(document.sale.original_sale_id), "")
        ]
    again = kept_basket(
        whole,
        left,
        chosen_of(document.lines, left),
        coupon_batches=facts.facts[KEPT_COUPONS],
        sale_id=document.sale.sale_id,
    )
    lines = again.lines if again is not None else []
    if len(lines) != len(document.lines):
        return [Difference(0, "lines", str(len(document.lines)), str(len(lines)))]
    stored = document.stored_lines()
    found = differences(stored, [stored_line(line, was.sku) for line, was in zip(lines, stored, strict=True)])
    return found + [
        Difference(line.line_number, "points_earned", str(line.points_earned), str(one.points_earned))
        for line, one in zip(document.lines, lines, strict=True)
        if line.points_earned != one.points_earned
    ]


def _fits(line: SaleLine, left: Mapping[int, LineLeft]) -> bool:
    """Whether so much of the line could be taken back."""
    rest = left.get(line.original_line_number)
    return rest is not None and not rest.closed and -line.quantity_milli <= rest.quantity_milli


def _share_differences(document: PricedSale, left: Mapping[int, LineLeft]) -> list[Difference]:
    found = []
    stored = document.stored_lines()
    for line, was in zip(document.lines, stored, strict=True):
        if not _fits(line, left):
            rest = left.get(line.original_line_number)
            shown = "" if rest is None else str(-rest.quantity_milli)
            found.append(Difference(line.line_number, "quantity_milli", str(line.quantity_milli), shown))
            continue
        rest = left[line.original_line_number]
        again = reversed_line(rest, -line.quantity_milli, sale_id=line.sale_id, line_number=line.line_number)
        found += differences([was], [stored_line(again, was.sku)])
        if line.points_earned != again.points_earned:
            shown = str(again.points_earned)
            found.append(Difference(line.line_number, "points_earned", str(line.points_earned), shown))
    return found
