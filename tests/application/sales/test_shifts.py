"""Shifts of tills: opening, cash, the X report, the blind count, the Z report, and what is voided within them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from application.approving import UnknownApproval
from application.sales.closing_shift import (
    SecondPersonForDifference,
    ShiftClosedBefore,
    ShiftOfAnotherTill,
)
from application.sales.refund import RefundSale, VoidSale, VoidTooLate, void_sale
from application.sales.shifts import (
    ListShifts,
    NoPettyAccount,
    NoShiftOpen,
    NoTerminal,
    SecondPersonForCash,
    ShiftOpen,
    UnknownShift,
    list_shifts,
)
from application.sales.tender import Tender
from application.wallet.top_up import TopUpStoredValue, top_up_stored_value
from domain.identity.organisation import SYSTEM
from domain.sales.sale import TenderKind
from domain.sales.series import SequenceGap
from domain.sales.shift import CashMove, CashMovesBy, InvalidFloat, NoCashMoves, NotCountable
from domain.sales.tenders import CardNumberRefused
from tests.application.sales.shift import new_id, start_shift
from tests.application.sales.test_orders import cancel, complete, pay, placed
from tests.application.sales.tills import closed, moved, opened, report, sold
from tests.world import MEMBER, World


@pytest.mark.capability("SAL-01")
def test_a_shift_comes_to_what_its_till_took(world: World) -> None:
    """Float + cash sales − change − cash refunds + paid over the counter + paid in − paid out − banked."""
    opened(world, 20_000)
    tea = sold(world, 5_000, given=10_000, receipt=7)
    sold(world, 10_000, card=8_000, receipt=9)
    world.once(top_up_stored_value, TopUpStoredValue(MEMBER, 3_000, TenderKind.CASH), world.s1)
    world.clock.advance(minutes=1)
    world.refund(RefundSale(tea, "Chipped"))
    world.clock.advance(minutes=1)
    moved(world, CashMove.PAID_IN, 1_000, "605103")
    moved(world, CashMove.PAID_OUT, 2_500, "660203")
    moved(world, CashMove.BANKED, 500, reference="D1")
    moved(world, CashMove.DRAWER_OPENED)
    moved(world, CashMove.HANDED_OVER)
    x = report(world)
    assert (x.float_minor, x.paid_in_minor, x.paid_out_minor, x.banked_minor) == (20_000, 1_000, 2_500, 500)
    assert (x.sales, x.refunds, x.voids, x.others, x.drawer_openings, x.hand_overs) == (2, 1, 0, 1, 1, 1)
    cash, card = x.tenders
    assert (cash.sales_minor, cash.reversed_minor, cash.other_minor) == (7_000, -5_000, 3_000)
    assert x.expected_cash_minor == cash.expected_minor == 20_000 + 7_000 - 5_000 + 3_000 + 1_000 - 2_500 - 500
    assert (card.tender, card.expected_minor, card.counted) == (TenderKind.CARD, 8_000, False)
    assert (x.missing_receipts, x.gaps) == (1, [SequenceGap(8, 8)])
    assert [one.kind for one in x.entries] == list(CashMove)
    z = closed(world, 22_950, totals={TenderKind.CARD: 8_100}, last=10)
    assert [(one.counted_minor, one.variance_minor) for one in z.tenders] == [(22_950, -50), (8_100, 100)]
    assert (z.gaps, z.last_receipt_sequence) == ([SequenceGap(8, 8), SequenceGap(10, 10)], 10)
    books = world.ledger()
    assert (books["1001"], books["101201"], books["660202"]) == (22_950 - 20_000, 8_100, -50)
    assert (books["1002"], books["660203"], books["605103"]) == (500, 2_500, -1_000)


def test_deposits_for_orders_lie_in_the_drawer_and_are_no_cash_of_the_sale(world: World) -> None:
    opened(world, 0)
    kept, dropped = placed(world, ("TEA", 1)), placed(world, ("TEA", 1))
    for order in (kept, dropped):
        pay(world, order, (TenderKind.CASH, 4_000), (TenderKind.CARD, 1_000))
    cancel(world, dropped)
    complete(world, kept, Tender(TenderKind.CASH, 5_000))
    world.clock.advance(minutes=1)
    tenders = {one.tender: one for one in report(world).tenders}
    assert (tenders[TenderKind.CASH].sales_minor, tenders[TenderKind.CASH].other_minor) == (5_000, 4_000)
    assert (tenders[TenderKind.CARD].expected_minor, tenders[TenderKind.DEPOSIT].sales_minor) == (1_000, 5_000)
    assert closed(world, 9_000, totals={TenderKind.CARD: 1_000}, last=0).expected_cash_minor == 9_000
    assert world.broken() == []


def test_z_is_x_frozen_and_what_comes_later_is_told_as_late(world: World) -> None:
    shift = opened(world, 1_000)
    at = world.clock.now
    sold(world, 5_000)
    x = report(world)
    z = closed(world, 6_000)
    assert (z.cashiers, z.sales, z.expected_cash_minor) == (x.cashiers, x.sales, x.expected_cash_minor)
    late = sold(world, 5_000, uploaded=True, sold_at=at + timedelta(seconds=1))
    again = report(world, shift.shift_id)
    assert (again.sales, again.tenders, again.expected_cash_minor) == (z.sales, z.tenders, z.expected_cash_minor)
    assert [(one.document_id, one.amount_minor) for one in again.late] == [(late, 5_000)]
    assert (z.late_documents, again.late_documents) == (0, 1)


def test_a_till_has_one_shift_at_a_time_and_numbers_them(world: World) -> None:
    first = opened(world)
    with pytest.raises(ShiftOpen):
        opened(world)
    with pytest.raises(IntegrityError), world.engine.begin() as connection:
        columns = "terminal_id, store_id, currency, business_date, float_minor, caller_id, opened_at, closed_at"
        connection.exec_driver_sql(
            f"INSERT INTO shifts (shift_id, number, {columns}) SELECT shift_id + 1, number + 1, {columns} FROM shifts"
        )
    opened(world, caller=world.s2)
    closed(world, 0)
    second = opened(world)
    assert (first.number, second.number) == (1, 2)
    listed = world.ask(list_shifts, ListShifts(page_size=2))
    assert listed.shifts[0].shift_id == second.shift_id
    rest = world.ask(list_shifts, ListShifts(page_size=2, page_token=listed.next_page_token))
    assert [one.shift_id for one in rest.shifts] == [first.shift_id]
    assert len(world.ask(list_shifts, ListShifts(), world.s1).shifts) == 2


def test_a_shift_over_midnight_is_one_shift_and_so_is_its_void(world: World) -> None:
    """The store's day ends at four; the sale before it is voided after it, as long as its shift is open."""
    opened(world)
    kept, voided = sold(world, 5_000), sold(world, 5_000)
    world.clock.advance(hours=20)
    world.once(void_sale, VoidSale(voided, "Wrong mug"), world.s1)
    world.clock.advance(minutes=1)
    later = sold(world, 5_000)
    x = report(world)
    assert (x.sales, x.voids, x.expected_cash_minor, x.shift.business_date) == (3, 1, 10_000, "2026-11-22")
    closed(world, 10_000)
    for sale_id in (kept, later):
        with pytest.raises(VoidTooLate):
            world.once(void_sale, VoidSale(sale_id, "Too late"), world.s1)
    world.set("void_window", "same_day")
    world.once(void_sale, VoidSale(later, "Of today"), world.s1)
    world.set("void_window", "minutes:30")
    fresh = sold(world, 5_000)
    world.clock.advance(minutes=29)
    with pytest.raises(VoidTooLate):
        world.once(void_sale, VoidSale(fresh, "Thirty minutes later"), world.s1)


