"""A supplier sees what stands of the goods that they deliver, and what was sold of them, as the stores share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from application.fields import optional_code, within
from application.paging import page, token_of
from application.ports.kernel import UnitOfWork
from application.purchasing.own_supplier import own_supplier
from domain.identity.organisation import StoreStatus

SOLD_DAYS_MAX: Final = 92
SOLD_DAYS: Final = 28
SHARES_SALES: Final = "on_hand_and_sold"
SHARES_NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class ListMySupplierStock:
    """All own goods in all stores that share it, or one SKU; sold over the last days, 28 unless stated."""

    sku: str = ""
    sold_days: int = 0
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class MySupplierStock:
    """What stands of one SKU in one store; `sold_told` says whether the store shares what was sold."""

    sku: str
    supplier_sku: str
    store_code: str
    on_hand_milli: int
    sold_told: bool
    sold_milli: int


@dataclass(frozen=True, slots=True)
class MySupplierStockPage:
    stock: Sequence[MySupplierStock]
    next_page_token: str


def list_my_supplier_stock(uow: UnitOfWork, query: ListMySupplierStock) -> MySupplierStockPage:
    """What stands of the own goods, by SKU and store, where it ever stood; raises SuppliersOnly and those of fields.

    A page may hold fewer rows than asked for, and another one follow: what it costs is bounded by its size.
    """
    asked = page(query.page_size, query.page_token, key=(int, int))
    sku = optional_code(query.sku, field="sku")
    days = within(query.sold_days, 0, SOLD_DAYS_MAX, field="sold_days") or SOLD_DAYS
    uow.refresh()
    supplier = own_supplier(uow)
    shared = {
        store.store_id: policy
        for store in uow.chain.stores.values()
        if store.status is not StoreStatus.CLOSED
        and (policy := uow.chain.policies(store.store_id).supplier_stock_shared) != SHARES_NOTHING
    }
    if not shared:
        return MySupplierStockPage([], "")
    sku_id, store_id = asked.after or (0, 0)
    # So many SKUs as fill the page, if they stand in every store, and one more to know whether there are any left.
    many = asked.limit // len(shared) + 2
    products = uow.supplier_access.products(supplier.supplier_id, sku=sku, from_sku_id=sku_id, limit=many + 1)
    chunk = {one.sku_id: one for one in products[:many]}
    if not chunk:
        return MySupplierStockPage([], "")
    standing = uow.supplier_access.on_hand(shared, chunk)
    keys = [key for key in sorted(standing) if key > (sku_id, store_id)]
    shown = keys[: asked.limit]
    telling = {key[1] for key in shown if shared[key[1]] == SHARES_SALES}
    sold = (
        uow.supplier_access.sold(telling, {key[0] for key in shown}, since=uow.now - timedelta(days=days))
        if telling
        else {}
    )
    rows = [
        MySupplierStock(
            chunk[key[0]].sku, chunk[key[0]].supplier_sku, uow.chain.stores[key[1]].code, standing[key],
            key[1] in telling, sold.get(key, 0) if key[1] in telling else 0,
        )
        for key in shown
    ]  # fmt: skip
    if len(keys) > len(shown):
        return MySupplierStockPage(rows, token_of(shown[-1]))
    if len(products) > many:
        # The chunk is told; the next page begins with the SKU after it.
        return MySupplierStockPage(rows, token_of((products[many].sku_id, 0)))
    return MySupplierStockPage(rows, "")
