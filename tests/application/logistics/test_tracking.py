"""What carriers tell moves shipments and closes orders, once and in any order; what is late is told once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta

import pytest

from application.care.follow_up_plans import PutFollowUpPlans, put_follow_up_plans
from application.care.follow_up_queries import ListFollowUps, list_follow_ups
from application.fields import Missing, TooMany
from application.logistics.end_shipment import ResolveShipment, resolve_shipment
from application.logistics.late_shipments import LateShipmentsTold, TellLateShipments, tell_late_shipments
from application.logistics.shipment_queries import (
    GetShipment,
    ListCarrierPerformance,
    PeriodTooLong,
    get_shipment,
    list_carrier_performance,
)
from application.logistics.tracking import (
    NewTrackingEvent,
    ReceiveCarrierNotice,
    RecordTracking,
    ShipmentOrWaybill,
    UnknownWaybill,
    receive_carrier_notice,
    record_tracking,
)
from application.ports.carriers import CarrierEvent, CarrierNotice
from application.scope import LastBeforeFirst, WholeChainOnly
from domain.care.follow_up import FollowUpPlace, FollowUpPlan, FollowUpState, FollowUpTrigger
from domain.identity.organisation import SYSTEM
from domain.logistics.shipment import (
    CarrierFigures,
    NothingToResolve,
    ShipmentProblem,
    ShipmentState,
    TrackedInFuture,
    TrackingKind,
)
from domain.sales.order import OrderState
from domain.shared.errors import Refusal
from tests.application.logistics.sending import Shop


@pytest.fixture
def shop(world):
    return Shop(world)


def refused(action, *arguments, **options):
    with pytest.raises(Refusal) as refusal:
        action(*arguments, **options)
    return type(refusal.value), refusal.value.field


def resolve(world, shipment, note="Sent again"):
    return world.once(resolve_shipment, ResolveShipment(shipment.shipment_id, note), world.s1)


def tell_late(world):
    return world.do(tell_late_shipments, TellLateShipments())


def tasks(world):
    found = world.ask(list_follow_ups, ListFollowUps(state=FollowUpState.OPEN)).follow_ups
    return found


@pytest.mark.capability("LOG-02")
def test_the_carriers_signature_closes_the_order(world, shop):
    order = shop.order()
    sent = shop.by_hand(order)
    shop.tell(sent, "picked_up", "in_transit", hours=-1)
    assert shop.seen(order).state is OrderState.SHIPPED
    told = shop.tell(sent, "signed")
    assert (told.shipment.state, told.shipment.signed_at, told.recorded) == (ShipmentState.SIGNED, world.clock(), 1)
    closed = shop.seen(order)
    assert (closed.state, closed.timeline[-1].kind, closed.timeline[-1].note) == (
        OrderState.SIGNED, "signed", "shunfeng SF1",
    )  # fmt: skip
    assert (shop.told("ShipmentMoved"), shop.topics()[-1]) == (2, "ShipmentMoved")
    assert world.broken() == []


def test_what_is_told_twice_and_late_changes_nothing(world, shop):
    order = shop.order()
    sent = shop.by_hand(order)
    assert shop.tell(sent, "signed").recorded == 1
    moved = shop.told("OrderMoved")
    assert shop.tell(sent, "signed").recorded == 0
    late = shop.tell(sent, "in_transit", "refused", hours=-5)
    assert (late.recorded, late.shipment.state, late.shipment.problem) == (2, ShipmentState.SIGNED, None)
    assert (shop.told("OrderMoved"), shop.seen(order).state) == (moved, OrderState.SIGNED)
    events = world.ask(get_shipment, GetShipment(sent.shipment_id)).events
    assert [one.kind for one in events] == ["in_transit", "refused", "signed"]
    assert world.broken() == []


def test_an_order_of_two_parcels_closes_with_the_second(world, shop):
    order = shop.order()
    first, second = shop.by_hand(order, "SF1"), shop.by_hand(order, "SF2")
    shop.tell(first, "signed")
    assert shop.seen(order).state is OrderState.SHIPPED
    shop.tell(second, "signed")
    assert shop.seen(order).state is OrderState.SIGNED


def test_two_parcels_that_arrive_at_once_close_their_order_once(world, shop):
    order = shop.order()
    sent = [shop.by_hand(order, f"SF{number}") for number in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: shop.tell(one, "signed"), sent * 2))
    assert [event.kind for event in shop.seen(order).timeline][-2:] == ["shipped", "signed"]
    assert world.count("shipment_events") == 2
    assert world.broken() == []


@pytest.mark.parametrize("kind", ["refused", "lost", "returned"])
def test_what_goes_wrong_puts_the_order_to_attention(world, shop, kind):
    order = shop.order()
    sent = shop.by_hand(order)
    shop.tell(sent, kind)
    noted = shop.seen(order)
    assert (noted.state, noted.timeline[-1].kind, noted.timeline[-1].note) == (
        OrderState.SHIPPED, "attention", f"{kind}: shunfeng SF1",
    )  # fmt: skip
    assert shop.told("ShipmentProblem") == 1
    assert world.broken() == []


def test_goods_that_were_sent_again_close_the_order_once_somebody_has_dealt_with_the_first(world, shop):
    order = shop.order()
    lost = shop.by_hand(order, "SF1")
    shop.tell(lost, "lost")
    again = shop.by_hand(order, "SF2")
    shop.tell(again, "signed")
    assert shop.seen(order).state is OrderState.SHIPPED
    assert resolve(world, lost).problem is None
    closed = shop.seen(order)
    assert (closed.state, closed.timeline[-2].note) == (OrderState.SIGNED, "shunfeng SF1: Sent again")
    assert refused(resolve, world, lost) == (NothingToResolve, "shipment_id")
    assert refused(resolve, world, lost, "") == (Missing, "note")
    assert world.broken() == []


def test_goods_that_have_never_left_cannot_be_signed_for_without_a_word(world, shop):
    order = shop.order(shipped=False)
    sent = shop.by_hand(order)
    told = shop.tell(sent, "signed")
    assert (told.shipment.problem, shop.seen(order).state) == (ShipmentProblem.NOT_HANDED_OVER, OrderState.PICKED)
    shop.hand_over(order)
    resolve(world, sent)
    assert shop.seen(order).state is OrderState.SIGNED
    assert world.broken() == []


def test_finds_a_shipment_by_its_waybill_and_says_what_is_wrong(world, shop):
    sent = shop.by_hand(shop.order())
    now = world.clock()
    event = NewTrackingEvent(TrackingKind.PICKED_UP, now, "", "7")
    found = RecordTracking((event,), carrier="shunfeng", waybill_number="SF1")
    assert world.do(record_tracking, found).shipment.shipment_id == sent.shipment_id
    ahead = NewTrackingEvent(TrackingKind.SIGNED, now + timedelta(hours=1))
    for command, expected in (
        (RecordTracking((event,)), (ShipmentOrWaybill, "shipment_id")),
        (RecordTracking((event,), 1, "shunfeng"), (ShipmentOrWaybill, "shipment_id")),
        (RecordTracking((event,), carrier="fast", waybill_number="SF1"), (UnknownWaybill, "waybill_number")),
        (RecordTracking((event,), carrier="fast"), (Missing, "waybill_number")),
        (RecordTracking((), sent.shipment_id), (Missing, "events")),
        (RecordTracking((event,) * 201, sent.shipment_id), (TooMany, "events")),
        (RecordTracking((event, ahead), sent.shipment_id), (TrackedInFuture, "events[1].occurred_at")),
    ):
        assert refused(world.do, record_tracking, command) == expected
    assert refused(world.do, record_tracking, found, world.s2) == (UnknownWaybill, "waybill_number")
    assert world.count("shipment_events") == 1


def test_a_message_of_a_carrier_counts_once_and_never_ahead_of_our_clock(world, shop):
    order = shop.order()
    shop.by_hand(order)
    ahead = world.clock() + timedelta(hours=2)
    events = [
        CarrierEvent("a", TrackingKind.SIGNED, ahead, "Shenzhen"),
        CarrierEvent("b", TrackingKind.PICKED_UP, ahead),
    ]
    command = ReceiveCarrierNotice(CarrierNotice("SF1", events), ("zhongtong", "shunfeng"))
    assert [world.do(receive_carrier_notice, command) for _ in range(2)] == [2, 0]
    assert world.do(receive_carrier_notice, ReceiveCarrierNotice(CarrierNotice("SF9", events), ("shunfeng",))) == 0
    assert world.do(receive_carrier_notice, ReceiveCarrierNotice(CarrierNotice("SF1", events), ("other",))) == 0
    assert shop.seen(order).state is OrderState.SIGNED
    assert world.broken() == []


@pytest.mark.capability("LOG-03")
def test_what_is_late_by_more_than_a_day_is_told_once_and_apologised_for_once(world, shop):
    order = shop.order()
    sent = shop.by_hand(order)
    world.clock.advance(days=3)
    assert tell_late(world) == LateShipmentsTold(0, 0)
    world.clock.advance(minutes=1)
    assert [tell_late(world), tell_late(world)] == [LateShipmentsTold(1, 1), LateShipmentsTold(0, 0)]
    assert shop.told("ShipmentLate") == 1
    [task] = tasks(world)
    assert task.text.startswith(f"Apologise: order {order.order_id} (shunfeng SF1) is more than 24 hours")
    assert (task.due_date, task.store_code) == ("2026-11-25", "S1")
    shop.tell(sent, "signed")
    assert tell_late(world) == LateShipmentsTold(0, 0)
    assert world.broken() == []


def test_what_was_signed_for_too_late_is_apologised_for_even_if_nobody_looked(world, shop):
    shop.by_hand(shop.order(), "SF1")
    in_time, late = shop.by_hand(shop.order(), "SF2"), shop.by_hand(shop.order(), "SF3")
    world.clock.advance(days=2, hours=23)
    shop.tell(in_time, "signed")
    world.clock.advance(hours=3)
    shop.tell(late, "signed")
    assert tell_late(world) == LateShipmentsTold(2, 2)


def test_two_late_parcels_of_one_order_are_one_apology(world, shop):
    order = shop.order()
    shop.by_hand(order, "SF1")
    world.clock.advance(hours=1)
    shop.by_hand(order, "SF2")
    world.clock.advance(days=3, minutes=-30)
    assert tell_late(world) == LateShipmentsTold(1, 1)
    world.clock.advance(hours=1)
    assert tell_late(world) == LateShipmentsTold(1, 0)
    assert world.broken() == []


def test_workers_side_by_side_tell_of_each_shipment_once(world, shop):
    for number in range(4):
        shop.by_hand(shop.order(), f"SF{number}")
    world.clock.advance(days=4)
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda _: tell_late(world), range(2)))
    assert (sum(one.shipments for one in told), shop.told("ShipmentLate"), len(tasks(world))) == (4, 4, 4)
    assert world.broken() == []


def test_a_plan_of_the_chain_says_how_to_apologise(world, shop):
    plan = FollowUpPlan(
        "SORRY", FollowUpTrigger.LATE_SHIPMENT, 1, "Send a coupon.", "赠送优惠券。", FollowUpPlace.PURCHASE
    )
    world.do(put_follow_up_plans, PutFollowUpPlans((plan,)))
    shop.by_hand(shop.order(), "SF1")
    shop.by_hand(shop.order(), "SF2")
    world.clock.advance(days=4)
    assert tell_late(world) == LateShipmentsTold(2, 1)
    assert [(one.plan_code, one.store_code) for one in tasks(world)] == [("SORRY", "S1")]


def test_nobody_is_called_for_an_order_without_a_member_or_that_they_refused(world, shop):
    shop.by_hand(shop.order(member=""), "SF1")
    shop.tell(shop.by_hand(shop.order(), "SF2"), "refused")
    world.clock.advance(days=4)
    assert (tell_late(world), tasks(world)) == (LateShipmentsTold(1, 0), [])
    assert refused(world.do, tell_late_shipments, TellLateShipments(), world.s1) == (WholeChainOnly, "")


@pytest.mark.capability("LOG-03")
def test_tells_how_carriers_keep_their_promises(world, shop):
    sent = [shop.by_hand(shop.order(), f"SF{number}") for number in range(7)]
    other = shop.by_hand(
        shop.order(),
        "ZT1",
    )
    shop.cancel(other)
    shop.tell(sent[0], "signed")
    shop.tell(sent[1], "damaged", "signed")
    shop.tell(sent[2], "lost")
    shop.tell(sent[3], "returned")
    world.clock.advance(days=2, minutes=1)
    shop.tell(sent[4], "signed")
    asked = ListCarrierPerformance("2026-11-24", "2026-11-24")
    figures = CarrierFigures("shunfeng", 7, delivered=3, on_time=2, late=4, damaged=1, lost=1, returned=1)
    figures.on_time_bp = 3_333
    assert [asdict(one) for one in world.ask(list_carrier_performance, asked).carriers] == [asdict(figures)]
    for query in (
        ListCarrierPerformance("2026-11-23", "2026-11-23"),
        ListCarrierPerformance("2026-11-24", "2026-11-24", "S2"),
    ):
        assert world.ask(list_carrier_performance, query).carriers == []
    for query, expected in (
        (ListCarrierPerformance("", "2026-11-24"), (Missing, "from_date")),
        (ListCarrierPerformance("2026-11-24", "2026-11-23"), (LastBeforeFirst, "to_date")),
        (ListCarrierPerformance("2025-11-01", "2026-11-24"), (PeriodTooLong, "to_date")),
    ):
        assert refused(world.ask, list_carrier_performance, query, SYSTEM) == expected
