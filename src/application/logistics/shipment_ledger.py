"""What use cases of shipments share: the fee in the books, and what an order hears of its shipments."""

from application.ports.kernel import UnitOfWork
from application.sales.order_ledger import note_event
from application.scope import trading_day
from domain.finance.journal import JournalEntry, balanced
from domain.finance.shipment_postings import fee_postings
from domain.logistics.shipment import Shipment, ShipmentProblem, all_arrived
from domain.sales.order import OrderEventKind, OrderState

DOCUMENT = "shipment"
CANCELLATION = "shipment_cancellation"
"""Kinds of documents in the books."""


def post_fee(uow: UnitOfWork, shipment: Shipment) -> None:
    """Owes the fee of a new shipment, and tells the world of it."""
    entry = JournalEntry(
        uow.new_id(), shipment.store_id, shipment.business_date, shipment.currency, "", DOCUMENT,
        shipment.shipment_id, uow.now,
    )  # fmt: skip
    uow.add(entry, *balanced(entry.entry_id, fee_postings(fee_minor=shipment.fee_minor)))
    announce(uow, "ShipmentCreated", shipment)


def take_fee_back(uow: UnitOfWork, shipment: Shipment) -> None:
    """Owes the fee of a shipment that is cancelled no more, dated today."""
    store = uow.chain.stores[shipment.store_id]
    shipment.cancellation_id, shipment.cancelled_on = uow.new_id(), trading_day(uow, store)
    entry = JournalEntry(
        uow.new_id(), shipment.store_id, shipment.cancelled_on, shipment.currency, "", CANCELLATION,
        shipment.cancellation_id, uow.now,
    )  # fmt: skip
    uow.add(entry, *balanced(entry.entry_id, fee_postings(fee_minor=-shipment.fee_minor)))
    announce(uow, "ShipmentCancelled", shipment, subject_id=shipment.cancellation_id)


def announce(uow: UnitOfWork, topic: str, shipment: Shipment, *, subject_id: int = 0) -> None:
    """Tells the world of a shipment, without who takes it."""
    uow.publish(
        topic,
        subject_id or shipment.shipment_id,
        {
            "shipment_id": shipment.shipment_id,
            "store_id": shipment.store_id,
            "order_id": shipment.order_id,
            "transfer_id": shipment.transfer_id,
            "member_id": shipment.member_id,
            "carrier": shipment.carrier,
            "waybill_number": shipment.waybill_number,
            "state": shipment.state.value,
            "problem": shipment.problem.value if shipment.problem else "",
            "fee_minor": shipment.fee_minor,
            "currency": shipment.currency,
            "promised_at": shipment.promised_at.isoformat(),
        },
    )


def put_to_attention(uow: UnitOfWork, shipment: Shipment, problem: ShipmentProblem) -> None:
    """Tells the world, and the timeline of the order, of a problem that was raised; the shipment is locked."""
    announce(uow, "ShipmentProblem", shipment)
    order = None if shipment.order_id is None else uow.orders.lock(shipment.order_id)
    if order is not None:
        note_event(uow, order, OrderEventKind.ATTENTION, note=f"{problem.value}: {shipment_name(shipment)}")


def close_order(uow: UnitOfWork, shipment: Shipment) -> bool:
    """Signs the order of a locked shipment once whatever was sent for it has arrived; False where it cannot be.

    That is an order whose goods have never left by its own account. The order is locked after the shipment: of two
    shipments that arrive at once the second sees the first.
    """
    order = None if shipment.order_id is None else uow.orders.lock(shipment.order_id)
    if order is None or order.state is OrderState.SIGNED:
        return True
    others = [one for one in uow.shipments.of_order(order.order_id) if one.shipment_id != shipment.shipment_id]
    if not all_arrived([shipment, *others]):
        return True
    if order.state is not OrderState.SHIPPED:
        return False
    order.state = OrderState.SIGNED
    uow.orders.move(order)
    note_event(uow, order, OrderEventKind.SIGNED, note=shipment_name(shipment))
    return True


def shipment_name(shipment: Shipment) -> str:
    """How people find it: by carrier and waybill, else by its number."""
    return f"{shipment.carrier} {shipment.waybill_number or shipment.shipment_id}"
