"""Points of a sale that is taken back: those that it had earned leave the member, those that had paid return."""

from dataclasses import replace

from application.known_settings import NEGATIVE_BALANCE
from application.points_ledger import repay_debts
from application.ports.loyalty import LockedPoints
from application.sales.exchanged_goods import ReturnedPoints
from application.sales.reversal import Reversal
from domain.loyalty.expiry import found_again
from domain.loyalty.ledger import PointsEntry, PointsLot, PointsReason
from domain.loyalty.redemption import TakenBack, expiry_date, is_held, take_back
from domain.shared.money import divide


def take_points_back(work: Reversal) -> TakenBack | None:
    """Takes the points of the returned lines back, first out of the lot that the sale had filled."""
    earned = -sum(line.points_earned for line in work.lines)
    if work.points is None or not earned:
        return None
    sale_id = work.original.sale.sale_id
    _undo_expiry(work, work.points, earned)
    taken = take_back(work.points.lots, own_sale_id=sale_id, points=earned, on=work.on, at=work.uow.now)
    for lot, points, value in taken.uses:
        _move_lot(work, work.points, lot, -points, -value, PointsReason.EARN_REVERSED)
    if taken.shortfall and work.policies.points_clawback == NEGATIVE_BALANCE:
        _owe(work, work.points, taken.shortfall)
    return taken


def _owe(work: Reversal, locked: LockedPoints, points: int) -> None:
    """Opens a debt of points that were spent; it carries no liability, so that what they had deferred is expense."""
    debt = PointsLot(work.uow.new_id(), locked.account.member_id, work.reversal_id, work.on, None, 0, 0)
    work.uow.add(debt)
    locked.lots.append(debt)
    locked.account.points_debt += points
    _move_lot(work, locked, debt, -points, 0, PointsReason.OWED)


def _undo_expiry(work: Reversal, account: LockedPoints, earned: int) -> None:
    """Puts what of the sale's own points has expired back, as far as it is now taken: nobody has spent it."""
    now = work.uow.now
    own = [lot for lot in account.lots if lot.sale_id == work.original.sale.sale_id and not is_held(lot, now)]
    left = sum(lot.points for lot in own)
    for lot in own:
        lapsed = account.lapsed.get(lot.lot_id)
        if lapsed is None:
            continue
        points, value = found_again(lapsed, points_left=left, points=earned)
        if points:
            _move_lot(work, account, lot, points, value, PointsReason.EXPIRY_REVERSED)
            work.expiry_undone_minor += value
            left += points


def give_points_back(work: Reversal, points: int) -> int:
    """Returns `points` that had paid to the lots they came from; the liability that returns with them.

    A lot that has expired meanwhile would swallow them, so its share opens a new lot instead.
    """
    if work.points is None or not points:
        return 0
    carrying = 0
    returned: dict[int, int] = {}
    for member_id, lot_id, used_points, used_value in _still_used(work):
        back = min(points, used_points)
        if not back:
            continue
        value = used_value if back == used_points else divide(used_value * back, used_points)
        locked = work.others.get(member_id, work.points)
        holder_id = locked.account.member_id
        lot = next((one for one in locked.lots if one.lot_id == lot_id), None)
        # One that went to another member when a merge was undone is nothing to this one either.
        if lot is None or (lot.expires_on is not None and lot.expires_on <= work.on):
            expires_on = expiry_date(work.on, policy=work.policies.points_expiry)
            lot = PointsLot(work.uow.new_id(), holder_id, work.reversal_id, work.on, expires_on, 0, 0)
            work.uow.add(lot)
        elif lot.member_id != holder_id:
            work.uow.points.follow(lot, holder_id)
        _move_lot(work, locked, lot, back, value, PointsReason.REDEEM_REVERSED)
        work.returned.append(ReturnedPoints(lot, back, value, free=_is_free(work, locked, lot)))
        _repay(work, locked, lot)
        if holder_id != work.points.account.member_id:
            returned[holder_id] = returned.get(holder_id, 0) + back
        carrying += value
        points -= back
    _record_returned(work, returned)
    return carrying


def _is_free(work: Reversal, locked: LockedPoints, lot: PointsLot) -> bool:
    """Whether the buyer may use the points: others of a pool have theirs back, and a debt takes what is owed."""
    return (
        work.points is not None
        and locked.account.member_id == work.points.account.member_id
        and not locked.account.points_debt
        and not is_held(lot, work.uow.now)
    )


def _record_returned(work: Reversal, returned: dict[int, int]) -> None:
    """What others of a pool have back; it counts for the day on which it was spent."""
    for one in work.original.shared:
        holder_id = work.original.holders[one.member_id]
        # Once, where two of them have been merged meanwhile.
        points = returned.pop(holder_id, 0)
        if points:
            work.uow.add(replace(one, sale_id=work.reversal_id, member_id=holder_id, points=-points))


def _repay(work: Reversal, locked: LockedPoints, lot: PointsLot) -> None:
    if locked.account.points_debt:
        work.repaid_minor += repay_debts(
            work.uow, locked.account, lot, locked.lots,
            document_id=work.reversal_id, store_id=work.store.store_id, on=work.on, at=work.uow.now,
        )  # fmt: skip


def _still_used(work: Reversal) -> list[tuple[int, int, int, int]]:
    """(member, lot, points, liability) that the sale used and no reversal has returned, the last used first."""
    used = [
        [entry.member_id, entry.lot_id, -entry.points, -entry.value_minor]
        for entry in work.original.points_entries
        if entry.reason is PointsReason.REDEEMED
    ][::-1]
    returned = [
        (entry.points, entry.value_minor)
        for document in work.earlier
        for entry in document.points_entries
        if entry.reason is PointsReason.REDEEM_REVERSED
    ]
    # Returns fill the uses in this same order, each return within one use, so that replaying them tells what is left.
    for points, value in returned:
        use = next(use for use in used if use[2])
        use[2] -= points
        use[3] -= value
    return [(member_id, lot_id, points, value) for member_id, lot_id, points, value in used]


def _move_lot(
    work: Reversal, account: LockedPoints, lot: PointsLot, points: int, value: int, reason: PointsReason
) -> None:
    lot.points += points
    lot.value_minor += value
    account.account.points_balance += points
    uow = work.uow
    uow.add(
        PointsEntry(
            lot.member_id, uow.new_id(), lot.lot_id, points, value, reason, work.reversal_id, work.store.store_id,
            work.on, uow.now,
        )
    )  # fmt: skip
