"""Customers' orders in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, select, tuple_, update

from adapters.sql.reading import NEWEST, Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.membership import members
from adapters.sql.tables.orders import order_events, order_lines, order_payments, orders
from adapters.sql.transaction import Transaction
from application.ports import orders as ports
from application.ports.orders import StoredOrder
from domain.sales.order import (
    OPEN,
    Fulfilment,
    Order,
    OrderEvent,
    OrderEventKind,
    OrderLine,
    OrderPayment,
    OrderState,
)
from domain.sales.sale import TenderKind

_OF_ORDER: Final = bindparam("of_order", type_=orders.c.order_id.type)
_LOCK: Final = select(orders).where(orders.c.order_id == _OF_ORDER).with_for_update(key_share=True)
_file, _holder = members.alias("file"), members.alias("holder")


def _with_member(rows: Any) -> Select[Any]:
    """Orders with the number of the file to which their member leads now."""
    return (
        select(rows, func.coalesce(_holder.c.member_number, "").label("member_number"))
        .select_from(rows)
        .outerjoin(_file, _file.c.member_id == rows.c.member_id)
        .outerjoin(_holder, _holder.c.member_id == func.coalesce(_file.c.merged_into, _file.c.member_id))
    )


_FIND: Final = _with_member(orders).where(orders.c.order_id == _OF_ORDER)
_LINES: Final = (
    select(order_lines, products.c.sku)
    .join_from(order_lines, products, products.c.sku_id == order_lines.c.sku_id)
    .where(order_lines.c.order_id == _OF_ORDER)
    .order_by(order_lines.c.line_number)
)
_EVENTS: Final = select(order_events).where(order_events.c.order_id == _OF_ORDER).order_by(order_events.c.number)
_COUNT_EVENTS: Final = select(func.count()).select_from(order_events).where(order_events.c.order_id == _OF_ORDER)
_PAYMENTS: Final = (
    select(order_payments)
    .where(order_payments.c.order_id == _OF_ORDER)
    .order_by(order_payments.c.paid_at, order_payments.c.entry_id)
)
_OF_SALES: Final = (
    select(order_payments)
    .join_from(orders, order_payments, order_payments.c.order_id == orders.c.order_id)
    .where(any_of(orders.c.sale_id, "of_sales"), order_payments.c.document_id == orders.c.sale_id)
    .order_by(order_payments.c.entry_id)
)
_MOVED: Final = ("state", "paid_minor", "sale_id")
_MOVE: Final = (
    update(orders)
    .where(orders.c.order_id == _OF_ORDER)
    .values({name: bindparam(f"new_{name}", type_=orders.c[name].type) for name in _MOVED})
)


def _newest(*within: Any) -> Select[Any]:
    before = tuple_(
        bindparam("before_at", type_=orders.c.placed_at.type), bindparam("before_id", type_=orders.c.order_id.type)
    )
    page = (
        select(orders)
        .where(tuple_(orders.c.placed_at, orders.c.order_id) < before, *within)
        .order_by(orders.c.placed_at.desc(), orders.c.order_id.desc())
        .limit(bindparam("limit"))
        .subquery()
    )
    return _with_member(page).order_by(page.c.placed_at.desc(), page.c.order_id.desc())


_OPEN: Final = orders.c.state.in_(sorted(OPEN))
_OF_FILES: Final = any_of(orders.c.member_id, "member_ids")
_LISTS: Final = {
    (of_member, open_only): Scoped(
        lambda *within, of_member=of_member, open_only=open_only: _newest(
            *([_OF_FILES] if of_member else []), *([_OPEN] if open_only else []), *within
        ),
        Filtered(orders.c.store_id),
    )
    for of_member in (False, True)
    for open_only in (False, True)
}
_FILES: Final = select(members.c.member_id).where(members.c.merged_into == bindparam("member_id"))


class Orders(ports.Orders):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, order_id: int) -> Order | None:
        row = self._transaction.execute(_LOCK, {"of_order": order_id}).one_or_none()
        return None if row is None else _order(row)

    def find(self, order_id: int) -> StoredOrder | None:
        execute, of_order = self._transaction.execute, {"of_order": order_id}
        row = execute(_FIND, of_order).one_or_none()
        if row is None:
            return None
        lines = execute(_LINES, of_order).all()
        return StoredOrder(
            _order(row),
            [OrderLine(line.order_id, line.line_number, line.sku_id, line.quantity_milli) for line in lines],
            [
                OrderEvent(**{**event._mapping, "kind": OrderEventKind(event.kind)})
                for event in execute(_EVENTS, of_order)
            ],
            [_payment(payment) for payment in execute(_PAYMENTS, of_order)],
            {line.sku_id: line.sku for line in lines},
            row.member_number,
        )

    def count_events(self, order_id: int) -> int:
        return int(self._transaction.execute(_COUNT_EVENTS, {"of_order": order_id}).scalar_one())

    def move(self, order: Order) -> None:
        values = {f"new_{name}": getattr(order, name) for name in _MOVED}
        self._transaction.execute(_MOVE, {"of_order": order.order_id, **values})

    def deposits_of_sales(self, sale_ids: Collection[int]) -> Mapping[int, Sequence[OrderPayment]]:
        found: dict[int, list[OrderPayment]] = {}
        for row in self._transaction.execute(_OF_SALES, {"of_sales": sale_ids}):
            found.setdefault(row.document_id, []).append(_payment(row))
        return found

    def list_orders(
        self,
        *,
        store_ids: Collection[int] | None,
        member_id: int | None,
        open_only: bool,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[tuple[Order, str]]:
        before_at, before_id = after or NEWEST
        parameters: dict[str, Any] = {"before_at": before_at, "before_id": before_id, "limit": limit}
        if member_id is not None:
            files = self._transaction.execute(_FILES, {"member_id": member_id}).scalars().all()
            parameters["member_ids"] = [member_id, *files]
        chosen = _LISTS[member_id is not None, open_only]
        rows = self._transaction.execute(*chosen.within(None if store_ids is None else sorted(store_ids), parameters))
        return [(_order(row), row.member_number) for row in rows]


def _order(row: Row[Any]) -> Order:
    values = {name: row._mapping[name] for name in Order.__slots__}
    return Order(**{**values, "fulfilment": Fulfilment(row.fulfilment), "state": OrderState(row.state)})


def _payment(row: Row[Any]) -> OrderPayment:
    return OrderPayment(**{**row._mapping, "kind": TenderKind(row.kind)})
