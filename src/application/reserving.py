"""The one way in which stock is kept: by entries of an order or a reservation, on levels that are locked.

Rows are locked in one order: stock levels by location and SKU, then reservations by id. What has expired is freed by
whoever wants its goods, and by the job `release-stock`.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from application.ports.kernel import UnitOfWork
from domain.identity.organisation import Store
from domain.inventory.reservation import (
    Reservation,
    ReservationState,
    ReservedGoods,
    StockReservation,
    check_takes,
    to_take,
)
from domain.inventory.stock import StockLevel
from domain.shared.errors import NotFound

Levels = Mapping[tuple[int, int], StockLevel]
DUE_MAX: Final = 200
"""How many expired reservations one use case frees before it looks at what is available; the job frees the rest."""


class UnknownReservation(NotFound):
    en = "There is no reservation {reservation_id} in this store."
    zh = "本门店没有预留 {reservation_id}。"


def keep_stock(uow: UnitOfWork, document_id: int, location_id: int, quantities: Iterable[tuple[int, int]]) -> None:
    """Keeps (SKU id, thousandths) for a document, or less of them where these are below zero; the levels are locked."""
    uow.reservations.move(
        [
            StockReservation(document_id, uow.new_id(), location_id, sku_id, quantity, uow.now)
            for sku_id, quantity in quantities
            if quantity
        ]
    )


def lock_free(uow: UnitOfWork, store: Store, sku_ids: Collection[int], *, expired: Collection[int] = ()) -> Levels:
    """The levels of these SKUs in a store, locked, and free of what has expired; perhaps those of others too.

    `expired` are reservations of the store that are to end with it, whatever they keep.
    """
    due = {*uow.reservations.due_of(store.store_id, sku_ids, uow.now, limit=DUE_MAX), *expired}
    kept = uow.reservations.kept(due) if due else {}
    wanted = {*sku_ids, *[sku_id for of_one in kept.values() for sku_id in of_one]}
    levels = uow.stock.lock(sorted((store.store_id, sku_id) for sku_id in wanted))
    if due:
        end_kept(uow, due, ReservationState.EXPIRED, levels)
    return levels


def end_kept(uow: UnitOfWork, reservation_ids: Collection[int], state: ReservationState, levels: Levels) -> int:
    """Frees what these keep and ends them; how many. Those are left that have ended or, expiring, are not due.

    The levels of all that they keep are locked.
    """
    ended: list[Reservation] = []
    for one in uow.reservations.lock(reservation_ids).values():
        due = state is not ReservationState.EXPIRED or one.expires_at <= uow.now
        if one.state is ReservationState.OPEN and due:
            one.state, one.ended_at = state, uow.now
            ended.append(one)
    kept = uow.reservations.kept([one.reservation_id for one in ended]) if ended else {}
    entries = []
    for one in ended:
        for sku_id, quantity in kept.get(one.reservation_id, {}).items():
            levels[one.store_id, sku_id].reserved_milli -= quantity
            entries.append(StockReservation(one.reservation_id, uow.new_id(), one.store_id, sku_id, -quantity, uow.now))
    uow.reservations.move(entries)
    uow.reservations.end(ended)
    for one in ended:
        announce_end(uow, one)
    return len(ended)


def lock_reserved(uow: UnitOfWork, reservation_ids: Collection[int]) -> dict[int, ReservedGoods]:
    """Reservations by id with what they keep, locked; the levels of what is taken of them are locked before."""
    if not reservation_ids:
        return {}
    locked = uow.reservations.lock(reservation_ids)
    kept = uow.reservations.kept(locked.keys()) if locked else {}
    return {one_id: ReservedGoods(one, dict(kept.get(one_id, {}))) for one_id, one in locked.items()}


def reserved_in(
    reserved: Mapping[int, ReservedGoods], reservation_id: int, store: Store, uow: UnitOfWork, *, field: str
) -> ReservedGoods:
    """The reservation of that store whose goods may be taken now; raises UnknownReservation and ReservationOver."""
    found = reserved.get(reservation_id)
    if found is None or found.reservation.store_id != store.store_id:
        raise UnknownReservation(field, reservation_id=reservation_id)
    check_takes(found.reservation, at=uow.now, field=field)
    return found


def take_reserved(
    uow: UnitOfWork, goods: ReservedGoods, wanted: Mapping[int, int], levels: Levels, document_id: int
) -> None:
    """Lets a document take what it wants (thousandths by SKU id) of what is kept; `record_taken` writes it."""
    one = goods.reservation
    for sku_id, quantity in to_take(goods.kept, wanted).items():
        goods.kept[sku_id] -= quantity
        levels[one.store_id, sku_id].reserved_milli -= quantity
        one.document_id = document_id
        goods.entries.append(
            StockReservation(one.reservation_id, uow.new_id(), one.store_id, sku_id, -quantity, uow.now)
        )
    if goods.entries and not any(goods.kept.values()):
        one.state, one.ended_at = ReservationState.TAKEN, uow.now


def record_taken(uow: UnitOfWork, reserved: Iterable[ReservedGoods]) -> None:
    """Writes what was taken of locked reservations; what they still keep stays until they expire."""
    changed = [goods for goods in reserved if goods.entries]
    if not changed:
        return
    uow.reservations.move([entry for goods in changed for entry in goods.entries])
    uow.reservations.end([goods.reservation for goods in changed])
    for goods in changed:
        if goods.reservation.state is not ReservationState.OPEN:
            announce_end(uow, goods.reservation)


def announce_end(uow: UnitOfWork, one: Reservation) -> None:
    """Tells the world that a reservation keeps nothing any more, and why."""
    uow.publish(
        "ReservationEnded",
        one.reservation_id,
        {
            "reservation_id": one.reservation_id,
            "store_id": one.store_id,
            "reference": one.reference,
            "state": one.state.value,
            "document_id": one.document_id,
        },
    )
