"""The RPCs of suppliers."""

from typing import Final

from application.purchasing.put_suppliers import put_suppliers
from application.purchasing.supplier_products import put_supplier_products
from application.purchasing.supplier_queries import list_supplier_products, list_suppliers
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.purchasing.v1 import supplier_pb2 as pb2

MANAGE: Final = "suppliers.manage"
READ: Final = "suppliers.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["SupplierService"],
    {
        "PutSuppliers": write(put_suppliers, pb2.PutSuppliersResponse, needs=MANAGE),
        "ListSuppliers": read(list_suppliers, pb2.ListSuppliersResponse, needs=READ),
        "PutSupplierProducts": write(
            put_supplier_products, pb2.PutSupplierProductsResponse, needs=MANAGE, bytes_max=BULK_REQUEST_BYTES_MAX
        ),
        "ListSupplierProducts": read(list_supplier_products, pb2.ListSupplierProductsResponse, needs=READ),
    },
)
