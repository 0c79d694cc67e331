"""What carriers tell of shipments: noted once each, whoever tells it and in whatever order."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from application.fields import at_most, optional_code, optional_name, required_code
from application.logistics.shipment_ledger import announce, close_order, put_to_attention
from application.logistics.shipment_views import ShipmentView, locked_shipment, shipment_view
from application.ports.carriers import CarrierEvent, CarrierNotice
from application.ports.kernel import UnitOfWork
from domain.logistics.shipment import (
    Shipment,
    ShipmentEvent,
    ShipmentProblem,
    TrackedInFuture,
    TrackingKind,
    raise_problem,
    track,
)
from domain.shared.errors import Invalid, NotFound, Rejected

EVENTS_MAX: Final = 200
"""Of one request."""
KEPT_MAX: Final = 1_000
"""Of one shipment: no parcel has so many, whatever a carrier may send."""
CLOCKS_DIFFER_MAX: Final = timedelta(minutes=10)
"""How far a carrier's clock may be ahead of ours."""


class ShipmentOrWaybill(Invalid):
    en = "Name either shipment_id, or carrier and waybill_number."
    zh = "请填写 shipment_id，或同时填写 carrier 与 waybill_number。"


class UnknownWaybill(NotFound):
    en = "Carrier “{carrier}” has no waybill “{waybill_number}” in this caller's scope."
    zh = "当前调用方范围内没有承运商“{carrier}”的运单号“{waybill_number}”。"


class TooManyEvents(Rejected):
    en = "A shipment keeps {count_max} events, which this one has."
    zh = "一个运单最多保留 {count_max} 条轨迹，已达上限。"


@dataclass(frozen=True, slots=True)
class NewTrackingEvent:
    """Without the carrier's own id two events are told apart by kind and time."""

    kind: TrackingKind
    occurred_at: datetime
    place: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class RecordTracking:
    events: tuple[NewTrackingEvent, ...]
    shipment_id: int = 0
    carrier: str = ""
    waybill_number: str = ""


@dataclass(frozen=True, slots=True)
class TrackingRecorded:
    shipment: ShipmentView
    recorded: int


@dataclass(frozen=True, slots=True)
class ReceiveCarrierNotice:
    """A message whose signature was good, and the carriers for whom its sender may speak."""

    notice: CarrierNotice
    carriers: tuple[str, ...]


def record_tracking(uow: UnitOfWork, command: RecordTracking) -> TrackingRecorded:
    """Notes what a service or a person tells of a shipment, all of it or nothing.

    Raises ShipmentOrWaybill, UnknownShipment, UnknownWaybill, TrackedInFuture, TooManyEvents, and those of fields.
    """
    at_most(command.events, EVENTS_MAX, field="events")
    events = []
    for index, one in enumerate(command.events):
        field = f"events[{index}]"
        if one.occurred_at > uow.now + CLOCKS_DIFFER_MAX:
            at = one.occurred_at.isoformat(timespec="seconds")
            raise TrackedInFuture(f"{field}.occurred_at", occurred_at=at)
        key = optional_code(one.event_id, field=f"{field}.event_id")
        place = optional_name(one.place, field=f"{field}.place")
        events.append(CarrierEvent(key or event_key(one.kind.value, one.occurred_at), one.kind, one.occurred_at, place))
    uow.refresh()
    shipment = _named(uow, command)
    if shipment.events + len(events) > KEPT_MAX:
        raise TooManyEvents("events", count_max=KEPT_MAX)
    recorded = note_events(uow, shipment, events)
    return TrackingRecorded(shipment_view(uow, shipment), recorded)


def receive_carrier_notice(uow: UnitOfWork, command: ReceiveCarrierNotice) -> int:
    """Notes what a carrier has signed; how many events were new, 0 for a waybill that is none of ours.

    What lies ahead of our clock counts as of now: it is told once, and what is refused here is lost.
    """
    uow.refresh()
    shipment = uow.shipments.lock_waybill(command.notice.waybill_number, command.carriers)
    if shipment is None:
        return 0
    left = max(0, KEPT_MAX - shipment.events)
    events = [
        CarrierEvent(one.event_key, one.kind, min(one.occurred_at, uow.now), one.place)
        for one in command.notice.events[: EVENTS_MAX + KEPT_MAX]
    ]
    return note_events(uow, shipment, events, limit=left)


def note_events(uow: UnitOfWork, shipment: Shipment, events: Sequence[CarrierEvent], *, limit: int = KEPT_MAX) -> int:
    """Notes those events of a locked shipment that were not told before, and whatever follows from them."""
    fresh = _fresh(events, uow.shipments.known_events(shipment.shipment_id, [one.event_key for one in events]))[:limit]
    if not fresh:
        return 0
    before, caller, rows = shipment.state, uow.caller, []
    raised: list[ShipmentProblem] = []
    signed = False
    for one in fresh:
        row = ShipmentEvent(
            shipment.shipment_id, uow.new_id(), one.event_key, one.kind, one.occurred_at, one.place, uow.now,
            caller.caller_id, caller.staff_id,
        )  # fmt: skip
        rows.append(row)
        tracked = track(shipment=shipment, event=row)
        signed = signed or tracked.signed
        if tracked.raised is not None:
            raised.append(tracked.raised)
    uow.shipments.add_events(rows)
    if signed and not close_order(uow, shipment):
        problem = raise_problem(shipment=shipment, problem=ShipmentProblem.NOT_HANDED_OVER)
        raised += [problem] if problem else []
    uow.shipments.save(shipment)
    # What was told and is over by the end of the same message concerns nobody any more.
    if raised and shipment.problem is raised[-1]:
        put_to_attention(uow, shipment, raised[-1])
    if shipment.state is not before:
        announce(uow, "ShipmentMoved", shipment)
    return len(rows)


def event_key(kind: str, occurred_at: datetime, *more: str) -> str:
    """What tells an event of which the carrier says no id: the same for the same kind, moment and words."""
    said = "|".join([kind, occurred_at.isoformat(), *more])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _fresh(events: Sequence[CarrierEvent], known: Collection[str]) -> list[CarrierEvent]:
    """Each once, in the order in which they happened."""
    fresh = {one.event_key: one for one in reversed(events) if one.event_key not in known}
    return sorted(fresh.values(), key=lambda one: (one.occurred_at, one.event_key))


def _named(uow: UnitOfWork, command: RecordTracking) -> Shipment:
    if bool(command.shipment_id) == bool(command.carrier or command.waybill_number):
        raise ShipmentOrWaybill("shipment_id")
    if command.shipment_id:
        return locked_shipment(uow, command.shipment_id)
    carrier = required_code(command.carrier, field="carrier")
    number = required_code(command.waybill_number, field="waybill_number")
    shipment = uow.shipments.lock_waybill(number, [carrier])
    if shipment is None or not uow.caller.sees(shipment.store_id):
        raise UnknownWaybill("waybill_number", carrier=carrier, waybill_number=number)
    return shipment
