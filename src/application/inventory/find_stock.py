"""Which stores hold what a customer looks for, and this one does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from application.fields import at_most
from application.inventory.queries import sku_ids_of
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import StoreNeeded, store_in_scope
from domain.identity.organisation import Store, StoreStatus

SKUS_MAX: Final = 50


class StoreOrder(StrEnum):
    """`NEAREST`: the asking store, then those of its region, then all others, each by code."""

    NEAREST = "nearest"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class FindStock:
    """`store_code` is the store that asks; without one the caller's own, and then by code where there is none."""

    skus: tuple[str, ...]
    store_code: str = ""
    order: StoreOrder | None = None
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class StoreStock:
    """What a store is free to sell of one SKU, in thousandths, above zero."""

    store_code: str
    store_name: str
    region_code: str
    sku: str
    available_milli: int


@dataclass(frozen=True, slots=True)
class StockFoundPage:
    stores: Sequence[StoreStock]
    next_page_token: str


def find_stock(uow: UnitOfWork, query: FindStock) -> StockFoundPage:
    """Every open store of the chain with some of the SKUs free to sell, as quantities, whatever the caller's scope.

    Raises UnknownSku, Missing, TooMany, UnknownStore.
    """
    asked = page(query.page_size, query.page_token, key=(int, str, int))
    at_most(query.skus, SKUS_MAX, field="skus")
    uow.refresh()
    known = sku_ids_of(uow, query.skus)
    codes = {sku_id: sku for sku, sku_id in known.items()}
    rank = _ranked(_asking(uow, query.store_code), query.order)
    places = {
        store_id: (rank(store), store.code)
        for store_id, store in uow.chain.stores.items()
        if store.status is not StoreStatus.CLOSED
    }
    found = uow.stock_views.find(codes) if codes else ()
    ordered = sorted([(*places[one[0]], one[1], one[2], one[0]) for one in found if one[0] in places])
    after = asked.after
    rows = [row for row in ordered if after is None or row[:3] > after][: asked.limit + 1]
    regions = {region_id: region.code for region_id, region in uow.chain.regions.items()}
    shown = []
    for _, code, sku_id, available, store_id in rows[: asked.limit]:
        store = uow.chain.stores[store_id]
        shown.append(StoreStock(code, store.name, regions[store.region_id], codes[sku_id], available))
    return StockFoundPage(shown, next_token(rows, asked.limit, lambda row: row[:3]))


def _asking(uow: UnitOfWork, store_code: str) -> Store | None:
    try:
        return store_in_scope(uow, store_code)
    except StoreNeeded:
        return None


def _ranked(asking: Store | None, order: StoreOrder | None) -> Callable[[Store], int]:
    """How far a store is from the one that asks: 0 itself, 1 in the same region, 2 elsewhere; 0 where none asks."""

    def rank(store: Store) -> int:
        if asking is None or order is StoreOrder.CODE:
            return 0
        if store.store_id == asking.store_id:
            return 0
        return 1 if store.region_id == asking.region_id else 2

    return rank
