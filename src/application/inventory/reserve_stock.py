"""Keeping stock for an outside reference for some minutes, freeing it, and telling what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from application.fields import at_most, named_once, optional_code, required_code, within
from application.inventory.queries import UnknownSku
from application.paging import next_token, page
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.ports.reservations import ReservationFilter
from application.reserving import UnknownReservation, end_kept, keep_stock, lock_free
from application.scope import open_store, store_in_scope, trading_day, who
from domain.catalog.quantity import checked_quantity
from domain.identity.organisation import Store
from domain.inventory.reservation import Reservation, ReservationLine, ReservationOver, ReservationState, reservable
from domain.shared.errors import Conflict, Rejected

LINES_MAX: Final = 200
MINUTES_MAX: Final = 43_200
BATCH: Final = 100
"""How many expired reservations one transaction of the job frees."""


class NotEnoughToReserve(Rejected):
    en = "“{sku}” has {available} thousandths free in store “{store_code}”, not {asked}. Reserve less, or elsewhere."
    zh = "门店“{store_code}”商品“{sku}”可用 {available}（千分之一单位），不足 {asked}。请减少数量或选择其他门店。"


class NothingToReserve(Rejected):
    en = "“{sku}” is kept without stock, so none can be reserved. Leave the line out."
    zh = "商品“{sku}”不管理库存，无需预留。请删除该行。"


class ReferenceReserved(Conflict):
    en = (
        "Reservation {reservation_id} keeps other goods for “{reference}” already. Release it, or name another"
        " reference."
    )
    zh = "预留 {reservation_id} 已为“{reference}”保留其他商品。请先释放，或使用其他单号。"


@dataclass(frozen=True, slots=True)
class ReserveLine:
    sku: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class ReserveStock:
    """For `minutes`, 0 for the setting `reservation_minutes`; all lines or none, unless it may be `partial`."""

    reference: str
    lines: tuple[ReserveLine, ...]
    store_code: str = ""
    minutes: int = 0
    partial: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseStock:
    reservation_id: int


@dataclass(frozen=True, slots=True)
class ExpireReservations:
    """Frees the next expired reservations of the whole chain."""


@dataclass(frozen=True, slots=True)
class ListReservations:
    store_code: str = ""
    sku: str = ""
    reference: str = ""
    state: ReservationState | None = None
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ReservedLineView:
    sku: str
    asked_milli: int
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class KeptGoodsView:
    sku: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class ReservationView:
    """A reservation; `kept` is what it keeps now."""

    reservation_id: int
    store_code: str
    reference: str
    state: ReservationState
    reserved_at: datetime
    expires_at: datetime
    reserved_by: str
    ended_at: datetime | None
    document_id: int
    lines: Sequence[ReservedLineView]
    kept: Sequence[KeptGoodsView]


@dataclass(frozen=True, slots=True)
class ReservationsPage:
    reservations: Sequence[ReservationView]
    next_page_token: str


def reserve_stock(uow: UnitOfWork, command: ReserveStock) -> ReservationView:
    """Keeps goods for a reference, never more than is available whatever the store's setting `negative_stock` says.

    The same lines for a reference that has an open reservation are answered with it. Raises UnknownSku,
    NothingToReserve, NotEnoughToReserve, ReferenceReserved, UnknownStore, StoreClosed, and as `checked_quantity`.
    """
    reference = required_code(command.reference, field="reference")
    at_most(command.lines, LINES_MAX, field="lines")
    named_once([line.sku for line in command.lines], field="lines", key="sku")
    uow.refresh()
    store = open_store(uow, command.store_code)
    policies = uow.chain.policies(store.store_id)
    longest = policies.reservation_minutes_max
    minutes = within(command.minutes, 0, longest, field="minutes") or min(policies.reservation_minutes, longest)
    items = _items(uow, command.lines)
    standing = uow.reservations.find_open(store.store_id, reference)
    if standing is not None and standing.expires_at > uow.now:
        return _repeated(uow, standing, command.lines, items)
    taken = {sku_id for line in command.lines for sku_id, _ in items[line.sku].takes(line.quantity_milli)}
    levels = lock_free(uow, store, taken, expired=[standing.reservation_id] if standing is not None else [])
    on = trading_day(uow, store)
    free = {sku_id: levels[store.store_id, sku_id].available_milli(on) for sku_id in taken}
    granted = _granted(command, items, free, store)
    one = Reservation(
        uow.new_id(), store.store_id, reference, ReservationState.OPEN, uow.now, uow.now + timedelta(minutes=minutes),
        uow.caller.caller_id, uow.caller.staff_id,
    )  # fmt: skip
    return _record(uow, one, command.lines, items, granted)


def release_stock(uow: UnitOfWork, command: ReleaseStock) -> ReservationView:
    """Frees what an open reservation keeps; raises UnknownReservation and ReservationOver."""
    uow.refresh()
    found = uow.reservations.find(command.reservation_id)
    if found is None or not uow.caller.sees(found.store_id):
        raise UnknownReservation("reservation_id", reservation_id=command.reservation_id)
    kept = uow.reservations.kept([found.reservation_id]).get(found.reservation_id, {})
    levels = uow.stock.lock([(found.store_id, sku_id) for sku_id in kept])
    if not end_kept(uow, [found.reservation_id], ReservationState.RELEASED, levels):
        state = uow.reservations.lock([found.reservation_id])[found.reservation_id].state
        raise ReservationOver("reservation_id", reservation_id=found.reservation_id, state=state.value)
    [view] = _views(uow, list(uow.reservations.lock([found.reservation_id]).values()))
    return view


def expire_reservations(uow: UnitOfWork, command: ExpireReservations) -> int:
    """Frees up to 100 reservations whose time is over, the longest first; how many, so that 0 is the end."""
    due = uow.reservations.due(uow.now, limit=BATCH)
    if not due:
        return 0
    kept = uow.reservations.kept(due.keys())
    keys = {(due[one_id], sku_id) for one_id, of_one in kept.items() for sku_id in of_one}
    return end_kept(uow, due.keys(), ReservationState.EXPIRED, uow.stock.lock(sorted(keys)))


def list_reservations(uow: UnitOfWork, query: ListReservations) -> ReservationsPage:
    """Reservations of the stores in scope, the highest id first; raises UnknownStore and UnknownSku."""
    asked = page(query.page_size, query.page_token, key=(int,))
    reference = optional_code(query.reference, field="reference")
    uow.refresh()
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    sku_id = None
    if query.sku:
        sku_id = uow.catalog.sku_ids([required_code(query.sku, field="sku")]).get(query.sku)
        if sku_id is None:
            raise UnknownSku("sku", sku=query.sku)
    wanted = ReservationFilter(store_ids, sku_id, reference or None, query.state, uow.now)
    before = asked.after[0] if asked.after else None
    rows = uow.reservations.list_reservations(wanted, before=before, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda one: (one.reservation_id,))
    return ReservationsPage(_views(uow, rows[: asked.limit]), token)


def _items(uow: UnitOfWork, lines: Sequence[ReserveLine]) -> Mapping[str, StockItem]:
    """The items by SKU, each of which takes something out of stock, with the quantities checked."""
    known = uow.stock.items({required_code(line.sku, field=f"lines[{index}].sku") for index, line in enumerate(lines)})
    for index, line in enumerate(lines):
        item = known.get(line.sku)
        if item is None:
            raise UnknownSku(f"lines[{index}].sku", sku=line.sku)
        checked_quantity(line.quantity_milli, unit_decimals=item.unit_decimals, field=f"lines[{index}].quantity_milli")
        if not item.takes(line.quantity_milli):
            raise NothingToReserve(f"lines[{index}].sku", sku=line.sku)
    return known


def _repeated(
    uow: UnitOfWork, standing: Reservation, lines: Sequence[ReserveLine], items: Mapping[str, StockItem]
) -> ReservationView:
    """The answer to a request that came before; raises ReferenceReserved where it asked for something else."""
    kept_for = uow.reservations.lines([standing.reservation_id])[standing.reservation_id]
    asked = [(items[line.sku].sku_id, line.quantity_milli) for line in lines]
    if [(line.sku_id, line.asked_milli) for line in kept_for] != asked:
        raise ReferenceReserved("reference", reservation_id=standing.reservation_id, reference=standing.reference)
    [view] = _views(uow, [standing])
    return view


def _granted(
    command: ReserveStock, items: Mapping[str, StockItem], free: dict[int, int], store: Store
) -> Sequence[int]:
    """What each line gets, in their order; `free` becomes what is left. Raises NotEnoughToReserve."""
    granted: list[int] = []
    for index, line in enumerate(command.lines):
        item = items[line.sku]
        quantity = reservable(
            asked_milli=line.quantity_milli,
            step_milli=10 ** (3 - item.unit_decimals),
            takes=item.takes,
            free_milli=free,
        )
        last = index == len(command.lines) - 1
        if quantity < line.quantity_milli and (not command.partial or (last and not quantity and not any(granted))):
            raise NotEnoughToReserve(
                f"lines[{index}].quantity_milli",
                sku=line.sku, available=quantity, asked=line.quantity_milli, store_code=store.code,
            )  # fmt: skip
        granted.append(quantity)
        for sku_id, needed in item.takes(quantity):
            free[sku_id] -= needed
    return granted


def _record(
    uow: UnitOfWork,
    one: Reservation,
    lines: Sequence[ReserveLine],
    items: Mapping[str, StockItem],
    granted: Sequence[int],
) -> ReservationView:
    uow.reservations.add(one)
    kept: dict[int, int] = {}
    for number, (line, quantity) in enumerate(zip(lines, granted, strict=True), start=1):
        item = items[line.sku]
        uow.add(ReservationLine(one.reservation_id, number, item.sku_id, line.quantity_milli, quantity))
        for sku_id, needed in item.takes(quantity):
            kept[sku_id] = kept.get(sku_id, 0) + needed
    keep_stock(uow, one.reservation_id, one.store_id, sorted(kept.items()))
    uow.publish(
        "StockReserved",
        one.reservation_id,
        {
            "reservation_id": one.reservation_id,
            "store_id": one.store_id,
            "reference": one.reference,
            "expires_at": one.expires_at.isoformat(),
        },
    )
    [view] = _views(uow, [one])
    return view


def _views(uow: UnitOfWork, found: Sequence[Reservation]) -> list[ReservationView]:
    """What a page of reservations tells, in three statements."""
    ids = [one.reservation_id for one in found]
    lines, kept = (uow.reservations.lines(ids), uow.reservations.kept(ids)) if ids else ({}, {})
    named = {line.sku_id for of_one in lines.values() for line in of_one}
    named |= {sku_id for of_one in kept.values() for sku_id in of_one}
    skus = uow.catalog.skus(named) if named else {}
    return [
        ReservationView(
            reservation_id=one.reservation_id,
            store_code=uow.chain.stores[one.store_id].code,
            reference=one.reference,
            state=one.state_at(uow.now),
            reserved_at=one.reserved_at,
            expires_at=one.expires_at,
            reserved_by=who(uow, caller_id=one.caller_id, staff_id=one.staff_id),
            ended_at=one.ended_at,
            document_id=one.document_id or 0,
            lines=[
                ReservedLineView(skus[line.sku_id], line.asked_milli, line.quantity_milli)
                for line in lines.get(one.reservation_id, ())
            ],
            kept=[
                KeptGoodsView(skus[sku_id], quantity) for sku_id, quantity in kept.get(one.reservation_id, {}).items()
            ],
        )
        for one in found
    ]
