"""Points are held for something that is not paid for yet, and captured for it or released."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from application.fields import Missing, required_name, within
from application.loyalty.queries import UnknownMember
from application.loyalty.views import PointsHeld
from application.ports.kernel import UnitOfWork
from application.ports.loyalty import LockedPoints
from application.scope import store_in_scope, trading_day
from domain.finance.journal import JournalEntry, balanced
from domain.finance.points_postings import capture_postings
from domain.identity.organisation import Store
from domain.loyalty.hold import PointsHold, PointsHoldEnd
from domain.loyalty.ledger import PointsEntry, PointsLot, PointsReason
from domain.loyalty.redemption import LotUse, points_value, redeem, take_in_order
from domain.shared.errors import Conflict, Invalid, NotFound, Rejected

HOLD: Final = "loyalty.hold"
DOCUMENT_KIND: Final = "points_capture"
POINTS_MAX: Final = 10**9
DAYS_MAX: Final = 90


class NoEndOfHold(Invalid):
    en = "A hold ends between now and {days} days from now. Send such a moment."
    zh = "预留的截止时间须晚于现在，且不超过 {days} 天。请提供有效时刻。"


class UnknownHold(NotFound):
    en = "There is no hold {hold_id} in this caller's scope."
    zh = "当前调用方范围内没有积分预留 {hold_id}。"


class HoldEnded(Conflict):
    en = "Hold {hold_id} was captured or released before."
    zh = "积分预留 {hold_id} 已被使用或释放。"


class HoldOver(Rejected):
    en = "Hold {hold_id} was over at {expires_at}: its points are free again. Hold them anew."
    zh = "积分预留 {hold_id} 已于 {expires_at} 失效，积分已恢复可用。请重新预留。"


class MoreThanHeld(Rejected):
    en = "{points} points are more than the {held} that are held."
    zh = "{points} 积分超过已预留的 {held}。"


@dataclass(frozen=True, slots=True)
class HoldPoints:
    """Points (1 to 1,000,000,000) to hold until `expires_at` for what `reference` names."""

    member_key: str
    points: int
    reference: str
    expires_at: datetime | None = None
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class CapturePoints:
    """How many of the points held pay for what they were held for; 0 for all of them."""

    hold_id: int
    points: int = 0


@dataclass(frozen=True, slots=True)
class ReleasePoints:
    hold_id: int


def hold_points(uow: UnitOfWork, command: HoldPoints) -> PointsHeld:
    """Takes points out of the lots that expire first, into lots that nobody can spend from until the hold is over.

    The clock ends it, no job does: from `expires_at` on the points are as free as the others. They do not expire while
    they are held. Nothing is posted, because they are owed as before. Raises UnknownMember, PointsExceedBalance,
    PointsNotFree and NoEndOfHold.
    """
    within(command.points, 1, POINTS_MAX, field="points")
    reference = required_name(command.reference, field="reference")
    until = command.expires_at
    if until is None:
        raise Missing("expires_at")
    if not uow.now < until <= uow.now + timedelta(days=DAYS_MAX):
        raise NoEndOfHold("expires_at", days=DAYS_MAX)
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    found = uow.members.account(required_name(command.member_key, field="member_key"))
    if found is None:
        raise UnknownMember("member_key")
    locked = uow.points.lock(found.member_id)
    account, on = locked.account, trading_day(uow, store)
    uses = redeem(locked.lots, points=command.points, on=on, at=uow.now, debt=account.points_debt)
    hold = PointsHold(
        uow.new_id(), account.member_id, store.store_id, on, command.points, reference, until, uow.caller.caller_id,
        uow.caller.staff_id, uow.request_id, uow.now,
    )  # fmt: skip
    uow.add(hold)
    for lot, points, value in uses:
        own = PointsLot(
            uow.new_id(), lot.member_id, lot.sale_id, lot.earned_on, lot.expires_on, 0, 0, lot.free_on, until,
            lot.lot_id,
        )  # fmt: skip
        uow.add(own)
        _move(uow, LotUse(lot, -points, -value), PointsReason.HELD, hold.hold_id, store, on)
        _move(uow, LotUse(own, points, value), PointsReason.HELD, hold.hold_id, store, on)
    _announce(uow, "PointsHeld", hold, hold.hold_id, points=hold.points)
    return _held(hold, locked)


def capture_points(uow: UnitOfWork, command: CapturePoints) -> PointsHeld:
    """Pays with points that are held, the first expiring first as of the hold, and releases the others; once.

    What they pay for is sold by somebody else, who is owed what they are worth. Points whose lot is over by now pay all
    the same, because they were held in time. Raises UnknownHold, HoldEnded, HoldOver and MoreThanHeld.
    """
    hold, lots, locked = _standing(uow, command.hold_id)
    wanted = within(command.points, 0, POINTS_MAX, field="points") or hold.points
    if wanted > hold.points:
        raise MoreThanHeld("points", points=wanted, held=hold.points)
    store = uow.chain.stores[hold.store_id]
    on, end_id = trading_day(uow, store), uow.new_id()
    uses = take_in_order(lots, points=wanted)
    for lot, points, value in uses:
        _move(uow, LotUse(lot, -points, -value), PointsReason.CAPTURED, end_id, store, on)
    _put_back(uow, lots, locked, end_id, store, on)
    locked.account.points_balance -= wanted
    captured = sum(use.value_minor for use in uses)
    worth = uow.chain.policies(store.store_id).points_redeem_minor_per_100
    paid = points_value(wanted, redeem_minor_per_100=worth)
    entry = JournalEntry(uow.new_id(), store.store_id, on, store.currency, "", DOCUMENT_KIND, end_id, uow.now)
    uow.add(
        _end(uow, hold, end_id, on, wanted, captured, paid),
        entry,
        *balanced(entry.entry_id, capture_postings(value_minor=captured, paid_minor=paid)),
    )
    _announce(uow, "PointsCaptured", hold, end_id, points=wanted, paid_minor=paid, currency=store.currency)
    return _held(hold, locked, captured=wanted, released=hold.points - wanted, paid_minor=paid)


def release_points(uow: UnitOfWork, command: ReleasePoints) -> PointsHeld:
    """Puts points that are held back into the lots that they came from, once; of lots that are over, for the next run.

    Raises UnknownHold, HoldEnded and HoldOver.
    """
    hold, lots, locked = _standing(uow, command.hold_id)
    store = uow.chain.stores[hold.store_id]
    on, end_id = trading_day(uow, store), uow.new_id()
    _put_back(uow, lots, locked, end_id, store, on)
    uow.add(_end(uow, hold, end_id, on, 0, 0, 0))
    _announce(uow, "PointsReleased", hold, end_id, points=hold.points)
    return _held(hold, locked, released=hold.points)


def _standing(uow: UnitOfWork, hold_id: int) -> tuple[PointsHold, list[PointsLot], LockedPoints]:
    """A hold that is neither ended nor over, with its lots in the order of the hold and the locked account."""
    uow.refresh()
    hold = uow.points_holds.find(hold_id)
    if hold is None or not uow.caller.sees(hold.store_id):
        raise UnknownHold("hold_id", hold_id=hold_id)
    lot_ids = uow.points_holds.lot_ids(hold)
    locked = uow.points.lock(uow.merges.standing(hold.member_id), used_lot_ids=lot_ids, follow=False)
    # Under the lock: whoever else ends it has waited or is being waited for.
    if uow.points_holds.is_ended(hold_id):
        raise HoldEnded("hold_id", hold_id=hold_id)
    by_id = {lot.lot_id: lot for lot in locked.lots}
    # By the clock of another server it may have been over, and the points spent since; or what was left of them went to
    # another member when a merge was undone.
    lots = [by_id[lot_id] for lot_id in lot_ids if lot_id in by_id]
    if uow.now >= hold.expires_at or sum(lot.points for lot in lots) < hold.points:
        raise HoldOver("hold_id", hold_id=hold_id, expires_at=hold.expires_at.isoformat())
    return hold, lots, locked


def _put_back(
    uow: UnitOfWork, lots: Sequence[PointsLot], locked: LockedPoints, end_id: int, store: Store, on: date
) -> None:
    by_id = {lot.lot_id: lot for lot in locked.lots}
    for lot in lots:
        points, value = lot.points, lot.value_minor
        if points and lot.held_from is not None:
            source = by_id.get(lot.held_from)
            if source is None:
                # It went to another member when a merge was undone: the points get a lot like it.
                source = replace(lot, lot_id=uow.new_id(), points=0, value_minor=0, held_until=None, held_from=None)
                uow.add(source)
            elif source.member_id != lot.member_id:
                uow.points.follow(source, lot.member_id)
            _move(uow, LotUse(lot, -points, -value), PointsReason.RELEASED, end_id, store, on)
            _move(uow, LotUse(source, points, value), PointsReason.RELEASED, end_id, store, on)


def _move(uow: UnitOfWork, move: LotUse, reason: PointsReason, document_id: int, store: Store, on: date) -> None:
    lot, points, value = move
    lot.points += points
    lot.value_minor += value
    uow.add(
        PointsEntry(
            lot.member_id, uow.new_id(), lot.lot_id, points, value, reason, document_id, store.store_id, on, uow.now
        )
    )


def _end(
    uow: UnitOfWork, hold: PointsHold, end_id: int, on: date, points: int, value_minor: int, paid_minor: int
) -> PointsHoldEnd:
    return PointsHoldEnd(
        hold.hold_id, end_id, hold.store_id, on, points, value_minor, paid_minor, uow.caller.caller_id,
        uow.caller.staff_id, uow.request_id, uow.now,
    )  # fmt: skip


def _announce(uow: UnitOfWork, topic: str, hold: PointsHold, subject_id: int, **facts: object) -> None:
    payload = {"hold_id": hold.hold_id, "member_id": hold.member_id, "store_id": hold.store_id, **facts}
    uow.publish(topic, subject_id, payload)


def _held(
    hold: PointsHold, locked: LockedPoints, *, captured: int = 0, released: int = 0, paid_minor: int = 0
) -> PointsHeld:
    account = locked.account
    return PointsHeld(
        hold.hold_id, account.member_number, hold.points, hold.reference, hold.expires_at, captured, released,
        paid_minor, account.points_balance,
    )  # fmt: skip