def test_more_cash_and_larger_differences_take_two_people(world: World) -> None:
    people = start_shift(world)
    ann, mia = people.signed_in("ann"), people.signed_in("mia")
    world.set("shift_cash_max", "1000")
    world.set("shift_difference_max", "100")
    opened(world, 5_000, ann)
    world.s1 = ann
    with pytest.raises(SecondPersonForCash) as refused:
        moved(world, CashMove.PAID_OUT, 1_001, "660203")
    assert refused.value.field == "approval_token"
    with pytest.raises(UnknownApproval):
        moved(world, CashMove.PAID_OUT, 1_001, "660203", approval_token="made up")
    assert world.count("shift_entries") == 0
    with pytest.raises(SecondPersonForDifference) as blind:
        closed(world, 5_101)
    assert "5101" not in str(blind.value) and "5000" not in str(blind.value)
    request_id = new_id()
    token = people.token("shifts.beyond", request_id, 101)
    z = closed(world, 5_101, approval_token=token, request_id=request_id)
    assert (z.tenders[0].variance_minor, z.shift.closed_by) == (101, "ann")
    with pytest.raises(ShiftClosedBefore):
        closed(world, 0, caller=mia, shift_id=z.shift.shift_id)


def test_refuses_what_is_no_shift_and_no_cash(world: World) -> None:
    with pytest.raises(NoShiftOpen):
        moved(world, CashMove.PAID_IN, 1, "605103")
    with pytest.raises(NoTerminal):
        opened(world, caller=SYSTEM)
    with pytest.raises(InvalidFloat):
        opened(world, -1)
    shift = opened(world)
    with pytest.raises(UnknownShift):
        closed(world, 0, caller=world.s2, shift_id=shift.shift_id)
    with pytest.raises(ShiftOfAnotherTill):
        closed(world, 0, caller=replace(world.s2, store_ids=None), shift_id=shift.shift_id)
    for kind, amount, account, options, refusal in (
        (CashMove.PAID_IN, 0, "605103", {}, CashMovesBy),
        (CashMove.PAID_OUT, 5, "1405", {}, NoPettyAccount),
        (CashMove.DRAWER_OPENED, 5, "", {}, NoCashMoves),
        (CashMove.BANKED, 5, "", {"reference": "4111 1111 1111 1111"}, CardNumberRefused),
    ):
        with pytest.raises(refusal):
            moved(world, kind, amount, account, **options)
    with pytest.raises(NotCountable):
        closed(world, 0, totals={TenderKind.POINTS: 1})
    assert (world.count("shift_entries"), world.count("shift_closes")) == (0, 0)
