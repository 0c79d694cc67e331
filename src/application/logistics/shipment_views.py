"""Shipments as shown."""

from dataclasses import dataclass
from datetime import datetime

from application.ports.kernel import UnitOfWork
from application.scope import who
from domain.logistics.shipment import Shipment, ShipmentProblem, ShipmentState
from domain.shared.errors import NotFound


class UnknownShipment(NotFound):
    en = "There is no shipment {shipment_id} in this caller's scope."
    zh = "当前调用方范围内没有运单 {shipment_id}。"


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """A shipment, without who takes it: that is told where somebody asks for it."""

    shipment_id: int
    store_code: str
    order_id: int
    transfer_id: int
    carrier: str
    service: str
    state: ShipmentState
    waybill_number: str
    currency: str
    fee_minor: int
    promised_at: datetime
    created_at: datetime
    created_by: str
    signed_at: datetime | None
    damaged: bool
    problem: ShipmentProblem | None
    carrier_note: str
    late_told_at: datetime | None
    note: str


def shipment_view(uow: UnitOfWork, one: Shipment) -> ShipmentView:
    """The shipment as shown."""
    return ShipmentView(
        shipment_id=one.shipment_id,
        store_code=uow.chain.stores[one.store_id].code,
        order_id=one.order_id or 0,
        transfer_id=one.transfer_id or 0,
        carrier=one.carrier,
        service=one.service,
        state=one.state,
        waybill_number=one.waybill_number,
        currency=one.currency,
        fee_minor=one.fee_minor,
        promised_at=one.promised_at,
        created_at=one.created_at,
        created_by=who(uow, caller_id=one.caller_id, staff_id=one.staff_id),
        signed_at=one.signed_at,
        damaged=one.damaged,
        problem=one.problem,
        carrier_note=one.carrier_note,
        late_told_at=one.late_told_at,
        note=one.note,
    )


def locked_shipment(uow: UnitOfWork, shipment_id: int) -> Shipment:
    """The shipment, locked; raises UnknownShipment alike for one that is not there and for one of a foreign store."""
    return _seen(uow, uow.shipments.lock(shipment_id), shipment_id)


def found_shipment(uow: UnitOfWork, shipment_id: int) -> Shipment:
    """As `locked_shipment`, but only reads."""
    return _seen(uow, uow.shipments.find(shipment_id), shipment_id)


def _seen(uow: UnitOfWork, shipment: Shipment | None, shipment_id: int) -> Shipment:
    if shipment is None or not uow.caller.sees(shipment.store_id):
        raise UnknownShipment("shipment_id", shipment_id=shipment_id)
    return shipment
