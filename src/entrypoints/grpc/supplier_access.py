"""The RPCs by which suppliers see and answer what is theirs."""

from typing import Final

from application.purchasing.delivery_notices import announce_delivery, list_delivery_notices
from application.purchasing.own_deliveries import get_my_delivery
from application.purchasing.own_orders import confirm_my_order, get_my_order, list_my_orders
from application.purchasing.own_stock import list_my_supplier_stock
from entrypoints.grpc.rpc import Service, read, write
from liansuo.purchasing.v1 import supplier_access_pb2 as pb2

READ: Final = "supplier_access.read"
ANSWER: Final = "supplier_access.answer"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["SupplierAccessService"],
    {
        "ListMySupplierStock": read(list_my_supplier_stock, pb2.ListMySupplierStockResponse, needs=READ),
        "ListMyOrders": read(list_my_orders, pb2.ListMyOrdersResponse, needs=READ),
        "GetMyOrder": read(get_my_order, pb2.GetMyOrderResponse, into="order", needs=READ),
        "GetMyDelivery": read(get_my_delivery, pb2.GetMyDeliveryResponse, needs=READ),
        "ConfirmMyOrder": write(confirm_my_order, pb2.ConfirmMyOrderResponse, into="order", needs=ANSWER),
        "AnnounceDelivery": write(announce_delivery, pb2.AnnounceDeliveryResponse, into="notice", needs=ANSWER),
        "ListDeliveryNotices": read(list_delivery_notices, pb2.ListDeliveryNoticesResponse, needs="purchasing.read"),
    },
)
