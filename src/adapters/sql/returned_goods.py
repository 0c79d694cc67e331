"""Goods that came back, and goods that are set aside, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.catalog import products
from adapters.sql.tables.returned_goods import return_reasons, set_aside_levels
from adapters.sql.tables.returned_goods import returned_lines as lines
from adapters.sql.transaction import Transaction
from application.ports import returned_goods as ports
from application.ports.returned_goods import ReturnsSum
from domain.inventory.set_aside import SetAsideLevel, SetAsideStatus
from domain.sales.returned import Condition, ReturnedLine, ReturnReason

_REASONS: Final = select(return_reasons).order_by(return_reasons.c.code)
_PUT_REASONS: Final = upsert(return_reasons)
_OF_REFUND: Final = (
    select(lines)
    .where(lines.c.sale_id == bindparam("sale_id", type_=lines.c.sale_id.type))
    .order_by(lines.c.line_number)
)
_SUMS: Final = (
    select(
        lines.c.reason_code,
        lines.c.condition,
        func.count().label("lines"),
        func.sum(lines.c.total_minor).label("total_minor"),
        func.sum(lines.c.cost_minor).label("cost_minor"),
    )
    .where(
        lines.c.store_id == bindparam("store_id"),
        lines.c.business_date.between(
            bindparam("first", type_=lines.c.business_date.type), bindparam("last", type_=lines.c.business_date.type)
        ),
    )
    .group_by(lines.c.reason_code, lines.c.condition)
    .order_by(lines.c.reason_code, func.coalesce(lines.c.condition, ""))
    .limit(bindparam("limit"))
)
_OF_LEVELS: Final = (
    set_aside_levels.c.location_id == bindparam("location_id", type_=set_aside_levels.c.location_id.type),
    any_of(set_aside_levels.c.sku_id, "sku_ids"),
    set_aside_levels.c.status == bindparam("status", type_=set_aside_levels.c.status.type),
)
# The construct of this dialect compiles on SQLite too, to the same words. In the order of SKUs, as they are locked.
_CREATE: Final = (
    insert_or_leave(set_aside_levels)
    .from_select(
        [column.name for column in set_aside_levels.columns],
        select(
            bindparam("location_id", type_=set_aside_levels.c.location_id.type),
            products.c.sku_id,
            bindparam("status", type_=set_aside_levels.c.status.type),
            literal_column("0"),
            literal_column("0"),
        )
        .where(any_of(products.c.sku_id, "sku_ids"))
        .order_by(products.c.sku_id),
    )
    .on_conflict_do_nothing(index_elements=["location_id", "sku_id", "status"])
)
_LOCK: Final = (
    select(set_aside_levels).where(*_OF_LEVELS).order_by(set_aside_levels.c.sku_id).with_for_update(key_share=True)
)
_LEVELS: Final = (
    select(set_aside_levels)
    .where(
        any_of(set_aside_levels.c.location_id, "location_ids"),
        any_of(set_aside_levels.c.sku_id, "sku_ids"),
        set_aside_levels.c.status == bindparam("status", type_=set_aside_levels.c.status.type),
        set_aside_levels.c.quantity_milli != 0,
    )
    .order_by(set_aside_levels.c.location_id, set_aside_levels.c.sku_id)
)


class ReturnedGoods(ports.ReturnedGoods):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def reasons(self) -> Sequence[ReturnReason]:
        return [ReturnReason(**row._mapping) for row in self._transaction.execute(_REASONS)]

    def put_reasons(self, reasons: Sequence[ReturnReason]) -> None:
        rows = [
            {"code": one.code, "name_en": one.name_en, "name_zh": one.name_zh, "retired": one.retired}
            for one in sorted(reasons, key=lambda reason: reason.code)
        ]
        self._transaction.execute(_PUT_REASONS, rows)

    def of_refund(self, sale_id: int) -> Sequence[ReturnedLine]:
        rows = self._transaction.execute(_OF_REFUND, {"sale_id": sale_id})
        return [ReturnedLine(**{**row._mapping, "condition": _condition(row)}) for row in rows]

    def sums(self, *, store_id: int, first: date, last: date, limit: int) -> Sequence[ReturnsSum]:
        asked = {"store_id": store_id, "first": first, "last": last, "limit": limit}
        return [
            ReturnsSum(row.reason_code, _condition(row), row.lines, int(row.total_minor), int(row.cost_minor))
            for row in self._transaction.execute(_SUMS, asked)
        ]


class SetAside(ports.SetAside):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, location_id: int, sku_ids: Collection[int], status: SetAsideStatus) -> Mapping[int, SetAsideLevel]:
        asked = {"location_id": location_id, "sku_ids": sorted(sku_ids), "status": status.value}
        self._transaction.execute(_CREATE, asked)
        return {row.sku_id: _level(row) for row in self._transaction.execute(_LOCK, asked)}

    def levels(
        self, location_ids: Collection[int], sku_ids: Collection[int], status: SetAsideStatus
    ) -> Sequence[SetAsideLevel]:
        asked = {"status": status.value, "location_ids": sorted(location_ids), "sku_ids": sorted(sku_ids)}
        return [_level(row) for row in self._transaction.execute(_LEVELS, asked)]


def _condition(row: Row[Any]) -> Condition | None:
    return None if row.condition is None else Condition(row.condition)


def _level(row: Row[Any]) -> SetAsideLevel:
    return SetAsideLevel(**{**row._mapping, "status": SetAsideStatus(row.status)})
