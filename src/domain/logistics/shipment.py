"""Shipments: parcels that a carrier takes to a customer or to a store, and what the carrier tells of them.

What a carrier tells may come late, twice and in any order. A shipment stands where its latest event leads, and once it
is over it stays so, whatever else is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.shared.errors import Invalid, Rejected

LATE_AFTER: Final = timedelta(hours=24)
"""How long after the promised time a shipment is late, so that somebody hears of it and the customer of us."""
PARCELS_MAX: Final = 50
WEIGHT_GRAMS_MAX: Final = 1_000_000
SIDE_MM_MAX: Final = 10_000


class ShipmentState(StrEnum):
    CREATED = "created"
    """Not with the carrier yet, whether it has a waybill or not."""
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    REFUSED = "refused"
    """The recipient did not take it."""
    RETURNING = "returning"
    SIGNED = "signed"
    RETURNED = "returned"
    LOST = "lost"
    CANCELLED = "cancelled"


class TrackingKind(StrEnum):
    """What a carrier tells of a shipment."""

    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    """Nobody was there, or it could not be delivered that day: it is tried again."""
    DAMAGED = "damaged"
    REFUSED = "refused"
    RETURNING = "returning"
    SIGNED = "signed"
    RETURNED = "returned"
    """It is back with whom it came from."""
    LOST = "lost"


class ShipmentProblem(StrEnum):
    """What somebody has to look at, the graver one later."""

    DAMAGED = "damaged"
    REFUSED = "refused"
    RETURNED = "returned"
    LOST = "lost"
    NO_WAYBILL = "no_waybill"
    """The carrier does not take it: its reason is the carrier's note."""
    NOT_HANDED_OVER = "not_handed_over"
    """It was signed for, but its order says that the goods have never left."""
    CONTRADICTED = "contradicted"
    """It was over, and the carrier tells of another end; or it was cancelled, and the carrier carries it."""


class CarrierStep(StrEnum):
    """What the carrier is still to be asked."""

    NOTHING = ""
    BOOK = "book"
    CANCEL = "cancel"


OVER: Final = frozenset({ShipmentState.SIGNED, ShipmentState.RETURNED, ShipmentState.LOST, ShipmentState.CANCELLED})
"""States that nothing leaves again."""

_PROBLEM_OF: Final = {
    TrackingKind.DAMAGED: ShipmentProblem.DAMAGED,
    TrackingKind.REFUSED: ShipmentProblem.REFUSED,
    TrackingKind.RETURNING: ShipmentProblem.RETURNED,
    TrackingKind.RETURNED: ShipmentProblem.RETURNED,
    TrackingKind.LOST: ShipmentProblem.LOST,
}
_STATE_OF: Final = {
    TrackingKind(state.value): state
    for state in ShipmentState
    if state not in (ShipmentState.CREATED, ShipmentState.CANCELLED)
}
_ORDER: Final = {state: place for place, state in enumerate(ShipmentState)}
_GRAVITY: Final = {problem: place for place, problem in enumerate(ShipmentProblem)}
_ENDED_BY_SIGNATURE: Final = frozenset({ShipmentProblem.REFUSED, ShipmentProblem.RETURNED})


class NoParcels(Invalid):
    en = "Send 1 to {limit} parcels, each with its weight in grams."
    zh = "请填写 1 至 {limit} 个包裹，并注明每个包裹的重量（克）。"


class PromisedInPast(Invalid):
    en = "{promised_at} is over. Send the time at which the carrier has promised to deliver."
    zh = "{promised_at} 已过。请填写承运商承诺送达的时间。"


class ShipmentOnItsWay(Rejected):
    en = "Shipment {shipment_id} is {state}: only what the carrier has not taken yet can be cancelled."
    zh = "运单 {shipment_id} 状态为 {state}，只有承运商尚未揽收的才能取消。"


class NothingToResolve(Rejected):
    en = "Shipment {shipment_id} has no problem that is open."
    zh = "运单 {shipment_id} 没有待处理的问题。"


class TrackedInFuture(Invalid):
    en = "{occurred_at} lies ahead. Send the time at which it happened."
    zh = "{occurred_at} 晚于当前时间，请填写实际发生时间。"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel; sides of 0 are not known."""

    weight_grams: int
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0


@dataclass(slots=True)
class Shipment:
    """A shipment of an order or of a transfer, as it stands.

    `late_at` is when it is late, None where that cannot come any more or has been told. `signed_at` is when the carrier
    says that it was. Whoever has given the waybill number `by_hand` tells the carrier too. `events` counts what was
    told. The label and the address stand encrypted, and are no part of it.
    """

    shipment_id: int
    store_id: int
    order_id: int | None
    transfer_id: int | None
    member_id: int | None
    carrier: str
    service: str
    state: ShipmentState
    waybill_number: str
    currency: str
    fee_minor: int
    promised_at: datetime
    promised_on: date
    business_date: date
    created_at: datetime
    caller_id: int
    staff_id: int | None
    note: str
    by_hand: bool
    late_at: datetime | None
    tracked_at: datetime | None = None
    signed_at: datetime | None = None
    damaged: bool = False
    problem: ShipmentProblem | None = None
    events: int = 0
    carrier_step: CarrierStep = CarrierStep.NOTHING
    carrier_due_at: datetime | None = None
    carrier_attempts: int = 0
    carrier_note: str = ""
    cancellation_id: int | None = None
    cancelled_on: date | None = None
    late_told_at: datetime | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class ShipmentEvent:
    """One thing that was told of a shipment, once for its `event_key`; never changed. `place` is no person's."""

    shipment_id: int
    entry_id: int
    event_key: str
    kind: TrackingKind
    occurred_at: datetime
    place: str
    recorded_at: datetime
    caller_id: int
    staff_id: int | None


