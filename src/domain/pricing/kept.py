"""What is kept of a basket when a part of it comes back: priced again as if nothing else had been bought then."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.pricing.basket import Basis, LineRequest, Manual, Named, PricedBasket, TerminalPriced
from domain.pricing.limits import Limit, LimitLeft
from domain.pricing.promoting import Promoting
from domain.shared.money import divide


def kept_basis(
    whole: PricedBasket, kept: Sequence[int | None], *, coupon_batches: Sequence[str], given: Mapping[str, int]
) -> Basis:
    """What the goods that are kept are to be priced from; `whole` is the basket as it was bought.

    `kept` has the quantity of each line in thousandths, None where nothing of it is kept. Prices of units are those
    that were chosen for the whole basket, discounts of amounts by hand go by the share of the goods that is kept.
    `coupon_batches` are those of the coupons that are still used up by the sale. A promotion with limits gives no more
    than what it still gives in this sale, by its code in `given`: what it gave back may have gone to somebody else.
    """
    basis = whole.basis
    assert basis is not None
    pairs = [(line, quantity) for line, quantity in zip(basis.lines, kept, strict=True) if quantity is not None]
    worth = sum([line.gross_minor for line in whole.lines])
    left = sum(
        [
            _share(line.gross_minor, quantity, request.quantity_milli)
            for line, request, quantity in zip(whole.lines, basis.lines, kept, strict=True)
            if quantity is not None
        ]
    )
    return Basis(
        lines=[_kept_line(line, quantity) for line, quantity in pairs],
        basket_discounts=_kept_by_hand(basis.basket_discounts, left, worth),
        tax_rounding=basis.tax_rounding,
        rounding=basis.rounding,
        promoting=_promoting(basis.promoting, coupon_batches, given) if basis.promoting is not None else None,
        certificate=basis.certificate,
        staff=basis.staff,
    )


def _share(amount: int, part: int, whole: int) -> int:
    """A line without goods is kept as it is."""
    return amount if part == whole else divide(amount * part, whole)


def _kept_line(line: LineRequest, quantity_milli: int) -> LineRequest:
    whole = line.quantity_milli
    return replace(
        line,
        quantity_milli=quantity_milli,
        manual=_kept_by_hand(line.manual, quantity_milli, whole),
        terminal=None if line.terminal is None else _kept_terminal(line.terminal, quantity_milli, whole),
        floor_minor=_share(line.floor_minor, quantity_milli, whole),
    )


def _kept_by_hand(discounts: Sequence[Manual], part: int, whole: int) -> tuple[Manual, ...]:
    """A rate holds for whatever is kept; an amount was meant for all of the goods."""
    shares = [replace(one, amount_minor=_share(one.amount_minor, part, whole)) for one in discounts]
    return tuple([one for one in shares if one.rate_bp or one.amount_minor])


def _kept_terminal(terminal: TerminalPriced, part: int, whole: int) -> TerminalPriced:
    left = gross = _share(terminal.gross_minor, part, whole)
    discounts = []
    for named in terminal.discounts:
        # Rounded one by one, discounts could come to more than the line is worth.
        amount = min(_share(named.amount_minor, part, whole), left)
        left -= amount
        if amount:
            discounts.append(Named(named.code, named.name, amount))
    return TerminalPriced(gross, tuple(discounts))


def _promoting(promoting: Promoting, coupon_batches: Sequence[str], given: Mapping[str, int]) -> Promoting:
    limited = [code for code, promotion in promoting.book.promotions.items() if promotion.limits is not None]
    bounded = {(code, Limit.DISCOUNT) for code in limited}
    lefts = [one for one in promoting.situation.limits_left if (one.promotion_code, one.limit) not in bounded]
    lefts += [LimitLeft(code, Limit.DISCOUNT, given.get(code, 0)) for code in limited]
    situation = replace(
        promoting.situation,
        coupon_batches=tuple(sorted(coupon_batches)),
        limits_left=tuple(sorted(lefts, key=lambda one: (one.promotion_code, one.limit))),
    )
    return replace(promoting, situation=situation)
