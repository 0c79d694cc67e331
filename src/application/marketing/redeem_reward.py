"""Members redeem points for goods or coupons, in one transaction, and get them back where it is undone that day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from application.coupon_ledger import Use, award_coupons, record_ended, record_lapsed
from application.fields import required_code, required_name
from application.layering import record_layers
from application.marketing.put_reward import UnknownReward
from application.marketing.taking_part import Place, member_id_of, place_in
from application.named_members import files_of
from application.points_ledger import repay_debts
from application.ports.kernel import UnitOfWork
from application.ports.loyalty import LockedPoints
from application.scope import store_in_scope
from domain.finance.journal import JournalEntry, balanced
from domain.finance.points_postings import repayment_postings
from domain.finance.reward_postings import reward_postings
from domain.inventory.costing import Arrival, apply_issue, apply_put_back
from domain.inventory.layers import Origin
from domain.inventory.stock import MovementReason, StockMovement
from domain.loyalty.ledger import PointsEntry, PointsLot, PointsReason
from domain.loyalty.redemption import expiry_date, redeem
from domain.marketing.reward import Redemption, Reward, RewardKind
from domain.pricing.coupon import Ended
from domain.shared.errors import Conflict, NotFound, Rejected
from domain.shared.money import Rounding
from domain.shared.period import holds_day

REDEEMED: Final = "reward_redemption"
CANCELLED: Final = "reward_cancellation"


class RewardNotOffered(Rejected):
    en = "“{code}” may be had from {from_date} to {to_date}, and today is {on}."
    zh = "“{code}”的兑换期间为 {from_date} 至 {to_date}，今天是 {on}。"


class RedeemedOften(Rejected):
    en = "This member has redeemed “{code}” {times} times, which is all that times_per_member_max allows."
    zh = "该会员已兑换“{code}”{times} 次，已达每人上限（times_per_member_max）。"


class RewardOutOfStock(Rejected):
    en = "“{store_code}” has too little of “{sku}” for this reward. Offer another store or another reward."
    zh = "门店“{store_code}”的“{sku}”库存不足，请换门店或换其他礼品。"


class NoCouponsLeft(Rejected):
    en = "The coupon batch “{batch_code}” has no coupon left, or is over. Offer another reward."
    zh = "优惠券批次“{batch_code}”已发完或已结束，请换其他礼品。"


class UnknownRedemption(NotFound):
    en = "There is no redemption {redemption_id} in this caller's scope."
    zh = "当前调用方范围内没有兑换记录 {redemption_id}。"


class CancelledAlready(Conflict):
    en = "Redemption {redemption_id} has been cancelled before, or is a cancellation itself."
    zh = "兑换记录 {redemption_id} 已被取消，或其本身就是取消记录。"


class CancelledTooLate(Rejected):
    en = "Redemption {redemption_id} is of {on}: it may be cancelled on that trading day only."
    zh = "兑换记录 {redemption_id} 属于 {on}，只能在当个营业日取消。"


class RewardCouponUsed(Rejected):
    en = "The coupon of redemption {redemption_id} is used, held or ended, so the points stay redeemed."
    zh = "兑换记录 {redemption_id} 的优惠券已使用、被占用或已失效，积分不可退回。"


@dataclass(frozen=True, slots=True)
class RedeemReward:
    """The store is the terminal's own unless one is named; goods are handed out there."""

    reward_code: str
    member_key: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class CancelRedemption:
    redemption_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class RewardRedeemed:
    """The record of it; `coupon_code` is empty for goods, the balance is that after it."""

    redemption_id: int
    member_number: str
    points: int
    points_balance: int
    coupon_code: str = ""


@dataclass(frozen=True, slots=True)
class _Given:
    """What was handed out: goods with their cost, or a coupon."""

    sku_id: int = 0
    quantity_milli: int = 0
    cost_minor: int = 0
    coupon_id: int = 0
    coupon_code: str = ""


@dataclass(frozen=True, slots=True)
class _Moved:
    """What one lot gains, or loses below zero."""

    lot: PointsLot
    points: int
    value_minor: int


