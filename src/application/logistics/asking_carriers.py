"""Asking carriers, between transactions: waybills are made and taken back, each once however often it is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from application.fields import NAME_CHARACTERS_MAX
from application.logistics.create_shipment import CreateShipment
from application.logistics.end_shipment import CancelShipment, wait_for
from application.logistics.shipment_ledger import announce, put_to_attention
from application.logistics.shipment_views import ShipmentView, found_shipment, locked_shipment, shipment_view
from application.outside import Outside
from application.ports.carriers import CarrierRefused, CarrierUnreachable, WaybillAsked
from application.ports.kernel import UnitOfWork
from application.ports.payments import ProviderUnreachable
from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import (
    CarrierStep,
    Parcel,
    Shipment,
    ShipmentProblem,
    ShipmentState,
    raise_problem,
)

BATCH: Final = 50
AGAIN_FIRST: Final = timedelta(minutes=1)
AGAIN_MAX: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class AskShipment:
    """`again` asks for a waybill that the carrier has refused before."""

    shipment_id: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class DueAtCarriers:
    step: CarrierStep
    until: datetime


@dataclass(frozen=True, slots=True)
class CarrierQuestion:
    """What is to be asked of a carrier; the shipment may have moved on until it is answered."""

    shipment_id: int
    step: CarrierStep
    waybill_number: str
    asked: WaybillAsked = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """What a carrier has answered: a waybill, a refusal with its reason, or neither where it could not be reached."""

    shipment_id: int
    step: CarrierStep
    waybill_number: str = ""
    label_url: str = field(default="", repr=False)
    refused: str = ""
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class PrintWaybill:
    shipment_id: int


@dataclass(frozen=True, slots=True)
class WaybillPrinted:
    """What stands on a waybill; personal."""

    shipment: ShipmentView
    recipient: DeliveryAddress
    parcels: tuple[Parcel, ...]
    label_url: str = field(repr=False)


def waybill_after(outside: Outside, command: CreateShipment) -> ShipmentView:
    """A shipment that was just created as it is once its carrier was asked; a request that comes again asks no more."""
    created = outside.read(_created, outside.request_id)
    return created if outside.replayed else ask_carrier(outside, created.shipment_id)


def cancelled_after(outside: Outside, command: CancelShipment) -> ShipmentView:
    """The same of one that was just cancelled."""
    return ask_carrier(outside, command.shipment_id)


def print_waybill(uow: UnitOfWork, query: PrintWaybill) -> WaybillPrinted:
    """What stands on the waybill of a shipment; raises UnknownShipment."""
    uow.refresh()
    shipment = found_shipment(uow, query.shipment_id)
    papers = uow.shipments.papers(shipment)
    return WaybillPrinted(shipment_view(uow, shipment), papers.address, tuple(papers.parcels), papers.label_url)


def printed_after(outside: Outside, query: PrintWaybill) -> WaybillPrinted:
    """The same, once the carrier was asked for what it has not given yet, also where it has refused it before."""
    ask_carrier(outside, query.shipment_id, again=True)
    return outside.read(print_waybill, query)


def ask_due_carriers(outside: Outside) -> Iterator[int]:
    """Asks carriers for what is due, what was tried least lately first; yields how many were asked at once."""
    started = outside.now()
    for step in (CarrierStep.BOOK, CarrierStep.CANCEL):
        seen: set[int] = set()
        while True:
            due = outside.read(_due, DueAtCarriers(step, started))
            due = [shipment_id for shipment_id in due if shipment_id not in seen]
            if not due:
                break
            seen.update(due)
            outside.each(lambda shipment_id: ask_carrier(outside, shipment_id), due)
            yield len(due)


def ask_carrier(outside: Outside, shipment_id: int, *, again: bool = False) -> ShipmentView:
    """Asks the carrier of a shipment for what it still has to do, if anything; the shipment as it is then."""
    question = outside.read(question_of, AskShipment(shipment_id, again))
    if question is not None:
        outside.write(record_answer, _answer(outside, question))
    return outside.read(_view, shipment_id)


def question_of(uow: UnitOfWork, query: AskShipment) -> CarrierQuestion | None:
    """What the carrier of a shipment is to be asked, None for nothing; raises UnknownShipment."""
    uow.refresh()
    shipment = found_shipment(uow, query.shipment_id)
    step = shipment.carrier_step
    if query.again and shipment.problem is ShipmentProblem.NO_WAYBILL and shipment.state is ShipmentState.CREATED:
        step = CarrierStep.BOOK
    if step is CarrierStep.NOTHING:
        return None
    papers = uow.shipments.papers(shipment)
    store = uow.chain.stores[shipment.store_id]
    policies = uow.chain.policies(store.store_id)
    sender = DeliveryAddress(store.name, policies.shipping_phone, policies.receipt_address)
    asked = WaybillAsked(
        f"S{shipment.shipment_id}", shipment.carrier, shipment.service, sender, papers.address, papers.parcels
    )
    return CarrierQuestion(shipment.shipment_id, step, shipment.waybill_number, asked)


def record_answer(uow: UnitOfWork, answer: RecordAnswer) -> None:
    """Notes what a carrier has answered; an answer that another one has overtaken changes nothing."""
    uow.refresh()
    shipment = locked_shipment(uow, answer.shipment_id)
    if answer.waybill_number:
        if not shipment.waybill_number:
            _take_waybill(uow, shipment, answer)
    elif shipment.carrier_step is answer.step:
        _note_answer(uow, shipment, answer)
    uow.shipments.save(shipment)


def _take_waybill(uow: UnitOfWork, shipment: Shipment, answer: RecordAnswer) -> None:
    number = answer.waybill_number
    if uow.shipments.is_waybill_used(number, shipment.carrier):
        _refused(uow, shipment, f"{number} is the number of another shipment")
        return
    shipment.waybill_number, shipment.carrier_note = number, ""
    if shipment.problem is ShipmentProblem.NO_WAYBILL:
        shipment.problem = None
    # It was cancelled while the carrier was asked, so it is asked once more.
    cancelled = shipment.state is ShipmentState.CANCELLED
    wait_for(shipment, CarrierStep.CANCEL if cancelled else CarrierStep.NOTHING, at=uow.now)
    uow.shipments.keep_label(shipment, answer.label_url)
    announce(uow, "WaybillMade", shipment)


def _note_answer(uow: UnitOfWork, shipment: Shipment, answer: RecordAnswer) -> None:
    if answer.unreachable:
        shipment.carrier_attempts += 1
        pause = min(AGAIN_MAX, AGAIN_FIRST * 2 ** min(shipment.carrier_attempts - 1, 10))
        shipment.carrier_due_at = uow.now + pause
    elif answer.refused:
        _refused(uow, shipment, answer.refused)
    else:
        wait_for(shipment, CarrierStep.NOTHING, at=uow.now)


def _refused(uow: UnitOfWork, shipment: Shipment, reason: str) -> None:
    shipment.carrier_note = reason[:NAME_CHARACTERS_MAX]
    booking = shipment.carrier_step is not CarrierStep.CANCEL
    wait_for(shipment, CarrierStep.NOTHING, at=uow.now)
    if booking and shipment.state is ShipmentState.CANCELLED:
        return
    problem = ShipmentProblem.NO_WAYBILL if booking else ShipmentProblem.CONTRADICTED
    if raised := raise_problem(shipment=shipment, problem=problem):
        put_to_attention(uow, shipment, raised)


def _answer(outside: Outside, question: CarrierQuestion) -> RecordAnswer:
    shipment_id, step = question.shipment_id, question.step
    carrier = outside.carriers.get(question.asked.carrier)
    if carrier is None:
        # This server cannot ask it any more; another one may.
        return RecordAnswer(shipment_id, step, unreachable=True)
    try:
        if step is CarrierStep.CANCEL:
            outside.ask(lambda: carrier.cancel(question.asked.key, question.waybill_number))
            return RecordAnswer(shipment_id, step)
        waybill = outside.ask(lambda: carrier.book(question.asked))
        return RecordAnswer(shipment_id, step, waybill.number, waybill.label_url)
    except CarrierRefused as refused:
        return RecordAnswer(shipment_id, step, refused=str(refused) or "refused")
    except (CarrierUnreachable, ProviderUnreachable):
        return RecordAnswer(shipment_id, step, unreachable=True)


def _created(uow: UnitOfWork, request_id: str) -> ShipmentView:
    uow.refresh()
    found = uow.shipments.find_request(uow.caller.caller_id, request_id)
    if found is None:
        raise AssertionError("a shipment was answered and is not there")
    return shipment_view(uow, found)


def _view(uow: UnitOfWork, shipment_id: int) -> ShipmentView:
    uow.refresh()
    return shipment_view(uow, found_shipment(uow, shipment_id))


def _due(uow: UnitOfWork, asked: DueAtCarriers) -> Sequence[int]:
    return uow.shipments.due_at_carriers(asked.until, step=asked.step, limit=BATCH)
