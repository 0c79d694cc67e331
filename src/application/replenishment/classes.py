"""Which goods bring the sales of a store, and which sell evenly: worked out monthly, and read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.replenishment import ClassRun, StockClass
from application.scope import store_in_scope, trading_day
from domain.identity.organisation import Store, StoreStatus
from domain.replenishment.classification import AbcClass, XyzClass, abc_classes, variation, xyz_class

WEEKS: Final = 13
AGAIN_AFTER_DAYS: Final = 28


@dataclass(frozen=True, slots=True)
class ClassifyStock:
    """Without a store, the one whose classes are oldest, if they are older than a month."""

    store_code: str = ""


@dataclass(frozen=True, slots=True)
class StockClassified:
    """The store and how many SKUs of it are in each class; an empty code when none was due."""

    store_code: str
    from_date: str
    to_date: str
    a: int
    b: int
    c: int


@dataclass(frozen=True, slots=True)
class ListStockClasses:
    store_code: str = ""
    abc: AbcClass | None = None
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class StockClassView:
    """What a SKU has sold in the period: `sales_minor` tax included, and its classes by value and by evenness."""

    sku: str
    abc: AbcClass
    xyz: XyzClass
    sales_minor: int
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class StockClassPage:
    """`classified_on` is empty where the classes of the store were never worked out."""

    store_code: str
    classified_on: str
    classes: Sequence[StockClassView]
    next_page_token: str


def classify_stock(uow: UnitOfWork, command: ClassifyStock) -> StockClassified:
    """Works out the classes of one store from its sales of the last thirteen whole weeks, in place of the former ones.

    A brings the first 80 % of sales, B what follows to 95 %, C the rest. Raises UnknownStore.
    """
    uow.bump("stock_classes")
    uow.refresh()
    store = store_in_scope(uow, command.store_code) if command.store_code else _due(uow)
    if store is None:
        return StockClassified("", "", "", 0, 0, 0)
    until = trading_day(uow, store) - timedelta(days=1)
    since = until - timedelta(days=7 * WEEKS - 1)
    sold = uow.replenishment.sales_by_sku(store.store_id, from_date=since, to_date=until)
    letters = abc_classes([one.sales_minor for one in sold])
    classes = [
        StockClass(
            store.store_id,
            one.sku_id,
            letter,
            xyz_class(variation(periods=WEEKS, total=one.quantity_milli, squares=one.squares)),
            one.sales_minor,
            one.quantity_milli,
        )
        for one, letter in zip(sold, letters, strict=True)
    ]
    uow.replenishment.put_classes(ClassRun(store.store_id, trading_day(uow, store), since, until, len(sold)), classes)
    return StockClassified(
        store.code, since.isoformat(), until.isoformat(), *[letters.count(letter) for letter in AbcClass]
    )


def list_stock_classes(uow: UnitOfWork, query: ListStockClasses) -> StockClassPage:
    """The classes of a store by SKU id; what has not sold has none. Raises UnknownStore and StoreNeeded."""
    asked = page(query.page_size, query.page_token, key=(int,))
    uow.refresh()
    store = store_in_scope(uow, query.store_code)
    run = uow.replenishment.class_runs().get(store.store_id)
    rows = uow.replenishment.list_classes(
        store.store_id, abc=query.abc, after=asked.after[0] if asked.after else 0, limit=asked.limit + 1
    )
    shown = [
        StockClassView(row.sku, row.held.abc, row.held.xyz, row.held.sales_minor, row.held.quantity_milli)
        for row in rows[: asked.limit]
    ]
    return StockClassPage(
        store.code,
        run.classified_on.isoformat() if run else "",
        shown,
        next_token(rows, asked.limit, lambda row: (row.held.sku_id,)),
    )


def _due(uow: UnitOfWork) -> Store | None:
    runs = uow.replenishment.class_runs()
    due = [
        (run.classified_on if (run := runs.get(store.store_id)) else date.min, store.store_id)
        for store in uow.chain.stores.values()
        if store.status is not StoreStatus.CLOSED
    ]
    for classified_on, store_id in sorted(due):
        store = uow.chain.stores[store_id]
        if classified_on == date.min or trading_day(uow, store) - classified_on >= timedelta(days=AGAIN_AFTER_DAYS):
            return store
        break
    return None
