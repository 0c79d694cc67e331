"""One valid request for every RPC of shifts; see valid_requests.py."""

from typing import Final

from liansuo.sales.v1 import sales_pb2, shift_pb2
from tests.stress.requests import Valid

SHIFTS: Final[dict[str, Valid]] = {
    "OpenShift": lambda key, _: shift_pb2.OpenShiftRequest(request_id=key, float_minor=10_000),
    "RecordCash": lambda key, _: shift_pb2.RecordCashRequest(
        request_id=key,
        kind=shift_pb2.CASH_MOVE_PAID_OUT,
        amount_minor=500,
        account_code="660203",
        reason="STAMPS",
        note="Ten stamps",
    ),
    "CloseShift": lambda key, _: shift_pb2.CloseShiftRequest(
        request_id=key,
        counts=[shift_pb2.CashCount(denomination_minor=100, pieces=95)],
        totals=[shift_pb2.TenderAmount(tender=sales_pb2.TENDER_KIND_CARD, amount_minor=0)],
        last_receipt_sequence=7,
        note="Evening",
    ),
    "GetShift": lambda key, _: shift_pb2.GetShiftRequest(),
    "CloseDay": lambda key, _: shift_pb2.CloseDayRequest(
        request_id=key, business_date="2026-01-01", store_code="S1", note="All counted"
    ),
    "GetDayClose": lambda key, _: shift_pb2.GetDayCloseRequest(business_date="2026-01-01", store_code="S1"),
    "ListShifts": lambda key, _: shift_pb2.ListShiftsRequest(store_code="S1", page_size=3),
}
