"""Scores of suppliers through the contract, from message to message."""

import pytest

from entrypoints.grpc.supplier_scores import SERVICE
from liansuo.purchasing.v1 import supplier_score_pb2 as pb2
from tests.application.purchasing.supplied import ordered, received, with_suppliers
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import World


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == dict.fromkeys(
        ("GetSupplierScore", "ListSupplierScores", "CompareSuppliers"), "suppliers.read"
    )


@pytest.mark.capability("PUR-02")
def test_a_supplier_is_scored_and_compared(world: World):
    with_suppliers(world)
    empty = ask(world, SERVICE, "GetSupplierScore", pb2.GetSupplierScoreRequest(supplier_code="MILL")).score
    assert (empty.grade, empty.deliveries) == (pb2.SUPPLIER_GRADE_UNSPECIFIED, 0)
    [order_id] = ordered(world)
    received(world, order_id, 20)
    found = ask(world, SERVICE, "GetSupplierScore", pb2.GetSupplierScoreRequest(supplier_code="MILL")).score
    assert (found.grade, found.score_bp, found.on_time_bp) == (pb2.SUPPLIER_GRADE_A, 10_000, 10_000)
    assert not found.HasField("kept_at")
    compared = ask(world, SERVICE, "CompareSuppliers", pb2.CompareSuppliersRequest(sku="TEA")).suppliers
    assert [(one.supplier_code, one.grade) for one in compared] == [
        ("MILL", pb2.SUPPLIER_GRADE_A), ("FARM", pb2.SUPPLIER_GRADE_UNSPECIFIED),
    ]  # fmt: skip
    cards = ask(world, SERVICE, "ListSupplierScores", pb2.ListSupplierScoresRequest(supplier_code="MILL")).cards
    assert len(cards) == 0
