"""Replenishment through the contract."""

from entrypoints.grpc.replenishment import SERVICE
from tests.entrypoints.table_calls import permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutReplenishmentRules": "replenishment.rules",
        "ListReplenishmentRules": "replenishment.read",
        "ClassifyStock": "replenishment.propose",
        "ListStockClasses": "replenishment.read",
        "ProposeReplenishment": "replenishment.propose",
        "ComputeProposal": "replenishment.propose",
        "GetProposal": "replenishment.read",
        "ListProposals": "replenishment.read",
        "PlanPurchases": "replenishment.read",
        "AcceptProposal": "replenishment.accept",
    }
