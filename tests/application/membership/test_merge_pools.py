"""The seat of a merged file in a pool of points, on both engines."""

import pytest

from application.loyalty.pool_points import (
    GetPointsPool,
    JoinPointsPool,
    LeavePointsPool,
    TransferPoints,
    get_points_pool,
    join_points_pool,
    leave_points_pool,
    transfer_points,
)
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.queries import GetMember, get_member
from application.membership.register_member import RegisterMember, register_member
from domain.identity.organisation import SYSTEM
from domain.shared.errors import Refusal
from tests.world import MEMBER, Till, World

OTHER, AUNT, UNCLE = "13900139000", "13700137000", "13600136000"
ONE_ENGINE = pytest.mark.parametrize("furnished_url", ["sqlite"], indirect=True)
"""For rules that stand above storage."""


@pytest.fixture
def four(world: World) -> World:
    for phone in (OTHER, AUNT, UNCLE):
        world.do(register_member, RegisterMember(phone=phone))
    return world


def join(world: World, owner: str, *members: str) -> None:
    for member in members:
        world.once(join_points_pool, JoinPointsPool(owner, member), world.s1)


def merge(world: World) -> int:
    return int(world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), SYSTEM).merge_id)


def undo(world: World, merge_id: int) -> None:
    world.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), SYSTEM)


def pool(world: World, member: str) -> list[str]:
    """Who sits in the pool of a member, the owner first; by the phones with which they registered."""
    phones = {world.ask(get_member, GetMember(key)).member_number: key for key in (OTHER, AUNT, UNCLE, MEMBER)}
    return [phones[one.member_number] for one in world.ask(get_points_pool, GetPointsPool(member)).members]


@pytest.mark.capability("MEM-12")
def test_the_seat_of_the_file_is_the_survivors(four: World) -> None:
    join(four, AUNT, OTHER, UNCLE)
    merge_id = merge(four)
    assert sorted(pool(four, MEMBER)) == sorted([AUNT, MEMBER, UNCLE])
    four.sell(Till().line("TEA").member(AUNT).cash(10_000).command)
    four.once(transfer_points, TransferPoints(AUNT, OTHER, 40, "S1"), four.s1)
    assert four.broken() == []
    undo(four, merge_id)
    assert (pool(four, MEMBER), sorted(pool(four, OTHER))) == ([], sorted([AUNT, OTHER, UNCLE]))


@ONE_ENGINE
def test_the_pool_of_the_file_is_the_survivors(four: World) -> None:
    join(four, OTHER, AUNT, UNCLE)
    merge_id = merge(four)
    assert pool(four, AUNT)[0] == MEMBER
    four.once(leave_points_pool, LeavePointsPool(UNCLE), four.s1)
    undo(four, merge_id)
    assert (pool(four, MEMBER), pool(four, AUNT)) == ([], [OTHER, AUNT])


def test_two_seats_in_one_pool_are_one(four: World) -> None:
    for owner in (MEMBER, OTHER, AUNT):
        join(four, owner, *[one for one in (MEMBER, OTHER, AUNT) if one != owner])
        before = sorted(pool(four, AUNT))
        merge_id = merge(four)
        left = pool(four, OTHER)
        assert (left[0], sorted(left)) == (MEMBER if owner == OTHER else owner, sorted([MEMBER, AUNT]))
        undo(four, merge_id)
        assert (pool(four, AUNT)[0], sorted(pool(four, AUNT))) == (owner, before)
        four.once(leave_points_pool, LeavePointsPool(owner), four.s1)


@ONE_ENGINE
def test_a_pool_of_only_the_two_is_none_and_begins_again_unless_there_is_another(four: World) -> None:
    join(four, OTHER, MEMBER)
    merge_id = merge(four)
    assert pool(four, MEMBER) == []
    undo(four, merge_id)
    assert pool(four, OTHER) == [OTHER, MEMBER]
    merge_id = merge(four)
    join(four, AUNT, MEMBER)
    undo(four, merge_id)
    assert (pool(four, OTHER), pool(four, MEMBER)) == ([], [AUNT, MEMBER])


@ONE_ENGINE
def test_who_left_since_does_not_sit_there_again_nor_where_there_is_no_room(four: World) -> None:
    join(four, AUNT, OTHER, UNCLE)
    merge_id = merge(four)
    four.once(leave_points_pool, LeavePointsPool(MEMBER), four.s1)
    undo(four, merge_id)
    assert pool(four, OTHER) == []
    join(four, AUNT, OTHER, MEMBER)
    merge_id = merge(four)
    four.set("points_pool_max", "3")
    undo(four, merge_id)
    assert (pool(four, OTHER), len(pool(four, MEMBER))) == ([], 3)


@ONE_ENGINE
def test_two_pools_are_refused(four: World) -> None:
    join(four, MEMBER, AUNT)
    join(four, OTHER, UNCLE)
    before = four.counts()
    with pytest.raises(Refusal) as refused:
        merge(four)
    assert (refused.value.reason, refused.value.field, four.counts()) == ("IN_TWO_POOLS", "merged_key", before)
