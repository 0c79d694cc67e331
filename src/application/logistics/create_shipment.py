"""Sending an order or a transfer: written down and owed for first, then the carrier is asked for a waybill."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from application.delivery_addresses import checked_address
from application.fields import optional_code, optional_name, required_code, within
from application.inventory.transfer_ledger import locked_transfer
from application.logistics.shipment_ledger import post_fee
from application.logistics.shipment_views import ShipmentView, shipment_view
from application.outside import Outside
from application.ports.kernel import UnitOfWork
from application.sales.order_ledger import locked_order
from application.scope import checked_open
from domain.identity.organisation import Store
from domain.inventory.transfer import TransferState
from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import (
    LATE_AFTER,
    PARCELS_MAX,
    SIDE_MM_MAX,
    WEIGHT_GRAMS_MAX,
    CarrierStep,
    NoParcels,
    Parcel,
    PromisedInPast,
    Shipment,
    ShipmentState,
)
from domain.sales.order import Fulfilment, OrderState
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX
from domain.shared.period import business_date

SHIPMENTS_MAX: Final = 50
"""Of one order or transfer, so that what closes an order has a bound."""
SENT: Final = frozenset({OrderState.PICKED, OrderState.SHIPPED})
MOVED: Final = frozenset({TransferState.APPROVED, TransferState.SHIPPED})


class OrderOrTransfer(Invalid):
    en = "Name either an order or a transfer that is sent."
    zh = "请填写订单或调拨单，二者之一。"


class UnknownCarrier(Invalid):
    en = (
        "This server cannot ask carrier “{carrier}”. Send the waybill_number that it has given, or name one of: "
        "{known}."
    )
    zh = "本服务器未接入承运商“{carrier}”。请填写其运单号 waybill_number，或使用：{known}。"


class WaybillIsMade(Invalid):
    en = "Carrier “{carrier}” gives the number when it is asked. Leave waybill_number empty."
    zh = "承运商“{carrier}”的运单号由系统申请，请将 waybill_number 留空。"


class WaybillUsed(Rejected):
    en = "Waybill “{waybill_number}” of carrier “{carrier}” is another shipment's. Check the number."
    zh = "承运商“{carrier}”的运单号“{waybill_number}”已用于其他运单，请核对。"


class NotToBeSent(Rejected):
    en = "The order is {fulfilment} and {state}. Only an order to SHIP that is picked or shipped is sent."
    zh = "订单交货方式为 {fulfilment}，状态为 {state}。只有配送（SHIP）且已拣货或已发货的订单才能寄送。"


class TransferNotOnItsWay(Rejected):
    en = "The transfer is {state}. Only one that is approved or shipped is sent."
    zh = "调拨单状态为 {state}，只有已批准或已发货的才能寄送。"


class AddressNeeded(Invalid):
    en = "Nothing is known of where this goes. Send the address."
    zh = "没有收货地址，请填写 address。"


class TooManyShipments(Rejected):
    en = "An order or a transfer has at most {count_max} shipments."
    zh = "一张订单或调拨单最多 {count_max} 个运单。"


@dataclass(frozen=True, slots=True)
class CreateShipment:
    """Of an order or of a transfer. Without an address it goes where the order goes."""

    promised_at: datetime
    carrier: str
    parcels: tuple[Parcel, ...]
    order_id: int = 0
    transfer_id: int = 0
    service: str = ""
    fee_minor: int = 0
    address: DeliveryAddress | None = field(default=None, repr=False)
    waybill_number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Sent:
    """What is sent, and from where."""

    store: Store
    order_id: int | None = None
    transfer_id: int | None = None
    member_id: int | None = None
    address: DeliveryAddress | None = None


def check_carrier(outside: Outside, command: CreateShipment) -> None:
    """Raises UnknownCarrier and WaybillIsMade before anything is written."""
    carrier = required_code(command.carrier, field="carrier")
    if carrier in outside.carriers and command.waybill_number:
        raise WaybillIsMade("waybill_number", carrier=carrier)
    if carrier not in outside.carriers and not command.waybill_number:
        known = ", ".join(sorted(outside.carriers)) or "-"
        raise UnknownCarrier("carrier", carrier=carrier, known=known)


def create_shipment(uow: UnitOfWork, command: CreateShipment) -> ShipmentView:
    """Writes a shipment down and owes its fee; only then, after this transaction, may the carrier be asked.

    Raises OrderOrTransfer, UnknownOrder, NotToBeSent, UnknownTransfer, TransferNotOnItsWay, AddressNeeded, NoParcels,
    PromisedInPast, WaybillUsed, TooManyShipments, StoreClosed, and those of fields.
    """
    carrier = required_code(command.carrier, field="carrier")
    service = optional_code(command.service, field="service")
    number = optional_code(command.waybill_number, field="waybill_number")
    note = optional_name(command.note, field="note")
    within(command.fee_minor, 0, AMOUNT_MINOR_MAX - 1, field="fee_minor")
    _check_parcels(command)
    if command.promised_at <= uow.now:
        raise PromisedInPast("promised_at", promised_at=command.promised_at.isoformat(timespec="seconds"))
    address = None if command.address is None else checked_address(command.address, field="address")
    uow.refresh()
    sent = _sent(uow, command)
    address = address or sent.address
    if address is None:
        raise AddressNeeded("address")
    if number and uow.shipments.is_waybill_used(number, carrier):
        raise WaybillUsed("waybill_number", carrier=carrier, waybill_number=number)
    store, caller = sent.store, uow.caller
    day = store.time_zone, store.day_cutoff_minutes
    shipment = Shipment(
        shipment_id=uow.new_id(),
        store_id=store.store_id,
        order_id=sent.order_id,
        transfer_id=sent.transfer_id,
        member_id=sent.member_id,
        carrier=carrier,
        service=service,
        state=ShipmentState.CREATED,
        waybill_number=number,
        currency=store.currency,
        fee_minor=command.fee_minor,
        promised_at=command.promised_at,
        promised_on=business_date(command.promised_at, time_zone=day[0], day_cutoff_minutes=day[1]),
        business_date=business_date(uow.now, time_zone=day[0], day_cutoff_minutes=day[1]),
        created_at=uow.now,
        caller_id=caller.caller_id,
        staff_id=caller.staff_id,
        note=note,
        by_hand=bool(number),
        late_at=command.promised_at + LATE_AFTER,
        carrier_step=CarrierStep.NOTHING if number else CarrierStep.BOOK,
        carrier_due_at=None if number else uow.now,
        request_id=uow.request_id or None,
    )
    uow.shipments.create(shipment, address, command.parcels)
    post_fee(uow, shipment)
    return shipment_view(uow, shipment)


def _check_parcels(command: CreateShipment) -> None:
    if not 1 <= len(command.parcels) <= PARCELS_MAX:
        raise NoParcels("parcels", limit=PARCELS_MAX)
    for index, parcel in enumerate(command.parcels):
        within(parcel.weight_grams, 1, WEIGHT_GRAMS_MAX, field=f"parcels[{index}].weight_grams")
        for name in ("length_mm", "width_mm", "height_mm"):
            within(getattr(parcel, name), 0, SIDE_MM_MAX, field=f"parcels[{index}].{name}")


def _sent(uow: UnitOfWork, command: CreateShipment) -> _Sent:
    """What is sent, locked, so that nobody changes it meanwhile and its shipments are counted."""
    if bool(command.order_id) == bool(command.transfer_id):
        raise OrderOrTransfer("order_id")
    sent = _order(uow, command.order_id) if command.order_id else _transfer(uow, command.transfer_id)
    checked_open(sent.store, field="order_id" if command.order_id else "transfer_id")
    if uow.shipments.count_of(order_id=sent.order_id, transfer_id=sent.transfer_id) >= SHIPMENTS_MAX:
        raise TooManyShipments("order_id" if command.order_id else "transfer_id", count_max=SHIPMENTS_MAX)
    return sent


def _order(uow: UnitOfWork, order_id: int) -> _Sent:
    order = locked_order(uow, order_id)
    if order.fulfilment is not Fulfilment.SHIP or order.state not in SENT:
        raise NotToBeSent("order_id", fulfilment=order.fulfilment.value, state=order.state.value)
    member_id = order.member_id
    if member_id is not None and uow.personal_data.erased([member_id]):
        # Nothing about an erased person is kept with their file.
        member_id = None
    address = uow.shipments.address_of(order_id)
    return _Sent(uow.chain.stores[order.store_id], order_id=order_id, member_id=member_id, address=address)


def _transfer(uow: UnitOfWork, transfer_id: int) -> _Sent:
    transfer = locked_transfer(uow, transfer_id, source=True)
    if transfer.state not in MOVED:
        raise TransferNotOnItsWay("transfer_id", state=transfer.state.value)
    return _Sent(uow.chain.stores[transfer.from_store_id], transfer_id=transfer_id)
