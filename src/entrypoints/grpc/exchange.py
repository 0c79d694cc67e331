"""The request of an exchange: a return and a sale in one, which are read as they are when they come alone."""

from typing import Any, Final

from application.sales.exchange import ExchangeSale
from application.sales.preparing import Checkout
from application.sales.refund import RefundSale
from domain.shared.errors import Invalid, Refusal
from entrypoints.grpc.codec import FieldRequired, decoder
from liansuo.sales.v1 import sales_pb2 as pb2


class OneRequestId(Invalid):
    en = "An exchange has one request_id, its own. Leave this one empty."
    zh = "换货只有一个 request_id，请将此处留空。"


_PARTS: Final = {
    "returned": decoder(RefundSale, pb2.RefundSaleRequest.DESCRIPTOR, omit=["request_id"]),
    "sale": decoder(
        Checkout,
        pb2.CheckoutRequest.DESCRIPTOR,
        omit=["request_id"],
        fixed={"uploaded": False, "order": None, "exchange": None},
    ),
}


def exchange_of(request: pb2.ExchangeSaleRequest) -> ExchangeSale:
    """The command of a request that holds two others, of which it has the one request_id.

    Raises FieldRequired for a part that is missing, OneRequestId, and what the parts refuse, with their names.
    """
    parts: dict[str, Any] = {}
    present = {field.name: part for field, part in request.ListFields()}
    for name, decode in _PARTS.items():
        part = present.get(name)
        if part is None:
            raise FieldRequired(name)
        if part.request_id:
            raise OneRequestId(f"{name}.request_id")
        try:
            parts[name] = decode(part)
        except Refusal as refusal:
            raise refusal.at(name) from None
    return ExchangeSale(**parts)
