"""What one store has just done stands at the next one, from message to message."""

import pytest

from domain.identity.organisation import SYSTEM
from entrypoints.grpc.loyalty import SERVICE as LOYALTY
from entrypoints.grpc.membership import SERVICE as MEMBERSHIP
from liansuo.loyalty.v1 import loyalty_pb2
from liansuo.membership.v1 import membership_pb2
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, Till


@pytest.mark.capability("MEM-11")
def test_the_points_of_a_sale_stand_at_the_next_store_at_once(world):
    sold = world.sell(Till().line("TEA").member().cash(10_000).command, world.s1)
    asked = loyalty_pb2.GetPointsBalanceRequest(member_key=MEMBER)
    assert ask(world, LOYALTY, "GetPointsBalance", asked, world.s2).points_balance == sold.points_balance == 100
    found = ask(world, MEMBERSHIP, "GetMember", membership_pb2.GetMemberRequest(member_key="CARD1"), world.s2)
    assert found.member.points_balance == 100
    # And they can be spent there.
    spent = world.sell(Till().line("MUG").member("CARD1").points(100).cash(10_000).command, world.s2)
    assert ask(world, LOYALTY, "GetPointsBalance", asked, world.s1).points_balance == spent.points_balance


@pytest.mark.capability("MEM-07")
def test_carries_habits_to_the_answer(world):
    for _ in range(5):
        world.sell(Till().line("TEA").member().cash(10_000).command)
    asked = membership_pb2.GetMemberHabitsRequest(member_key=MEMBER)
    assert ask(world, MEMBERSHIP, "GetMemberHabits", asked, SYSTEM) == membership_pb2.GetMemberHabitsResponse(
        purchases=5, last_purchase_on="2026-11-22", top_category_code="FOOD", usual_weekday=7
    )
