"""The RPCs of sales."""

from collections.abc import Sequence
from typing import Final

from application.sales.checkout import checkout
from application.sales.exchange import exchange_sale
from application.sales.explain_sale import explain_sale
from application.sales.find_returnable import find_returnable
from application.sales.queries import get_sale, get_takings, list_sales
from application.sales.quote import quote_basket
from application.sales.refund import refund_sale, void_sale
from application.sales.terminal_series import list_terminal_series
from domain.shared.errors import Invalid
from entrypoints.grpc.exchange import exchange_of
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Outcome, Service, batched, batched_many, read, write
from liansuo.sales.v1 import sales_pb2 as pb2

UPLOADED_SALES_MAX: Final = 200
READ: Final = "sales.read"


class NothingToUpload(Invalid):
    en = "The request carries no sales. Send 1 to {limit}."
    zh = "请求不含任何销售，请发送 1 至 {limit} 笔。"


class TooManySales(Invalid):
    en = "The request carries {count} sales; at most {limit} are allowed. Split it into several requests."
    zh = "请求包含 {count} 笔销售，最多 {limit} 笔，请拆分为多个请求。"


def sales_of(request: pb2.UploadSalesRequest) -> Sequence[pb2.CheckoutRequest]:
    """The sales of an upload, each a checkout of its own; refuses an empty or overlong request as a whole."""
    if not request.sales:
        raise NothingToUpload("sales", limit=UPLOADED_SALES_MAX)
    if len(request.sales) > UPLOADED_SALES_MAX:
        raise TooManySales("sales", count=len(request.sales), limit=UPLOADED_SALES_MAX)
    return request.sales


def upload_response(outcomes: Sequence[Outcome], language: str) -> pb2.UploadSalesResponse:
    """One result per sale: stored, the same as before, or refused with the reason and the field at fault."""
    return pb2.UploadSalesResponse(results=[_result(outcome, language) for outcome in outcomes])


def _result(outcome: Outcome, language: str) -> pb2.UploadResult:
    if outcome.failure is not None:
        refusal = outcome.failure.refusal
        return pb2.UploadResult(
            request_id=outcome.request_id,
            status=pb2.UPLOAD_STATUS_REFUSED,
            reason=refusal.reason,
            field=refusal.field,
            message=refusal.message(language),
            try_again=outcome.failure.try_again,
        )
    sale = outcome.response.sale
    return pb2.UploadResult(
        request_id=outcome.request_id,
        status=pb2.UPLOAD_STATUS_SAME_AS_BEFORE if outcome.replayed else pb2.UPLOAD_STATUS_STORED,
        sale_id=sale.sale_id,
        receipt_number=sale.receipt_number,
        total_minor=sale.total_minor,
        warnings=sale.warnings,
    )


SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["SalesService"],
    {
        "QuoteBasket": read(quote_basket, pb2.QuoteBasketResponse, needs="sales.quote"),
        "Checkout": batched(
            checkout,
            pb2.CheckoutResponse,
            into="sale",
            fixed={"uploaded": False, "order": None, "exchange": None},
            needs="sales.checkout",
        ),
        "UploadSales": batched_many(
            "Checkout",
            pb2.UploadSalesResponse,
            fixed={"uploaded": True, "order": None, "exchange": None},
            split=sales_of,
            join=upload_response,
            needs="sales.upload",
            bytes_max=BULK_REQUEST_BYTES_MAX,
        ),
        "VoidSale": write(void_sale, pb2.VoidSaleResponse, needs="sales.void"),
        "RefundSale": write(refund_sale, pb2.RefundSaleResponse, needs="sales.refund"),
        "ExchangeSale": write(exchange_sale, pb2.ExchangeSaleResponse, needs="sales.refund", decode=exchange_of),
        "FindReturnable": read(find_returnable, pb2.FindReturnableResponse, needs="sales.refund"),
        "GetSale": read(get_sale, pb2.GetSaleResponse, needs=READ),
        "ListSales": read(list_sales, pb2.ListSalesResponse, needs=READ, own="member_number"),
        "ExplainSale": read(explain_sale, pb2.ExplainSaleResponse, needs=READ),
        "GetTakings": read(get_takings, pb2.GetTakingsResponse, needs=READ),
        "ListTerminalSeries": read(list_terminal_series, pb2.ListTerminalSeriesResponse, needs=READ),
    },
)
