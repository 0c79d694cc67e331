"""What stores with too much could give to stores with too little, before anybody buys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import at_most, required_code, within
from application.inventory.create_transfers import LINES_MAX, NewTransfer, TransferItem
from application.inventory.receive_goods import UnknownSku, Unstocked
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.scope import UnknownStore
from domain.identity.organisation import Store, StoreStatus
from domain.inventory.rebalancing import Move, Position, rebalanced
from domain.inventory.stock import StockLevel
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX

TARGETS_MAX: Final = 10_000
PROPOSAL: Final = "proposal"


class LeastAboveMost(Invalid):
    en = "The least, {least}, is above the most, {most}. Correct one of them."
    zh = "下限 {least} 高于上限 {most}，请更正。"


class TargetTwice(Invalid):
    en = "“{sku}” in store “{store_code}” stands in this request twice. Send it once."
    zh = "门店“{store_code}”的商品“{sku}”在请求中出现两次，只能出现一次。"


@dataclass(frozen=True, slots=True)
class StockTarget:
    """Between what a store should hold of a SKU, in thousandths."""

    store_code: str
    sku: str
    min_milli: int
    max_milli: int


@dataclass(frozen=True, slots=True)
class ProposeTransfers:
    targets: tuple[StockTarget, ...]


@dataclass(frozen=True, slots=True)
class UnmetShortage:
    store_code: str
    sku: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class TransfersProposed:
    """Transfers as `create_transfers` takes them, and what no store can give."""

    transfers: Sequence[NewTransfer]
    unmet: Sequence[UnmetShortage]


def propose_transfers(uow: UnitOfWork, query: ProposeTransfers) -> TransfersProposed:
    """Brings stores below their least up to their most, from what others have above theirs; nothing is changed.

    What open transfers will bring and take counts, so a proposal that was created proposes nothing more. Raises
    UnknownStore, UnknownSku, Unstocked, LeastAboveMost and TargetTwice.
    """
    at_most(query.targets, TARGETS_MAX, field="targets")
    uow.refresh()
    known = {required_code(one.sku, field=f"targets[{place}].sku") for place, one in enumerate(query.targets)}
    items = uow.stock.items(known)
    targets = [_target(uow, one, items, field=f"targets[{place}]") for place, one in enumerate(query.targets)]
    _check_once(targets)
    positions = _positions(uow, targets)
    moves = rebalanced(positions)
    skus = {item.sku_id: one.sku for one, _, item in targets}
    return TransfersProposed(_transfers(uow, moves, skus), _unmet(uow, positions, moves, skus))


def _target(
    uow: UnitOfWork, target: StockTarget, items: Mapping[str, StockItem], *, field: str
) -> tuple[StockTarget, Store, StockItem]:
    store_id = uow.chain.store_ids.get(target.store_code)
    if store_id is None or not uow.caller.sees(store_id):
        raise UnknownStore(f"{field}.store_code", store_code=target.store_code)
    item = items.get(target.sku)
    if item is None:
        raise UnknownSku(f"{field}.sku", sku=target.sku)
    if item.unstocked:
        raise Unstocked(f"{field}.sku", sku=target.sku)
    within(target.min_milli, 0, AMOUNT_MINOR_MAX, field=f"{field}.min_milli")
    within(target.max_milli, 0, AMOUNT_MINOR_MAX, field=f"{field}.max_milli")
    if target.min_milli > target.max_milli:
        raise LeastAboveMost(f"{field}.min_milli", least=target.min_milli, most=target.max_milli)
    return target, uow.chain.stores[store_id], item


def _check_once(targets: Sequence[tuple[StockTarget, Store, StockItem]]) -> None:
    seen = set()
    for place, (target, store, item) in enumerate(targets):
        if (store.store_id, item.sku_id) in seen:
            raise TargetTwice(f"targets[{place}]", sku=target.sku, store_code=store.code)
        seen.add((store.store_id, item.sku_id))


def _positions(uow: UnitOfWork, targets: Sequence[tuple[StockTarget, Store, StockItem]]) -> list[Position]:
    stores = {store.store_id for _, store, _ in targets}
    sku_ids = {item.sku_id for _, _, item in targets}
    rows = uow.stock.list_levels(location_ids=stores, sku_ids=sku_ids, after=None, limit=len(stores) * len(sku_ids))
    levels = {(level.location_id, level.sku_id): level for _, level in rows}
    way = uow.transfers.on_the_way(stores, sku_ids)
    positions = []
    for target, store, item in targets:
        key = store.store_id, item.sku_id
        level = levels.get(key) or StockLevel(*key, 0, 0, 0, 0, 0)
        positions.append(
            Position(
                store_id=store.store_id,
                sku_id=item.sku_id,
                free_milli=level.on_hand_milli - level.reserved_milli - way.leaving.get(key, 0),
                coming_milli=way.coming.get(key, 0),
                min_milli=target.min_milli,
                max_milli=target.max_milli,
                group=store.currency,
                step_milli=10 ** (3 - item.unit_decimals),
                may_receive=store.status is not StoreStatus.CLOSED,
            )
        )
    return positions


def _transfers(uow: UnitOfWork, moves: Sequence[Move], skus: Mapping[int, str]) -> list[NewTransfer]:
    """One transfer per pair of stores, or more where one would have too many lines."""
    pairs: dict[tuple[int, int], list[TransferItem]] = {}
    for move in moves:
        items = pairs.setdefault((move.from_store_id, move.to_store_id), [])
        items.append(TransferItem(skus[move.sku_id], move.quantity_milli))
    stores = uow.chain.stores
    return [
        NewTransfer(stores[source].code, stores[destination].code, tuple(items[start : start + LINES_MAX]), PROPOSAL)
        for (source, destination), items in pairs.items()
        for start in range(0, len(items), LINES_MAX)
    ]


def _unmet(
    uow: UnitOfWork, positions: Sequence[Position], moves: Sequence[Move], skus: Mapping[int, str]
) -> list[UnmetShortage]:
    given: dict[tuple[int, int], int] = {}
    for move in moves:
        key = move.to_store_id, move.sku_id
        given[key] = given.get(key, 0) + move.quantity_milli
    return [
        UnmetShortage(uow.chain.stores[one.store_id].code, skus[one.sku_id], left)
        for one in positions
        if (left := one.shortage_milli - given.get((one.store_id, one.sku_id), 0))
    ]
