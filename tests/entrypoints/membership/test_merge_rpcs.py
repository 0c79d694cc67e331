"""Merges of members and what leads to them, from message to message."""

from typing import Any

from google.protobuf.message import Message

from application.membership.register_member import RegisterMember, register_member
from domain.identity.organisation import SYSTEM
from entrypoints.grpc.membership import SERVICE
from liansuo.membership.v1 import membership_pb2 as pb2
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, World

REQUEST = "6f1c2a52-6b0c-4e0e-9d55-0f4c8a1b2c3d"


def run(world: World, name: str, request: Message) -> Any:
    method = SERVICE.methods[f"/{SERVICE.name}/{name}"]
    made = world.once(method.use_case, method.decode(request), SYSTEM)
    return method.row.response.FromString(method.show(made))


def test_carries_duplicates_a_merge_and_its_undoing(world: World) -> None:
    for card in ("C-1", "C-2"):
        world.do(register_member, RegisterMember(card=card, tier="gold", email="li@example.com"))
    [found] = ask(world, SERVICE, "FindDuplicateMembers", pb2.FindDuplicateMembersRequest()).duplicates
    assert found == pb2.Duplicate(
        member_number=found.member_number, other_number=found.other_number, score=60, alike=[pb2.LIKENESS_EMAIL]
    )
    numbers = {"survivor_number": found.member_number, "merged_number": found.other_number}
    request = pb2.MergeMembersRequest(
        request_id=REQUEST, survivor_key="C-1", merged_key="C-2", reason="One person", store_code="S1"
    )
    merged = run(world, "MergeMembers", request)
    assert merged == pb2.MergeMembersResponse(merge_id=merged.merge_id, tier="gold", **numbers)
    undo = pb2.UndoMemberMergeRequest(request_id=REQUEST, merge_id=merged.merge_id, reason="Two persons")
    assert run(world, "UndoMemberMerge", undo) == pb2.UndoMemberMergeResponse(
        merge_id=merged.merge_id, tier="gold", **numbers
    )
    listed = ask(world, SERVICE, "ListMemberMerges", pb2.ListMemberMergesRequest(member_key="C-1"))
    assert listed.merges == [
        pb2.MemberMerge(
            merge_id=merged.merge_id,
            merged_tier="gold",
            reason="One person",
            merged_at=world.clock(),
            by="system",
            undone_at=world.clock(),
            undone_reason="Two persons",
            undone_by="system",
            **numbers,
        )
    ]
    assert ask(world, SERVICE, "ListMemberMerges", pb2.ListMemberMergesRequest(member_key=MEMBER)).merges == []
