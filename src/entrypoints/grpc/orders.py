"""The RPCs of customers' orders."""

from typing import Final

from application.sales.order_money import cancel_order, complete_order, pay_order
from application.sales.orders import advance_order, get_order, list_orders, place_order
from entrypoints.grpc.rpc import Service, read, write
from liansuo.sales.v1 import order_pb2 as pb2

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["OrderService"],
    {
        "PlaceOrder": write(place_order, pb2.PlaceOrderResponse, into="order", needs="orders.place"),
        "PayOrder": write(pay_order, pb2.PayOrderResponse, into="order", needs="orders.pay"),
        "AdvanceOrder": write(advance_order, pb2.AdvanceOrderResponse, into="order", needs="orders.fulfil"),
        "CompleteOrder": write(complete_order, pb2.CompleteOrderResponse, needs="orders.fulfil"),
        "CancelOrder": write(cancel_order, pb2.CancelOrderResponse, into="order", needs="orders.cancel"),
        "GetOrder": read(get_order, pb2.GetOrderResponse, into="order", needs="orders.read"),
        "ListOrders": read(list_orders, pb2.ListOrdersResponse, needs="orders.read"),
    },
)