def redeem_reward(uow: UnitOfWork, command: RedeemReward) -> RewardRedeemed:
    """Takes the points from the lots that expire first and hands the reward out: all of it or, refused, nothing.

    Raises UnknownReward, UnknownMember, UnknownStore, StoreClosed, RewardNotOffered, RedeemedOften,
    PointsExceedBalance, RewardOutOfStock and NoCouponsLeft.
    """
    uow.refresh()
    code = required_code(command.reward_code, field="reward_code")
    found = uow.rewards.find(code)
    if found is None:
        raise UnknownReward("reward_code", code=code)
    terms = found.terms
    place = place_in(uow, store_in_scope(uow, command.store_code), field="store_code")
    if not holds_day(terms.from_date, terms.to_date, on=place.on):
        raise RewardNotOffered(
            "reward_code", code=code, from_date=terms.from_date or "-", to_date=terms.to_date or "-",
            on=place.on.isoformat(),
        )  # fmt: skip
    locked = uow.points.lock(member_id_of(uow, command.member_key))
    member_id = locked.account.member_id
    if terms.times_per_member_max:
        times = uow.rewards.times(found.reward_id, files_of(uow, member_id))
        if times >= terms.times_per_member_max:
            raise RedeemedOften("reward_code", code=code, times=times)
    uses = redeem(
        locked.lots, points=terms.points, on=place.on, at=uow.now, debt=locked.account.points_debt, field="reward_code"
    )
    redemption_id = uow.new_id()
    given = _hand_out(uow, terms, member_id, place, redemption_id)
    redemption = Redemption(
        redemption_id, found.reward_id, member_id, 1, terms.points, sum(use.value_minor for use in uses),
        given.sku_id, given.quantity_milli, given.cost_minor, given.coupon_id, 0, "", place.store.store_id,
        uow.caller.caller_id, uow.caller.staff_id, place.on, uow.now,
    )  # fmt: skip
    moved = [_Moved(use.lot, -use.points, -use.value_minor) for use in uses]
    _record(uow, redemption, locked, moved, PointsReason.REDEEMED, code)
    return _result(redemption, locked, given.coupon_code)


def cancel_redemption(uow: UnitOfWork, command: CancelRedemption) -> RewardRedeemed:
    """Undoes a redemption by its inverse, once, on its trading day: goods are back, or the coupon is not used.

    Goods come back at the cost at which they left, the coupon is voided, and the points return to their lots, none of
    which can have expired on that day; to the survivor where the file was merged meanwhile. Raises UnknownRedemption,
    CancelledAlready, CancelledTooLate and RewardCouponUsed.
    """
    reason = required_name(command.reason, field="reason")
    uow.refresh()
    original = uow.rewards.redemption(command.redemption_id)
    if original is None or not uow.caller.sees(original.store_id):
        raise UnknownRedemption("redemption_id", redemption_id=command.redemption_id)
    entries = uow.rewards.points_entries(original)
    locked = uow.points.lock(uow.merges.standing(original.member_id), used_lot_ids=[entry.lot_id for entry in entries])
    # Under the lock: whoever else cancels it has waited or is being waited for.
    if original.reverses_id or uow.rewards.is_undone(original.redemption_id):
        raise CancelledAlready("redemption_id", redemption_id=original.redemption_id)
    place = place_in(uow, uow.chain.stores[original.store_id], field="redemption_id")
    if place.on != original.business_date:
        raise CancelledTooLate(
            "redemption_id", redemption_id=original.redemption_id, on=original.business_date.isoformat()
        )
    redemption_id = uow.new_id()
    correction = _take_back(uow, original, locked.account.member_id, place, redemption_id, reason)
    moved = _back_in_lots(uow, entries, locked, place, redemption_id)
    undone = Redemption(
        redemption_id, original.reward_id, original.member_id, -1, -original.points, -original.value_minor,
        original.sku_id, -original.quantity_milli, -original.cost_minor, original.coupon_id, original.redemption_id,
        reason, original.store_id, uow.caller.caller_id, uow.caller.staff_id, place.on, uow.now,
    )  # fmt: skip
    _record(uow, undone, locked, moved, PointsReason.REDEEM_REVERSED, "", correction_minor=correction)
    return _result(undone, locked, "")


def _hand_out(uow: UnitOfWork, terms: Reward, member_id: int, place: Place, redemption_id: int) -> _Given:
    if terms.kind is RewardKind.COUPON:
        use = Use(member_id, place.store, uow.caller, uow.now, uow.now)
        made = award_coupons(uow, [(terms.coupon_batch_code, 1)], use, document_id=redemption_id)
        if not made:
            raise NoCouponsLeft("reward_code", batch_code=terms.coupon_batch_code)
        [(_, issued)] = made
        return _Given(coupon_id=issued.coupon.coupon_id, coupon_code=issued.code)
    item = uow.stock.items([terms.sku]).get(terms.sku)
    short = RewardOutOfStock("reward_code", store_code=place.store.code, sku=terms.sku)
    if item is None or item.unstocked or item.blocked:
        raise short
    key = place.store.store_id, item.sku_id
    level = uow.stock.lock([key])[key]
    quantity = terms.quantity_milli
    # Never more than is there, whatever the settings allow to sell.
    if level.available_milli(place.on) < quantity:
        raise short
    cost = apply_issue(level, quantity_milli=quantity, rounding=_rounding(uow, place), on=place.on)
    movement = StockMovement(
        *key, uow.new_id(), -quantity, -cost, MovementReason.GIFT, redemption_id, place.on, uow.now
    )
    uow.add(movement)
    record_layers(uow, level, movement)
    return _Given(item.sku_id, quantity, cost)


