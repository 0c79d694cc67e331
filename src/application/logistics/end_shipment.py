"""Shipments that are not sent after all, and those whose problem somebody has dealt with."""

from dataclasses import dataclass
from datetime import datetime

from application.fields import required_name
from application.logistics.shipment_ledger import close_order, shipment_name, take_fee_back
from application.logistics.shipment_views import ShipmentView, locked_shipment, shipment_view
from application.ports.kernel import UnitOfWork
from application.sales.order_ledger import note_event
from domain.logistics.shipment import (
    CarrierStep,
    NothingToResolve,
    Shipment,
    ShipmentState,
    check_cancellable,
)
from domain.sales.order import OrderEventKind


@dataclass(frozen=True, slots=True)
class CancelShipment:
    shipment_id: int


@dataclass(frozen=True, slots=True)
class ResolveShipment:
    """The note says what was done about it."""

    shipment_id: int
    note: str


def cancel_shipment(uow: UnitOfWork, command: CancelShipment) -> ShipmentView:
    """Cancels what the carrier has not taken yet; only then, after this transaction, is the waybill taken back.

    Raises UnknownShipment and ShipmentOnItsWay.
    """
    uow.refresh()
    shipment = locked_shipment(uow, command.shipment_id)
    check_cancellable(shipment)
    shipment.state, shipment.problem, shipment.late_at = ShipmentState.CANCELLED, None, None
    if shipment.waybill_number and not shipment.by_hand:
        wait_for(shipment, CarrierStep.CANCEL, at=uow.now)
    elif shipment.carrier_step is CarrierStep.BOOK and not shipment.carrier_attempts:
        # Nobody has been asked; who is being asked just now is asked once more when the answer comes.
        wait_for(shipment, CarrierStep.NOTHING, at=uow.now)
    take_fee_back(uow, shipment)
    uow.shipments.save(shipment)
    return shipment_view(uow, shipment)


def resolve_shipment(uow: UnitOfWork, command: ResolveShipment) -> ShipmentView:
    """Notes that the problem of a shipment was dealt with, which may be the last that its order has waited for.

    Raises UnknownShipment and NothingToResolve.
    """
    note = required_name(command.note, field="note")
    uow.refresh()
    shipment = locked_shipment(uow, command.shipment_id)
    if shipment.problem is None:
        raise NothingToResolve("shipment_id", shipment_id=shipment.shipment_id)
    shipment.problem = None
    uow.shipments.save(shipment)
    order = None if shipment.order_id is None else uow.orders.lock(shipment.order_id)
    if order is not None:
        note_event(uow, order, OrderEventKind.ATTENTION, note=f"{shipment_name(shipment)}: {note}"[:200])
        close_order(uow, shipment)
    return shipment_view(uow, shipment)


def wait_for(shipment: Shipment, step: CarrierStep, *, at: datetime) -> None:
    """What the carrier is to be asked next, at once, and from the first attempt on."""
    shipment.carrier_step, shipment.carrier_attempts = step, 0
    shipment.carrier_due_at = None if step is CarrierStep.NOTHING else at
