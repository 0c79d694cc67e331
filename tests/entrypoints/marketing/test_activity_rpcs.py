"""Activities through the contract, from message to message."""

from typing import Any

import pytest

from domain.identity.organisation import SYSTEM
from entrypoints.grpc import loyalty
from entrypoints.grpc.activities import SERVICE
from liansuo.loyalty.v1 import loyalty_pb2
from liansuo.marketing.v1 import activities_pb2 as pb2
from tests.entrypoints.marketing.test_rpcs import call
from tests.entrypoints.table_calls import permissions
from tests.stress.activity_requests import put_activity
from tests.world import MEMBER, World, opened


@pytest.fixture
def chain(sqlite_chain: str) -> Any:
    """Messages are the same on every engine; the use cases are tested on both."""
    with opened(sqlite_chain, furnished=True) as world:
        yield world
        assert world.broken() == []


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutActivity": "activities.manage",
        "ListActivities": "activities.read",
        "RecordActivity": "activities.record",
    }


@pytest.mark.capability("PTS-02")
def test_carries_an_activity_from_its_terms_to_the_statement(chain: World):
    request = put_activity("", None)
    every = {field.name for field, _ in request.activity.ListFields()}
    assert every == set(pb2.Activity.DESCRIPTOR.fields_by_name) - {"given_points"}
    assert call(chain, SERVICE, "PutActivity", request, SYSTEM).created
    request.activity.kind = pb2.ACTIVITY_KIND_EVENT
    request.activity.code = "TASTING"
    request.activity.new_member_points = request.activity.new_member_days = 0
    call(chain, SERVICE, "PutActivity", request, SYSTEM)
    done = call(
        chain, SERVICE, "RecordActivity",
        pb2.RecordActivityRequest(activity_code="TASTING", member_key=MEMBER, reference="E1"),
    )  # fmt: skip
    assert (done.points, done.new_member_points, done.points_balance) == (20, 0, 20)
    assert (done.left_today, done.left_in_all) == (4, 49)
    listed = call(chain, SERVICE, "ListActivities", pb2.ListActivitiesRequest(page_size=1))
    assert (listed.activities[0].code, bool(listed.next_page_token)) == ("LINK", True)
    second = pb2.ListActivitiesRequest(page_size=1, page_token=listed.next_page_token)
    request.activity.given_points = 20
    assert list(call(chain, SERVICE, "ListActivities", second).activities) == [request.activity]
    shown = call(chain, loyalty.SERVICE, "GetPointsStatement", loyalty_pb2.GetPointsStatementRequest(member_key=MEMBER))
    assert [(entry.points, entry.name_en, entry.name_zh) for entry in shown.entries] == [
        (20, "A link was opened", "好友打开链接")
    ]
