"""One valid request for every RPC of returns; see valid_requests.py."""

from typing import Final

from liansuo.sales.v1 import return_pb2, sales_pb2
from tests.stress.requests import Valid

RETURNS: Final[dict[str, Valid]] = {
    "FindReturnable": lambda _, sold: sales_pb2.FindReturnableRequest(sale_id=sold),
}
REASONS: Final[dict[str, Valid]] = {
    "PutReturnReasons": lambda key, _: return_pb2.PutReturnReasonsRequest(
        request_id=key, reasons=[return_pb2.ReturnReason(code="allergy", name_en="Allergy", name_zh="过敏")]
    ),
    "ListReturnReasons": lambda key, _: return_pb2.ListReturnReasonsRequest(),
    "RefundWithoutReceipt": lambda key, _: return_pb2.RefundWithoutReceiptRequest(
        request_id=key,
        store_code="S1",
        reason="Lost it",
        tender=sales_pb2.TENDER_KIND_CASH,
        lines=[return_pb2.UnreceiptedLine(sku="K01", quantity_milli=1_000, reason_code="faulty")],
    ),
    "ReportReturns": lambda key, _: return_pb2.ReportReturnsRequest(
        store_code="S1", from_date="2026-01-01", to_date="2026-12-31"
    ),
}
