"""Goods receipts in SQL: their lines, what changed them, and the layers that they opened."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select, tuple_

from adapters.sql.reading import NEWEST
from adapters.sql.statements import any_of
from adapters.sql.tables.goods_receipts import goods_receipt_lines, landed_charges
from adapters.sql.tables.inventory import goods_receipts
from adapters.sql.tables.purchase_orders import purchase_receipts
from adapters.sql.tables.stock_layers import cost_documents, stock_layers
from adapters.sql.transaction import Transaction
from application.ports import goods_receipts as ports
from application.ports.goods_receipts import OpenedLayer, ReceiptChanged
from domain.inventory.layers import Lot
from domain.inventory.receipt import GoodsReceipt, GoodsReceiptLine, LandedCharge, ReceiptLineKind

_LINES: Final = goods_receipt_lines.c
_OF_RECEIPT: Final = bindparam("of_receipt", type_=goods_receipts.c.receipt_id.type)
_FIND: Final = select(goods_receipts).where(goods_receipts.c.receipt_id == _OF_RECEIPT)
_LOCK: Final = (
    select(goods_receipts)
    .where(any_of(goods_receipts.c.receipt_id, "receipt_ids"))
    .order_by(goods_receipts.c.receipt_id)
    .with_for_update(key_share=True)
)
_ENTRIES: Final = (
    select(goods_receipt_lines)
    .where(any_of(_LINES.receipt_id, "receipt_ids"))
    .order_by(_LINES.receipt_id, _LINES.line_number, _LINES.number)
)
_FIRST: Final = goods_receipt_lines.alias("first_entries")
_PAGE: Final = (
    select(goods_receipt_lines)
    .where(
        _LINES.receipt_id == _OF_RECEIPT,
        _LINES.line_number.in_(
            select(_FIRST.c.line_number)
            .where(
                _FIRST.c.receipt_id == _OF_RECEIPT,
                _FIRST.c.number == 0,
                _FIRST.c.line_number > bindparam("after_line", type_=_LINES.line_number.type),
            )
            .order_by(_FIRST.c.line_number)
            .limit(bindparam("limit"))
        ),
    )
    .order_by(_LINES.line_number, _LINES.number)
)
_BY_DOCUMENT: Final = (
    select(
        _LINES.number,
        _LINES.kind,
        _LINES.document_id,
        func.sum(_LINES.quantity_milli).label("quantity_milli"),
        func.sum(_LINES.cost_minor).label("cost_minor"),
    )
    .where(_LINES.receipt_id == _OF_RECEIPT, _LINES.number > 0)
    .group_by(_LINES.number, _LINES.kind, _LINES.document_id)
    .subquery("by_document")
)
_CHANGES: Final = (
    select(_BY_DOCUMENT, cost_documents.c.business_date, cost_documents.c.reference)
    .join_from(_BY_DOCUMENT, cost_documents, cost_documents.c.document_id == _BY_DOCUMENT.c.document_id)
    .order_by(_BY_DOCUMENT.c.number)
)
_CHARGES: Final = (
    select(landed_charges)
    .where(any_of(landed_charges.c.document_id, "document_ids"))
    .order_by(landed_charges.c.document_id, landed_charges.c.number)
)
_OPENED: Final = (
    select(
        stock_layers.c.document_id,
        stock_layers.c.sku_id,
        stock_layers.c.layer_id,
        stock_layers.c.lot_code,
        stock_layers.c.expires_on,
        stock_layers.c.received_on,
    )
    .where(
        any_of(stock_layers.c.document_id, "document_ids"),
        stock_layers.c.location_id == bindparam("location_id", type_=stock_layers.c.location_id.type),
    )
    .order_by(stock_layers.c.layer_id)
)
_ORDER_OF: Final = select(purchase_receipts.c.order_id).where(purchase_receipts.c.receipt_id == _OF_RECEIPT)
_LIST: Final = (
    select(goods_receipts)
    .where(
        tuple_(goods_receipts.c.received_at, goods_receipts.c.receipt_id)
        < tuple_(
            bindparam("before_at", type_=goods_receipts.c.received_at.type),
            bindparam("before_id", type_=goods_receipts.c.receipt_id.type),
        )
    )
    .order_by(goods_receipts.c.received_at.desc(), goods_receipts.c.receipt_id.desc())
    .limit(bindparam("limit"))
)
_LIST_OF: Final = _LIST.where(any_of(goods_receipts.c.store_id, "store_ids"))


class GoodsReceipts(ports.GoodsReceipts):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, receipt_ids: Collection[int]) -> Mapping[int, GoodsReceipt]:
        rows = self._transaction.execute(_LOCK, {"receipt_ids": sorted(set(receipt_ids))})
        return {row.receipt_id: GoodsReceipt(**row._mapping) for row in rows}

    def find(self, receipt_id: int) -> GoodsReceipt | None:
        row = self._transaction.execute(_FIND, {"of_receipt": receipt_id}).one_or_none()
        return None if row is None else GoodsReceipt(**row._mapping)

    def entries(self, receipt_ids: Collection[int]) -> Sequence[GoodsReceiptLine]:
        rows = self._transaction.execute(_ENTRIES, {"receipt_ids": sorted(set(receipt_ids))})
        return [_line(row) for row in rows]

    def page(self, receipt_id: int, *, after: int, limit: int) -> Sequence[GoodsReceiptLine]:
        parameters = {"of_receipt": receipt_id, "after_line": after, "limit": limit}
        return [_line(row) for row in self._transaction.execute(_PAGE, parameters)]

    def changes(self, receipt_id: int) -> Sequence[ReceiptChanged]:
        return [
            ReceiptChanged(
                row.number, ReceiptLineKind(row.kind), row.document_id, row.business_date, row.reference,
                # PostgreSQL sums integers to decimals.
                int(row.quantity_milli), int(row.cost_minor),
            )
            for row in self._transaction.execute(_CHANGES, {"of_receipt": receipt_id})
        ]  # fmt: skip

    def charges(self, document_ids: Collection[int]) -> Sequence[LandedCharge]:
        rows = self._transaction.execute(_CHARGES, {"document_ids": sorted(set(document_ids))})
        return [LandedCharge(**row._mapping) for row in rows]

    def opened_layers(self, location_id: int, document_ids: Collection[int]) -> Sequence[OpenedLayer]:
        parameters = {"location_id": location_id, "document_ids": sorted(set(document_ids))}
        return [
            OpenedLayer(row.document_id, row.sku_id, row.layer_id, Lot(row.lot_code, row.expires_on, row.received_on))
            for row in self._transaction.execute(_OPENED, parameters)
        ]

    def order_of(self, receipt_id: int) -> int | None:
        found: int | None = self._transaction.execute(_ORDER_OF, {"of_receipt": receipt_id}).scalar_one_or_none()
        return found

    def list_receipts(
        self, store_ids: Collection[int] | None, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[GoodsReceipt]:
        before_at, before_id = after or NEWEST
        parameters: dict[str, Any] = {"before_at": before_at, "before_id": before_id, "limit": limit}
        statement = _LIST
        if store_ids is not None:
            statement, parameters["store_ids"] = _LIST_OF, sorted(store_ids)
        return [GoodsReceipt(**row._mapping) for row in self._transaction.execute(statement, parameters)]


def _line(row: Row[Any]) -> GoodsReceiptLine:
    return GoodsReceiptLine(**{**row._mapping, "kind": ReceiptLineKind(row.kind)})
