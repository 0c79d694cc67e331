"""The RPCs of purchase orders."""

from typing import Final

from application.purchasing.advance_purchase_order import (
    advance_purchase_order,
    change_purchase_order,
    confirm_purchase_order,
    review_purchase_order,
)
from application.purchasing.create_purchase_orders import create_purchase_orders
from application.purchasing.purchase_order_queries import get_purchase_order, list_purchase_orders
from application.purchasing.receive_purchase import receive_purchase
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.purchasing.v1 import purchase_order_pb2 as pb2

ORDER: Final = "purchasing.order"
READ: Final = "purchasing.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["PurchaseOrderService"],
    {
        "CreatePurchaseOrders": write(
            create_purchase_orders, pb2.CreatePurchaseOrdersResponse, needs=ORDER, bytes_max=BULK_REQUEST_BYTES_MAX
        ),
        "ChangePurchaseOrder": write(change_purchase_order, pb2.ChangePurchaseOrderResponse, into="order", needs=ORDER),
        "AdvancePurchaseOrder": write(
            advance_purchase_order, pb2.AdvancePurchaseOrderResponse, into="order", needs=ORDER
        ),
        "ReviewPurchaseOrder": write(
            review_purchase_order, pb2.ReviewPurchaseOrderResponse, into="order", needs="purchasing.approve"
        ),
        "ConfirmPurchaseOrder": write(
            confirm_purchase_order, pb2.ConfirmPurchaseOrderResponse, into="order", needs=ORDER
        ),
        "ReceivePurchase": write(receive_purchase, pb2.ReceivePurchaseResponse, needs="purchasing.receive"),
        "GetPurchaseOrder": read(get_purchase_order, pb2.GetPurchaseOrderResponse, into="order", needs=READ),
        "ListPurchaseOrders": read(list_purchase_orders, pb2.ListPurchaseOrdersResponse, needs=READ),
    },
)
