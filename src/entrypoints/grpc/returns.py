"""The RPCs of returns."""

from typing import Final

from application.sales.return_reasons import list_return_reasons, put_return_reasons, report_returns
from application.sales.without_receipt import refund_without_receipt
from entrypoints.grpc.rpc import Service, read, write
from liansuo.sales.v1 import return_pb2 as pb2

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["ReturnService"],
    {
        "PutReturnReasons": write(put_return_reasons, pb2.PutReturnReasonsResponse, needs="sales.return_reasons"),
        "ListReturnReasons": read(list_return_reasons, pb2.ListReturnReasonsResponse, needs="sales.refund"),
        "RefundWithoutReceipt": write(refund_without_receipt, pb2.RefundWithoutReceiptResponse, needs="sales.refund"),
        "ReportReturns": read(report_returns, pb2.ReportReturnsResponse, needs="sales.read"),
    },
)
