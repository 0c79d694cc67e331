"""A valid request for every RPC about the life cycle of members."""

from typing import Final

from liansuo.membership.v1 import lifecycle_pb2
from tests.stress.requests import MEMBER, Valid

LIFECYCLE: Final[dict[str, Valid]] = {
    "ListLifecycleChanges": lambda *_: lifecycle_pb2.ListLifecycleChangesRequest(member_key=MEMBER, page_size=3),
    "CountMembersByLifecycle": lambda *_: lifecycle_pb2.CountMembersByLifecycleRequest(store_code="S1"),
}
