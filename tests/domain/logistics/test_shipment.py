from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.logistics.shipment import (
    LATE_AFTER,
    OVER,
    Shipment,
    ShipmentEvent,
    ShipmentOnItsWay,
    ShipmentProblem,
    ShipmentState,
    TrackingKind,
    all_arrived,
    check_cancellable,
    is_settled,
    on_time_bp,
    track,
)
from domain.shared.errors import Refusal

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
PROMISED = NOON + timedelta(days=2)
ENDS = {TrackingKind.SIGNED, TrackingKind.RETURNED, TrackingKind.LOST}


def shipment(state=ShipmentState.CREATED):
    return Shipment(
        shipment_id=1, store_id=1, order_id=7, transfer_id=None, member_id=None, carrier="sf", service="", state=state,
        waybill_number="SF1", currency="CNY", fee_minor=1_200, promised_at=PROMISED, promised_on=date(2026, 11, 24),
        business_date=date(2026, 11, 22), created_at=NOON, caller_id=1, staff_id=None, note="", by_hand=True,
        late_at=PROMISED + LATE_AFTER,
    )  # fmt: skip


def told(kind, hours):
    at = NOON + timedelta(hours=hours)
    return ShipmentEvent(1, hours, f"{kind}{hours}", TrackingKind(kind), at, "", at, 1, None)


def after(*events):
    one = shipment()
    raised = [track(shipment=one, event=event).raised for event in events]
    return one, [problem for problem in raised if problem]


def test_stands_where_the_latest_event_leads_whatever_order_they_come_in():
    events = [told("picked_up", 1), told("in_transit", 5), told("out_for_delivery", 9), told("attempt_failed", 10)]
    assert {after(*order)[0].state for order in permutations(events)} == {ShipmentState.OUT_FOR_DELIVERY}


def test_what_happened_at_once_is_told_apart_by_how_far_it_has_come():
    first, second = told("in_transit", 5), told("out_for_delivery", 5)
    assert {after(first, second)[0].state, after(second, first)[0].state} == {ShipmentState.OUT_FOR_DELIVERY}


def test_is_signed_for_by_an_event_that_comes_late_and_stays_so():
    one, raised = after(told("in_transit", 30), told("signed", 20), told("in_transit", 40), told("refused", 10))
    assert (one.state, one.signed_at, one.late_at, raised) == (
        ShipmentState.SIGNED, NOON + timedelta(hours=20), None, [],
    )  # fmt: skip
    assert one.events == 4


def test_is_late_only_when_it_was_signed_for_more_than_a_day_after_the_promise():
    assert after(told("signed", 72))[0].late_at is None
    assert after(told("signed", 73))[0].late_at == PROMISED + LATE_AFTER
    assert after(told("lost", 30))[0].late_at == PROMISED + LATE_AFTER
    assert after(told("refused", 30))[0].late_at is None


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("refused", ShipmentProblem.REFUSED),
        ("returning", ShipmentProblem.RETURNED),
        ("returned", ShipmentProblem.RETURNED),
        ("lost", ShipmentProblem.LOST),
        ("damaged", ShipmentProblem.DAMAGED),
    ],
)
def test_what_went_wrong_is_raised_once(kind, problem):
    one, raised = after(told(kind, 5), told(kind, 6))
    assert (one.problem, raised) == (problem, [problem])


def test_a_signature_ends_what_was_refused_and_leaves_what_was_damaged():
    assert after(told("refused", 5), told("signed", 9))[0].problem is None
    one, raised = after(told("damaged", 4), told("refused", 5), told("signed", 9))
    assert (one.problem, one.damaged) == (ShipmentProblem.DAMAGED, True)
    assert raised == [ShipmentProblem.DAMAGED, ShipmentProblem.REFUSED]


def test_another_end_than_the_one_that_was_told_is_a_contradiction():
    one, raised = after(told("signed", 5), told("lost", 9), told("signed", 6))
    assert (one.state, one.signed_at) == (ShipmentState.SIGNED, NOON + timedelta(hours=5))
    assert raised == [ShipmentProblem.CONTRADICTED]
    cancelled = shipment(ShipmentState.CANCELLED)
    assert track(shipment=cancelled, event=told("picked_up", 5)).raised is ShipmentProblem.CONTRADICTED
    assert cancelled.state is ShipmentState.CANCELLED


EVENTS = st.lists(st.builds(told, st.sampled_from(TrackingKind), st.integers(1, 90)), max_size=6)


@given(EVENTS, st.randoms())
def test_comes_out_the_same_in_any_order(events, chance):
    ends = [one for one in events if one.kind in ENDS]
    events = [one for one in {event.event_key: event for event in events}.values() if one not in ends[1:]]
    shuffled = list(events)
    chance.shuffle(shuffled)
    here, there = after(*sorted(events, key=lambda one: one.occurred_at))[0], after(*shuffled)[0]
    assert (here.state, here.problem, here.damaged, here.signed_at, here.events) == (
        there.state, there.problem, there.damaged, there.signed_at, there.events,
    )  # fmt: skip


@given(EVENTS)
def test_nothing_leaves_a_state_in_which_it_is_over(events):
    one = shipment()
    over = None
    for event in events:
        track(shipment=one, event=event)
        assert over in (None, one.state)
        over = one.state if one.state in OVER else None


def test_an_order_has_arrived_once_all_of_it_is_settled():
    signed, lost = shipment(ShipmentState.SIGNED), shipment(ShipmentState.LOST)
    lost.problem = ShipmentProblem.LOST
    assert [all_arrived([signed]), all_arrived([signed, lost]), all_arrived([])] == [True, False, False]
    lost.problem = None
    assert [all_arrived([signed, lost]), all_arrived([lost]), is_settled(shipment())] == [True, False, False]


def test_only_what_the_carrier_has_not_taken_can_be_cancelled():
    check_cancellable(shipment())
    with pytest.raises(Refusal) as refused:
        check_cancellable(replace(shipment(), state=ShipmentState.IN_TRANSIT))
    assert type(refused.value) is ShipmentOnItsWay


@pytest.mark.parametrize(("on_time", "late", "bp"), [(0, 0, 0), (2, 1, 6_666), (3, 0, 10_000), (0, 4, 0)])
def test_tells_how_much_was_on_time(on_time, late, bp):
    assert on_time_bp(on_time=on_time, late=late) == bp