def _back_in_lots(
    uow: UnitOfWork, entries: Sequence[PointsEntry], locked: LockedPoints, place: Place, redemption_id: int
) -> list[_Moved]:
    """What each lot gets back; one that went to another member when a merge was undone is replaced by a new one."""
    lots = {lot.lot_id: lot for lot in locked.lots}
    moved = []
    for entry in entries:
        lot = lots.get(entry.lot_id)
        if lot is None:
            expires_on = expiry_date(place.on, policy=uow.chain.policies(place.store.store_id).points_expiry)
            lot = PointsLot(uow.new_id(), locked.account.member_id, redemption_id, place.on, expires_on, 0, 0)
            uow.add(lot)
        moved.append(_Moved(lot, -entry.points, -entry.value_minor))
    return moved


def _take_back(
    uow: UnitOfWork, original: Redemption, member_id: int, place: Place, redemption_id: int, reason: str
) -> int:
    """Takes the goods, or the member's coupon, back; returns the correction of the stock's value."""
    if original.coupon_id:
        found = uow.coupons.lock_by_id([original.coupon_id])[original.coupon_id]
        use = Use(None, place.store, uow.caller, uow.now, uow.now)
        record_lapsed(uow, found, use)
        coupon = found.coupon
        # Who was handed the coupon by this member has not paid for it and may be about to use it.
        if coupon.uses or coupon.held or coupon.ended or coupon.member_id != member_id:
            raise RewardCouponUsed("redemption_id", redemption_id=original.redemption_id)
        record_ended(uow, found, use, Ended.VOIDED, reason=reason)
        return 0
    key = original.store_id, original.sku_id
    level = uow.stock.lock([key])[key]
    quantity, cost = original.quantity_milli, original.cost_minor
    origins: Mapping[int, Sequence[Origin]] = {}
    if level.costing:
        origins = uow.stock.origins(original.redemption_id, [original.sku_id], reversed_by=[])
    _, correction = apply_put_back(
        level,
        quantity_milli=quantity,
        cost_minor=cost,
        rounding=_rounding(uow, place),
        arrival=Arrival(redemption_id, place.on, origins=origins.get(original.sku_id, ())),
    )
    moves = [(quantity, cost, MovementReason.GIFT_RETURN)]
    if correction:
        moves.append((0, correction, MovementReason.COST_CORRECTION))
    for moved_milli, value, why in moves:
        movement = StockMovement(*key, uow.new_id(), moved_milli, value, why, redemption_id, place.on, uow.now)
        uow.add(movement)
        record_layers(uow, level, movement)
    return correction


def _rounding(uow: UnitOfWork, place: Place) -> Rounding:
    return Rounding(uow.chain.policies(place.store.store_id).rounding_mode)


def _record(
    uow: UnitOfWork,
    redemption: Redemption,
    locked: LockedPoints,
    moved: Sequence[_Moved],
    reason: PointsReason,
    reward_code: str,
    *,
    correction_minor: int = 0,
) -> None:
    redemption_id, store = redemption.redemption_id, uow.chain.stores[redemption.store_id]
    locked.account.points_balance -= redemption.points
    for lot, points, value in [(one.lot, one.points, one.value_minor) for one in moved]:
        lot.points += points
        lot.value_minor += value
        uow.add(
            PointsEntry(
                lot.member_id, uow.new_id(), lot.lot_id, points, value, reason, redemption_id,
                redemption.store_id, redemption.business_date, uow.now,
            )
        )  # fmt: skip
    repaid = _repaid(uow, redemption, locked, [one.lot for one in moved]) if redemption.reverses_id else 0
    kind, topic = (CANCELLED, "RewardCancelled") if redemption.reverses_id else (REDEEMED, "RewardRedeemed")
    entry = JournalEntry(
        uow.new_id(), store.store_id, redemption.business_date, store.currency, "", kind, redemption_id, uow.now
    )
    postings = reward_postings(
        value_minor=redemption.value_minor, cost_minor=redemption.cost_minor, correction_minor=correction_minor
    )
    postings += repayment_postings(value_minor=repaid)
    uow.add(redemption, entry, *balanced(entry.entry_id, postings))
    uow.publish(
        topic,
        redemption_id,
        {
            "redemption_id": redemption_id,
            "reverses_id": redemption.reverses_id,
            "reward_code": reward_code,
            "member_id": redemption.member_id,
            "store_id": redemption.store_id,
            "points": redemption.points,
        },
    )


def _repaid(uow: UnitOfWork, redemption: Redemption, locked: LockedPoints, filled: Sequence[PointsLot]) -> int:
    """What the points that came back repay of those that the member owes releases so much liability."""
    if not locked.account.points_debt:
        return 0
    return sum(
        repay_debts(
            uow, locked.account, lot, locked.lots,
            document_id=redemption.redemption_id, store_id=redemption.store_id, on=redemption.business_date, at=uow.now,
        )
        for lot in filled
    )  # fmt: skip


def _result(redemption: Redemption, locked: LockedPoints, coupon_code: str) -> RewardRedeemed:
    account = locked.account
    return RewardRedeemed(
        redemption.redemption_id, account.member_number, redemption.points, account.points_balance, coupon_code
    )
