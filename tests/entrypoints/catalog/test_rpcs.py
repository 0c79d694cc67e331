import pytest

from domain.catalog.barcode import WrongCheckDigit
from entrypoints.grpc.catalog import SERVICE
from liansuo.catalog.v1 import catalog_pb2 as pb2
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutCategories": "catalog.manage",
        "ListCategories": "catalog.read",
        "PutUnits": "catalog.manage",
        "ListUnits": "catalog.read",
        "PutProducts": "catalog.manage",
        "GetProduct": "catalog.read",
        "ListProducts": "catalog.read",
    }


def test_carries_a_product_from_the_request_to_the_answer(chain):
    categories = [pb2.Category(code="FOOD", name="Food"), pb2.Category(code="DRINK", name="Drinks", parent_code="FOOD")]
    assert call(
        chain, SERVICE, "PutCategories", pb2.PutCategoriesRequest(categories=categories)
    ) == pb2.PutCategoriesResponse(created=2)
    units = [pb2.Unit(code="KG", name="Kilogram", decimals=3)]
    assert call(chain, SERVICE, "PutUnits", pb2.PutUnitsRequest(units=units)) == pb2.PutUnitsResponse(created=1)
    product = pb2.Product(
        sku="TEA",
        name="茶",
        category_code="DRINK",
        unit_code="KG",
        tax_category="standard",
        barcodes=["6901234567892"],
        weighed_item_code="12345",
        weighed_by_price=True,
        unstocked=True,
        excluded_from_points=True,
        status=pb2.PRODUCT_STATUS_BLOCKED,
    )
    assert call(chain, SERVICE, "PutProducts", pb2.PutProductsRequest(products=[product])) == pb2.PutProductsResponse(
        created=1
    )
    request = pb2.GetProductRequest(barcode="6901234567892")
    assert call(chain, SERVICE, "GetProduct", request) == pb2.GetProductResponse(product=product)
    listed = call(chain, SERVICE, "ListProducts", pb2.ListProductsRequest(category_code="FOOD"))
    assert listed == pb2.ListProductsResponse(products=[product])
    assert call(chain, SERVICE, "ListCategories", pb2.ListCategoriesRequest()).categories == categories
    assert call(chain, SERVICE, "ListUnits", pb2.ListUnitsRequest()).units == units


def test_takes_a_product_without_a_status_as_active(stocked):
    product = pb2.Product(sku="COLA", name="Cola", category_code="DRINK", unit_code="EA")
    call(stocked, SERVICE, "PutProducts", pb2.PutProductsRequest(products=[product]))
    answer = call(stocked, SERVICE, "GetProduct", pb2.GetProductRequest(sku="COLA"))
    assert answer.product.status == pb2.PRODUCT_STATUS_ACTIVE


def test_names_the_field_of_a_row_in_the_requests_own_terms(stocked):
    product = pb2.Product(sku="COLA", name="Cola", category_code="DRINK", unit_code="EA", barcodes=["6901234567893"])
    with pytest.raises(WrongCheckDigit) as refused:
        call(stocked, SERVICE, "PutProducts", pb2.PutProductsRequest(products=[product]))
    assert refused.value.field == "products[0].barcodes[0]"
