"""Adjustments of stock in SQL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select

from adapters.sql.reading import Scoped, bounds, newest_first
from adapters.sql.tables.catalog import products
from adapters.sql.tables.identity import stores
from adapters.sql.tables.stock_views import stock_adjustment_lines as lines
from adapters.sql.tables.stock_views import stock_adjustments as adjustments
from adapters.sql.transaction import Transaction
from application.ports import adjustments as ports
from application.ports.selection import Selection
from domain.inventory.adjustment import AdjustmentReason, StockAdjustment, StockAdjustmentLine, StockPlace

_OF_STORE: Final = bindparam("of_store", type_=stores.c.store_id.type)
_OF_ADJUSTMENT: Final = bindparam("of_adjustment", type_=adjustments.c.adjustment_id.type)
# The least lock that another one of its kind waits for: nobody who names the store in a row does.
_HOLD_STORE: Final = select(stores.c.store_id).where(stores.c.store_id == _OF_STORE).with_for_update(key_share=True)
_LAST_NUMBER: Final = select(func.max(adjustments.c.number)).where(adjustments.c.store_id == _OF_STORE)
_FIND: Final = select(adjustments).where(adjustments.c.adjustment_id == _OF_ADJUSTMENT)
_LINES: Final = (
    select(lines, products.c.sku)
    .join_from(lines, products, products.c.sku_id == lines.c.sku_id)
    .where(lines.c.adjustment_id == _OF_ADJUSTMENT)
    .order_by(lines.c.line_number)
)
_LIST: Final = Scoped(
    lambda *within: newest_first(
        adjustments.c.business_date, adjustments.c.posted_at, adjustments.c.adjustment_id
    ).where(*within),
    adjustments.c.store_id,
)


class Adjustments(ports.Adjustments):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def next_number(self, store_id: int) -> int:
        self._transaction.execute(_HOLD_STORE, {"of_store": store_id})
        last = self._transaction.execute(_LAST_NUMBER, {"of_store": store_id}).scalar_one()
        return int(last or 0) + 1

    def find(self, adjustment_id: int) -> StockAdjustment | None:
        row = self._transaction.execute(_FIND, {"of_adjustment": adjustment_id}).one_or_none()
        return None if row is None else StockAdjustment(**row._mapping)

    def lines(self, adjustment_id: int) -> Sequence[tuple[str, StockAdjustmentLine]]:
        rows = self._transaction.execute(_LINES, {"of_adjustment": adjustment_id})
        return [(row.sku, _line(row)) for row in rows]

    def list_adjustments(
        self, selection: Selection, *, after: tuple[date, datetime, int] | None, limit: int
    ) -> Sequence[StockAdjustment]:
        rows = self._transaction.execute(*_LIST.within(selection.store_ids, bounds(selection, after, limit)))
        return [StockAdjustment(**row._mapping) for row in rows]


def _line(row: Row[Any]) -> StockAdjustmentLine:
    values = {name: row._mapping[name] for name in StockAdjustmentLine.__slots__}
    reason = AdjustmentReason(row.reason) if row.reason else None
    places = {"from_place": StockPlace(row.from_place), "to_place": StockPlace(row.to_place)}
    return StockAdjustmentLine(**{**values, **places, "reason": reason})
