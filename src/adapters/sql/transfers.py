"""Transfers between stores in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, case, func, select, tuple_, union, update

from adapters.sql.reading import NEWEST
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.transfers import (
    transfer_documents,
    transfer_entries,
    transfer_events,
    transfer_lines,
    transfers,
)
from adapters.sql.transaction import Transaction
from application.ports import transfers as ports
from application.ports.transfers import OnTheWay, StoredTransfer
from domain.inventory.transfer import (
    OPEN,
    DifferenceReason,
    Transfer,
    TransferBasis,
    TransferDocument,
    TransferDocumentKind,
    TransferEntry,
    TransferEntryKind,
    TransferEvent,
    TransferLine,
    TransferProgress,
    TransferState,
    TransferStep,
)

_OF: Final = bindparam("of_transfer", type_=transfers.c.transfer_id.type)
_FIND: Final = select(transfers).where(transfers.c.transfer_id == _OF)
_LOCK: Final = _FIND.with_for_update(key_share=True)
_LINES: Final = (
    select(transfer_lines, products.c.sku)
    .join_from(transfer_lines, products, products.c.sku_id == transfer_lines.c.sku_id)
    .where(transfer_lines.c.transfer_id == _OF)
    .order_by(transfer_lines.c.line_number)
)
_ENTRIES: Final = (
    select(transfer_entries).where(transfer_entries.c.transfer_id == _OF).order_by(transfer_entries.c.entry_id)
)
_EVENTS: Final = select(transfer_events).where(transfer_events.c.transfer_id == _OF).order_by(transfer_events.c.number)
# Documents by the events and entries that name them: the primary key finds them.
_DOCUMENTS: Final = (
    select(transfer_documents)
    .where(any_of(transfer_documents.c.document_id, "document_ids"))
    .order_by(transfer_documents.c.document_id)
)
_COUNTS: Final = select(
    func.count().label("events"), func.count(transfer_events.c.document_id).label("documents")
).where(transfer_events.c.transfer_id == _OF)
_SHIPMENTS: Final = (
    select(transfer_entries.c.document_id)
    .where(transfer_entries.c.transfer_id == _OF, transfer_entries.c.kind == TransferEntryKind.SHIPPED.value)
    .group_by(transfer_entries.c.document_id)
    .order_by(transfer_entries.c.document_id)
)
_MOVED: Final = ("state", "ended", "basis")
_MOVE: Final = (
    update(transfers)
    .where(transfers.c.transfer_id == _OF)
    .values({name: bindparam(f"new_{name}", type_=transfers.c[name].type) for name in _MOVED})
)
_IS_OPEN: Final = transfers.c.state.in_(tuple(state.value for state in TransferState if state in OPEN))


def _newest(*within: Any) -> Select[Any]:
    before = tuple_(
        bindparam("before_at", type_=transfers.c.requested_at.type),
        bindparam("before_id", type_=transfers.c.transfer_id.type),
    )
    return (
        select(transfers)
        .where(tuple_(transfers.c.requested_at, transfers.c.transfer_id) < before, *within)
        .order_by(transfers.c.requested_at.desc(), transfers.c.transfer_id.desc())
        .limit(bindparam("limit"))
    )


def _list(sides: tuple[Any, ...], *, open_only: bool) -> Any:
    """One statement: the newest of each side by its own index, and of both the newest."""
    within = [_IS_OPEN] if open_only else []
    if not sides:
        return _newest(*within)
    found = [
        _newest(side.in_(bindparam("store_ids", expanding=True)), *within).subquery(f"side_{place}")
        for place, side in enumerate(sides)
    ]
    both = union(*[select(one) for one in found]).subquery("both")
    return select(both).order_by(both.c.requested_at.desc(), both.c.transfer_id.desc()).limit(bindparam("limit"))


_SIDES: Final = {
    (False, False): (),
    (True, False): (transfers.c.from_store_id,),
    (False, True): (transfers.c.to_store_id,),
    (True, True): (transfers.c.from_store_id, transfers.c.to_store_id),
}
_LISTS: Final = {
    (sides, open_only): _list(columns, open_only=open_only)
    for sides, columns in _SIDES.items()
    for open_only in (False, True)
}


def _moved(kind: TransferEntryKind) -> Any:
    return func.sum(case((transfer_entries.c.kind == kind.value, transfer_entries.c.quantity_milli), else_=0))


_BY_LINE: Final = (
    select(
        transfer_entries.c.transfer_id,
        transfer_entries.c.line_number,
        _moved(TransferEntryKind.SHIPPED).label("shipped"),
        (_moved(TransferEntryKind.RECEIVED) + _moved(TransferEntryKind.MISSING)).label("gone"),
    )
    .join_from(transfers, transfer_entries, transfer_entries.c.transfer_id == transfers.c.transfer_id)
    .where(_IS_OPEN)
    .group_by(transfer_entries.c.transfer_id, transfer_entries.c.line_number)
    .subquery("by_line")
)
_SHIPPED: Final = func.coalesce(_BY_LINE.c.shipped, 0)
_TO_SHIP: Final = case((transfers.c.ended, 0), else_=transfer_lines.c.requested_milli - _SHIPPED)
_ON_THE_WAY: Final = (
    select(
        transfers.c.from_store_id,
        transfers.c.to_store_id,
        transfer_lines.c.sku_id,
        func.sum(_TO_SHIP).label("to_ship"),
        func.sum(_SHIPPED - func.coalesce(_BY_LINE.c.gone, 0)).label("in_transit"),
    )
    .select_from(transfers)
    .join(transfer_lines, transfer_lines.c.transfer_id == transfers.c.transfer_id)
    .outerjoin(
        _BY_LINE,
        and_(
            _BY_LINE.c.transfer_id == transfer_lines.c.transfer_id,
            _BY_LINE.c.line_number == transfer_lines.c.line_number,
        ),
    )
    .where(_IS_OPEN, any_of(transfer_lines.c.sku_id, "sku_ids"))
    .group_by(transfers.c.from_store_id, transfers.c.to_store_id, transfer_lines.c.sku_id)
)


class Transfers(ports.Transfers):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, transfer_id: int) -> Transfer | None:
        row = self._transaction.execute(_LOCK, {"of_transfer": transfer_id}).one_or_none()
        return None if row is None else _transfer(row)

    def progress(self, transfer_id: int) -> Mapping[str, TransferProgress]:
        execute, asked = self._transaction.execute, {"of_transfer": transfer_id}
        lines = {
            row.sku: TransferProgress(row.line_number, row.sku_id, row.requested_milli)
            for row in execute(_LINES, asked)
        }
        by_number = {line.line_number: line for line in lines.values()}
        for row in execute(_ENTRIES, asked):
            by_number[row.line_number].add(TransferEntryKind(row.kind), row.quantity_milli, row.value_minor)
        return lines

    def shipments(self, transfer_id: int) -> Sequence[int]:
        return self._transaction.execute(_SHIPMENTS, {"of_transfer": transfer_id}).scalars().all()

    def counts(self, transfer_id: int) -> tuple[int, int]:
        row = self._transaction.execute(_COUNTS, {"of_transfer": transfer_id}).one()
        return row.events, row.documents

    def move(self, transfer: Transfer) -> None:
        values = {f"new_{name}": getattr(transfer, name) for name in _MOVED}
        self._transaction.execute(_MOVE, {"of_transfer": transfer.transfer_id, **values})

    def find(self, transfer_id: int) -> StoredTransfer | None:
        execute, asked = self._transaction.execute, {"of_transfer": transfer_id}
        row = execute(_FIND, asked).one_or_none()
        if row is None:
            return None
        lines = execute(_LINES, asked).all()
        entries = [_entry(entry) for entry in execute(_ENTRIES, asked)]
        events = [
            TransferEvent(**{**event._mapping, "step": TransferStep(event.step)}) for event in execute(_EVENTS, asked)
        ]
        named = {entry.document_id for entry in entries}
        named |= {event.document_id for event in events if event.document_id is not None}
        documents = execute(_DOCUMENTS, {"document_ids": sorted(named)})
        return StoredTransfer(
            _transfer(row),
            [TransferLine(line.transfer_id, line.line_number, line.sku_id, line.requested_milli) for line in lines],
            entries,
            events,
            [TransferDocument(**{**one._mapping, "kind": TransferDocumentKind(one.kind)}) for one in documents],
            {line.sku_id: line.sku for line in lines},
        )

    def list_transfers(
        self,
        *,
        store_ids: Collection[int] | None,
        sources: bool,
        destinations: bool,
        open_only: bool,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[Transfer]:
        before_at, before_id = after or NEWEST
        parameters: dict[str, Any] = {"before_at": before_at, "before_id": before_id, "limit": limit}
        sides = (False, False)
        if store_ids is not None:
            sides, parameters["store_ids"] = (sources, destinations), sorted(store_ids)
        return [_transfer(row) for row in self._transaction.execute(_LISTS[sides, open_only], parameters)]

    def on_the_way(self, store_ids: Collection[int], sku_ids: Collection[int]) -> OnTheWay:
        coming: dict[tuple[int, int], int] = {}
        leaving: dict[tuple[int, int], int] = {}
        for row in self._transaction.execute(_ON_THE_WAY, {"sku_ids": sorted(sku_ids)}):
            to_ship, in_transit = int(row.to_ship), int(row.in_transit)
            if row.to_store_id in store_ids and to_ship + in_transit:
                key = row.to_store_id, row.sku_id
                coming[key] = coming.get(key, 0) + to_ship + in_transit
            if row.from_store_id in store_ids and to_ship:
                key = row.from_store_id, row.sku_id
                leaving[key] = leaving.get(key, 0) + to_ship
        return OnTheWay(coming, leaving)


def _transfer(row: Row[Any]) -> Transfer:
    basis = None if row.basis is None else TransferBasis(row.basis)
    return Transfer(**{**row._mapping, "state": TransferState(row.state), "basis": basis})


def _entry(row: Row[Any]) -> TransferEntry:
    reason = None if row.reason is None else DifferenceReason(row.reason)
    return TransferEntry(**{**row._mapping, "kind": TransferEntryKind(row.kind), "reason": reason})
