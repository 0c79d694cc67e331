"""A valid request for every RPC about suppliers."""

from typing import Final

from liansuo.purchasing.v1 import supplier_access_pb2, supplier_document_pb2, supplier_score_pb2
from liansuo.purchasing.v1 import supplier_pb2 as pb2
from tests.stress.chain import SUPPLIER
from tests.stress.requests import Valid

SUPPLIERS: Final[dict[str, Valid]] = {
    "PutSuppliers": lambda key, _: pb2.PutSuppliersRequest(
        request_id=key,
        suppliers=[
            pb2.Supplier(
                code=key,
                name="Supplier",
                currency="CNY",
                payment_days=30,
                from_month_end=True,
                discount_days=10,
                discount_bp=200,
                lead_days=3,
                order_weekdays=[1, 4],
                delivery_weekdays=[2],
                minimum_order_minor=50_000,
                over_delivery_bp=500,
                tax_number="91310000MA1FL0",
                contact=pb2.SupplierContact(name="Li Na", phone="13900139000", email="li@mill.example"),
            )
        ],
    ),
    "ListSuppliers": lambda *_: pb2.ListSuppliersRequest(page_size=3),
    "PutSupplierProducts": lambda key, _: pb2.PutSupplierProductsRequest(
        request_id=key,
        supplier_code=SUPPLIER,
        products=[
            pb2.SupplierProduct(
                sku="K01",
                supplier_sku="M-1",
                pack_milli=12_000,
                moq_milli=24_000,
                lead_days=5,
                preferred=True,
                price_minor=300,
                price_quantity_milli=1_000,
                breaks=[pb2.QuantityBreak(quantity_from_milli=100_000, price_minor=250)],
                valid_from="2025-06-01",
            )
        ],
    ),
    "ListSupplierProducts": lambda *_: pb2.ListSupplierProductsRequest(
        supplier_code=SUPPLIER, on_date="2025-06-01", history_max=2, page_size=3
    ),
}
SUPPLIER_SCORES: Final[dict[str, Valid]] = {
    "GetSupplierScore": lambda *_: supplier_score_pb2.GetSupplierScoreRequest(supplier_code=SUPPLIER),
    "ListSupplierScores": lambda *_: supplier_score_pb2.ListSupplierScoresRequest(supplier_code=SUPPLIER, page_size=3),
    "CompareSuppliers": lambda *_: supplier_score_pb2.CompareSuppliersRequest(sku="K01", quantity_milli=5_000),
}
# None of the callers here is a supplier: what these are answered to is told by tests/entrypoints/purchasing.
SUPPLIER_ACCESS: Final[dict[str, Valid]] = {
    "ListMySupplierStock": lambda *_: supplier_access_pb2.ListMySupplierStockRequest(
        sku="K01", sold_days=7, page_size=3
    ),
    "ListMyOrders": lambda *_: supplier_access_pb2.ListMyOrdersRequest(open_only=True, page_size=3),
    "GetMyDelivery": lambda *_: supplier_access_pb2.GetMyDeliveryRequest(order_id=1),
    "GetMyOrder": lambda *_: supplier_access_pb2.GetMyOrderRequest(order_id=1),
    "ConfirmMyOrder": lambda key, _: supplier_access_pb2.ConfirmMyOrderRequest(
        request_id=key, order_id=1, version=1, expected_date="2030-01-01", note="M-1"
    ),
    "AnnounceDelivery": lambda key, _: supplier_access_pb2.AnnounceDeliveryRequest(
        request_id=key,
        order_id=1,
        reference="DN-7",
        lines=[
            supplier_access_pb2.AnnouncedLine(
                line_number=1, quantity_milli=12_000, lot_code="L1", expiry_date="2030-01-01"
            )
        ],
        dispatched_date="2030-01-01",
        expected_date="2030-01-02",
        carrier="SF Express",
        tracking="SF1",
    ),
    "ListDeliveryNotices": lambda *_: supplier_access_pb2.ListDeliveryNoticesRequest(
        store_code="S1", open_only=True, page_size=3
    ),
}
UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
ANSWER: Final = f"""
<OrderResponse xmlns="{UBL}OrderResponse-2" xmlns:cac="{UBL}CommonAggregateComponents-2"
 xmlns:cbc="{UBL}CommonBasicComponents-2">
 <cbc:ID>R7</cbc:ID><cbc:OrderResponseCode>AP</cbc:OrderResponseCode>
 <cac:OrderReference><cbc:ID>1-1</cbc:ID></cac:OrderReference>
</OrderResponse>
""".strip().encode()
# Of an order that there is not, unless name_purchase names one.
SUPPLIER_DOCUMENTS: Final[dict[str, Valid]] = {
    "GetOrderDocument": lambda *_: supplier_document_pb2.GetOrderDocumentRequest(order_id=1),
    "TakeSupplierDocument": lambda key, _: supplier_document_pb2.TakeSupplierDocumentRequest(
        request_id=key, document=ANSWER
    ),
    "GetMyOrderDocument": lambda *_: supplier_document_pb2.GetMyOrderDocumentRequest(order_id=1),
    "SendMyDocument": lambda key, _: supplier_document_pb2.SendMyDocumentRequest(request_id=key, document=ANSWER),
}
OF_SUPPLIERS: Final = {
    "suppliers": SUPPLIERS,
    "supplier_scores": SUPPLIER_SCORES,
    "supplier_access": SUPPLIER_ACCESS,
    "supplier_documents": SUPPLIER_DOCUMENTS,
}
