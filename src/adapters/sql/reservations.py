"""Stock that is kept, in SQL: reservations, and the entries of these and of orders."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, exists, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql.reading import Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.inventory import stock_levels
from adapters.sql.tables.reservations import reservation_lines as line_table
from adapters.sql.tables.reservations import reservations as table
from adapters.sql.tables.reservations import stock_reservations as entries
from adapters.sql.transaction import Transaction
from application.paging import INTEGER_MAX
from application.ports import reservations as ports
from application.ports.kernel import Contention
from application.ports.reservations import ReservationFilter
from domain.inventory.reservation import Reservation, ReservationLine, ReservationState, StockReservation

_ID: Final = table.c.reservation_id
# As a literal, so that PostgreSQL knows the indexes of what is open.
_IS_OPEN: Final = table.c.state == literal_column(f"'{ReservationState.OPEN}'")
_AT: Final = bindparam("at", type_=table.c.expires_at.type)
_MOVE_LEVEL: Final = (
    update(stock_levels)
    .where(
        stock_levels.c.location_id == bindparam("of_location", type_=stock_levels.c.location_id.type),
        stock_levels.c.sku_id == bindparam("of_sku", type_=stock_levels.c.sku_id.type),
    )
    .values(reserved_milli=stock_levels.c.reserved_milli + bindparam("more", type_=stock_levels.c.reserved_milli.type))
)
_KEPT: Final = (
    select(entries.c.document_id, entries.c.sku_id, func.sum(entries.c.quantity_milli).label("kept"))
    .where(any_of(entries.c.document_id, "document_ids"))
    .group_by(entries.c.document_id, entries.c.sku_id)
    .having(func.sum(entries.c.quantity_milli) != 0)
    .order_by(entries.c.document_id, entries.c.sku_id)
)
# The construct of this dialect compiles on SQLite too, to the same words.
_ADD: Final = (
    insert_or_leave(table)
    .on_conflict_do_nothing(index_elements=["store_id", "reference"], index_where=_IS_OPEN)
    .returning(_ID)
)
_FIND: Final = select(table).where(table.c.reservation_id == bindparam("reservation_id", type_=_ID.type))
_FIND_OPEN: Final = select(table).where(
    table.c.store_id == bindparam("store_id", type_=table.c.store_id.type),
    table.c.reference == bindparam("reference", type_=table.c.reference.type),
    _IS_OPEN,
)
_LOCK: Final = select(table).where(any_of(_ID, "reservation_ids")).order_by(_ID).with_for_update(key_share=True)
_ENDING: Final = ("state", "ended_at", "document_id")
_END: Final = (
    update(table)
    .where(table.c.reservation_id == bindparam("of_reservation", type_=_ID.type))
    .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in _ENDING})
)
_DUE: Final = (
    select(_ID, table.c.store_id)
    .where(_IS_OPEN, table.c.expires_at <= _AT)
    .order_by(table.c.expires_at)
    .limit(bindparam("limit"))
)
_DUE_OF: Final = _DUE.where(
    table.c.store_id == bindparam("store_id", type_=table.c.store_id.type),
    exists().where(entries.c.document_id == _ID, any_of(entries.c.sku_id, "sku_ids")),
)
_LINES: Final = (
    select(line_table)
    .where(any_of(line_table.c.reservation_id, "reservation_ids"))
    .order_by(line_table.c.reservation_id, line_table.c.line_number)
)

_OF_SKU: Final = exists().where(
    line_table.c.reservation_id == _ID,
    line_table.c.sku_id == bindparam("sku_id", type_=line_table.c.sku_id.type),
)
_OF_REFERENCE: Final = table.c.reference == bindparam("reference", type_=table.c.reference.type)
_IN_STATE: Final = {
    ReservationState.OPEN: and_(_IS_OPEN, table.c.expires_at > _AT),
    ReservationState.EXPIRED: or_(
        table.c.state == ReservationState.EXPIRED.value, and_(_IS_OPEN, table.c.expires_at <= _AT)
    ),
    ReservationState.TAKEN: table.c.state == ReservationState.TAKEN.value,
    ReservationState.RELEASED: table.c.state == ReservationState.RELEASED.value,
}


def _listed(*within: Any) -> Select[Any]:
    return (
        select(table)
        .where(table.c.reservation_id < bindparam("before", type_=_ID.type), *within)
        .order_by(_ID.desc())
        .limit(bindparam("limit"))
    )


_LISTS: Final = {
    (of_sku, of_reference, state): Scoped(
        lambda *within, of_sku=of_sku, of_reference=of_reference, state=state: _listed(
            *([_OF_SKU] if of_sku else []),
            *([_OF_REFERENCE] if of_reference else []),
            *([_IN_STATE[state]] if state else []),
            *within,
        ),
        Filtered(table.c.store_id),
    )
    for of_sku in (False, True)
    for of_reference in (False, True)
    for state in (None, *ReservationState)
}


class Reservations(ports.Reservations):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def move(self, entries: Sequence[StockReservation]) -> None:
        if not entries:
            return
        self._transaction.add(*entries)
        ordered = sorted(entries, key=lambda one: (one.location_id, one.sku_id))
        self._transaction.execute(
            _MOVE_LEVEL,
            [{"of_location": one.location_id, "of_sku": one.sku_id, "more": one.quantity_milli} for one in ordered],
        )

    def kept(self, document_ids: Collection[int]) -> Mapping[int, Mapping[int, int]]:
        found: dict[int, dict[int, int]] = {}
        for row in self._transaction.execute(_KEPT, {"document_ids": sorted(document_ids)}):
            found.setdefault(row.document_id, {})[row.sku_id] = int(row.kept)
        return found

    def add(self, reservation: Reservation) -> None:
        values = {name: getattr(reservation, name) for name in Reservation.__slots__}
        if self._transaction.execute(_ADD, values).one_or_none() is None:
            raise Contention("the reference has got a reservation meanwhile")

    def find(self, reservation_id: int) -> Reservation | None:
        row = self._transaction.execute(_FIND, {"reservation_id": reservation_id}).one_or_none()
        return None if row is None else _reservation(row)

    def find_open(self, store_id: int, reference: str) -> Reservation | None:
        asked = {"store_id": store_id, "reference": reference}
        row = self._transaction.execute(_FIND_OPEN, asked).one_or_none()
        return None if row is None else _reservation(row)

    def lock(self, reservation_ids: Collection[int]) -> Mapping[int, Reservation]:
        rows = self._transaction.execute(_LOCK, {"reservation_ids": sorted(reservation_ids)})
        return {row.reservation_id: _reservation(row) for row in rows}

    def end(self, reservations: Sequence[Reservation]) -> None:
        rows = [
            {
                "of_reservation": one.reservation_id,
                "new_state": one.state.value,
                "new_ended_at": one.ended_at,
                "new_document_id": one.document_id,
            }
            for one in sorted(reservations, key=lambda one: one.reservation_id)
        ]
        if rows:
            self._transaction.execute(_END, rows)

    def due(self, at: datetime, *, limit: int) -> Mapping[int, int]:
        rows = self._transaction.execute(_DUE, {"at": at, "limit": limit})
        return {row.reservation_id: row.store_id for row in rows}

    def due_of(self, store_id: int, sku_ids: Collection[int], at: datetime, *, limit: int) -> Sequence[int]:
        asked = {"store_id": store_id, "sku_ids": sorted(sku_ids), "at": at, "limit": limit}
        return self._transaction.execute(_DUE_OF, asked).scalars().all()

    def lines(self, reservation_ids: Collection[int]) -> Mapping[int, Sequence[ReservationLine]]:
        found: dict[int, list[ReservationLine]] = {}
        for row in self._transaction.execute(_LINES, {"reservation_ids": sorted(reservation_ids)}):
            found.setdefault(row.reservation_id, []).append(ReservationLine(**row._mapping))
        return found

    def list_reservations(self, wanted: ReservationFilter, *, before: int | None, limit: int) -> Sequence[Reservation]:
        parameters: dict[str, Any] = {"before": INTEGER_MAX if before is None else before, "limit": limit}
        if wanted.sku_id is not None:
            parameters["sku_id"] = wanted.sku_id
        if wanted.reference is not None:
            parameters["reference"] = wanted.reference
        if wanted.state in (ReservationState.OPEN, ReservationState.EXPIRED):
            parameters["at"] = wanted.at
        chosen = _LISTS[wanted.sku_id is not None, wanted.reference is not None, wanted.state]
        store_ids = None if wanted.store_ids is None else sorted(wanted.store_ids)
        return [_reservation(row) for row in self._transaction.execute(*chosen.within(store_ids, parameters))]


def _reservation(row: Row[Any]) -> Reservation:
    return Reservation(**{**row._mapping, "state": ReservationState(row.state)})
