"""Purchase orders in SQL."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, func, literal_column, select, text, tuple_, union_all, update

from adapters.sql.reading import NEWEST, Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products, units
from adapters.sql.tables.goods_receipts import goods_receipt_lines
from adapters.sql.tables.purchase_orders import ON_ORDER, OPEN_PURCHASE, purchase_allocations, purchase_receipt_lines
from adapters.sql.tables.purchase_orders import purchase_order_events as events
from adapters.sql.tables.purchase_orders import purchase_order_lines as lines
from adapters.sql.tables.purchase_orders import purchase_order_versions as versions
from adapters.sql.tables.purchase_orders import purchase_orders as orders
from adapters.sql.tables.purchase_orders import purchase_receipts as receipts
from adapters.sql.transaction import Transaction
from application.ports import purchase_orders as ports
from application.ports.purchase_orders import BuyableProduct, LineProgress, OnOrder, PurchaseOrderFilter
from domain.catalog.product import ProductStatus
from domain.inventory.receipt import ReceiptLineKind
from domain.purchasing.purchase_order import (
    Awaiting,
    PurchaseEvent,
    PurchaseEventKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    PurchaseOrderVersion,
    PurchaseSource,
    VersionCause,
)
from domain.purchasing.purchase_receipt import PurchaseAllocation, PurchaseReceipt, PurchaseReceiptLine, RejectedTo
from domain.purchasing.purchase_terms import NetPrice

_OF_ORDER: Final = bindparam("of_order", type_=orders.c.order_id.type)
_FIND: Final = select(orders).where(orders.c.order_id == _OF_ORDER)
_BY_IDS: Final = select(orders).where(any_of(orders.c.order_id, "order_ids"))
_LOCK: Final = _FIND.with_for_update(key_share=True)
_OF_PROPOSAL: Final = (
    select(orders)
    .where(orders.c.proposal_reference == bindparam("of_proposal"), orders.c.proposal_reference != "")
    .order_by(orders.c.order_id)
)
_MOVED: Final = (
    "state", "awaiting", "version", "proposed_version", "newest_version", "sent_version", "expected_on", "net_minor",
    "asked_by_caller_id", "asked_by_staff_id", "events",
)  # fmt: skip
_MOVE: Final = (
    update(orders)
    .where(orders.c.order_id == _OF_ORDER)
    .values({name: bindparam(f"new_{name}", type_=orders.c[name].type) for name in _MOVED})
)
_OF_VERSION: Final = bindparam("of_version", type_=versions.c.version.type)
_VERSIONS: Final = select(versions).where(versions.c.order_id == _OF_ORDER).order_by(versions.c.version)
_VERSION: Final = select(versions).where(versions.c.order_id == _OF_ORDER, versions.c.version == _OF_VERSION)
_LINES: Final = (
    select(lines).where(lines.c.order_id == _OF_ORDER, lines.c.version == _OF_VERSION).order_by(lines.c.line_number)
)
_ALL_LINES: Final = select(lines).where(lines.c.order_id == _OF_ORDER).order_by(lines.c.version, lines.c.line_number)
_EVENTS: Final = select(events).where(events.c.order_id == _OF_ORDER).order_by(events.c.number)
_ALLOCATIONS: Final = (
    select(purchase_allocations)
    .where(purchase_allocations.c.order_id == _OF_ORDER)
    .order_by(purchase_allocations.c.line_number, purchase_allocations.c.location_id)
)
_ALLOCATION_MOVED: Final = ("expected_on", "ordered_milli", "received_milli", "open_milli")
_MOVE_ALLOCATION: Final = (
    update(purchase_allocations)
    .where(
        purchase_allocations.c.order_id == _OF_ORDER,
        purchase_allocations.c.line_number == bindparam("of_line", type_=purchase_allocations.c.line_number.type),
        purchase_allocations.c.location_id == bindparam("of_location", type_=purchase_allocations.c.location_id.type),
    )
    .values({n: bindparam(f"new_{n}", type_=purchase_allocations.c[n].type) for n in _ALLOCATION_MOVED})
)
_RECEIPTS: Final = select(receipts).where(receipts.c.order_id == _OF_ORDER).order_by(receipts.c.receipt_id)
_RECEIPT_LINES: Final = (
    select(purchase_receipt_lines)
    .where(purchase_receipt_lines.c.order_id == _OF_ORDER)
    .order_by(purchase_receipt_lines.c.receipt_id, purchase_receipt_lines.c.line_number)
)
_BUYABLE: Final = (
    select(
        products.c.sku,
        products.c.sku_id,
        products.c.tax_category,
        products.c.unstocked,
        products.c.status,
        units.c.decimals,
    )
    .join_from(products, units)
    .where(any_of(products.c.sku, "skus"))
)

_ORDERED: Final = (
    select(
        purchase_allocations.c.line_number,
        purchase_allocations.c.sku_id,
        func.sum(purchase_allocations.c.ordered_milli).label("ordered_milli"),
        func.sum(purchase_allocations.c.open_milli).label("open_milli"),
    )
    .where(purchase_allocations.c.order_id == _OF_ORDER)
    .group_by(purchase_allocations.c.line_number, purchase_allocations.c.sku_id)
    .subquery()
)
_CAME_SUMS: Final = ("accepted_milli", "rejected_milli", "goods_minor", "freight_minor", "quarantine_minor")
_CORRECTED: Final = {
    "accepted_milli": goods_receipt_lines.c.quantity_milli,
    "goods_minor": goods_receipt_lines.c.cost_minor,
}
# As it came, and as receipts were corrected since.
_EITHER: Final = union_all(
    select(purchase_receipt_lines.c.line_number, *[purchase_receipt_lines.c[name] for name in _CAME_SUMS]).where(
        purchase_receipt_lines.c.order_id == _OF_ORDER
    ),
    select(
        goods_receipt_lines.c.line_number,
        *[_CORRECTED.get(name, literal_column("0")).label(name) for name in _CAME_SUMS],
    )
    .join_from(receipts, goods_receipt_lines, goods_receipt_lines.c.receipt_id == receipts.c.receipt_id)
    .where(receipts.c.order_id == _OF_ORDER, goods_receipt_lines.c.kind == ReceiptLineKind.CORRECTION.value),
).subquery("either")
_CAME: Final = (
    select(_EITHER.c.line_number, *[func.sum(_EITHER.c[name]).label(name) for name in _CAME_SUMS])
    .group_by(_EITHER.c.line_number)
    .subquery()
)
_PROGRESS: Final = (
    select(_ORDERED, *[func.coalesce(_CAME.c[name], 0).label(name) for name in _CAME_SUMS])
    .select_from(_ORDERED)
    .outerjoin(_CAME, _CAME.c.line_number == _ORDERED.c.line_number)
    .order_by(_ORDERED.c.line_number)
)
# Spelt out: with parameters it would not be the same expression everywhere.
_SENT: Final = orders.c.sent_version > literal_column("0")
_ON_ORDER: Final = (
    select(
        purchase_allocations.c.location_id,
        purchase_allocations.c.sku_id,
        purchase_allocations.c.expected_on,
        func.sum(purchase_allocations.c.open_milli).label("quantity_milli"),
        _SENT.label("sent"),
    )
    .join_from(purchase_allocations, orders, orders.c.order_id == purchase_allocations.c.order_id)
    .where(
        any_of(purchase_allocations.c.location_id, "location_ids"),
        text(f"purchase_allocations.{ON_ORDER}"),
        orders.c.source != PurchaseSource.DROP_SHIP.value,
    )
    .group_by(
        purchase_allocations.c.location_id,
        purchase_allocations.c.sku_id,
        purchase_allocations.c.expected_on,
        _SENT,
    )
    .order_by(
        purchase_allocations.c.location_id,
        purchase_allocations.c.sku_id,
        purchase_allocations.c.expected_on,
        _SENT,
    )
)
_ON_ORDER_OF_SKUS: Final = _ON_ORDER.where(any_of(purchase_allocations.c.sku_id, "sku_ids"))


def _last_prices(*of_supplier: Callable[[Any], Any]) -> Select[Any]:
    """The newest receipt of each SKU through the index, then its price: the cost does not grow with history."""
    newest = purchase_receipt_lines.alias("newest")
    receipt_id = (
        select(newest.c.receipt_id)
        .where(
            newest.c.sku_id == products.c.sku_id,
            newest.c.currency == bindparam("in_currency"),
            newest.c.accepted_milli > 0,
            *[within(newest) for within in of_supplier],
        )
        .order_by(newest.c.received_at.desc(), newest.c.receipt_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    last = (
        select(products.c.sku_id, receipt_id.label("receipt_id")).where(any_of(products.c.sku_id, "sku_ids")).subquery()
    )
    paid = purchase_receipt_lines
    return (
        select(paid.c.sku_id, paid.c.price_minor, paid.c.price_quantity_milli)
        .join_from(last, paid, and_(paid.c.receipt_id == last.c.receipt_id, paid.c.sku_id == last.c.sku_id))
        .where(paid.c.accepted_milli > 0)
        .order_by(paid.c.sku_id, paid.c.line_number)
    )


_LAST_PRICES: Final = _last_prices()
_LAST_PRICES_OF_SUPPLIER: Final = _last_prices(
    lambda newest: newest.c.supplier_id == bindparam("of_supplier", type_=newest.c.supplier_id.type)
)


def _newest(*within: Any) -> Select[Any]:
    before = tuple_(
        bindparam("before_at", type_=orders.c.created_at.type), bindparam("before_id", type_=orders.c.order_id.type)
    )
    return (
        select(orders)
        .where(tuple_(orders.c.created_at, orders.c.order_id) < before, *within)
        .order_by(orders.c.created_at.desc(), orders.c.order_id.desc())
        .limit(bindparam("limit"))
    )


@cache
def _list(*, of_supplier: bool, of_state: bool, open_only: bool, overdue: bool) -> Scoped:
    conditions: list[Any] = []
    if of_supplier:
        conditions.append(orders.c.supplier_id == bindparam("supplier_id", type_=orders.c.supplier_id.type))
    if of_state:
        conditions.append(Filtered(orders.c.state) == bindparam("state", type_=orders.c.state.type))
    if open_only or overdue:
        conditions.append(text(f"purchase_orders.{OPEN_PURCHASE}"))
    if overdue:
        conditions.append(orders.c.expected_on < bindparam("due_before", type_=orders.c.expected_on.type))
    return Scoped(lambda *within: _newest(*conditions, *within), Filtered(orders.c.store_id))


class PurchaseOrders(ports.PurchaseOrders):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, order_id: int) -> PurchaseOrder | None:
        row = self._transaction.execute(_LOCK, {"of_order": order_id}).one_or_none()
        return None if row is None else order_of(row)

    def find(self, order_id: int) -> PurchaseOrder | None:
        row = self._transaction.execute(_FIND, {"of_order": order_id}).one_or_none()
        return None if row is None else order_of(row)

    def by_ids(self, order_ids: Collection[int]) -> Mapping[int, PurchaseOrder]:
        found = self._transaction.execute(_BY_IDS, {"order_ids": sorted(order_ids)})
        return {row.order_id: order_of(row) for row in found}

    def of_proposal(self, proposal_reference: str) -> Sequence[PurchaseOrder]:
        found = self._transaction.execute(_OF_PROPOSAL, {"of_proposal": proposal_reference})
        return [order_of(row) for row in found]

    def move(self, order: PurchaseOrder) -> None:
        values = {f"new_{name}": getattr(order, name) for name in _MOVED}
        self._transaction.execute(_MOVE, {"of_order": order.order_id, **values})

    def version(self, order_id: int, version: int) -> PurchaseOrderVersion | None:
        found = self._transaction.execute(_VERSION, {"of_order": order_id, "of_version": version}).one_or_none()
        return None if found is None else _version(found)

    def versions(self, order_id: int) -> Sequence[PurchaseOrderVersion]:
        return [_version(row) for row in self._transaction.execute(_VERSIONS, {"of_order": order_id})]

    def lines(self, order_id: int, version: int) -> Sequence[PurchaseOrderLine]:
        found = self._transaction.execute(_LINES, {"of_order": order_id, "of_version": version})
        return [PurchaseOrderLine(**row._mapping) for row in found]

    def all_lines(self, order_id: int) -> Sequence[PurchaseOrderLine]:
        found = self._transaction.execute(_ALL_LINES, {"of_order": order_id})
        return [PurchaseOrderLine(**row._mapping) for row in found]

    def events(self, order_id: int) -> Sequence[PurchaseEvent]:
        found = self._transaction.execute(_EVENTS, {"of_order": order_id})
        return [PurchaseEvent(**{**row._mapping, "kind": PurchaseEventKind(row.kind)}) for row in found]

    def allocations(self, order_id: int) -> Sequence[PurchaseAllocation]:
        found = self._transaction.execute(_ALLOCATIONS, {"of_order": order_id})
        return [PurchaseAllocation(**row._mapping) for row in found]

    def move_allocations(self, allocations: Sequence[PurchaseAllocation]) -> None:
        if allocations:
            self._transaction.execute(_MOVE_ALLOCATION, [_allocation_moved(one) for one in allocations])

    def receipts(self, order_id: int) -> Sequence[PurchaseReceipt]:
        return [PurchaseReceipt(**row._mapping) for row in self._transaction.execute(_RECEIPTS, {"of_order": order_id})]

    def receipt_lines(self, order_id: int) -> Sequence[PurchaseReceiptLine]:
        found = self._transaction.execute(_RECEIPT_LINES, {"of_order": order_id})
        return [PurchaseReceiptLine(**{**row._mapping, "rejected_to": RejectedTo(row.rejected_to)}) for row in found]

    def progress(self, order_id: int) -> Sequence[LineProgress]:
        found = self._transaction.execute(_PROGRESS, {"of_order": order_id})
        # PostgreSQL sums integers to decimals.
        return [LineProgress(**{name: int(figure) for name, figure in row._mapping.items()}) for row in found]

    def buyable(self, skus: Collection[str]) -> Mapping[str, BuyableProduct]:
        blocked = ProductStatus.BLOCKED.value
        return {
            row.sku: BuyableProduct(
                row.sku_id, row.decimals, row.tax_category, bool(row.unstocked), row.status == blocked
            )
            for row in self._transaction.execute(_BUYABLE, {"skus": sorted(skus)})
        }

    def last_prices(
        self, sku_ids: Collection[int], *, currency: str, supplier_id: int | None
    ) -> Mapping[int, NetPrice]:
        parameters: dict[str, object] = {"sku_ids": sorted(sku_ids), "in_currency": currency}
        statement = _LAST_PRICES
        if supplier_id is not None:
            statement, parameters["of_supplier"] = _LAST_PRICES_OF_SUPPLIER, supplier_id
        found = self._transaction.execute(statement, parameters)
        return {row.sku_id: NetPrice(row.price_minor, row.price_quantity_milli) for row in found}

    def on_order(self, location_ids: Collection[int], sku_ids: Collection[int] | None) -> Sequence[OnOrder]:
        parameters: dict[str, object] = {"location_ids": sorted(location_ids)}
        statement = _ON_ORDER
        if sku_ids is not None:
            statement, parameters["sku_ids"] = _ON_ORDER_OF_SKUS, sorted(sku_ids)
        return [
            OnOrder(row.location_id, row.sku_id, row.expected_on, int(row.quantity_milli), bool(row.sent))
            for row in self._transaction.execute(statement, parameters)
        ]

    def list_orders(
        self, wanted: PurchaseOrderFilter, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[PurchaseOrder]:
        before_at, before_id = after or NEWEST
        parameters: dict[str, object] = {"before_at": before_at, "before_id": before_id, "limit": limit}
        filters = {"supplier_id": wanted.supplier_id, "state": wanted.state, "due_before": wanted.due_before}
        parameters |= {name: value for name, value in filters.items() if value is not None}
        chosen = _list(
            of_supplier=wanted.supplier_id is not None,
            of_state=wanted.state is not None,
            open_only=wanted.open_only,
            overdue=wanted.due_before is not None,
        )
        return [order_of(row) for row in self._transaction.execute(*chosen.within(wanted.store_ids, parameters))]


def order_of(row: Row[Any]) -> PurchaseOrder:
    """The order that a row of purchase_orders holds."""
    return PurchaseOrder(
        **{
            **row._mapping,
            "source": PurchaseSource(row.source),
            "state": PurchaseOrderState(row.state),
            "awaiting": Awaiting(row.awaiting),
        }
    )


def _version(row: Row[Any]) -> PurchaseOrderVersion:
    return PurchaseOrderVersion(**{**row._mapping, "cause": VersionCause(row.cause)})


def _allocation_moved(one: PurchaseAllocation) -> dict[str, object]:
    key = {"of_order": one.order_id, "of_line": one.line_number, "of_location": one.location_id}
    return {**key, **{f"new_{name}": getattr(one, name) for name in _ALLOCATION_MOVED}}
