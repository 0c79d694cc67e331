"""The RPCs of payments that providers take."""

from typing import Final

from application.sales.pay import (
    ask_for_payment,
    cancel_at_provider,
    cancel_payment,
    check_provider,
    get_payment,
    list_payments,
    look_again,
    start_payment,
)
from entrypoints.grpc.rpc import Service, command, read, write
from liansuo.sales.v1 import payment_pb2 as pb2

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["PaymentService"],
    {
        "StartPayment": write(
            start_payment,
            pb2.StartPaymentResponse,
            into="payment",
            needs="sales.checkout",
            before=check_provider,
            then=ask_for_payment,
        ),
        "GetPayment": read(get_payment, pb2.GetPaymentResponse, needs="sales.read", then=look_again),
        "CancelPayment": command(
            cancel_payment, pb2.CancelPaymentResponse, into="payment", needs="sales.checkout", then=cancel_at_provider
        ),
        "ListPayments": read(list_payments, pb2.ListPaymentsResponse, needs="sales.read"),
    },
)
