"""Spending points, taking them back, and when they lapse."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from domain.loyalty.ledger import PointsLot
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import Rounding, divide


class LotUse(NamedTuple):
    """Points that leave one lot, with the liability that leaves with them."""

    lot: PointsLot
    points: int
    value_minor: int


@dataclass(slots=True)
class TakenBack:
    """What could be taken back; `shortfall` are the points that were already spent."""

    uses: list[LotUse]
    shortfall: int


class PointsNotPositive(Invalid):
    en = "{points} points cannot be redeemed; the number must be above zero."
    zh = "无法兑换 {points} 积分，数量必须大于零。"


class PointsNotInStep(Invalid):
    en = "Points are redeemed in multiples of {step}; {points} is none."
    zh = "积分须按 {step} 的倍数兑换，{points} 不是其倍数。"


class PointsExceedBalance(Rejected):
    en = "The member has {balance} points that can be spent, not {points}."
    zh = "会员可用积分为 {balance}，不足 {points}。"


class PointsExceedCap(Rejected):
    en = "Points may pay at most {cap_bp} basis points of this sale: {points_max} points, not {points}."
    zh = "积分最多可支付本单的 {cap_bp} 个基点，即 {points_max} 积分，不能使用 {points}。"


class UnknownExpiryPolicy(Invalid):
    en = "“{policy}” is no expiry policy. Allowed: never, months:N, end_of_month:N, end_of_year:N."
    zh = "“{policy}”不是有效的积分有效期策略。可用：never、months:N、end_of_month:N、end_of_year:N。"


def points_value(points: int, *, redeem_minor_per_100: int) -> int:
    """What `points` pay, in minor units; a fraction of a minor unit pays nothing."""
    return divide(points * redeem_minor_per_100, 100, Rounding.DOWN)


def max_redeemable(*, balance: int, total_minor: int, redeem_minor_per_100: int, cap_bp: int, step: int) -> int:
    """The most points that `checked_redemption` accepts for this sale; 0 when it accepts none."""
    by_cap = total_minor * cap_bp // (100 * redeem_minor_per_100)
    most = min(balance, by_cap)
    return max(most - most % step, 0)


def checked_redemption(
    points: int,
    *,
    balance: int,
    total_minor: int,
    redeem_minor_per_100: int,
    cap_bp: int,
    step: int,
    field: str,
) -> int:
    """What `points` pay of a sale of `total_minor`, within the balance, the chain's cap and its step.

    Raises PointsNotPositive, PointsNotInStep, PointsExceedBalance or PointsExceedCap.
    """
    if points <= 0:
        raise PointsNotPositive(field, points=points)
    if points % step:
        raise PointsNotInStep(field, points=points, step=step)
    if points > balance:
        raise PointsExceedBalance(field, points=points, balance=balance)
    # Compared without dividing, in hundredths of basis points of minor units.
    if points * redeem_minor_per_100 * 100 > total_minor * cap_bp:
        points_max = max_redeemable(
            balance=balance,
            total_minor=total_minor,
            redeem_minor_per_100=redeem_minor_per_100,
            cap_bp=cap_bp,
            step=step,
        )
        raise PointsExceedCap(field, points=points, points_max=points_max, cap_bp=cap_bp)
    return points_value(points, redeem_minor_per_100=redeem_minor_per_100)


def redeem(lots: Iterable[PointsLot], *, points: int, on: date, field: str = "points") -> list[LotUse]:
    """Takes exactly `points` (0 or more) from the lots that are valid on `on`, first expiring first; changes no lot.

    The value is in proportion to what is left of a lot and all of it with its last point. Raises PointsExceedBalance.
    """
    uses, missing = _take(_spendable(lots, on), points)
    if missing:
        raise PointsExceedBalance(field, points=points, balance=points - missing)
    return uses


def take_back(lots: Sequence[PointsLot], *, own_lot_id: int, points: int, on: date) -> TakenBack:
    """Takes up to `points` (0 or more) that a sale had earned back; what was spent is the shortfall. Changes no lot.

    The sale's own lot comes first, even when it has expired: what is still in it was never spent. The rest comes from
    the other lots that are valid on `on`, first expiring first.
    """
    own = [lot for lot in lots if lot.lot_id == own_lot_id and lot.points > 0]
    others = _spendable((lot for lot in lots if lot.lot_id != own_lot_id), on)
    uses, missing = _take(own + others, points)
    return TakenBack(uses, missing)


def expiry_date(earned_on: date, *, policy: str) -> date | None:
    """The first date on which points earned on `earned_on` are worth nothing; None for never.

    "months:N": the day after the same day N months later (the month's last day where it has no such day).
    "end_of_month:N", "end_of_year:N": the day after the N-th month or year following that of earning; 0 is the same
    one. Raises UnknownExpiryPolicy.
    """
    kind, _, text = policy.partition(":")
    if policy == "never":
        return None
    if kind not in {"months", "end_of_month", "end_of_year"} or not (text.isascii() and text.isdigit()):
        raise UnknownExpiryPolicy("policy", policy=policy)
    count = int(text)
    if kind == "end_of_year":
        return date(earned_on.year + count + 1, 1, 1)
    year, month = _months_later(earned_on, count)
    last_day = monthrange(year, month)[1]
    last = date(year, month, last_day if kind == "end_of_month" else min(earned_on.day, last_day))
    return last + timedelta(days=1)


def _months_later(start: date, months: int) -> tuple[int, int]:
    years, month = divmod(start.month - 1 + months, 12)
    return start.year + years, month + 1


def _spendable(lots: Iterable[PointsLot], on: date) -> list[PointsLot]:
    valid = [lot for lot in lots if lot.points > 0 and (lot.expires_on is None or on < lot.expires_on)]
    valid.sort(key=lambda lot: (lot.expires_on or date.max, lot.earned_on, lot.lot_id))
    return valid


def _take(lots: list[PointsLot], points: int) -> tuple[list[LotUse], int]:
    uses = []
    for lot in lots:
        if points <= 0:
            break
        taken = min(points, lot.points)
        value = lot.value_minor if taken == lot.points else divide(lot.value_minor * taken, lot.points)
        uses.append(LotUse(lot, taken, value))
        points -= taken
    return uses, points
