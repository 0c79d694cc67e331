"""The RPCs of the catalogue."""

from typing import Final

from application.catalog.put_categories import put_categories
from application.catalog.put_products import put_products
from application.catalog.put_units import put_units
from application.catalog.queries import get_product, list_categories, list_products, list_units
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.catalog.v1 import catalog_pb2 as pb2

MANAGE: Final = "catalog.manage"
READ: Final = "catalog.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["CatalogService"],
    {
        "PutCategories": write(put_categories, pb2.PutCategoriesResponse, needs=MANAGE),
        "ListCategories": read(list_categories, pb2.ListCategoriesResponse, needs=READ),
        "PutUnits": write(put_units, pb2.PutUnitsResponse, needs=MANAGE),
        "ListUnits": read(list_units, pb2.ListUnitsResponse, needs=READ),
        "PutProducts": write(put_products, pb2.PutProductsResponse, needs=MANAGE, bytes_max=BULK_REQUEST_BYTES_MAX),
        "GetProduct": read(get_product, pb2.GetProductResponse, needs=READ, into="product"),
        "ListProducts": read(list_products, pb2.ListProductsResponse, needs=READ),
    },
)
