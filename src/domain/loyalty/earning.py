"""Earning points: how many a sale brings, and how much of its revenue waits until they are redeemed.

Points are earned at `earn_points` for every `earn_per_minor` minor units: a ratio of two integers is exact for any
currency. One point per yuan is 1 per 100 fen, one per 1,000 yuan is 1 per 100,000 fen, one per 100 yen is 1 per 100,
five points per Kuwaiti dinar are 5 per 1,000 fils. They are worth `redeem_minor_per_100` minor units per 100 points:
100 makes 100 points one yuan, 10,000 makes one point one yuan.
"""

from collections.abc import Sequence

from domain.shared.money import Rounding, allocate, divide


def earning_bases(amounts: Sequence[int], *, earns: Sequence[bool], not_earning_minor: int) -> list[int]:
    """What of each line's amount earns points: all but its share of `not_earning_minor`, nothing if it never earns.

    `not_earning_minor` (0 to the sum of the amounts) is what was paid with points or coupons. All lines bear it in
    proportion, those that never earn too, because a tender pays the whole sale.
    """
    if not_earning_minor:
        shares = allocate(not_earning_minor, amounts)
        amounts = [amount - share for amount, share in zip(amounts, shares, strict=True)]
    return [amount if line_earns else 0 for amount, line_earns in zip(amounts, earns, strict=True)]


def points_for(base_minor: int, *, earn_points: int, earn_per_minor: int, rounding: Rounding) -> int:
    """The points that `base_minor` earns, rounded once; call it with the sum over the sale, not per line.

    `rounding` is the policy `points_rounding`, Rounding.DOWN or Rounding.HALF_UP.
    """
    return divide(base_minor * earn_points, earn_per_minor, rounding)


def points_by_line(points: int, *, bases: Sequence[int]) -> list[int]:
    """The sale's points spread over its lines by largest remainder of their bases; they sum to `points`."""
    return allocate(points, bases)


def deferral(
    net_minor: int,
    *,
    points: int,
    redeem_minor_per_100: int,
    expected_redemption_bp: int,
    rounding: Rounding = Rounding.HALF_UP,
) -> int:
    """The part of `net_minor` (0 or more) that is no revenue yet but paid for the points earned, at most all of it.

    The price of the sale is allocated to goods and points in proportion to their stand-alone selling prices: for the
    goods what they were sold at, for the points what they buy times the share expected to be redeemed
    (IFRS 15.74, 15.B42 and example 52).
    """
    points_millionth = points * redeem_minor_per_100 * expected_redemption_bp
    if not points_millionth:
        return 0
    return divide(net_minor * points_millionth, net_minor * 1_000_000 + points_millionth, rounding)


def award_value(
    points: int, *, redeem_minor_per_100: int, expected_redemption_bp: int, rounding: Rounding = Rounding.HALF_UP
) -> int:
    """The liability of points that are given away: what they buy times the share expected to be redeemed."""
    return divide(points * redeem_minor_per_100 * expected_redemption_bp, 1_000_000, rounding)


def deferral_by_line(deferred_minor: int, *, points: Sequence[int]) -> list[int]:
    """The deferral spread over the lines by the points that each earned, so that value and points return together."""
    return allocate(deferred_minor, points)
