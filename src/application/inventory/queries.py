"""Questions about stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from application.fields import required_code
from application.inventory.views import MovementView, StockLevelView
from application.paging import INTEGER_MAX, next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope
from domain.inventory.set_aside import SetAsideLevel, SetAsideStatus
from domain.inventory.stock import StockLevel
from domain.shared.errors import Invalid, NotFound

SKUS_MAX: Final = 500
LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)


class UnknownSku(NotFound):
    en = "There is no product with SKU “{sku}”."
    zh = "没有 SKU 为“{sku}”的商品。"


class TooManySkus(Invalid):
    en = "{count} SKUs at once are too many; send at most {count_max}, or none for all."
    zh = "一次 {count} 个 SKU 过多，最多 {count_max} 个；留空表示全部。"


@dataclass(frozen=True, slots=True)
class GetStock:
    store_code: str = ""
    skus: tuple[str, ...] = ()
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class StockPage:
    levels: Sequence[StockLevelView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListMovements:
    """With `until` those until that moment, that moment included."""

    sku: str
    store_code: str = ""
    page_size: int = 0
    page_token: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class MovementPage:
    movements: Sequence[MovementView]
    next_page_token: str


def get_stock(uow: UnitOfWork, query: GetStock) -> StockPage:
    """Levels by store and SKU, never of a store outside the caller's scope; what never moved has no level.

    Raises UnknownStore and UnknownSku.
    """
    asked = page(query.page_size, query.page_token, key=(int, int))
    uow.refresh()
    if query.store_code:
        stores = [store_in_scope(uow, query.store_code)]
    else:
        stores = [store for store in uow.chain.stores.values() if uow.caller.sees(store.store_id)]
    sku_ids = known_skus(uow, query.skus)
    rows = uow.stock.list_levels(
        location_ids=[store.store_id for store in stores], sku_ids=sku_ids, after=asked.after, limit=asked.limit + 1
    )
    aside: dict[tuple[int, int], list[SetAsideLevel]] = {}
    for one in uow.set_aside.levels({level.location_id for _, level in rows}, {level.sku_id for _, level in rows}):
        aside.setdefault((one.location_id, one.sku_id), []).append(one)
    levels = [
        _position(uow, sku, level, aside.get((level.location_id, level.sku_id), ()))
        for sku, level in rows[: asked.limit]
    ]
    return StockPage(levels, next_token(rows, asked.limit, lambda row: (row[1].location_id, row[1].sku_id)))


def _position(uow: UnitOfWork, sku: str, level: StockLevel, aside: Sequence[SetAsideLevel]) -> StockLevelView:
    quantities = {f"{one.status}_milli": one.quantity_milli for one in aside}
    # What is on consignment is worth nothing to the chain.
    values = {f"{one.status}_minor": one.value_minor for one in aside if one.status is not SetAsideStatus.CONSIGNMENT}
    return StockLevelView(
        uow.chain.stores[level.location_id].code,
        sku,
        level.on_hand_milli,
        level.reserved_milli,
        level.on_hand_milli - level.reserved_milli,
        level.value_minor,
        **quantities,
        **values,
    )


def known_skus(uow: UnitOfWork, skus: Sequence[str]) -> set[int] | None:
    """The ids of the SKUs that a query names in `skus`; None for none. Raises as `sku_ids_of`."""
    return set(sku_ids_of(uow, skus).values()) if skus else None


def sku_ids_of(uow: UnitOfWork, skus: Sequence[str]) -> Mapping[str, int]:
    """The ids of the SKUs that a query names in `skus`, by SKU. Raises UnknownSku, TooManySkus and Missing."""
    if len(skus) > SKUS_MAX:
        raise TooManySkus("skus", count=len(skus), count_max=SKUS_MAX)
    known = uow.catalog.sku_ids([required_code(sku, field=f"skus[{i}]") for i, sku in enumerate(skus)])
    for index, sku in enumerate(skus):
        if sku not in known:
            raise UnknownSku(f"skus[{index}]", sku=sku)
    return known


def list_movements(uow: UnitOfWork, query: ListMovements) -> MovementPage:
    """Movements of one SKU in one store, newest first, each with what stood after it, so that any moment is told.

    Raises UnknownStore, StoreNeeded and UnknownSku.
    """
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    sku = required_code(query.sku, field="sku")
    uow.refresh()
    store = store_in_scope(uow, query.store_code)
    sku_id = uow.catalog.sku_ids([sku]).get(sku)
    if sku_id is None:
        raise UnknownSku("sku", sku=sku)
    newest = (query.until, INTEGER_MAX) if query.until else None
    after = asked.after
    after = min(after, newest) if after and newest else after or newest
    rows = uow.stock.list_movements(location_id=store.store_id, sku_id=sku_id, after=after, limit=asked.limit + 1)
    movements = []
    stood = uow.stock_views.standing(store.store_id, [sku_id], after or (LATEST, INTEGER_MAX))[sku_id]
    on_hand, value = stood.on_hand_milli, stood.value_minor
    for row in rows[: asked.limit]:
        movements.append(
            MovementView(
                movement_id=row.movement_id,
                quantity_milli=row.quantity_milli,
                value_minor=row.value_minor,
                reason=row.reason,
                document_id=row.document_id,
                business_date=row.business_date.isoformat(),
                moved_at=row.moved_at,
                on_hand_milli=on_hand,
                stock_value_minor=value,
            )
        )
        on_hand -= row.quantity_milli
        value -= row.value_minor
    return MovementPage(movements, next_token(rows, asked.limit, lambda row: (row.moved_at, row.movement_id)))
