"""A valid request for every RPC about merges of members. The file that is to be merged is frozen, so it stays."""

from typing import Final

from liansuo.membership.v1 import membership_pb2
from tests.stress.chain import PHONES
from tests.stress.requests import MEMBER, Valid

MERGES: Final[dict[str, Valid]] = {
    "MergeMembers": lambda key, _: membership_pb2.MergeMembersRequest(
        request_id=key, survivor_key=MEMBER, merged_key=PHONES[-1], reason="One person", store_code="S1"
    ),
    "UndoMemberMerge": lambda key, _: membership_pb2.UndoMemberMergeRequest(
        request_id=key, merge_id=1, reason="Two persons"
    ),
    "FindDuplicateMembers": lambda key, _: membership_pb2.FindDuplicateMembersRequest(member_key=MEMBER, page_size=3),
    "ListMemberMerges": lambda key, _: membership_pb2.ListMemberMergesRequest(member_key=MEMBER, page_size=3),
}
