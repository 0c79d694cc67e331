"""Seats in pools of points: one person has one seat, whatever files it was given to.

How a pool was before a merge is kept with the merge, as `pool:OWNER:KIND`: whose it was, and whether the survivor had
no seat in it (`seat`), had one too (`shared`), or was the only other member (`pair`), so that the pool was dissolved.
"""

from collections.abc import Collection
from typing import Final

from application.membership.merge_work import Merging, Undoing
from application.ports.kernel import Contention, UnitOfWork
from domain.loyalty.pool import PointsPoolEvent, PoolEventKind
from domain.shared.errors import Rejected

POOL: Final = "pool:"
_SEAT, _SHARED, _PAIR = "seat", "shared", "pair"


class InTwoPools(Rejected):
    en = (
        "The two files share points in different pools, and one member is in one pool only. Let one of them leave"
        " theirs first (LeavePointsPool)."
    )
    zh = "两份档案在不同的积分共享组中，而一位会员只能在一个组中。请先让其中一份退出（LeavePointsPool）。"


def owners(uow: UnitOfWork, *member_ids: int) -> set[int]:
    """Who else is locked before members are merged or separated: the owners of their pools."""
    return set(uow.points_pools.owners_of(member_ids).values())


def move_seat(merging: Merging) -> None:
    """The file's seat is the survivor's, and whoever it took in. With a seat of their own they keep that one.

    Everybody keeps their points. A pool of one is none. Raises InTwoPools.
    """
    uow, survivor_id, merged_id = merging.uow, merging.survivor.member_id, merging.merged.member_id
    found = _owners_now(merging)
    pool, own = found.get(merged_id), found.get(survivor_id)
    if pool is None:
        return
    if own not in (None, pool):
        raise InTwoPools("merged_key")
    before = [one.member_id for one in uow.points_pools.members(pool)]
    after = {survivor_id, *before} - {merged_id}
    kind = _SEAT if own is None else _SHARED if len(after) > 1 else _PAIR
    merging.filled.append(f"{POOL}{pool}:{kind}")
    _reseat(uow, pool, before, survivor_id if pool == merged_id else pool, after)


def move_seat_back(undoing: Undoing) -> None:
    """The file has its seat again, as long as the survivor still has theirs in that pool, and there is room for both.

    A pool of the two that the merge dissolved begins again unless the survivor has joined another one since.
    """
    uow, survivor_id, merged_id = undoing.uow, undoing.survivor.member_id, undoing.merged.member_id
    noted = next((one for one in undoing.merge.filled if one.startswith(POOL)), None)
    if noted is None:
        return
    owner, kind = noted.removeprefix(POOL).split(":")
    pool = _owners_now(undoing).get(survivor_id)
    if kind == _PAIR:
        if pool is None:
            _reseat(uow, 0, (), int(owner), {survivor_id, merged_id})
        return
    # The pool that had been the file's is the survivor's meanwhile, and any other owner may have been merged since.
    expected = survivor_id if int(owner) == merged_id else uow.merges.standing(int(owner))
    if pool is None or pool != expected:
        return
    before = [one.member_id for one in uow.points_pools.members(pool)]
    after = {merged_id, *before} - ({survivor_id} if kind == _SEAT else set())
    if len(after) <= uow.chain.chain_policies.points_pool_max:
        _reseat(uow, pool, before, merged_id if int(owner) == merged_id else pool, after)


def _owners_now(work: Merging | Undoing) -> dict[int, int]:
    """The owners of the pools of both, whose accounts are locked, so that they stay so."""
    found = dict(work.uow.points_pools.owners_of([work.survivor.member_id, work.merged.member_id]))
    if not work.locked.issuperset(found.values()):
        raise Contention("a pool was changed meanwhile")
    return found


def _reseat(uow: UnitOfWork, old_owner: int, before: Collection[int], new_owner: int, after: Collection[int]) -> None:
    """Makes a pool that of another owner, or one with other members: who stays where they were is told nothing."""
    stay = set(before) & set(after) if old_owner == new_owner and len(after) > 1 else set()
    leave = sorted(set(before) - stay)
    join = sorted(set(after) - stay) if len(after) > 1 else []
    left = PoolEventKind.LEFT if stay else PoolEventKind.DISSOLVED
    if leave:
        uow.points_pools.leave(leave)
    if join:
        uow.points_pools.join(new_owner, join)
    uow.add(*[_event(uow, old_owner, member_id, left) for member_id in leave])
    uow.add(*[_event(uow, new_owner, member_id, PoolEventKind.JOINED) for member_id in join])


def _event(uow: UnitOfWork, owner_id: int, member_id: int, kind: PoolEventKind) -> PointsPoolEvent:
    caller = uow.caller
    return PointsPoolEvent(uow.new_id(), owner_id, member_id, kind, caller.caller_id, caller.staff_id, uow.now)
