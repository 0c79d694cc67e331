"""Counts of stock in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, insert, select, tuple_, update

from adapters.sql.reading import NEWEST
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.counts import stock_count_entries, stock_count_results, stock_count_skus, stock_counts
from adapters.sql.tables.inventory import stock_levels, stock_movements
from adapters.sql.tables.sales import sales
from adapters.sql.transaction import Transaction
from application.ports import counts as ports
from domain.inventory.stock_count import CountEntry, CountKind, CountState, Moved, StockCount, Uncounted

_OF_COUNT: Final = bindparam("of_count", type_=stock_counts.c.count_id.type)
_FIND: Final = select(stock_counts).where(stock_counts.c.count_id == _OF_COUNT)
_LOCK: Final = _FIND.with_for_update(key_share=True)
_ENDING: Final = (
    "state", "business_date", "closed_at", "closed_request_id", "closed_caller_id", "closed_staff_id", "lost_minor",
    "found_minor",
)  # fmt: skip
_CLOSE: Final = (
    update(stock_counts)
    .where(stock_counts.c.count_id == _OF_COUNT)
    .values({name: bindparam(f"new_{name}", type_=stock_counts.c[name].type) for name in _ENDING})
)
_STANDING: Final = (
    select(stock_levels.c.sku_id)
    .where(stock_levels.c.location_id == bindparam("store_id", type_=stock_levels.c.location_id.type))
    .order_by(stock_levels.c.sku_id)
    .limit(bindparam("limit"))
)
_OF_CATEGORIES: Final = _STANDING.join(products, products.c.sku_id == stock_levels.c.sku_id).where(
    any_of(products.c.category_id, "category_ids")
)
_ADD_SKUS: Final = insert(stock_count_skus)
_SKUS: Final = (
    select(stock_count_skus.c.sku_id, products.c.sku)
    .join_from(stock_count_skus, products, products.c.sku_id == stock_count_skus.c.sku_id)
    .where(stock_count_skus.c.count_id == _OF_COUNT)
    .order_by(stock_count_skus.c.sku_id)
)
_ENTRIES: Final = select(stock_count_entries).where(stock_count_entries.c.count_id == _OF_COUNT)
_EXPECTED: Final = select(stock_count_results.c.sku_id, stock_count_results.c.expected_milli).where(
    stock_count_results.c.count_id == _OF_COUNT
)
_MOVED: Final = (
    select(
        stock_movements.c.sku_id,
        stock_movements.c.quantity_milli,
        func.coalesce(
            sales.c.sold_at,
            stock_count_results.c.counted_at,
            stock_movements.c.moved_at,
            type_=stock_movements.c.moved_at.type,
        ).label("at"),
    )
    .join_from(stock_movements, sales, sales.c.sale_id == stock_movements.c.document_id, isouter=True)
    .outerjoin(
        stock_count_results,
        (stock_count_results.c.count_id == stock_movements.c.document_id)
        & (stock_count_results.c.sku_id == stock_movements.c.sku_id),
    )
    .where(
        stock_movements.c.location_id == bindparam("store_id", type_=stock_movements.c.location_id.type),
        any_of(stock_movements.c.sku_id, "sku_ids"),
        stock_movements.c.moved_at > bindparam("since", type_=stock_movements.c.moved_at.type),
        stock_movements.c.quantity_milli != 0,
    )
)
# By the index, level by level: what it costs does not grow with how often things were counted.
_LAST: Final = select(
    stock_levels.c.sku_id,
    select(func.max(stock_count_results.c.counted_at, type_=stock_count_results.c.counted_at.type))
    .where(
        stock_count_results.c.store_id == stock_levels.c.location_id,
        stock_count_results.c.sku_id == stock_levels.c.sku_id,
    )
    .correlate(stock_levels)
    .scalar_subquery()
    .label("counted_at"),
).where(stock_levels.c.location_id == bindparam("store_id", type_=stock_levels.c.location_id.type))
_LAST_OF: Final = _LAST.where(any_of(stock_levels.c.sku_id, "sku_ids"))
_LIST: Final = (
    select(stock_counts)
    .where(
        tuple_(stock_counts.c.opened_at, stock_counts.c.count_id)
        < tuple_(
            bindparam("before_at", type_=stock_counts.c.opened_at.type),
            bindparam("before_id", type_=stock_counts.c.count_id.type),
        )
    )
    .order_by(stock_counts.c.opened_at.desc(), stock_counts.c.count_id.desc())
    .limit(bindparam("limit"))
)
_LIST_OF: Final = _LIST.where(any_of(stock_counts.c.store_id, "store_ids"))


class Counts(ports.Counts):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, count_id: int) -> StockCount | None:
        row = self._transaction.execute(_LOCK, {"of_count": count_id}).one_or_none()
        return None if row is None else _count(row)

    def find(self, count_id: int) -> StockCount | None:
        row = self._transaction.execute(_FIND, {"of_count": count_id}).one_or_none()
        return None if row is None else _count(row)

    def close(self, count: StockCount) -> None:
        values = {f"new_{name}": getattr(count, name) for name in _ENDING}
        self._transaction.execute(_CLOSE, {"of_count": count.count_id, **values})

    def standing(self, store_id: int, *, limit: int) -> Sequence[int]:
        return self._transaction.execute(_STANDING, {"store_id": store_id, "limit": limit}).scalars().all()

    def of_categories(self, store_id: int, category_ids: Collection[int], *, limit: int) -> Sequence[int]:
        parameters = {"store_id": store_id, "category_ids": sorted(category_ids), "limit": limit}
        return self._transaction.execute(_OF_CATEGORIES, parameters).scalars().all()

    def add_skus(self, count_id: int, sku_ids: Collection[int]) -> None:
        rows = [{"count_id": count_id, "sku_id": sku_id} for sku_id in sorted(sku_ids)]
        if rows:
            self._transaction.execute(_ADD_SKUS, rows)

    def skus(self, count_id: int) -> Mapping[int, str]:
        return {row.sku_id: row.sku for row in self._transaction.execute(_SKUS, {"of_count": count_id})}

    def entries(self, count_id: int) -> Sequence[CountEntry]:
        rows = self._transaction.execute(_ENTRIES, {"of_count": count_id})
        return [CountEntry(**row._mapping) for row in rows]

    def expected(self, count_id: int) -> Mapping[int, int]:
        rows = self._transaction.execute(_EXPECTED, {"of_count": count_id})
        return {row.sku_id: row.expected_milli for row in rows}

    def moved_since(self, store_id: int, sku_ids: Collection[int], *, since: datetime) -> Sequence[Moved]:
        parameters = {"store_id": store_id, "sku_ids": sorted(sku_ids), "since": since}
        rows = self._transaction.execute(_MOVED, parameters)
        return [Moved(row.sku_id, row.quantity_milli, row.at) for row in rows]

    def last_counted(self, store_id: int, sku_ids: Collection[int] | None = None) -> Mapping[int, datetime]:
        parameters: dict[str, Any] = {"store_id": store_id}
        statement = _LAST
        if sku_ids is not None:
            statement, parameters["sku_ids"] = _LAST_OF, sorted(sku_ids)
        rows = self._transaction.execute(statement, parameters)
        return {row.sku_id: row.counted_at for row in rows if row.counted_at is not None}

    def list_counts(
        self, store_ids: Collection[int] | None, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[StockCount]:
        before_at, before_id = after or NEWEST
        parameters: dict[str, Any] = {"before_at": before_at, "before_id": before_id, "limit": limit}
        statement = _LIST
        if store_ids is not None:
            statement, parameters["store_ids"] = _LIST_OF, sorted(store_ids)
        return [_count(row) for row in self._transaction.execute(statement, parameters)]


def _count(row: Row[Any]) -> StockCount:
    return StockCount(
        **{
            **row._mapping,
            "kind": CountKind(row.kind),
            "state": CountState(row.state),
            "blind": bool(row.blind),
            "uncounted": Uncounted(row.uncounted),
        }
    )
