"""What a partial return comes to when the goods that are kept are priced again by themselves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.pricing.basket import PricedBasket
from domain.pricing.coupon_promotions import coupons_taken
from domain.pricing.facts import PROMOTION, priced_again
from domain.pricing.kept import kept_basis
from domain.pricing.promoting import Considered
from domain.sales.repricing import KeptLine, bound_by_paid, left_by_promotion, repriced_line
from domain.sales.reversal import LineLeft, reversed_line
from domain.sales.sale import SaleLine
from domain.shared.errors import Refusal

KEPT_COUPONS: Final = "kept_coupons"
"""In the facts of a refund that was priced like this: the batches of the coupons that the sale still used up then."""


@dataclass(slots=True)
class KeptBasket:
    """The lines of the refund, and what is kept.

    What is kept costs `kept_minor` by itself, of which `uncharged_minor` goes beyond what was paid and is not asked
    for. `coupons_needed` are so many coupons of each batch as are still used, `lapsed` the promotions that gave
    something and no longer do.
    """

    lines: list[SaleLine]
    kept_minor: int
    uncharged_minor: int
    coupons_needed: Mapping[str, int]
    lapsed: frozenset[str]

    @property
    def refund_minor(self) -> int:
        """What goes back before points and cash rounding, never below zero."""
        return -sum([line.total_minor for line in self.lines])


def kept_basket(
    whole: PricedBasket,
    left: Mapping[int, LineLeft],
    chosen: Sequence[tuple[LineLeft, int]],
    *,
    coupon_batches: Sequence[str],
    sale_id: int,
) -> KeptBasket | None:
    """Takes `chosen` back so that what is kept costs what it would have cost alone, and no more than was paid.

    `whole` is the sale priced again as it was, `left` what is left of its lines, gifts included, `coupon_batches` those
    of its coupons that are used up still. None where what is kept cannot be priced by itself: when people took amounts
    off that it is not worth any more. The refund is never below zero.
    """
    taken = {rest.line.line_number: quantity for rest, quantity in chosen}
    kept = [_kept_milli(left[line.line_number], taken.get(line.line_number)) for line in whole.lines]
    given = left_by_promotion(left, PROMOTION)
    try:
        priced = priced_again(kept_basis(whole, kept, coupon_batches=coupon_batches, given=given))
    except Refusal:
        return None
    lines = _kept_lines(priced, left, taken)
    kept_minor = priced.total_minor
    paid_minor = sum([left[line.line_number].net_minor + left[line.line_number].tax_minor for line in whole.lines])
    uncharged_minor = bound_by_paid(lines.values(), paid_minor)
    return KeptBasket(
        lines=_reversed(lines, chosen, sale_id),
        kept_minor=kept_minor,
        uncharged_minor=uncharged_minor,
        coupons_needed=_needed(whole.considered, priced.considered, coupon_batches, uncharged_minor),
        lapsed=frozenset() if uncharged_minor else _given(whole.considered) - _given(priced.considered),
    )


def facts_of_refund(coupon_batches: Sequence[str]) -> dict[str, Any]:
    """What is kept with a refund that was priced like this, so that it can be explained."""
    return {KEPT_COUPONS: sorted(coupon_batches)}


def _kept_milli(rest: LineLeft, taken: int | None) -> int | None:
    """How much of a line is kept, None where nothing is."""
    if rest.closed or taken == rest.quantity_milli:
        return None
    return rest.quantity_milli - (taken or 0)


def _kept_lines(priced: PricedBasket, left: Mapping[int, LineLeft], taken: Mapping[int, int]) -> dict[int, KeptLine]:
    return {
        line.line_number: KeptLine(
            rest=left[line.line_number],
            quantity_milli=taken.get(line.line_number, 0),
            gross_minor=line.gross_minor,
            net_minor=line.net_minor,
            tax_minor=line.tax_minor,
            includes_tax=request.includes_tax,
            discounts=line.discounts,
            taxes=line.taxes,
        )
        for line, request in zip(priced.lines, priced.requests, strict=True)
    }


def _reversed(kept: Mapping[int, KeptLine], chosen: Sequence[tuple[LineLeft, int]], sale_id: int) -> list[SaleLine]:
    """First what comes back, in its order, then what is kept and costs something else now."""
    lines: list[SaleLine] = []
    named = set()
    for rest, quantity in chosen:
        number = rest.line.line_number
        named.add(number)
        found = kept.get(number)
        line = None if found is None else repriced_line(found, sale_id=sale_id, line_number=len(lines) + 1)
        lines.append(line or reversed_line(rest, quantity, sale_id=sale_id, line_number=len(lines) + 1))
    for number, one in kept.items():
        line = None if number in named else repriced_line(one, sale_id=sale_id, line_number=len(lines) + 1)
        if line is not None:
            lines.append(line)
    return lines


def _needed(
    whole: Sequence[Considered], kept: Sequence[Considered], coupon_batches: Sequence[str], uncharged_minor: int
) -> Mapping[str, int]:
    """How many coupons of each batch are still used: all, where what they brought is still there in any form.

    Rewards are no part of the price: goods given away, points and coupons of the next purchase stay with the customer.
    """
    presented = Counter(coupon_batches)
    if uncharged_minor:
        return presented
    needed = coupons_taken([(one.coupon_batch_code, one.times) for one in kept if one.applied], presented)
    for one in whole:
        if one.applied and one.reward is not None and one.coupon_batch_code in presented:
            needed[one.coupon_batch_code] = presented[one.coupon_batch_code]
    return needed


def _given(considered: Sequence[Considered]) -> frozenset[str]:
    return frozenset([one.code for one in considered if one.applied and one.reward is None])


def chosen_of(lines: Sequence[SaleLine], left: Mapping[int, LineLeft]) -> list[tuple[LineLeft, int]]:
    """What a stored refund took back, told from its lines: those with goods, and amounts that came back whole."""
    chosen = []
    for line in lines:
        rest = left[line.original_line_number]
        if line.quantity_milli or (not rest.quantity_milli and line.gross_minor == -rest.gross_minor):
            chosen.append((rest, -line.quantity_milli))
    return chosen
