"""Addresses of orders, shipments, their parcels, and what carriers tell of them. Who takes a parcel is encrypted."""

from typing import Any

from sqlalchemy import Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint, text

from adapters.sql.tables.columns import Bytes, Code, Id, Instant, Key, Name, amount, metadata, required

OPEN_SHIPMENT = "state NOT IN ('cancelled', 'lost', 'returned', 'signed')"

order_addresses = Table(
    "order_addresses",
    metadata,
    Column("order_id", Id, primary_key=True, autoincrement=False),
    Column("member_id", Id),
    required("address_cipher", Bytes),
)
_ordered = order_addresses.c.member_id.is_not(None)
Index(
    "ix_order_addresses_member_id",
    order_addresses.c.member_id,
    order_addresses.c.order_id,
    sqlite_where=_ordered,
    postgresql_where=_ordered,
)

shipments = Table(
    "shipments",
    metadata,
    Column("shipment_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    # Of an order or of a transfer, never of both.
    Column("order_id", Id),
    Column("transfer_id", Id),
    Column("member_id", Id),
    required("carrier", Code),
    required("service", Code),
    required("state", Code),
    # Empty until the carrier has given one.
    required("waybill_number", Code),
    required("currency", Code),
    amount("fee_minor"),
    required("promised_at", Instant),
    required("promised_on", Date),
    required("business_date", Date),
    required("created_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("note", Name),
    # The waybill number came with the request, and nobody asks the carrier.
    required("by_hand", Boolean),
    Column("late_at", Instant),
    Column("tracked_at", Instant),
    Column("signed_at", Instant),
    required("damaged", Boolean),
    # Empty for none.
    required("problem", Code),
    required("events", Integer),
    required("carrier_step", Code),
    Column("carrier_due_at", Instant),
    required("carrier_attempts", Integer),
    required("carrier_note", Name),
    Column("cancellation_id", Id),
    Column("cancelled_on", Date),
    Column("late_told_at", Instant),
    Column("request_id", Key),
    # Empty once the member is erased.
    required("address_cipher", Bytes),
    # Where the carrier shows the label, on which the address stands; empty without one.
    required("label_cipher", Bytes),
)
_one = shipments.c


def _where(condition: object) -> dict[str, Any]:
    return {"sqlite_where": condition, "postgresql_where": condition}


Index("ix_shipments_store_id", _one.store_id, _one.created_at, _one.shipment_id)
Index("ix_shipments_created_at", _one.created_at, _one.shipment_id)
Index("ix_shipments_order_id", _one.order_id, _one.shipment_id, **_where(_one.order_id.is_not(None)))
Index("ix_shipments_transfer_id", _one.transfer_id, _one.shipment_id, **_where(_one.transfer_id.is_not(None)))
Index("ix_shipments_member_id", _one.member_id, _one.shipment_id, **_where(_one.member_id.is_not(None)))
Index("uq_shipments_waybill", _one.waybill_number, _one.carrier, unique=True, **_where(_one.waybill_number != ""))
Index("uq_shipments_request", _one.caller_id, _one.request_id, unique=True, **_where(_one.request_id.is_not(None)))
# What somebody has to look at, what is late, and what carriers are to be asked: few rows each.
Index("ix_shipments_problem", _one.created_at, _one.shipment_id, **_where(_one.problem != ""))
Index("ix_shipments_open", _one.created_at, _one.shipment_id, **_where(text(OPEN_SHIPMENT)))
Index("ix_shipments_late_at", _one.late_at, _one.shipment_id, **_where(_one.late_at.is_not(None)))
Index("ix_shipments_carrier_due_at", _one.carrier_due_at, _one.shipment_id, **_where(_one.carrier_due_at.is_not(None)))
# How carriers keep their promises is read from this alone.
Index(
    "ix_shipments_promised_on",
    _one.promised_on,
    _one.store_id,
    _one.carrier,
    _one.state,
    _one.damaged,
    _one.promised_at,
    _one.signed_at,
)

shipment_parcels = Table(
    "shipment_parcels",
    metadata,
    required("shipment_id", Id),
    required("number", Integer),
    required("weight_grams", Integer),
    required("length_mm", Integer),
    required("width_mm", Integer),
    required("height_mm", Integer),
    PrimaryKeyConstraint("shipment_id", "number"),
)

shipment_events = Table(
    "shipment_events",
    metadata,
    required("shipment_id", Id),
    required("entry_id", Id),
    # Tells an event that is told again: the carrier's own id of it, or what it says.
    required("event_key", Code),
    required("kind", Code),
    required("occurred_at", Instant),
    required("place", Name),
    required("recorded_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
    PrimaryKeyConstraint("shipment_id", "entry_id"),
    UniqueConstraint("shipment_id", "event_key"),
)
