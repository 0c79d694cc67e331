"""Follow-ups through the contract, from message to message."""

import pytest

from entrypoints.grpc.follow_ups import SERVICE
from liansuo.care.v1 import follow_up_pb2 as pb2
from tests.application.care.test_follow_ups import SERVICE as PLAN
from tests.application.care.test_follow_ups import PutFollowUpPlans, by_hand, close, put_follow_up_plans
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutFollowUpPlans": "care.plan",
        "ListFollowUpPlans": "care.handle",
        "OpenFollowUp": "care.handle",
        "ClaimFollowUp": "care.handle",
        "CloseFollowUp": "care.handle",
        "ListFollowUps": "care.handle",
    }


@pytest.mark.capability("MEM-17")
def test_a_task_is_shown_with_everything_that_is_known_of_it(world):
    world.do(put_follow_up_plans, PutFollowUpPlans((PLAN,)))
    task = by_hand(world, plan_code="SERVICE")
    world.clock.advance(days=4)
    close(world, task)
    listed = ask(world, SERVICE, "ListFollowUps", pb2.ListFollowUpsRequest(member_key=MEMBER), world.s1)
    [shown] = listed.follow_ups
    unset = {"staff_code"}
    assert {field.name for field, _ in shown.ListFields()} | unset == set(pb2.FollowUp.DESCRIPTOR.fields_by_name)
    assert (shown.state, shown.outcome) == (pb2.FOLLOW_UP_STATE_CLOSED, pb2.FOLLOW_UP_OUTCOME_REACHED)
    assert [one.text for one in shown.entries] == ["Ring them up.", "Likes the tea."]
    plans = ask(world, SERVICE, "ListFollowUpPlans", pb2.ListFollowUpPlansRequest()).plans
    assert [(plan.code, plan.trigger, plan.days) for plan in plans] == [
        ("SERVICE", pb2.FOLLOW_UP_TRIGGER_BY_HAND, 2)
    ]  # fmt: skip
