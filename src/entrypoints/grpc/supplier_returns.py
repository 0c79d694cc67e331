"""The RPCs of goods that go back to suppliers."""

from typing import Final

from application.purchasing.return_to_supplier import return_to_supplier
from application.purchasing.supplier_return_views import get_supplier_return, list_supplier_returns
from entrypoints.grpc.rpc import Service, read, write
from liansuo.purchasing.v1 import supplier_return_pb2 as pb2

RETURN: Final = "purchasing.return"
READ: Final = "purchasing.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["SupplierReturnService"],
    {
        "ReturnToSupplier": write(
            return_to_supplier, pb2.ReturnToSupplierResponse, into="supplier_return", needs=RETURN
        ),
        "GetSupplierReturn": read(
            get_supplier_return, pb2.GetSupplierReturnResponse, into="supplier_return", needs=READ
        ),
        "ListSupplierReturns": read(list_supplier_returns, pb2.ListSupplierReturnsResponse, needs=READ),
    },
)
