"""One valid request for every RPC of replenishment, and what leads up to it; see valid_requests.py."""

from collections.abc import Sequence
from typing import Any, Final

from application.replenishment.propose import ProposeReplenishment, propose_replenishment
from liansuo.replenishment.v1 import replenishment_pb2 as pb2
from tests.stress.chain import Chain
from tests.stress.requests import Valid


def name_proposal(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests about a proposal name one that is open."""
    if rpc in ("AcceptProposal", "ComputeProposal"):
        made = chain.do(propose_replenishment, ProposeReplenishment(skus=("K01",)))
        for request in requests:
            request.proposal_id = made.proposal_id


REPLENISHMENT: Final[dict[str, Valid]] = {
    "PutReplenishmentRules": lambda key, _: pb2.PutReplenishmentRulesRequest(
        request_id=key,
        rules=[
            pb2.ReplenishmentRule(
                place_kind=pb2.PLACE_KIND_CHAIN,
                goods_kind=pb2.GOODS_KIND_SKU,
                goods_code="K01",
                method=pb2.REPLENISHMENT_METHOD_MIN_MAX,
                service_bp=9_500,
                lead_days=3,
                review_days=1,
                minimum_milli=1_000,
                maximum_milli=2_000,
            )
        ],
    ),
    "ListReplenishmentRules": lambda *_: pb2.ListReplenishmentRulesRequest(page_size=3),
    "ClassifyStock": lambda key, _: pb2.ClassifyStockRequest(request_id=key, store_code="S1"),
    "ListStockClasses": lambda *_: pb2.ListStockClassesRequest(store_code="S1", abc=pb2.ABC_CLASS_A, page_size=3),
    "ProposeReplenishment": lambda key, _: pb2.ProposeReplenishmentRequest(
        request_id=key, store_code="S1", skus=["K01", "K02"]
    ),
    "ComputeProposal": lambda key, _: pb2.ComputeProposalRequest(request_id=key, proposal_id=1),
    "GetProposal": lambda *_: pb2.GetProposalRequest(proposal_id=1, supplier_code="MILL", page_size=3),
    "ListProposals": lambda *_: pb2.ListProposalsRequest(page_size=3),
    "PlanPurchases": lambda *_: pb2.PlanPurchasesRequest(proposal_id=1),
    "AcceptProposal": lambda key, _: pb2.AcceptProposalRequest(request_id=key, proposal_id=1, submit=True),
}
