"""One valid request for every RPC of members' accounts; see valid_requests.py."""

from typing import Final

from liansuo.sales.v1 import sales_pb2
from liansuo.wallet.v1 import credit_pb2
from tests.stress.chain import PHONES
from tests.stress.requests import Valid

CREDIT: Final[dict[str, Valid]] = {
    "SetCreditLimit": lambda key, _: credit_pb2.SetCreditLimitRequest(
        request_id=key, member_key=PHONES[0], limit_minor=1_000_000, reason="Regular", store_code="S1"
    ),
    "ReceivePayment": lambda key, _: credit_pb2.ReceivePaymentRequest(
        request_id=key,
        member_key=PHONES[1],
        tenders=[credit_pb2.PaymentTender(kind=sales_pb2.TENDER_KIND_CARD, amount_minor=1, reference="A1")],
        note="Monthly",
        store_code="S1",
    ),
    "GetCredit": lambda key, _: credit_pb2.GetCreditRequest(member_key=PHONES[0], page_size=3),
}
