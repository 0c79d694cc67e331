"""What purchase orders there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.fields import required_code
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.purchase_orders import PurchaseOrderFilter
from application.purchasing.purchase_ledger import codes_of_suppliers, stored_purchase_order
from application.purchasing.purchase_views import PurchaseOrderView, purchase_order_view, whole_purchase_order
from application.purchasing.put_suppliers import UnknownSupplier
from application.scope import chain_day, store_in_scope, trading_day
from domain.purchasing.purchase_order import PurchaseOrderState


@dataclass(frozen=True, slots=True)
class GetPurchaseOrder:
    order_id: int


@dataclass(frozen=True, slots=True)
class ListPurchaseOrders:
    """`open_only` keeps those that goods are still to come for, `overdue_only` those of which they should have come."""

    store_code: str = ""
    supplier_code: str = ""
    state: PurchaseOrderState | None = None
    open_only: bool = False
    overdue_only: bool = False
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class PurchaseOrdersPage:
    orders: Sequence[PurchaseOrderView]
    next_page_token: str


def get_purchase_order(uow: UnitOfWork, query: GetPurchaseOrder) -> PurchaseOrderView:
    """One order with its versions, what came of it, and its timeline; raises UnknownPurchaseOrder."""
    return whole_purchase_order(uow, stored_purchase_order(uow, query.order_id))


def list_purchase_orders(uow: UnitOfWork, query: ListPurchaseOrders) -> PurchaseOrdersPage:
    """Orders of the stores in scope, newest first; raises UnknownStore and UnknownSupplier."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    store_ids = uow.caller.store_ids
    today = chain_day(uow)
    if query.store_code:
        store = store_in_scope(uow, query.store_code)
        store_ids, today = frozenset({store.store_id}), trading_day(uow, store)
    supplier_id = None
    if query.supplier_code:
        code = required_code(query.supplier_code, field="supplier_code")
        supplier = uow.suppliers.by_codes({code}).get(code)
        if supplier is None:
            raise UnknownSupplier("supplier_code", supplier_code=code)
        supplier_id = supplier.supplier_id
    found = uow.purchase_orders.list_orders(
        PurchaseOrderFilter(
            None if store_ids is None else sorted(store_ids), supplier_id, query.state, query.open_only,
            today if query.overdue_only else None,
        ),
        after=(asked.after[0], asked.after[1]) if asked.after else None,
        limit=asked.limit + 1,
    )  # fmt: skip
    shown = found[: asked.limit]
    codes = codes_of_suppliers(uow, shown)
    return PurchaseOrdersPage(
        [purchase_order_view(uow, order, codes[order.supplier_id]) for order in shown],
        next_token(found, asked.limit, lambda order: (order.created_at, order.order_id)),
    )
