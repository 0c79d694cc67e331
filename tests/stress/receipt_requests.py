"""One valid request for every RPC of receipts; see valid_requests.py."""

from typing import Final

from liansuo.sales.v1 import receipt_pb2
from tests.stress.requests import Valid

RECEIPTS: Final[dict[str, Valid]] = {
    "RenderReceipt": lambda key, sale_id: receipt_pb2.RenderReceiptRequest(
        print_id=key, format=receipt_pb2.RECEIPT_FORMAT_ESCPOS, sale_id=sale_id, columns=32, language="zh"
    ),
    "GetReceipt": lambda _, sale_id: receipt_pb2.GetReceiptRequest(sale_id=sale_id),
    "SendReceipt": lambda key, sale_id: receipt_pb2.SendReceiptRequest(
        request_id=key, sale_id=sale_id, address="buyer@shop.example", language="zh"
    ),
    "ReportReceiptGaps": lambda *_: receipt_pb2.ReportReceiptGapsRequest(
        store_code="S1", from_date="2026-11-01", to_date="2026-11-30", page_size=3
    ),
}
