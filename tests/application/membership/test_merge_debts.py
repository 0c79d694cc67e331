"""Points that a file owes are its survivor's to repay, and its own again when the merge is undone."""

import pytest

from application.loyalty.queries import GetPointsBalance, get_points_balance
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.sales.refund import RefundSale
from domain.identity.organisation import SYSTEM
from tests.world import MEMBER, Till, World

OTHER = "13900139000"
LIABILITY, EXPENSE = "220501", "660101"
ONE_ENGINE = pytest.mark.parametrize("furnished_url", ["sqlite"], indirect=True)
"""For rules that stand above storage."""


@pytest.fixture
def two(world: World) -> World:
    world.set("points_clawback", "negative_balance")
    world.do(register_member, RegisterMember(phone=OTHER, card="OTHER"))
    return world


def owe(world: World, member: str) -> None:
    """The member owes 100 points: those of a sale that has come back, spent meanwhile on a mug of 50.00."""
    sale = world.sell(Till().line("TEA").member(member).cash(10_000).command)
    world.sell(Till().line("MUG").member(member).points(100).cash(4_900).command)
    world.refund(RefundSale(sale.sale_id, "Broken"))


def merge(world: World) -> int:
    return int(world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), SYSTEM).merge_id)


def undo(world: World, merge_id: int) -> int:
    return int(world.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), SYSTEM).points)


def points(world: World) -> list[int]:
    found = [world.ask(get_points_balance, GetPointsBalance(key)) for key in (MEMBER, OTHER)]
    return [int(one.points_balance) for one in found]


def debts(world: World) -> list[int]:
    return [debt for (debt,) in world.rows("SELECT points_debt FROM points_accounts ORDER BY member_id")]


@pytest.mark.capability("MEM-12", "PTS-18")
@pytest.mark.parametrize("owing", [MEMBER, OTHER])
def test_what_one_file_owes_is_repaid_with_the_points_of_the_other(two: World, owing: str) -> None:
    """The one owes 51 (100 less the 49 of the mug); the other has 300 of three teas, of which 51 repay it."""
    owe(two, owing)
    two.sell(Till().line("TEA", 3).member(OTHER if owing == MEMBER else MEMBER).cash(30_000).command)
    before, books = sorted(points(two)), two.ledger()
    assert (before, sorted(debts(two))) == ([-51, 300], [0, 51])
    merge_id = merge(two)
    assert (points(two), debts(two)) == ([249, 249], [0])
    # 300 points carry 297; those that repay carry 50 of it, which are owed to nobody any more.
    after = two.ledger()
    moved = {code: after.get(code, 0) - books.get(code, 0) for code in {*after, *books}}
    assert {code: amount for code, amount in moved.items() if amount} == {LIABILITY: 50, EXPENSE: -50}
    assert two.broken() == []
    undo(two, merge_id)
    assert (sorted(points(two)), sorted(debts(two)), two.ledger()) == (before, [0, 51], books)
    assert points(two) == ([-51, 300] if owing == MEMBER else [300, -51])


@ONE_ENGINE
def test_what_was_repaid_since_stays_repaid_and_both_repay_what_they_can(two: World) -> None:
    """The file brings a debt of 51. 100 earned since repay it: undone, the file owes nothing."""
    owe(two, OTHER)
    merge_id = merge(two)
    assert (points(two), debts(two)) == ([-51, -51], [51])
    two.sell(Till().line("TEA").member().cash(10_000).command)
    assert (points(two), debts(two)) == ([49, 49], [0])
    undo(two, merge_id)
    assert (points(two), debts(two)) == ([49, 0], [0, 0])


@ONE_ENGINE
def test_what_the_survivor_owes_again_is_repaid_with_what_came_since(two: World) -> None:
    """The file's 100 repaid the survivor's 51. 200 earned since repay what is owed again."""
    owe(two, MEMBER)
    two.sell(Till().line("TEA").member(OTHER).cash(10_000).command)
    merge_id = merge(two)
    two.sell(Till().line("TEA", 2).member().cash(20_000).command)
    assert points(two) == [249, 249]
    assert undo(two, merge_id) == 100
    assert (points(two), debts(two)) == ([149, 100], [0, 0])
