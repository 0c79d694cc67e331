"""Points are put right by hand: with a reason, above a limit by two people, booked, and undone by its inverse."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from application.approving import use_approval
from application.fields import Missing, required_name, within
from application.loyalty.queries import UnknownMember
from application.points_ledger import repay_debts
from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.loyalty import LockedPoints
from application.scope import store_in_scope, trading_day
from domain.finance.journal import JournalEntry, balanced
from domain.finance.points_postings import adjustment_postings
from domain.identity.organisation import Store
from domain.loyalty.earning import award_value
from domain.loyalty.ledger import PointsAdjustment, PointsEntry, PointsLot, PointsReason
from domain.loyalty.redemption import expiry_date, points_value, redeem
from domain.shared.errors import Conflict, NotFound, Rejected
from domain.shared.money import Rounding

ADJUST: Final = "loyalty.adjust"
DOCUMENT_KIND: Final = "points_adjustment"
POINTS_MAX: Final = 10**9


class SecondPersonNeeded(Rejected):
    reason = "SECOND_PERSON_NEEDED"
    en = (
        "{points} points are more than the {limit} that one person may adjust. Let somebody else approve the action"
        " {action} with amount_minor {amount_minor} for this request_id, and send the approval_token."
    )
    zh = (
        "{points} 积分超过一人可调整的 {limit} 积分。请由他人对本 request_id 审批操作 {action}"
        "（amount_minor 为 {amount_minor}），并发送 approval_token。"
    )


class UnknownAdjustment(NotFound):
    en = "There is no adjustment {adjustment_id} in this caller's scope."
    zh = "当前调用方范围内没有积分调整 {adjustment_id}。"


class ReversedAlready(Conflict):
    en = "Adjustment {adjustment_id} has been reversed before, or is a reversal itself."
    zh = "积分调整 {adjustment_id} 已被冲销，或其本身就是冲销。"


class PointsUsedSince(Rejected):
    en = "Of the {points} points {left} are left, the others were spent or have expired. Adjust what is left instead."
    zh = "{points} 积分中仅剩 {left}，其余已使用或过期。请改为调整剩余积分。"


@dataclass(frozen=True, slots=True)
class AdjustPoints:
    """Points to give (above zero) or to take (below zero), booked in a store."""

    member_key: str
    points: int
    reason: str
    store_code: str = ""
    approval_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ReversePointsAdjustment:
    adjustment_id: int
    reason: str
    approval_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PointsAdjusted:
    """`value_minor` of liability came (above zero) or went, in the currency of the store."""

    adjustment_id: int
    member_number: str
    points: int
    value_minor: int
    points_balance: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What one lot gains or loses."""

    lot: PointsLot
    points: int
    value_minor: int


def adjust_points(uow: UnitOfWork, command: AdjustPoints) -> PointsAdjusted:
    """Gives a member points as a lot of their own, or takes points from the lots that expire first; all or nothing.

    Against promotion expense: given points are worth what they are expected to cost, taken ones what they carry. Raises
    UnknownMember, PointsExceedBalance, SecondPersonNeeded and the refusals of `check_usable`.
    """
    reason = required_name(command.reason, field="reason")
    if not command.points:
        raise Missing("points")
    within(command.points, -POINTS_MAX, POINTS_MAX, field="points")
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    found = uow.members.account(required_name(command.member_key, field="member_key"))
    if found is None:
        raise UnknownMember("member_key")
    account = uow.points.lock(found.member_id)
    adjustment_id = uow.new_id()
    _second_person(uow, command.points, store, adjustment_id, command.approval_token)
    moved = _given(uow, command.points, account, store, adjustment_id)
    if command.points < 0:
        uses = redeem(
            account.lots,
            points=-command.points,
            on=trading_day(uow, store),
            at=uow.now,
            debt=account.account.points_debt,
        )
        moved = [Moved(use.lot, -use.points, -use.value_minor) for use in uses]
    return _record(uow, moved, account, store, adjustment_id, reason)


def reverse_points_adjustment(uow: UnitOfWork, command: ReversePointsAdjustment) -> PointsAdjusted:
    """Undoes an adjustment, once, by its inverse lot by lot; what was taken from a lot that is over opens a new one.

    Points that were given are taken out of their own lot, and only while all of them are there. Raises
    UnknownAdjustment, ReversedAlready, PointsUsedSince, SecondPersonNeeded and the refusals of `check_usable`.
    """
    reason = required_name(command.reason, field="reason")
    uow.refresh()
    original = uow.points.adjustment(command.adjustment_id)
    if original is None or not uow.caller.sees(original.store_id):
        raise UnknownAdjustment("adjustment_id", adjustment_id=command.adjustment_id)
    entries = uow.points.adjustment_entries(original)
    account = uow.points.lock(uow.merges.standing(original.member_id), used_lot_ids=[entry.lot_id for entry in entries])
    # Under the lock: whoever else reverses it has waited or is being waited for.
    if original.reverses_id or uow.points.is_reversed(original.adjustment_id):
        raise ReversedAlready("adjustment_id", adjustment_id=original.adjustment_id)
    store = uow.chain.stores[original.store_id]
    adjustment_id = uow.new_id()
    _second_person(uow, original.points, store, adjustment_id, command.approval_token)
    lots = {lot.lot_id: lot for lot in account.lots}
    moved = [_undone(uow, entry, lots.get(entry.lot_id), account, store, adjustment_id) for entry in entries]
    return _record(uow, moved, account, store, adjustment_id, reason, reverses_id=original.adjustment_id)


