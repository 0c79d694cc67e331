"""The RPCs of tiers."""

from typing import Final

from application.membership.change_tier import change_tier
from application.membership.paid_memberships import list_paid_memberships
from application.membership.tier_programme import get_tier_programme, put_tier_programme
from application.membership.tier_queries import get_tier_history, get_tier_status
from application.membership.use_benefit import list_benefits, use_benefit
from entrypoints.grpc.rpc import Service, read, write
from liansuo.membership.v1 import tier_pb2 as pb2

MANAGE: Final = "tiers.manage"
CHANGE: Final = "tiers.change"
READ: Final = "membership.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["TierService"],
    {
        "PutTierProgramme": write(put_tier_programme, pb2.PutTierProgrammeResponse, needs=MANAGE),
        "GetTierProgramme": read(get_tier_programme, pb2.GetTierProgrammeResponse, needs=READ),
        "ChangeTier": write(change_tier, pb2.ChangeTierResponse, needs=CHANGE),
        "GetTierStatus": read(get_tier_status, pb2.GetTierStatusResponse, needs=READ, own="member_key"),
        "GetTierHistory": read(get_tier_history, pb2.GetTierHistoryResponse, needs=READ, own="member_key"),
        "ListPaidMemberships": read(
            list_paid_memberships, pb2.ListPaidMembershipsResponse, needs=READ, own="member_key"
        ),
        "UseBenefit": write(use_benefit, pb2.UseBenefitResponse, needs="benefits.use"),
        "ListBenefits": read(list_benefits, pb2.ListBenefitsResponse, needs=READ, own="member_key"),
    },
)
