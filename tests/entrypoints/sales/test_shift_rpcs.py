"""The RPCs of shifts: permissions, and a Z report and a day from message to message."""

import pytest

from domain.sales.sale import TenderKind
from domain.sales.shift import CashMove
from entrypoints.grpc.shifts import SERVICE
from liansuo.sales.v1 import sales_pb2
from liansuo.sales.v1 import shift_pb2 as pb2
from tests.application.sales.tills import closed, moved, opened, sold
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import World


def test_names_a_permission_for_every_rpc() -> None:
    assert permissions(SERVICE) == {
        "OpenShift": "shifts.work",
        "RecordCash": "shifts.work",
        "CloseShift": "shifts.work",
        "GetShift": "shifts.read",
        "ListShifts": "shifts.read",
        "CloseDay": "shifts.close_day",
        "GetDayClose": "shifts.read",
    }


@pytest.mark.capability("SAL-01")
def test_carries_a_shift_and_its_day_to_the_answer(world: World) -> None:
    shift = opened(world, 1_000)
    sold(world, 10_000, card=5_000, given=5_000, receipt=1)
    moved(world, CashMove.PAID_OUT, 500, "660203", note="Stamps")
    closed(world, 5_400, totals={TenderKind.CARD: 5_000}, last=3)
    report = ask(world, SERVICE, "GetShift", pb2.GetShiftRequest(shift_id=shift.shift_id)).report
    cash = sales_pb2.TENDER_KIND_CASH
    assert report.tenders[0] == pb2.ShiftTender(
        tender=cash,
        sales_minor=5_000,
        expected_minor=5_500,
        counted=True,
        counted_minor=5_400,
        variance_minor=-100,
    )
    assert (report.shift.number, report.shift.terminal_code, report.paid_out_minor) == (1, "T1", 500)
    assert list(report.gaps) == [pb2.UnsentReceipts(first=2, last=3)]
    assert list(report.counts) == [pb2.CashCount(denomination_minor=1, pieces=5_400)]
    assert (report.entries[0].kind, report.entries[0].note) == (pb2.CASH_MOVE_PAID_OUT, "Stamps")
    asked = pb2.GetDayCloseRequest(business_date="2026-11-22", store_code="S1")
    day = ask(world, SERVICE, "GetDayClose", asked).report
    assert day.tenders[0] == pb2.DayTender(tender=cash, counted_minor=4_900, books_minor=5_000, difference_minor=-100)
    assert [(one.kind, one.amount_minor) for one in day.causes] == [
        (pb2.DAY_CAUSE_COUNT, -100),
        (pb2.DAY_CAUSE_UNSENT_SALE, 0),
    ]
