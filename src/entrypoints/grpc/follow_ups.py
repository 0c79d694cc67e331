"""The RPCs of follow-ups."""

from typing import Final

from application.care.follow_up_plans import list_follow_up_plans, put_follow_up_plans
from application.care.follow_up_queries import list_follow_ups
from application.care.follow_ups import claim_follow_up, close_follow_up, open_follow_up
from entrypoints.grpc.rpc import Service, read, write
from liansuo.care.v1 import follow_up_pb2 as pb2

HANDLE: Final = "care.handle"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["FollowUpService"],
    {
        "PutFollowUpPlans": write(put_follow_up_plans, pb2.PutFollowUpPlansResponse, needs="care.plan"),
        "ListFollowUpPlans": read(list_follow_up_plans, pb2.ListFollowUpPlansResponse, needs=HANDLE),
        "OpenFollowUp": write(open_follow_up, pb2.OpenFollowUpResponse, needs=HANDLE),
        "ClaimFollowUp": write(claim_follow_up, pb2.ClaimFollowUpResponse, needs=HANDLE),
        "CloseFollowUp": write(close_follow_up, pb2.CloseFollowUpResponse, needs=HANDLE),
        "ListFollowUps": read(list_follow_ups, pb2.ListFollowUpsResponse, needs=HANDLE),
    },
)
