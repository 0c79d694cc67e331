"""What merged files have used of limits per member counts for one person, on both engines."""

from typing import Any

import pytest

from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.pricing.figures import GetPromotionFigures, get_promotion_figures
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.refund import RefundSale
from domain.identity.organisation import SYSTEM
from domain.pricing.limits import Limits
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from tests.world import MEMBER, Till, World

OTHER, THIRD = "13900139000", "13700137000"


@pytest.fixture
def three(world: World) -> World:
    for phone in (OTHER, THIRD):
        world.do(register_member, RegisterMember(phone=phone))
    return world


def merge(world: World, survivor: str = MEMBER, merged: str = OTHER) -> int:
    return int(world.once(merge_members, MergeMembers(survivor, merged, "One person", "S1"), SYSTEM).merge_id)


def undo(world: World, merge_id: int) -> None:
    world.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), SYSTEM)
    assert world.broken() == []


def limited(world: World, **limits: Any) -> None:
    benefit = Benefit(BenefitKind.AMOUNT, ItemSet(everything=True), off_minor=1_000)
    world.do(
        put_promotions, PutPromotions((Promotion("P", "P off", benefit, currency="CNY", limits=Limits(**limits)),))
    )


def buy(world: World, member: str) -> Any:
    """A tea of 100.00, less 10.00 while the limit leaves it."""
    return world.sell(Till().line("TEA").member(member).cash(10_000).command)


def figures(world: World) -> tuple[int, int]:
    """Uses, and members who have used it."""
    found = world.ask(get_promotion_figures, GetPromotionFigures("P"))
    return found.uses, found.members


@pytest.mark.capability("MEM-12", "PRM-16")
@pytest.mark.parametrize("limits", [{"uses_per_member_max": 2}, {"uses_per_member_per_day_max": 2}])
def test_one_person_does_not_get_twice_what_one_may_get(three: World, limits: dict[str, int]) -> None:
    limited(three, **limits)
    first = [buy(three, MEMBER), buy(three, OTHER)]
    assert ([one.discount_minor for one in first], figures(three)) == ([1_000, 1_000], (2, 2))
    merge_id = merge(three)
    assert (buy(three, MEMBER).discount_minor, buy(three, OTHER).discount_minor, figures(three)) == (0, 0, (2, 1))
    # What the file had bought comes back: one more is to be had.
    three.refund(RefundSale(first[1].sale_id, "Broken"))
    assert (figures(three), three.broken()) == ((1, 1), [])
    assert (buy(three, MEMBER).discount_minor, buy(three, MEMBER).discount_minor) == (1_000, 0)
    undo(three, merge_id)
    # Both of those are the survivor's; the file has used nothing that has not come back.
    assert figures(three) == (2, 1)
    assert [buy(three, one).discount_minor for one in (MEMBER, OTHER, OTHER, OTHER)] == [0, 1_000, 1_000, 0]
    assert figures(three) == (4, 2)


def test_files_of_files_count_too_and_are_taken_off_one_by_one(three: World) -> None:
    limited(three, uses_per_member_max=3)
    third = buy(three, THIRD)
    buy(three, OTHER)
    buy(three, MEMBER)
    first = merge(three, OTHER, THIRD)
    second = merge(three, MEMBER, OTHER)
    assert (figures(three), buy(three, THIRD).discount_minor) == ((3, 1), 0)
    three.refund(RefundSale(third.sale_id, "Broken"))
    undo(three, second)
    assert figures(three) == (2, 2)
    undo(three, first)
    assert [buy(three, THIRD).discount_minor for _ in range(4)] == [1_000, 1_000, 1_000, 0]
    assert [buy(three, OTHER).discount_minor for _ in range(3)] == [1_000, 1_000, 0]
