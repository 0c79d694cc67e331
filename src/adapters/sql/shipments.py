"""Shipments in SQL; addresses and labels are encrypted, bound to their rows."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from adapters.sql.member_keys import order_address_context, shipment_context
from adapters.sql.reading import NEWEST, Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.shipments import OPEN_SHIPMENT, order_addresses, shipment_events, shipment_parcels, shipments
from adapters.sql.transaction import Transaction
from application.ports import shipments as ports
from application.ports.kernel import Contention
from application.ports.shipments import ShipmentFilter, ShipmentPapers
from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import (
    LATE_AFTER,
    CarrierFigures,
    CarrierStep,
    Parcel,
    Shipment,
    ShipmentEvent,
    ShipmentProblem,
    ShipmentState,
    TrackingKind,
    on_time_bp,
)

_ONE: Final = shipments.c
_FIELDS: Final = tuple(field.name for field in fields(Shipment))
_COLUMNS: Final = tuple(_ONE[name] for name in _FIELDS)
_OF_SHIPMENT: Final = _ONE.shipment_id == bindparam("of_shipment", type_=_ONE.shipment_id.type)
_FIND: Final = select(*_COLUMNS).where(_OF_SHIPMENT)
_LOCK: Final = _FIND.with_for_update(key_share=True)
_IS_USED: Final = select(_ONE.shipment_id).where(
    _ONE.waybill_number == bindparam("of_waybill", type_=_ONE.waybill_number.type),
    _ONE.waybill_number != literal_column("''"),
    _ONE.carrier == bindparam("of_carrier", type_=_ONE.carrier.type),
)
_LOCK_WAYBILL: Final = (
    select(*_COLUMNS)
    .where(
        _ONE.waybill_number == bindparam("of_waybill", type_=_ONE.waybill_number.type),
        # In the words of the index, which a parameter would not be.
        _ONE.waybill_number != literal_column("''"),
        any_of(_ONE.carrier, "carriers"),
    )
    .order_by(_ONE.shipment_id)
    .limit(1)
    .with_for_update(key_share=True)
)
_FIND_REQUEST: Final = select(*_COLUMNS).where(
    _ONE.caller_id == bindparam("of_caller", type_=_ONE.caller_id.type),
    _ONE.request_id == bindparam("of_request", type_=_ONE.request_id.type),
)
# The construct of this dialect compiles on SQLite too, to the same words.
_CREATE: Final = postgres_insert(shipments).on_conflict_do_nothing().returning(_ONE.shipment_id)
_ADD_PARCELS: Final = insert(shipment_parcels)
_SAVED: Final = (
    "state", "waybill_number", "late_at", "tracked_at", "signed_at", "damaged", "problem", "events", "carrier_step",
    "carrier_due_at", "carrier_attempts", "carrier_note", "cancellation_id", "cancelled_on", "late_told_at",
)  # fmt: skip
_SAVE: Final = (
    update(shipments)
    .where(_OF_SHIPMENT)
    .values({name: bindparam(f"new_{name}", type_=_ONE[name].type) for name in _SAVED})
)
_KEEP_LABEL: Final = update(shipments).where(_OF_SHIPMENT).values(label_cipher=bindparam("new_label"))
_CIPHERS: Final = select(_ONE.address_cipher, _ONE.label_cipher).where(_OF_SHIPMENT)
_PARCELS: Final = (
    select(shipment_parcels)
    .where(shipment_parcels.c.shipment_id == bindparam("of_shipment", type_=_ONE.shipment_id.type))
    .order_by(shipment_parcels.c.number)
)
_OF_ORDER: Final = _ONE.order_id == bindparam("of_order", type_=_ONE.order_id.type)
_OF_TRANSFER: Final = _ONE.transfer_id == bindparam("of_transfer", type_=_ONE.transfer_id.type)
_ALL_OF_ORDER: Final = select(*_COLUMNS).where(_OF_ORDER).order_by(_ONE.shipment_id)
_COUNT_OF_ORDER: Final = select(func.count()).select_from(shipments).where(_OF_ORDER)
_COUNT_OF_TRANSFER: Final = select(func.count()).select_from(shipments).where(_OF_TRANSFER)
_KNOWN: Final = select(shipment_events.c.event_key).where(
    shipment_events.c.shipment_id == bindparam("of_shipment", type_=_ONE.shipment_id.type),
    any_of(shipment_events.c.event_key, "event_keys"),
)
_ADD_EVENTS: Final = insert(shipment_events)
_EVENTS: Final = (
    select(shipment_events)
    .where(shipment_events.c.shipment_id == bindparam("of_shipment", type_=_ONE.shipment_id.type))
    .order_by(shipment_events.c.occurred_at.desc(), shipment_events.c.entry_id.desc())
    .limit(bindparam("limit"))
)
_LATE: Final = (
    select(*_COLUMNS)
    .where(_ONE.late_at.is_not(None), _ONE.late_at < bindparam("now", type_=_ONE.late_at.type))
    .order_by(_ONE.late_at, _ONE.shipment_id)
    .limit(bindparam("limit"))
    .with_for_update(key_share=True, skip_locked=True)
)
_TOLD: Final = select(_ONE.order_id, _ONE.shipment_id).where(
    any_of(_ONE.order_id, "order_ids"), _ONE.order_id.is_not(None), _ONE.late_told_at.is_not(None)
)
_DUE: Final = (
    select(_ONE.shipment_id)
    .where(
        _ONE.carrier_due_at.is_not(None),
        _ONE.carrier_due_at <= bindparam("now", type_=_ONE.carrier_due_at.type),
        _ONE.carrier_step == bindparam("step", type_=_ONE.carrier_step.type),
    )
    .order_by(_ONE.carrier_due_at, _ONE.shipment_id)
    .limit(bindparam("limit"))
)
_KEEP_ADDRESS: Final = insert(order_addresses)
_ADDRESS: Final = select(order_addresses).where(
    order_addresses.c.order_id == bindparam("of_order", type_=order_addresses.c.order_id.type)
)

_PROBLEM: Final = _ONE.problem != literal_column("''")
_LATE_NOW: Final = and_(
    _ONE.promised_at < bindparam("promised_before", type_=_ONE.promised_at.type), text(OPEN_SHIPMENT)
)


def _newest(*conditions: Any) -> Select[Any]:
    before = tuple_(
        bindparam("before_at", type_=_ONE.created_at.type), bindparam("before_id", type_=_ONE.shipment_id.type)
    )
    return (
        select(*_COLUMNS)
        .where(tuple_(_ONE.created_at, _ONE.shipment_id) < before, *conditions)
        .order_by(_ONE.created_at.desc(), _ONE.shipment_id.desc())
        .limit(bindparam("limit"))
    )


_CONDITIONS: Final = (_OF_ORDER, _OF_TRANSFER, _PROBLEM, _LATE_NOW)
_LISTS: Final = {
    wanted: Scoped(
        lambda *within, wanted=wanted: _newest(
            *[condition for condition, is_wanted in zip(_CONDITIONS, wanted, strict=True) if is_wanted], *within
        ),
        Filtered(_ONE.store_id),
    )
    for wanted in [(a, b, c, d) for a in (0, 1) for b in (0, 1) for c in (0, 1) for d in (0, 1)]
}
# One store, as most callers are, is read from its own index.
_OF_STORE: Final = _newest(_ONE.store_id == bindparam("of_store", type_=_ONE.store_id.type))

_BACK: Final = sorted({ShipmentState.REFUSED, ShipmentState.RETURNING, ShipmentState.RETURNED})
_SIGNED: Final = _ONE.state == ShipmentState.SIGNED.value
_ON_TIME: Final = and_(_SIGNED, _ONE.signed_at <= _ONE.promised_at)
_OVERDUE: Final = and_(_ONE.promised_at < bindparam("now", type_=_ONE.promised_at.type), _ONE.state.not_in(_BACK))
_IS_LATE: Final = or_(and_(_SIGNED, _ONE.signed_at > _ONE.promised_at), and_(~_SIGNED, _OVERDUE))


def _counted(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _performance(*within: Any) -> Select[Any]:
    return (
        select(
            _ONE.carrier,
            func.count().label("shipments"),
            _counted(_SIGNED).label("delivered"),
            _counted(_ON_TIME).label("on_time"),
            _counted(_IS_LATE).label("late"),
            _counted(_ONE.damaged.is_(True)).label("damaged"),
            _counted(_ONE.state == ShipmentState.LOST.value).label("lost"),
            _counted(_ONE.state.in_(_BACK)).label("returned"),
        )
        .where(
            _ONE.promised_on.between(
                bindparam("from_on", type_=_ONE.promised_on.type), bindparam("to_on", type_=_ONE.promised_on.type)
            ),
            _ONE.state != ShipmentState.CANCELLED.value,
            *within,
        )
        .group_by(_ONE.carrier)
        .order_by(_ONE.carrier)
    )


_FIGURES: Final = ("shipments", "delivered", "on_time", "late", "damaged", "lost", "returned")
_PERFORMANCE: Final = Scoped(_performance, Filtered(_ONE.store_id))


class Shipments(ports.Shipments):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def keep_address(self, order_id: int, member_id: int | None, address: DeliveryAddress) -> None:
        cipher = self._sealed(member_id, address, order_address_context(order_id))
        self._transaction.execute(
            _KEEP_ADDRESS, {"order_id": order_id, "member_id": member_id, "address_cipher": cipher}
        )

    def address_of(self, order_id: int) -> DeliveryAddress | None:
        row = self._transaction.execute(_ADDRESS, {"of_order": order_id}).one_or_none()
        if row is None or not row.address_cipher:
            return None
        return self._address(row.member_id, row.address_cipher, order_address_context(order_id))

    def create(self, shipment: Shipment, address: DeliveryAddress, parcels: Sequence[Parcel]) -> None:
        cipher = self._sealed(shipment.member_id, address, shipment_context("address", shipment.shipment_id))
        made = self._transaction.execute(_CREATE, {**_row(shipment), "address_cipher": cipher, "label_cipher": b""})
        if made.one_or_none() is None:
            raise Contention("somebody else has just taken this waybill number")
        self._transaction.execute(
            _ADD_PARCELS,
            [
                {"shipment_id": shipment.shipment_id, "number": number, **asdict(parcel)}
                for number, parcel in enumerate(parcels, start=1)
            ],
        )

    def lock(self, shipment_id: int) -> Shipment | None:
        return self._one(_LOCK, {"of_shipment": shipment_id})

    def find(self, shipment_id: int) -> Shipment | None:
        return self._one(_FIND, {"of_shipment": shipment_id})

    def find_request(self, caller_id: int, request_id: str) -> Shipment | None:
        return self._one(_FIND_REQUEST, {"of_caller": caller_id, "of_request": request_id})

    def lock_waybill(self, waybill_number: str, carriers: Collection[str]) -> Shipment | None:
        return self._one(_LOCK_WAYBILL, {"of_waybill": waybill_number, "carriers": sorted(carriers)})

    def is_waybill_used(self, waybill_number: str, carrier: str) -> bool:
        asked = {"of_waybill": waybill_number, "of_carrier": carrier}
        return self._transaction.execute(_IS_USED, asked).one_or_none() is not None

    def save(self, shipment: Shipment) -> None:
        self.save_all([shipment])

    def save_all(self, shipments: Sequence[Shipment]) -> None:
        if shipments:
            rows = [(one.shipment_id, _row(one)) for one in shipments]
            self._transaction.execute(
                _SAVE,
                [{"of_shipment": key, **{f"new_{name}": row[name] for name in _SAVED}} for key, row in rows],
            )

    def keep_label(self, shipment: Shipment, label_url: str) -> None:
        cipher = b""
        if label_url:
            context = shipment_context("label", shipment.shipment_id)
            cipher = self._transaction.data_keys.encrypt(shipment.member_id or 0, label_url, context)
        self._transaction.execute(_KEEP_LABEL, {"of_shipment": shipment.shipment_id, "new_label": cipher})

    def papers(self, shipment: Shipment) -> ShipmentPapers:
        asked = {"of_shipment": shipment.shipment_id}
        ciphers = self._transaction.execute(_CIPHERS, asked).one()
        parcels = self._transaction.execute(_PARCELS, asked)
        address, whose = DeliveryAddress(), shipment.member_id or 0
        if ciphers.address_cipher:
            context = shipment_context("address", shipment.shipment_id)
            address = self._address(whose, ciphers.address_cipher, context)
        label = self._transaction.data_keys.decrypt(
            whose, ciphers.label_cipher, shipment_context("label", shipment.shipment_id)
        )
        sides = [Parcel(row.weight_grams, row.length_mm, row.width_mm, row.height_mm) for row in parcels]
        return ShipmentPapers(address, sides, label)

    def of_order(self, order_id: int) -> Sequence[Shipment]:
        return [_shipment(row) for row in self._transaction.execute(_ALL_OF_ORDER, {"of_order": order_id})]

    def count_of(self, *, order_id: int | None, transfer_id: int | None) -> int:
        execute = self._transaction.execute
        if order_id is not None:
            return int(execute(_COUNT_OF_ORDER, {"of_order": order_id}).scalar_one())
        return int(execute(_COUNT_OF_TRANSFER, {"of_transfer": transfer_id}).scalar_one())

    def known_events(self, shipment_id: int, event_keys: Collection[str]) -> Collection[str]:
        asked = {"of_shipment": shipment_id, "event_keys": sorted(event_keys)}
        return set(self._transaction.execute(_KNOWN, asked).scalars())

    def add_events(self, events: Sequence[ShipmentEvent]) -> None:
        if events:
            self._transaction.execute(_ADD_EVENTS, [{**asdict(one), "kind": one.kind.value} for one in events])

    def events(self, shipment_id: int, *, limit: int) -> Sequence[ShipmentEvent]:
        rows = self._transaction.execute(_EVENTS, {"of_shipment": shipment_id, "limit": limit}).all()
        return [ShipmentEvent(**{**row._mapping, "kind": TrackingKind(row.kind)}) for row in reversed(rows)]

    def list_shipments(
        self, wanted: ShipmentFilter, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[Shipment]:
        before_at, before_id = after or NEWEST
        asked: dict[str, Any] = {"before_at": before_at, "before_id": before_id, "limit": limit}
        conditions = (
            int(wanted.order_id is not None), int(wanted.transfer_id is not None), int(wanted.problems_only),
            int(wanted.late_at is not None),
        )  # fmt: skip
        if wanted.order_id is not None:
            asked["of_order"] = wanted.order_id
        if wanted.transfer_id is not None:
            asked["of_transfer"] = wanted.transfer_id
        if wanted.late_at is not None:
            asked["promised_before"] = wanted.late_at - LATE_AFTER
        within = None if wanted.store_ids is None else sorted(wanted.store_ids)
        if within is not None and len(within) == 1 and not any(conditions):
            rows = self._transaction.execute(_OF_STORE, {**asked, "of_store": within[0]})
        else:
            rows = self._transaction.execute(*_LISTS[conditions].within(within, asked))
        return [_shipment(row) for row in rows]

    def lock_late(self, now: datetime, *, limit: int) -> Sequence[Shipment]:
        return [_shipment(row) for row in self._transaction.execute(_LATE, {"now": now, "limit": limit})]

    def orders_told_of(self, order_ids: Collection[int], *, but: Collection[int]) -> Collection[int]:
        rows = self._transaction.execute(_TOLD, {"order_ids": sorted(order_ids)})
        return {row.order_id for row in rows if row.shipment_id not in but}

    def due_at_carriers(self, now: datetime, *, step: CarrierStep, limit: int) -> Sequence[int]:
        asked = {"now": now, "step": step.value, "limit": limit}
        return self._transaction.execute(_DUE, asked).scalars().all()

    def performance(
        self, store_ids: Collection[int] | None, *, from_on: date, to_on: date, now: datetime
    ) -> Sequence[CarrierFigures]:
        asked = {"from_on": from_on, "to_on": to_on, "now": now}
        within = None if store_ids is None else sorted(store_ids)
        figures = []
        for row in self._transaction.execute(*_PERFORMANCE.within(within, asked)):
            counts = {name: int(row._mapping[name]) for name in _FIGURES}
            share = on_time_bp(on_time=counts["on_time"], late=counts["late"])
            figures.append(CarrierFigures(row.carrier, **counts, on_time_bp=share))
        return figures

    def _one(self, statement: Any, asked: Mapping[str, Any]) -> Shipment | None:
        row = self._transaction.execute(statement, asked).one_or_none()
        return None if row is None else _shipment(row)

    def _sealed(self, member_id: int | None, address: DeliveryAddress, context: str) -> bytes:
        text = json.dumps(asdict(address), ensure_ascii=False)
        return self._transaction.data_keys.encrypt(member_id or 0, text, context)

    def _address(self, member_id: int | None, cipher: bytes, context: str) -> DeliveryAddress:
        return DeliveryAddress(**json.loads(self._transaction.data_keys.decrypt(member_id or 0, cipher, context)))


def _row(shipment: Shipment) -> dict[str, Any]:
    row = {name: getattr(shipment, name) for name in _FIELDS}
    problem = shipment.problem.value if shipment.problem else ""
    return {
        **row,
        "state": shipment.state.value,
        "problem": problem,
        "carrier_step": shipment.carrier_step.value,
    }


def _shipment(row: Row[Any]) -> Shipment:
    return Shipment(
        **{
            **row._mapping,
            "state": ShipmentState(row.state),
            "problem": ShipmentProblem(row.problem) if row.problem else None,
            "carrier_step": CarrierStep(row.carrier_step),
        }
    )
