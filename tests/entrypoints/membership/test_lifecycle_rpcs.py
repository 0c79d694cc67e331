"""The life cycle of members through the contract, from message to message."""

from datetime import timedelta

import pytest

from application.membership.move_lifecycles import MoveLifecycles, move_lifecycles
from entrypoints.grpc.lifecycle import SERVICE
from liansuo.membership.v1 import lifecycle_pb2 as pb2
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "ListLifecycleChanges": "membership.read",
        "CountMembersByLifecycle": "membership.read",
    }


@pytest.mark.capability("MEM-15")
def test_carries_states_and_changes(world):
    world.do(move_lifecycles, MoveLifecycles())
    world.clock.now += timedelta(days=90)
    world.do(move_lifecycles, MoveLifecycles())
    request = pb2.ListLifecycleChangesRequest(member_key=MEMBER, page_size=1)
    first = ask(world, SERVICE, "ListLifecycleChanges", request)
    [change] = first.changes
    assert (change.number, change.from_state, change.to_state, change.cause, change.since_date) == (
        2, pb2.LIFECYCLE_STATE_NEW, pb2.LIFECYCLE_STATE_DORMANT, pb2.LIFECYCLE_CAUSE_TIME, "2027-02-20"
    )  # fmt: skip
    request.page_token = first.next_page_token
    [taken_in] = ask(world, SERVICE, "ListLifecycleChanges", request).changes
    assert (taken_in.number, taken_in.from_state) == (1, pb2.LIFECYCLE_STATE_UNSPECIFIED)
    counted = ask(world, SERVICE, "CountMembersByLifecycle", pb2.CountMembersByLifecycleRequest(from_date="2027-01-01"))
    assert counted == pb2.CountMembersByLifecycleResponse(
        states=[pb2.LifecycleStateCount(state=pb2.LIFECYCLE_STATE_DORMANT, members=1)],
        changes=[
            pb2.LifecycleChangeCount(
                business_date="2027-02-20",
                from_state=pb2.LIFECYCLE_STATE_NEW,
                to_state=pb2.LIFECYCLE_STATE_DORMANT,
                members=1,
            )
        ],
    )
