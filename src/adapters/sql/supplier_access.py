"""What suppliers see and announce, in SQL."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, select, text, tuple_, update

from adapters.sql.purchase_orders import order_of
from adapters.sql.reading import NEWEST, Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.inventory import stock_levels, stock_movements
from adapters.sql.tables.purchase_orders import OPEN_PURCHASE
from adapters.sql.tables.purchase_orders import purchase_orders as orders
from adapters.sql.tables.supplier_access import OPEN_NOTICE, delivery_notice_lines
from adapters.sql.tables.supplier_access import delivery_notices as notices
from adapters.sql.tables.suppliers import supplier_products
from adapters.sql.transaction import Transaction
from application.ports import supplier_access as ports
from application.ports.supplier_access import NoticeFilter, SuppliedProduct
from domain.inventory.stock import OF_SALES, MovementReason
from domain.purchasing.delivery_notice import DeliveryNotice, DeliveryNoticeLine, NoticeState
from domain.purchasing.purchase_order import PurchaseOrder

_SOLD_BY: Final = (*OF_SALES, MovementReason.GIFT, MovementReason.GIFT_RETURN)
_BEFORE_ORDER: Final = tuple_(orders.c.created_at, orders.c.order_id) < tuple_(
    bindparam("before_at", type_=orders.c.created_at.type), bindparam("before_id", type_=orders.c.order_id.type)
)
_SENT: Final = (
    select(orders)
    .where(
        orders.c.supplier_id == bindparam("of_supplier", type_=orders.c.supplier_id.type),
        orders.c.sent_version > 0,
        _BEFORE_ORDER,
    )
    .order_by(orders.c.created_at.desc(), orders.c.order_id.desc())
    .limit(bindparam("limit"))
)
_SENT_AND_OPEN: Final = _SENT.where(text(f"purchase_orders.{OPEN_PURCHASE}"))
_PRODUCTS: Final = (
    select(supplier_products.c.sku_id, products.c.sku, supplier_products.c.supplier_sku)
    .join_from(supplier_products, products, products.c.sku_id == supplier_products.c.sku_id)
    .where(
        supplier_products.c.supplier_id == bindparam("of_supplier", type_=supplier_products.c.supplier_id.type),
        supplier_products.c.sku_id >= bindparam("from_sku_id", type_=supplier_products.c.sku_id.type),
    )
    .order_by(supplier_products.c.sku_id)
    .limit(bindparam("limit"))
)
_PRODUCT: Final = _PRODUCTS.where(products.c.sku == bindparam("of_sku", type_=products.c.sku.type))
_ON_HAND: Final = select(stock_levels.c.sku_id, stock_levels.c.location_id, stock_levels.c.on_hand_milli).where(
    any_of(stock_levels.c.location_id, "store_ids"), any_of(stock_levels.c.sku_id, "sku_ids")
)
_SOLD: Final = (
    select(
        stock_movements.c.sku_id,
        stock_movements.c.location_id,
        (-func.sum(stock_movements.c.quantity_milli)).label("sold_milli"),
    )
    .where(
        any_of(stock_movements.c.location_id, "store_ids"),
        any_of(stock_movements.c.sku_id, "sku_ids"),
        stock_movements.c.moved_at >= bindparam("since", type_=stock_movements.c.moved_at.type),
        stock_movements.c.reason.in_([one.value for one in _SOLD_BY]),
    )
    .group_by(stock_movements.c.sku_id, stock_movements.c.location_id)
)
_OF_NOTICE: Final = bindparam("of_notice", type_=notices.c.notice_id.type)
_LOCK: Final = select(notices).where(notices.c.notice_id == _OF_NOTICE).with_for_update(key_share=True)
_OF_ORDER: Final = (
    select(notices)
    .where(notices.c.order_id == bindparam("of_order", type_=notices.c.order_id.type))
    .order_by(notices.c.notice_id)
)
_LINES: Final = (
    select(delivery_notice_lines)
    .where(any_of(delivery_notice_lines.c.notice_id, "notice_ids"))
    .order_by(delivery_notice_lines.c.notice_id, delivery_notice_lines.c.line_number)
)
_PUT: Final = (
    update(notices)
    .where(notices.c.notice_id == _OF_NOTICE)
    .values(
        state=bindparam("new_state", type_=notices.c.state.type),
        receipt_id=bindparam("new_receipt_id", type_=notices.c.receipt_id.type),
    )
)


def _newest(*within: Any) -> Select[Any]:
    before = tuple_(
        bindparam("before_at", type_=notices.c.announced_at.type),
        bindparam("before_id", type_=notices.c.notice_id.type),
    )
    return (
        select(notices)
        .where(tuple_(notices.c.announced_at, notices.c.notice_id) < before, *within)
        .order_by(notices.c.announced_at.desc(), notices.c.notice_id.desc())
        .limit(bindparam("limit"))
    )


@cache
def _list(*, of_order: bool, open_only: bool) -> Scoped:
    conditions: list[Any] = []
    if of_order:
        conditions.append(notices.c.order_id == bindparam("of_order", type_=notices.c.order_id.type))
    if open_only:
        conditions.append(text(f"delivery_notices.{OPEN_NOTICE}"))
    return Scoped(lambda *within: _newest(*conditions, *within), Filtered(notices.c.store_id))


class SupplierAccess(ports.SupplierAccess):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def list_sent(
        self, supplier_id: int, *, open_only: bool, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[PurchaseOrder]:
        before_at, before_id = after or NEWEST
        asked = {"of_supplier": supplier_id, "before_at": before_at, "before_id": before_id, "limit": limit}
        return [order_of(row) for row in self._transaction.execute(_SENT_AND_OPEN if open_only else _SENT, asked)]

    def products(self, supplier_id: int, *, sku: str, from_sku_id: int, limit: int) -> Sequence[SuppliedProduct]:
        asked = {"of_supplier": supplier_id, "from_sku_id": from_sku_id, "limit": limit}
        if sku:
            found = self._transaction.execute(_PRODUCT, {**asked, "of_sku": sku})
        else:
            found = self._transaction.execute(_PRODUCTS, asked)
        return [SuppliedProduct(**row._mapping) for row in found]

    def on_hand(self, store_ids: Collection[int], sku_ids: Collection[int]) -> Mapping[tuple[int, int], int]:
        asked = {"store_ids": sorted(store_ids), "sku_ids": sorted(sku_ids)}
        found = self._transaction.execute(_ON_HAND, asked)
        return {(row.sku_id, row.location_id): row.on_hand_milli for row in found}

    def sold(
        self, store_ids: Collection[int], sku_ids: Collection[int], *, since: datetime
    ) -> Mapping[tuple[int, int], int]:
        asked = {"store_ids": sorted(store_ids), "sku_ids": sorted(sku_ids), "since": since}
        found = self._transaction.execute(_SOLD, asked)
        return {(row.sku_id, row.location_id): int(row.sold_milli) for row in found}

    def lock_notice(self, notice_id: int) -> DeliveryNotice | None:
        row = self._transaction.execute(_LOCK, {"of_notice": notice_id}).one_or_none()
        return None if row is None else _notice(row)

    def notice_lines(self, notice_ids: Collection[int]) -> Mapping[int, Sequence[DeliveryNoticeLine]]:
        lines: dict[int, list[DeliveryNoticeLine]] = defaultdict(list)
        for row in self._transaction.execute(_LINES, {"notice_ids": sorted(notice_ids)}):
            lines[row.notice_id].append(DeliveryNoticeLine(**row._mapping))
        return lines

    def notices(self, order_id: int) -> Sequence[DeliveryNotice]:
        return [_notice(row) for row in self._transaction.execute(_OF_ORDER, {"of_order": order_id})]

    def put_notice(self, notice: DeliveryNotice) -> None:
        moved = {"new_state": notice.state.value, "new_receipt_id": notice.receipt_id}
        self._transaction.execute(_PUT, {"of_notice": notice.notice_id, **moved})

    def list_notices(
        self, wanted: NoticeFilter, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[DeliveryNotice]:
        before_at, before_id = after or NEWEST
        asked: dict[str, object] = {"before_at": before_at, "before_id": before_id, "limit": limit}
        if wanted.order_id is not None:
            asked["of_order"] = wanted.order_id
        chosen = _list(of_order=wanted.order_id is not None, open_only=wanted.open_only)
        stores = None if wanted.store_ids is None else sorted(wanted.store_ids)
        return [_notice(row) for row in self._transaction.execute(*chosen.within(stores, asked))]


def _notice(row: Row[Any]) -> DeliveryNotice:
    return DeliveryNotice(**{**row._mapping, "state": NoticeState(row.state)})
