"""A supplier sees and confirms their own orders: what they were sent, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.purchasing.advance_purchase_order import ConfirmedLine, ConfirmPurchaseOrder, take_confirmation
from application.purchasing.delivery_notices import DeliveryNoticeView, notices_of_order
from application.purchasing.own_supplier import locked_own_order, own_order, own_supplier
from application.scope import trading_day
from domain.purchasing.purchase_order import (
    OPEN,
    AnotherVersion,
    Awaiting,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    VersionCause,
)
from domain.purchasing.supplier import Supplier


@dataclass(frozen=True, slots=True)
class ListMyOrders:
    open_only: bool = False
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class GetMyOrder:
    order_id: int


@dataclass(frozen=True, slots=True)
class ConfirmMyOrder:
    """As ConfirmPurchaseOrder, by the supplier; `version` is the one that they were sent."""

    order_id: int
    version: int
    lines: tuple[ConfirmedLine, ...] = ()
    expected_date: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MyOrderLine:
    """A line as the supplier was sent it, and how far it has come; `promised_*` is what waits for the buyer."""

    line_number: int
    sku: str
    supplier_sku: str
    quantity_milli: int
    pack_milli: int
    price_minor: int
    price_quantity_milli: int
    discount_bp: int
    net_minor: int
    accepted_milli: int
    rejected_milli: int
    promised_milli: int
    promised_price_minor: int
    promised_price_quantity_milli: int


@dataclass(frozen=True, slots=True)
class MyOrder:
    """An order as its supplier sees it; lists leave lines and notices out."""

    order_id: int
    store_code: str
    store_name: str
    currency: str
    state: PurchaseOrderState
    version: int
    awaits_buyer: bool
    expected_date: str
    promised_date: str
    overdue: bool
    created_at: datetime
    lines: Sequence[MyOrderLine] = ()
    notices: Sequence[DeliveryNoticeView] = ()


@dataclass(frozen=True, slots=True)
class MyOrdersPage:
    orders: Sequence[MyOrder]
    next_page_token: str


def list_my_orders(uow: UnitOfWork, query: ListMyOrders) -> MyOrdersPage:
    """The orders that the supplier was sent, newest first; raises SuppliersOnly."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    uow.refresh()
    supplier = own_supplier(uow)
    found = uow.supplier_access.list_sent(
        supplier.supplier_id,
        open_only=query.open_only,
        after=(asked.after[0], asked.after[1]) if asked.after else None,
        limit=asked.limit + 1,
    )
    token = next_token(found, asked.limit, lambda order: (order.created_at, order.order_id))
    return MyOrdersPage([_order(uow, order) for order in found[: asked.limit]], token)


def get_my_order(uow: UnitOfWork, query: GetMyOrder) -> MyOrder:
    """One own order with its lines and what was announced for it; raises SuppliersOnly and UnknownOwnOrder."""
    uow.refresh()
    supplier = own_supplier(uow)
    return _whole(uow, own_order(uow, supplier, query.order_id), supplier)


def confirm_my_order(uow: UnitOfWork, command: ConfirmMyOrder) -> MyOrder:
    """The supplier promises what they were sent, or something else that the buyer has to accept.

    Raises SuppliersOnly, UnknownOwnOrder, AnotherVersion for what is not the version sent last, and what
    `take_confirmation` raises.
    """
    uow.refresh()
    supplier = own_supplier(uow)
    order = locked_own_order(uow, supplier, command.order_id)
    if command.version != order.sent_version:
        raise AnotherVersion("version", order_id=order.order_id, version=command.version, found=order.sent_version)
    take_confirmation(
        uow,
        order,
        ConfirmPurchaseOrder(order.order_id, order.newest_version, command.lines, command.expected_date, command.note),
    )
    return _whole(uow, order, supplier)


def _order(
    uow: UnitOfWork,
    order: PurchaseOrder,
    *,
    expected_date: str = "",
    promised_date: str = "",
    lines: Sequence[MyOrderLine] = (),
    notices: Sequence[DeliveryNoticeView] = (),
) -> MyOrder:
    store = uow.chain.stores[order.store_id]
    return MyOrder(
        order_id=order.order_id,
        store_code=store.code,
        store_name=store.name,
        currency=order.currency,
        state=order.state,
        version=order.sent_version,
        awaits_buyer=order.awaiting is Awaiting.ACCEPTANCE,
        expected_date=expected_date or order.expected_on.isoformat(),
        promised_date=promised_date,
        overdue=order.state in OPEN and order.expected_on < trading_day(uow, store),
        created_at=order.created_at,
        lines=lines,
        notices=notices,
    )


def _whole(uow: UnitOfWork, order: PurchaseOrder, supplier: Supplier) -> MyOrder:
    """The version sent last, and beside it what the supplier has promised otherwise; nothing of the buyer's own."""
    stored = uow.purchase_orders
    sent = stored.version(order.order_id, order.sent_version)
    assert sent is not None
    lines = stored.lines(order.order_id, order.sent_version)
    promised: dict[int, PurchaseOrderLine] = {}
    promised_date = ""
    if order.proposed_version:
        version = stored.version(order.order_id, order.proposed_version)
        if version is not None and version.cause is VersionCause.CONFIRMED:
            promised = {one.line_number: one for one in stored.lines(order.order_id, order.proposed_version)}
            promised_date = version.expected_on.isoformat()
    sku_ids = {line.sku_id for line in lines}
    skus = uow.catalog.skus(sku_ids)
    theirs = uow.suppliers.offers(supplier.supplier_id, sku_ids, on=order.expected_on)
    progress = {one.line_number: one for one in stored.progress(order.order_id)}
    shown = []
    for line in lines:
        came, offer = progress.get(line.line_number), theirs.get(line.sku_id)
        other = promised.get(line.line_number)
        shown.append(
            MyOrderLine(
                line_number=line.line_number,
                sku=skus[line.sku_id],
                supplier_sku=offer.product.supplier_sku if offer else "",
                quantity_milli=line.quantity_milli,
                pack_milli=line.pack_milli,
                price_minor=line.price_minor,
                price_quantity_milli=line.price_quantity_milli,
                discount_bp=line.discount_bp,
                net_minor=line.net_minor,
                accepted_milli=came.accepted_milli if came else 0,
                rejected_milli=came.rejected_milli if came else 0,
                promised_milli=other.quantity_milli if other else 0,
                promised_price_minor=other.price_minor if other else 0,
                promised_price_quantity_milli=other.price_quantity_milli if other else 0,
            )
        )
    return _order(
        uow, order, expected_date=sent.expected_on.isoformat(), promised_date=promised_date, lines=shown,
        notices=notices_of_order(uow, order, supplier),
    )  # fmt: skip
