"""What stock stood at a moment, and the balances that keep the question cheap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from application.inventory.queries import known_skus
from application.paging import INTEGER_MAX, next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import latest_day, store_in_scope
from domain.shared.errors import Invalid

MOVEMENTS_CARRIED_MIN: Final = 50
"""After how many movements of one SKU in one store their sum is carried forward: what a query reads beside a day's."""
SETTLED: Final = timedelta(hours=1)
"""How old a moment is before it is carried forward: no transaction that began before it is still under way."""
DAYS_LOOKED_AT: Final = 2
PRODUCTS_PER_BATCH: Final = 500


class NotYet(Invalid):
    en = "{at} has not come yet. Ask for now at the latest."
    zh = "{at} 尚未到来，请查询当前或更早的时刻。"


@dataclass(frozen=True, slots=True)
class GetStockAsOf:
    as_of: datetime
    store_code: str = ""
    skus: tuple[str, ...] = ()
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class StockStood:
    """What stood of one SKU; the value is its cost."""

    sku: str
    on_hand_milli: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class StockAsOf:
    """`levels` in the order of SKU ids, of every SKU that ever moved in the store, or of those asked for."""

    store_code: str
    levels: Sequence[StockStood]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class CarryStock:
    """`page_token` is that of the batch before."""

    page_token: str = ""


@dataclass(frozen=True, slots=True)
class StockCarried:
    balances: int
    next_page_token: str


def get_stock_as_of(uow: UnitOfWork, query: GetStockAsOf) -> StockAsOf:
    """What stood in a store at a moment: the sum of all movements until then, that moment included.

    Raises UnknownStore, StoreNeeded, UnknownSku, TooManySkus, and NotYet.
    """
    asked = page(query.page_size, query.page_token, key=(int,))
    if query.as_of > uow.now:
        raise NotYet("as_of", at=query.as_of.isoformat())
    uow.refresh()
    store = store_in_scope(uow, query.store_code)
    sku_ids = known_skus(uow, query.skus)
    after = (store.store_id, asked.after[0]) if asked.after else None
    rows = uow.stock.list_levels(location_ids=[store.store_id], sku_ids=sku_ids, after=after, limit=asked.limit + 1)
    shown = rows[: asked.limit]
    stood = uow.stock_views.standing(store.store_id, [level.sku_id for _, level in shown], (query.as_of, INTEGER_MAX))
    levels = [
        StockStood(sku, stood[level.sku_id].on_hand_milli, stood[level.sku_id].value_minor) for sku, level in shown
    ]
    return StockAsOf(store.code, levels, next_token(rows, asked.limit, lambda row: (row[1].sku_id,)))


def carry_stock(uow: UnitOfWork, command: CarryStock) -> StockCarried:
    """Carries forward what SKUs that move often came to: a batch of products, of those that moved in the last two days.

    Doing it twice, late or never changes no answer, only how much is read for it.
    """
    asked = page(PRODUCTS_PER_BATCH, command.page_token, key=(int,))
    uow.refresh()
    goods = uow.slow_sellers.goods(after=asked.after[0] if asked.after else 0, limit=asked.limit + 1)
    if not goods:
        return StockCarried(0, "")
    last = latest_day(uow)
    balances = uow.stock_views.carry(
        first_sku_id=goods[0].sku_id,
        last_sku_id=goods[: asked.limit][-1].sku_id,
        days=[last - timedelta(days=back) for back in range(DAYS_LOOKED_AT)],
        until=uow.now - SETTLED,
        movements_min=MOVEMENTS_CARRIED_MIN,
    )
    return StockCarried(balances, next_token(goods, asked.limit, lambda one: (one.sku_id,)))