def _given(uow: UnitOfWork, points: int, account: LockedPoints, store: Store, adjustment_id: int) -> list[Moved]:
    if points < 0:
        return []
    policies = uow.chain.policies(store.store_id)
    value = award_value(
        points,
        redeem_minor_per_100=policies.points_redeem_minor_per_100,
        expected_redemption_bp=policies.points_expected_redemption_bp,
        rounding=Rounding(policies.rounding_mode),
    )
    lot = _new_lot(uow, account.account.member_id, store, policies, adjustment_id)
    return [Moved(lot, points, value)]


def _undone(
    uow: UnitOfWork, entry: PointsEntry, lot: PointsLot | None, account: LockedPoints, store: Store, adjustment_id: int
) -> Moved:
    """What the lot of an entry loses or gets back; it is None where it went to another member by an undone merge."""
    if entry.points > 0:
        left = lot.points if lot is not None else 0
        if lot is None or left < entry.points:
            raise PointsUsedSince("adjustment_id", points=entry.points, left=left)
        return Moved(lot, -entry.points, -lot.value_minor)
    if lot is None or (lot.expires_on is not None and lot.expires_on <= trading_day(uow, store)):
        policies = uow.chain.policies(store.store_id)
        lot = _new_lot(uow, account.account.member_id, store, policies, adjustment_id)
    return Moved(lot, -entry.points, -entry.value_minor)


def _new_lot(uow: UnitOfWork, member_id: int, store: Store, policies: Policies, adjustment_id: int) -> PointsLot:
    on = trading_day(uow, store)
    lot = PointsLot(uow.new_id(), member_id, adjustment_id, on, expiry_date(on, policy=policies.points_expiry), 0, 0)
    uow.add(lot)
    return lot


def _second_person(uow: UnitOfWork, points: int, store: Store, adjustment_id: int, token: str) -> None:
    """Uses the approval that was sent; raises SecondPersonNeeded where one is needed and none was."""
    policies = uow.chain.policies(store.store_id)
    amount = points_value(abs(points), redeem_minor_per_100=policies.points_redeem_minor_per_100)
    if not token:
        if abs(points) > policies.points_adjust_max:
            raise SecondPersonNeeded(
                "approval_token", points=abs(points), limit=policies.points_adjust_max, action=ADJUST,
                amount_minor=amount,
            )  # fmt: skip
        return
    use_approval(uow, token, store.store_id, amounts={ADJUST: amount}, document_id=adjustment_id)


def _record(
    uow: UnitOfWork,
    moved: Sequence[Moved],
    account: LockedPoints,
    store: Store,
    adjustment_id: int,
    reason: str,
    *,
    reverses_id: int = 0,
) -> PointsAdjusted:
    on = trading_day(uow, store)
    points, value = sum(one.points for one in moved), sum(one.value_minor for one in moved)
    member = account.account
    member.points_balance += points
    for one in moved:
        one.lot.points += one.points
        one.lot.value_minor += one.value_minor
        uow.add(
            PointsEntry(
                member.member_id, uow.new_id(), one.lot.lot_id, one.points, one.value_minor, PointsReason.ADJUSTED,
                adjustment_id, store.store_id, on, uow.now,
            )
        )  # fmt: skip
    repaid = 0
    if member.points_debt:
        filled = [one.lot for one in moved if one.points > 0]
        repaid = sum(
            repay_debts(
                uow, member, lot, account.lots, document_id=adjustment_id, store_id=store.store_id, on=on, at=uow.now
            )
            for lot in filled
        )
    entry = JournalEntry(
        uow.new_id(), store.store_id, on, store.currency, "", DOCUMENT_KIND, adjustment_id, uow.now
    )  # fmt: skip
    adjustment = PointsAdjustment(
        adjustment_id, member.member_id, store.store_id, on, points, value, reason, reverses_id, uow.caller.caller_id,
        uow.caller.staff_id, uow.request_id, uow.now,
    )  # fmt: skip
    uow.add(adjustment, entry, *balanced(entry.entry_id, adjustment_postings(value_minor=value - repaid)))
    uow.publish(
        "PointsAdjusted",
        adjustment_id,
        {
            "adjustment_id": adjustment_id,
            "member_id": member.member_id,
            "store_id": store.store_id,
            "business_date": on.isoformat(),
            "points": points,
            "value_minor": value,
            "currency": store.currency,
            "reverses_id": reverses_id,
        },
    )
    return PointsAdjusted(adjustment_id, member.member_number, points, value, member.points_balance)
