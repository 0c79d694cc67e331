"""The RPCs of shifts."""

from typing import Final

from application.sales.closing_day import close_day, get_day_close
from application.sales.closing_shift import close_shift
from application.sales.shifts import get_shift, list_shifts, open_shift, record_cash
from entrypoints.grpc.rpc import Service, read, write
from liansuo.sales.v1 import shift_pb2 as pb2

WORK: Final = "shifts.work"
READ: Final = "shifts.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["ShiftService"],
    {
        "OpenShift": write(open_shift, pb2.OpenShiftResponse, needs=WORK),
        "RecordCash": write(record_cash, pb2.RecordCashResponse, needs=WORK),
        "CloseShift": write(close_shift, pb2.CloseShiftResponse, needs=WORK),
        "GetShift": read(get_shift, pb2.GetShiftResponse, needs=READ, into="report"),
        "ListShifts": read(list_shifts, pb2.ListShiftsResponse, needs=READ),
        "CloseDay": write(close_day, pb2.CloseDayResponse, needs="shifts.close_day"),
        "GetDayClose": read(get_day_close, pb2.GetDayCloseResponse, needs=READ, into="report"),
    },
)
