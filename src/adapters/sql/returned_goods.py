"""Goods that came back, and goods that are set aside, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, func, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql.sales import line_of
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.catalog import products
from adapters.sql.tables.inventory import stock_movements as moved
from adapters.sql.tables.returned_goods import return_reasons, set_aside_levels
from adapters.sql.tables.returned_goods import returned_lines as lines
from adapters.sql.tables.sales import sale_lines
from adapters.sql.transaction import Transaction
from application.ports import returned_goods as ports
from application.ports.returned_goods import ReturnsSum, SoldLately
from domain.inventory.set_aside import SetAsideLevel, SetAsideStatus
from domain.inventory.stock import MovementReason
from domain.sales.returned import Condition, ReturnedLine, ReturnReason
from domain.sales.sale import SaleLine
from domain.sales.unreceipted import cheapest, unit_price

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
        set_aside_levels.c.quantity_milli != 0,
    )
    .order_by(set_aside_levels.c.location_id, set_aside_levels.c.sku_id)
)


MOVEMENTS_MAX: Final = 1_000
"""How many of the latest movements of a product are looked at: what it costs does not grow with the history."""
_SOLD: Final = (MovementReason.SALE.value, MovementReason.RETURN.value, MovementReason.VOID.value)
_LINES: Final = (
    select(sale_lines)
    .where(any_of(sale_lines.c.sale_id, "sale_ids"))
    .order_by(sale_lines.c.sale_id, sale_lines.c.line_number)
)


@lru_cache(maxsize=32)
def _lately(products_count: int) -> tuple[Select[Any], Select[Any]]:
    """For so many products (`sku_0` …): what was sold and not taken back, and what lines of sales it was sold on."""
    one_by_one = [
        select(
            select(moved.c.sku_id, moved.c.document_id, moved.c.reason, moved.c.quantity_milli, moved.c.business_date)
            .where(
                moved.c.location_id == bindparam("location_id", type_=moved.c.location_id.type),
                moved.c.sku_id == bindparam(f"sku_{place}", type_=moved.c.sku_id.type),
            )
            .order_by(moved.c.moved_at.desc(), moved.c.movement_id.desc())
            .limit(MOVEMENTS_MAX)
            .subquery()
        )
        for place in range(products_count)
    ]
    latest = union_all(*one_by_one).subquery("latest")
    of_late = latest.c.business_date >= bindparam("since", type_=moved.c.business_date.type)
    left = (
        select(latest.c.sku_id, (-func.sum(latest.c.quantity_milli)).label("left_milli"))
        .where(of_late, latest.c.reason.in_(_SOLD))
        .group_by(latest.c.sku_id)
    )
    prices = (
        select(
            latest.c.sku_id,
            sale_lines.c.quantity_milli,
            sale_lines.c.total_minor,
            func.max(sale_lines.c.sale_id).label("sale_id"),
        )
        .join_from(
            latest,
            sale_lines,
            and_(sale_lines.c.sale_id == latest.c.document_id, sale_lines.c.sku_id == latest.c.sku_id),
        )
        .where(
            of_late,
            latest.c.reason == MovementReason.SALE.value,
            sale_lines.c.quantity_milli > 0,
            sale_lines.c.total_minor > 0,
        )
        .group_by(latest.c.sku_id, sale_lines.c.quantity_milli, sale_lines.c.total_minor)
    )
    return left, prices


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

    def sold_lately(self, location_id: int, sku_ids: Collection[int], *, since: date) -> Mapping[int, SoldLately]:
        places = {f"sku_{place}": sku_id for place, sku_id in enumerate(sorted(set(sku_ids)))}
        asked = {"location_id": location_id, "since": since, **places}
        left, prices = _lately(len(places))
        sold = {row.sku_id: int(row.left_milli) for row in self._transaction.execute(left, asked)}
        found: dict[int, list[tuple[int, int, int]]] = {}
        for row in self._transaction.execute(prices, asked):
            found.setdefault(row.sku_id, []).append((row.quantity_milli, row.total_minor, row.sale_id))
        chosen = {sku_id: cheapest(of_sku) for sku_id, of_sku in found.items()}
        lines = self._transaction.execute(_LINES, {"sale_ids": sorted({one for one in chosen.values() if one})})
        priced: dict[int, list[SaleLine]] = {}
        for line in map(line_of, lines):
            if chosen.get(line.sku_id) == line.sale_id and line.quantity_milli > 0 and line.total_minor > 0:
                priced.setdefault(line.sku_id, []).append(line)
        # A sale may have the same goods on several lines.
        best = {sku_id: min(of_sku, key=unit_price) for sku_id, of_sku in priced.items()}
        return {sku_id: SoldLately(left_milli, best.get(sku_id)) for sku_id, left_milli in sold.items()}


class SetAside(ports.SetAside):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, location_id: int, sku_ids: Collection[int], status: SetAsideStatus) -> Mapping[int, SetAsideLevel]:
        asked = {"location_id": location_id, "sku_ids": sorted(sku_ids), "status": status.value}
        self._transaction.execute(_CREATE, asked)
        return {row.sku_id: _level(row) for row in self._transaction.execute(_LOCK, asked)}

    def levels(self, location_ids: Collection[int], sku_ids: Collection[int]) -> Sequence[SetAsideLevel]:
        asked = {"location_ids": sorted(location_ids), "sku_ids": sorted(sku_ids)}
        return [_level(row) for row in self._transaction.execute(_LEVELS, asked)]


def _condition(row: Row[Any]) -> Condition | None:
    return None if row.condition is None else Condition(row.condition)


def _level(row: Row[Any]) -> SetAsideLevel:
    return SetAsideLevel(**{**row._mapping, "status": SetAsideStatus(row.status)})
