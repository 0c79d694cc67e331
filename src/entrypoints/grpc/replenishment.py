"""The RPCs of replenishment."""

from typing import Final

from application.replenishment.accept_proposal import accept_proposal
from application.replenishment.classes import classify_stock, list_stock_classes
from application.replenishment.plan import plan_purchases
from application.replenishment.propose import compute_proposal, get_proposal, list_proposals, propose_replenishment
from application.replenishment.rules import list_replenishment_rules, put_replenishment_rules
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.replenishment.v1 import replenishment_pb2 as pb2

PROPOSE: Final = "replenishment.propose"
READ: Final = "replenishment.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["ReplenishmentService"],
    {
        "PutReplenishmentRules": write(
            put_replenishment_rules,
            pb2.PutReplenishmentRulesResponse,
            needs="replenishment.rules",
            bytes_max=BULK_REQUEST_BYTES_MAX,
        ),
        "ListReplenishmentRules": read(list_replenishment_rules, pb2.ListReplenishmentRulesResponse, needs=READ),
        "ClassifyStock": write(classify_stock, pb2.ClassifyStockResponse, needs=PROPOSE),
        "ListStockClasses": read(list_stock_classes, pb2.ListStockClassesResponse, needs=READ),
        "ProposeReplenishment": write(
            propose_replenishment, pb2.ProposeReplenishmentResponse, into="proposal", needs=PROPOSE
        ),
        "ComputeProposal": write(compute_proposal, pb2.ComputeProposalResponse, into="proposal", needs=PROPOSE),
        "GetProposal": read(get_proposal, pb2.GetProposalResponse, needs=READ),
        "ListProposals": read(list_proposals, pb2.ListProposalsResponse, needs=READ),
        "PlanPurchases": read(plan_purchases, pb2.PlanPurchasesResponse, needs=READ),
        "AcceptProposal": write(accept_proposal, pb2.AcceptProposalResponse, needs="replenishment.accept"),
    },
)
