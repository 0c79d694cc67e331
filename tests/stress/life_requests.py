"""A valid request for every RPC about the life cycle of members, and follow-ups."""

from typing import Final

from liansuo.care.v1 import follow_up_pb2
from liansuo.membership.v1 import lifecycle_pb2
from tests.stress.chain import FOLLOW_UP, STAFF
from tests.stress.requests import MEMBER, Valid

LIFECYCLE: Final[dict[str, Valid]] = {
    "ListLifecycleChanges": lambda *_: lifecycle_pb2.ListLifecycleChangesRequest(member_key=MEMBER, page_size=3),
    "CountMembersByLifecycle": lambda *_: lifecycle_pb2.CountMembersByLifecycleRequest(store_code="S1"),
}

FOLLOW_UPS: Final[dict[str, Valid]] = {
    "PutFollowUpPlans": lambda key, _: follow_up_pb2.PutFollowUpPlansRequest(
        request_id=key,
        plans=[
            follow_up_pb2.FollowUpPlan(
                code="WELCOME",
                trigger=follow_up_pb2.FOLLOW_UP_TRIGGER_FIRST_PURCHASE,
                days=7,
                text_en="Ask how they like it.",
                text_zh="询问使用感受。",
                place=follow_up_pb2.FOLLOW_UP_PLACE_PURCHASE,
            )
        ],
    ),
    "ListFollowUpPlans": lambda *_: follow_up_pb2.ListFollowUpPlansRequest(),
    "OpenFollowUp": lambda key, _: follow_up_pb2.OpenFollowUpRequest(
        request_id=key, member_key=MEMBER, text="Ring them up.", due_date="2999-01-01", store_code="S1"
    ),
    "ClaimFollowUp": lambda key, _: follow_up_pb2.ClaimFollowUpRequest(
        request_id=key, follow_up_id=FOLLOW_UP, staff_code=STAFF
    ),
    "CloseFollowUp": lambda key, _: follow_up_pb2.CloseFollowUpRequest(
        request_id=key, follow_up_id=FOLLOW_UP, outcome=follow_up_pb2.FOLLOW_UP_OUTCOME_REACHED, note="All is well."
    ),
    "ListFollowUps": lambda *_: follow_up_pb2.ListFollowUpsRequest(store_code="S1", page_size=3),
}
