"""Spending points, taking them back, and when they lapse."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from domain.loyalty.ledger import PointsLot
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import Rounding, divide


class LotUse(NamedTuple):
    """Points that leave one lot, with the liability that leaves with them."""

    lot: PointsLot
    points: int
    value_minor: int


class Standing(NamedTuple):
    """What of a member's points may be spent, and what may not yet: each 0 or more, points that are over left out.

    `points` is less what the member owes. What is held and pending is held. `free_on` is the first date on which any of
    the pending ones may be spent, None without any.
    """

    points: int
    pending: int
    held: int
    free_on: date | None


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


class PointsNotFree(Rejected):
    en = (
        "The member has {balance} points that can be spent, not {points}; {pending} are still pending, {held} are held."
    )
    zh = "会员可用积分为 {balance}，不足 {points}；另有 {pending} 积分尚未生效，{held} 积分已被预留。"


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
    pending: int = 0,
    held: int = 0,
) -> int:
    """What `points` pay of a sale of `total_minor`, within the balance that is free, the chain's cap and its step.

    `pending` and `held` are points that the member has beside it and that cannot be spent now.

    Raises PointsNotPositive, PointsNotInStep, PointsExceedBalance, PointsNotFree or PointsExceedCap.
    """
    if points <= 0:
        raise PointsNotPositive(field, points=points)
    if points % step:
        raise PointsNotInStep(field, points=points, step=step)
    check_spendable(points, standing=Standing(balance, pending, held, None), field=field)
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


def standing_of(lots: Iterable[PointsLot], *, on: date, at: datetime, debt: int = 0) -> Standing:
    """What of the lots may be spent on the business date `on` and at the moment `at`; `debt` (0 or more) is owed."""
    points = pending = held = 0
    free_on = None
    for lot in lots:
        if lot.points <= 0:
            continue
        if is_held(lot, at):
            held += lot.points
        elif lot.expires_on is not None and lot.expires_on <= on:
            continue
        elif lot.free_on is not None and lot.free_on > on:
            pending += lot.points
            free_on = min(free_on or lot.free_on, lot.free_on)
        else:
            points += lot.points
    return Standing(max(points - debt, 0), pending, held, free_on)


def check_spendable(points: int, *, standing: Standing, field: str) -> None:
    """Raises PointsExceedBalance, or PointsNotFree where others are there that may not be spent yet."""
    if points <= standing.points:
        return
    if standing.pending or standing.held:
        raise PointsNotFree(field, points=points, balance=standing.points, pending=standing.pending, held=standing.held)
    raise PointsExceedBalance(field, points=points, balance=standing.points)


def is_held(lot: PointsLot, at: datetime) -> bool:
    """Whether a lot's points are held for somebody at a moment; the moment at which a hold ends is free."""
    return lot.held_until is not None and at < lot.held_until


def redeem(
    lots: Iterable[PointsLot], *, points: int, on: date, at: datetime, debt: int = 0, field: str = "points"
) -> list[LotUse]:
    """Takes exactly `points` (0 or more) from the lots that may be spent then, first expiring first; changes no lot.

    The value is in proportion to what is left of a lot and all of it with its last point. What covers `debt`, which the
    member owes, is not spent. Raises PointsExceedBalance or PointsNotFree.
    """
    known = list(lots)
    check_spendable(points, standing=standing_of(known, on=on, at=at, debt=debt), field=field)
    valid = valid_lots(known, on=on, at=at)
    uses, _ = _take([lot for lot in valid if lot.free_on is None or lot.free_on <= on], points)
    return uses


def redeem_together(
    own: Sequence[PointsLot],
    others: Sequence[tuple[Sequence[PointsLot], int]],
    *,
    points: int,
    on: date,
    at: datetime,
    debt: int,
    field: str,
) -> list[LotUse]:
    """Takes exactly `points` (0 or more) from a member's own lots and then from those of others; changes no lot.

    `others` are the lots of each with what they owe, which is not spent. Of either the first expiring ones come first,
    whosever they are. Raises PointsExceedBalance.
    """
    own_points = min(points, standing_of(own, on=on, at=at, debt=debt).points)
    uses = redeem(own, points=own_points, on=on, at=at, debt=debt, field=field)
    left = points - own_points
    spendable = [standing_of(lots, on=on, at=at, debt=owed).points for lots, owed in others]
    if left > sum(spendable):
        raise PointsExceedBalance(field, points=points, balance=own_points + sum(spendable))
    free = [
        (lot, place)
        for place, (lots, _) in enumerate(others)
        for lot in valid_lots(lots, on=on, at=at)
        if lot.free_on is None or lot.free_on <= on
    ]
    free.sort(key=lambda one: _order(one[0]))
    for lot, place in free:
        taken = min(left, lot.points, spendable[place])
        if taken:
            uses.append(_use(lot, taken))
            spendable[place] -= taken
            left -= taken
    return uses


def take_in_order(lots: Iterable[PointsLot], *, points: int) -> list[LotUse]:
    """Takes `points`, at most what there is, from these lots in their order, whether over or held; changes no lot."""
    uses, _ = _take([lot for lot in lots if lot.points > 0], points)
    return uses


def take_back(lots: Sequence[PointsLot], *, own_sale_id: int, points: int, on: date, at: datetime) -> TakenBack:
    """Takes up to `points` (0 or more) that a sale had earned back; what was spent is the shortfall. Changes no lot.

    What is still in the lots of the sale itself comes first, even when they have expired: it was never spent. The rest
    comes from the other lots that are valid on `on`, those that are still pending first, then first expiring first.
    What is held is as good as spent.
    """
    own = [lot for lot in lots if lot.sale_id == own_sale_id and lot.points > 0 and not is_held(lot, at)]
    others = valid_lots((lot for lot in lots if lot.sale_id != own_sale_id), on=on, at=at)
    others.sort(key=lambda lot: lot.free_on is None or lot.free_on <= on)
    uses, missing = _take(own + others, points)
    return TakenBack(uses, missing)


def valid_lots(lots: Iterable[PointsLot], *, on: date, at: datetime) -> list[PointsLot]:
    """Lots with points that are neither over on a business date nor held at a moment, first expiring first."""
    valid = [
        lot
        for lot in lots
        if lot.points > 0 and (lot.expires_on is None or on < lot.expires_on) and not is_held(lot, at)
    ]
    valid.sort(key=_order)
    return valid


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


def _order(lot: PointsLot) -> tuple[date, date, int]:
    return lot.expires_on or date.max, lot.earned_on, lot.lot_id


def _take(lots: list[PointsLot], points: int) -> tuple[list[LotUse], int]:
    uses = []
    for lot in lots:
        if points <= 0:
            break
        taken = min(points, lot.points)
        uses.append(_use(lot, taken))
        points -= taken
    return uses, points


def _use(lot: PointsLot, taken: int) -> LotUse:
    return LotUse(lot, taken, lot.value_minor if taken == lot.points else divide(lot.value_minor * taken, lot.points))
