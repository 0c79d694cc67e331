"""Personal data from message to message."""

import json
from typing import Any

from google.protobuf.message import Message

from domain.identity.organisation import SYSTEM
from entrypoints.grpc.privacy import SERVICE
from liansuo.membership.v1 import privacy_pb2 as pb2
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, World

REQUEST = "6f1c2a52-6b0c-4e0e-9d55-0f4c8a1b2c3d"


def run(world: World, name: str, request: Message) -> Any:
    method = SERVICE.methods[f"/{SERVICE.name}/{name}"]
    made = world.once(method.use_case, method.decode(request), SYSTEM)
    return method.row.response.FromString(method.show(made))


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {"ExportMember": "membership.export", "EraseMember": "membership.erase"}


def test_carries_a_copy_and_an_erasure(world: World):
    first = ask(world, SERVICE, "ExportMember", pb2.ExportMemberRequest(member_key=MEMBER, page_size=1))
    [record] = map(json.loads, first.records)
    assert (record["table"], record["name"], first.next_page_token != "") == ("members", "王小明", True)
    request = pb2.EraseMemberRequest(request_id=REQUEST, member_key=MEMBER, reason="Asked for it", give_up=True)
    erased = run(world, "EraseMember", request)
    assert erased == pb2.EraseMemberResponse(member_number=record["member_number"], files=1, erased_at=erased.erased_at)
    assert erased.erased_at.ToDatetime() == world.clock().replace(tzinfo=None)