@dataclass(frozen=True, slots=True)
class Tracked:
    """What an event changed: the problem that it has raised, and whether the shipment was signed for by it."""

    raised: ShipmentProblem | None = None
    signed: bool = False


@dataclass(slots=True)
class CarrierFigures:
    """How a carrier has kept its promises, of shipments that were promised within a period and not cancelled.

    `on_time` were signed for by the promised time, `late` were not, or are not and it is over. What is still under way
    within its time is in `shipments` only.
    """

    carrier: str
    shipments: int = 0
    delivered: int = 0
    on_time: int = 0
    late: int = 0
    damaged: int = 0
    lost: int = 0
    returned: int = 0
    on_time_bp: int = field(default=0)


def track(*, shipment: Shipment, event: ShipmentEvent) -> Tracked:
    """Moves a shipment by an event that was not told before, whatever came before it.

    The latest of what happened counts, of things that happened at once the one that comes later on the way; what ends a
    shipment counts whenever it is told, the first of it for ever.
    """
    shipment.events += 1
    if event.kind is TrackingKind.DAMAGED:
        shipment.damaged = True
    if shipment.state in OVER:
        return Tracked(_after_the_end(shipment, event))
    state = _STATE_OF.get(event.kind)
    if state is not None and (state in OVER or _is_later(shipment, state, event.occurred_at)):
        shipment.state, shipment.tracked_at = state, event.occurred_at
    if event.kind is TrackingKind.SIGNED:
        _sign(shipment, event.occurred_at)
        return Tracked(signed=True)
    if event.kind in (TrackingKind.REFUSED, TrackingKind.RETURNING, TrackingKind.RETURNED):
        # Whoever does not take it is not let down by us.
        shipment.late_at = None
    return Tracked(raise_problem(shipment=shipment, problem=_PROBLEM_OF.get(event.kind)))


def raise_problem(*, shipment: Shipment, problem: ShipmentProblem | None) -> ShipmentProblem | None:
    """The problem, where it is graver than the one that is open: only then somebody hears of it."""
    if problem is None or (shipment.problem is not None and _GRAVITY[shipment.problem] >= _GRAVITY[problem]):
        return None
    shipment.problem = problem
    return problem


def check_cancellable(shipment: Shipment) -> None:
    """Raises ShipmentOnItsWay."""
    if shipment.state is not ShipmentState.CREATED:
        raise ShipmentOnItsWay("shipment_id", shipment_id=shipment.shipment_id, state=shipment.state.value)


def is_settled(shipment: Shipment) -> bool:
    """Whether nothing more is to be waited for: it was signed for, or it is over and somebody has dealt with that."""
    return shipment.state is ShipmentState.SIGNED or (shipment.state in OVER and shipment.problem is None)


def all_arrived(shipments: Sequence[Shipment]) -> bool:
    """Whether an order has got whatever was sent for it: everything is settled, and something was signed for."""
    return all(is_settled(one) for one in shipments) and any(one.state is ShipmentState.SIGNED for one in shipments)


def on_time_bp(*, on_time: int, late: int) -> int:
    """The share on time of what was to be there by now, in hundredths of a percent, rounded down; 0 of nothing."""
    return on_time * 10_000 // (on_time + late) if on_time + late else 0


def _is_later(shipment: Shipment, state: ShipmentState, at: datetime) -> bool:
    if shipment.tracked_at is None:
        return True
    return (at, _ORDER[state]) > (shipment.tracked_at, _ORDER[shipment.state])


def _sign(shipment: Shipment, at: datetime) -> None:
    shipment.signed_at = at
    if shipment.late_at is not None and at <= shipment.late_at:
        shipment.late_at = None
    if shipment.problem in _ENDED_BY_SIGNATURE:
        shipment.problem = ShipmentProblem.DAMAGED if shipment.damaged else None


def _after_the_end(shipment: Shipment, event: ShipmentEvent) -> ShipmentProblem | None:
    if event.kind is TrackingKind.DAMAGED:
        return raise_problem(shipment=shipment, problem=ShipmentProblem.DAMAGED)
    told = _STATE_OF.get(event.kind)
    cancelled = shipment.state is ShipmentState.CANCELLED
    if cancelled or (told in OVER and told is not shipment.state):
        return raise_problem(shipment=shipment, problem=ShipmentProblem.CONTRADICTED)
    return None
