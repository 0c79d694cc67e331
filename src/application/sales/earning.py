"""What a sale earns: points per line, and the revenue that waits until they are redeemed."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.policies import Policies
from application.ports.membership import MemberAccount
from application.sales.basket import ResolvedBasket
from application.sales.stored_value import StoredValuePaid
from application.sales.tender import Tender
from domain.loyalty.earning import deferral, deferral_by_line, earning_bases, points_by_line, points_for
from domain.loyalty.multiplying import FACTOR_BP, Combination, Multiplier, multiplied_points
from domain.pricing.basket import PricedBasket
from domain.sales.sale import TenderKind
from domain.shared.money import Rounding, allocate, minor_digits

NOT_EARNING = frozenset({TenderKind.POINTS, TenderKind.MANUFACTURER_COUPON})
"""Tenders that the policy `points_earn_base` = paid_net leaves out of what earns."""


@dataclass(frozen=True, slots=True)
class Earned:
    """Points and deferred revenue of a sale with their shares per line."""

    points: int
    deferred_minor: int
    points_by_line: list[int]
    deferred_by_line: list[int]


def earned_by(
    basket: ResolvedBasket,
    member: MemberAccount | None,
    priced: PricedBasket,
    tenders: Sequence[Tender],
    stored_value: StoredValuePaid | None,
) -> Earned | None:
    """The points of the sale, where its store gives any and there is a member to get them."""
    if member is None or not basket.policies.points_earning:
        return None
    return earn(
        priced,
        [line.product.product.excluded_from_points for line in basket.lines],
        [(tender.kind, tender.amount_minor) for tender in tenders],
        currency=basket.store.currency,
        policies=basket.policies,
        bonus_minor=stored_value.split.bonus_minor if stored_value else 0,
    )


def earn(
    priced: PricedBasket,
    excluded: Sequence[bool],
    tenders: Sequence[tuple[TenderKind, int]],
    *,
    currency: str,
    policies: Policies,
    bonus_minor: int = 0,
) -> Earned | None:
    """What the basket earns by the store's settings and its promotions; None when that is no point at all.

    `excluded` tells, per line, the products that never earn; `tenders` are (kind, amount) pairs, of which
    stored value has paid `bonus_minor` out of its bonus. Promotions on points are told what each of them has added.
    """
    not_earning = 0
    if policies.points_earn_base == "before_discount":
        amounts = [line.gross_minor for line in priced.lines]
    else:
        amounts = [line.total_minor for line in priced.lines]
        if policies.points_earn_base == "paid_net":
            not_earning = sum(amount for kind, amount in tenders if kind in NOT_EARNING) + bonus_minor
    bases = earning_bases(amounts, earns=[not out for out in excluded], not_earning_minor=not_earning)
    points, by_line = _points(priced, bases, currency=currency, policies=policies)
    if not points:
        return None
    deferred = deferral(
        priced.net_minor,
        points=points,
        redeem_minor_per_100=policies.points_redeem_minor_per_100,
        expected_redemption_bp=policies.points_expected_redemption_bp,
    )
    return Earned(points, deferred, by_line, deferral_by_line(deferred, points=by_line))


def cut_to(points: int, earned: Earned, *, net_minor: int, policies: Policies) -> Earned | None:
    """So many of the points only (0 up to all), spread over the lines as they were; None for none.

    What they defer is worked out afresh, as for a sale that was worth so many points.
    """
    if not points:
        return None
    by_line = allocate(points, earned.points_by_line)
    deferred = deferral(
        net_minor,
        points=points,
        redeem_minor_per_100=policies.points_redeem_minor_per_100,
        expected_redemption_bp=policies.points_expected_redemption_bp,
    )
    return Earned(points, deferred, by_line, deferral_by_line(deferred, points=by_line))


def _points(priced: PricedBasket, bases: Sequence[int], *, currency: str, policies: Policies) -> tuple[int, list[int]]:
    # Rounded once, with the factors of promotions.
    earn_points = policies.points_per_major_unit * policies.points_store_factor_bp
    earn_per_minor = FACTOR_BP * 10 ** minor_digits(currency)
    rounding = Rounding(policies.points_rounding)
    promotions = [one for one in priced.considered if one.points_factor_bp or one.points]
    if not promotions:
        points = points_for(sum(bases), earn_points=earn_points, earn_per_minor=earn_per_minor, rounding=rounding)
        return points, points_by_line(points, bases=bases)
    found = multiplied_points(
        bases,
        [Multiplier(one.rewarded, one.points_factor_bp, one.points) for one in promotions],
        combination=Combination(policies.points_multiplier_combination),
        earn_points=earn_points,
        earn_per_minor=earn_per_minor,
        rounding=rounding,
    )
    for one, added in zip(promotions, found.added_by_line, strict=True):
        one.points_by_line = added
    return found.points, found.by_line
