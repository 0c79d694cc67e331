"""The RPCs of members' accounts."""

from typing import Final

from application.wallet.credit import get_credit, receive_payment, set_credit_limit
from entrypoints.grpc.rpc import Service, read, write
from liansuo.wallet.v1 import credit_pb2 as pb2

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["CreditService"],
    {
        "SetCreditLimit": write(set_credit_limit, pb2.SetCreditLimitResponse, needs="credit.limit"),
        "ReceivePayment": write(receive_payment, pb2.ReceivePaymentResponse, needs="credit.receive"),
        "GetCredit": read(get_credit, pb2.GetCreditResponse, needs="credit.read"),
    },
)
