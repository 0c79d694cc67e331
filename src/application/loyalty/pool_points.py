"""Families share points: who belongs to a pool and who spends its points, and points handed on inside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import required_name, within
from application.loyalty.queries import UnknownMember
from application.points_ledger import repay_debts
from application.ports.kernel import UnitOfWork
from application.ports.loyalty import LockedPoints
from application.ports.membership import MemberAccount
from application.scope import store_in_scope, trading_day
from domain.finance.journal import JournalEntry, balanced
from domain.finance.points_postings import repayment_postings
from domain.identity.organisation import Store
from domain.loyalty.ledger import PointsEntry, PointsLot, PointsReason
from domain.loyalty.pool import PointsPoolEvent, PointsPoolRule, PointsTransfer, PoolEventKind, PoolSpending
from domain.loyalty.redemption import LotUse, redeem
from domain.shared.errors import Conflict, Invalid, Rejected

POOLS: Final = "loyalty.pools"
DOCUMENT_KIND: Final = "points_transfer"
POINTS_MAX: Final = 10**9


class SameMember(Invalid):
    en = "Both are the same member. Name two."
    zh = "两者为同一会员，请指定两位会员。"


class InPoolAlready(Conflict):
    en = "Member {member_number} belongs to a pool already. Let them leave it first."
    zh = "会员 {member_number} 已在一个积分共享组中，请先退出。"


class NotThePoolsOwner(Rejected):
    en = "Member {member_number} belongs to the pool of somebody else, who alone takes others in. Name the owner."
    zh = "会员 {member_number} 属于他人的积分共享组，只有组长可以接纳成员。请指定组长。"


class PoolFull(Rejected):
    en = "The pool has {members} members, and more than {members_max} it may not have."
    zh = "该积分共享组已有 {members} 名成员，最多 {members_max} 名。"


class InNoPool(Rejected):
    en = "Member {member_number} belongs to no pool."
    zh = "会员 {member_number} 不在任何积分共享组中。"


class NotInOnePool(Rejected):
    en = "Points are handed on inside a pool only, and these members belong to none together."
    zh = "积分只能在同一共享组内转赠，这两位会员不在同一组。"


@dataclass(frozen=True, slots=True)
class JoinPointsPool:
    """A member comes into the pool of an owner, which begins with the first who joins."""

    owner_key: str
    member_key: str


@dataclass(frozen=True, slots=True)
class LeavePointsPool:
    member_key: str


@dataclass(frozen=True, slots=True)
class SetPointsPoolRule:
    """Who may pay with the points of all members of a pool; `points_per_day_max` 0 is no bound."""

    owner_key: str
    spending: PoolSpending
    points_per_day_max: int = 0


@dataclass(frozen=True, slots=True)
class GetPointsPool:
    member_key: str


@dataclass(frozen=True, slots=True)
class PooledMember:
    member_number: str
    points_balance: int


@dataclass(frozen=True, slots=True)
class PointsPool:
    """Empty where there is none, or none any more; otherwise the owner comes first among its members."""

    owner_number: str
    members: Sequence[PooledMember]
    spending: PoolSpending = PoolSpending.NOBODY
    points_per_day_max: int = 0


@dataclass(frozen=True, slots=True)
class TransferPoints:
    """Points (1 to 1,000,000,000) from one member of a pool to another one, booked in a store."""

    from_member_key: str
    to_member_key: str
    points: int
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class PointsTransferred:
    transfer_id: int
    from_member_number: str
    to_member_number: str
    points: int
    from_balance: int
    to_balance: int


def join_points_pool(uow: UnitOfWork, command: JoinPointsPool) -> PointsPool:
    """Takes a member into the pool of an owner, who has consented: that is what the caller's permission stands for.

    Up to the chain's setting `points_pool_max`. Everybody keeps their own points. Raises UnknownMember, SameMember,
    NotThePoolsOwner, InPoolAlready and PoolFull.
    """
    uow.refresh()
    owner = _found(uow, command.owner_key, "owner_key")
    member = _found(uow, command.member_key, "member_key")
    if owner.member_id == member.member_id:
        raise SameMember("member_key")
    for member_id in sorted((owner.member_id, member.member_id)):
        uow.points.lock(member_id)
    pool_of_owner = uow.points_pools.owner_of(owner.member_id)
    if pool_of_owner not in (None, owner.member_id):
        raise NotThePoolsOwner("owner_key", member_number=owner.member_number)
    if uow.points_pools.owner_of(member.member_id) is not None:
        raise InPoolAlready("member_key", member_number=member.member_number)
    there = len(uow.points_pools.members(owner.member_id)) or 1
    members_max = uow.chain.chain_policies.points_pool_max
    if there >= members_max:
        raise PoolFull("member_key", members=there, members_max=members_max)
    new = [member.member_id] if pool_of_owner else [owner.member_id, member.member_id]
    uow.points_pools.join(owner.member_id, new)
    uow.add(*[_event(uow, owner.member_id, member_id, PoolEventKind.JOINED) for member_id in new])
    return _pool(uow, owner.member_id)


def leave_points_pool(uow: UnitOfWork, command: LeavePointsPool) -> PointsPool:
    """Lets a member out of their pool, with the points that are theirs; an owner who leaves dissolves it.

    A pool of one is none: it is dissolved too. Raises UnknownMember and InNoPool.
    """
    uow.refresh()
    member = _found(uow, command.member_key, "member_key")
    owner_id = uow.points_pools.owner_of(member.member_id)
    if owner_id is not None:
        # Whoever changes a pool has locked its owner, so what is read after it stays so.
        uow.points.lock(owner_id)
    if owner_id is None or uow.points_pools.owner_of(member.member_id) != owner_id:
        raise InNoPool("member_key", member_number=member.member_number)
    there = [one.member_id for one in uow.points_pools.members(owner_id)]
    if member.member_id == owner_id or len(there) <= 2:
        uow.points_pools.leave(there)
        # What was allowed to this pool is not to hold for the owner's next one.
        _lay_down(uow, owner_id, PoolSpending.NOBODY, 0)
        uow.add(*[_event(uow, owner_id, member_id, PoolEventKind.DISSOLVED) for member_id in there])
    else:
        uow.points_pools.leave([member.member_id])
        uow.add(_event(uow, owner_id, member.member_id, PoolEventKind.LEFT))
    return _pool(uow, owner_id)


def set_points_pool_rule(uow: UnitOfWork, command: SetPointsPoolRule) -> PointsPool:
    """Lays down who may pay at a till with the points of all members, who have consented: the caller's permission.

    It holds from the next sale on; what has been spent stays so. Raises UnknownMember, InNoPool and NotThePoolsOwner.
    """
    within(command.points_per_day_max, 0, POINTS_MAX, field="points_per_day_max")
    uow.refresh()
    owner = _found(uow, command.owner_key, "owner_key")
    uow.points.lock(owner.member_id)
    pool = uow.points_pools.owner_of(owner.member_id)
    if pool is None:
        raise InNoPool("owner_key", member_number=owner.member_number)
    if pool != owner.member_id:
        raise NotThePoolsOwner("owner_key", member_number=owner.member_number)
    _lay_down(uow, pool, command.spending, command.points_per_day_max)
    return _pool(uow, pool)


def get_points_pool(uow: UnitOfWork, query: GetPointsPool) -> PointsPool:
    """The pool that a member belongs to, with what each has. Raises UnknownMember."""
    member = _found(uow, query.member_key, "member_key")
    owner_id = uow.points_pools.owner_of(member.member_id)
    return PointsPool("", ()) if owner_id is None else _pool(uow, owner_id)


def transfer_points(uow: UnitOfWork, command: TransferPoints) -> PointsTransferred:
    """Hands points on to another member of the same pool, without a fee; each lot keeps its expiry and what it carries.

    The first expiring ones of those that may be spent. What the receiver owes is repaid with them first. Raises
    UnknownMember, SameMember, NotInOnePool, PointsExceedBalance and PointsNotFree.
    """
    within(command.points, 1, POINTS_MAX, field="points")
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    giver = _found(uow, command.from_member_key, "from_member_key")
    taker = _found(uow, command.to_member_key, "to_member_key")
    if giver.member_id == taker.member_id:
        raise SameMember("to_member_key")
    # In the order in which everybody locks accounts.
    locked = {member_id: uow.points.lock(member_id) for member_id in sorted((giver.member_id, taker.member_id))}
    pool = uow.points_pools.owner_of(giver.member_id)
    if pool is None or pool != uow.points_pools.owner_of(taker.member_id):
        raise NotInOnePool("to_member_key")
    source, target = locked[giver.member_id], locked[taker.member_id]
    on = trading_day(uow, store)
    uses = redeem(source.lots, points=command.points, on=on, at=uow.now, debt=source.account.points_debt)
    transfer = PointsTransfer(
        uow.new_id(), giver.member_id, taker.member_id, store.store_id, on, command.points,
        sum(use.value_minor for use in uses), uow.caller.caller_id, uow.caller.staff_id, uow.request_id, uow.now,
    )  # fmt: skip
    uow.add(transfer)
    released = _hand_on(uow, uses, source, target, transfer)
    _post(uow, transfer, store, on, released)
    return PointsTransferred(
        transfer.transfer_id, source.account.member_number, target.account.member_number, command.points,
        source.account.points_balance, target.account.points_balance,
    )  # fmt: skip


def _hand_on(
    uow: UnitOfWork, uses: Sequence[LotUse], source: LockedPoints, target: LockedPoints, transfer: PointsTransfer
) -> int:
    """Moves the points into lots of the taker; the liability that is released by what these owe."""
    released = 0
    for lot, points, value in uses:
        # Of the same sale, so that they are the liability of the store that had issued them.
        own = PointsLot(
            uow.new_id(), transfer.to_member_id, lot.sale_id, lot.earned_on, lot.expires_on, points, value, lot.free_on
        )
        lot.points -= points
        lot.value_minor -= value
        source.account.points_balance -= points
        target.account.points_balance += points
        uow.add(own)
        for moved, change, change_value in ((lot, -points, -value), (own, points, value)):
            uow.add(
                PointsEntry(
                    moved.member_id, uow.new_id(), moved.lot_id, change, change_value, PointsReason.TRANSFERRED,
                    transfer.transfer_id, transfer.store_id, transfer.business_date, uow.now,
                )
            )  # fmt: skip
        if target.account.points_debt:
            released += repay_debts(
                uow, target.account, own, target.lots,
                document_id=transfer.transfer_id, store_id=transfer.store_id, on=transfer.business_date, at=uow.now,
            )  # fmt: skip
    return released


def _post(uow: UnitOfWork, transfer: PointsTransfer, store: Store, on: date, released_minor: int) -> None:
    entry = JournalEntry(
        uow.new_id(), store.store_id, on, store.currency, "", DOCUMENT_KIND, transfer.transfer_id, uow.now
    )
    uow.add(entry, *balanced(entry.entry_id, repayment_postings(value_minor=released_minor)))
    uow.publish(
        "PointsTransferred",
        transfer.transfer_id,
        {
            "transfer_id": transfer.transfer_id,
            "member_id": transfer.member_id,
            "to_member_id": transfer.to_member_id,
            "store_id": transfer.store_id,
            "points": transfer.points,
        },
    )


def _found(uow: UnitOfWork, member_key: str, field: str) -> MemberAccount:
    found = uow.members.account(required_name(member_key, field=field))
    if found is None:
        raise UnknownMember(field)
    return found


def _event(uow: UnitOfWork, owner_id: int, member_id: int, kind: PoolEventKind) -> PointsPoolEvent:
    caller = uow.caller
    return PointsPoolEvent(uow.new_id(), owner_id, member_id, kind, caller.caller_id, caller.staff_id, uow.now)


def _lay_down(uow: UnitOfWork, owner_id: int, spending: PoolSpending, day_max: int) -> None:
    """A new version of the rule, where it says anything else; the owner's account is locked."""
    now = uow.points_pools.rule(owner_id)
    if (now.spending, now.points_per_day_max) == (spending, day_max):
        return
    caller = uow.caller
    uow.add(PointsPoolRule(owner_id, now.version + 1, spending, day_max, caller.caller_id, caller.staff_id, uow.now))


def _pool(uow: UnitOfWork, owner_id: int) -> PointsPool:
    there = uow.points_pools.members(owner_id)
    members = [PooledMember(one.member_number, one.points_balance) for one in there]
    rule = uow.points_pools.rule(owner_id)
    return PointsPool(members[0].member_number if members else "", members, rule.spending, rule.points_per_day_max)
