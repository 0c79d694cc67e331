"""The RPCs of how well suppliers deliver."""

from typing import Final

from application.purchasing.compare_suppliers import compare_suppliers
from application.purchasing.supplier_scores import get_supplier_score, list_supplier_scores
from entrypoints.grpc.rpc import Service, read
from liansuo.purchasing.v1 import supplier_score_pb2 as pb2

READ: Final = "suppliers.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["SupplierScoreService"],
    {
        "GetSupplierScore": read(get_supplier_score, pb2.GetSupplierScoreResponse, into="score", needs=READ),
        "ListSupplierScores": read(list_supplier_scores, pb2.ListSupplierScoresResponse, needs=READ),
        "CompareSuppliers": read(compare_suppliers, pb2.CompareSuppliersResponse, needs=READ),
    },
)
