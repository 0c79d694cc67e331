"""What stock does, in SQL: each level looked up in the movements of its own goods."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
    tuple_,
)

from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.inventory import stock_levels
from adapters.sql.tables.inventory import stock_movements as moved
from adapters.sql.tables.stock_views import stock_balances as carried
from adapters.sql.transaction import Transaction
from application.ports import stock_reports as ports
from application.ports.stock_reports import CategoryTurnover, Key, OverStock, SlowStock
from domain.inventory.stock import OF_SALES, MovementReason

_COSTS: Final = (*OF_SALES, MovementReason.COST_CORRECTION)
_CAME: Final = (MovementReason.RECEIPT.value, MovementReason.TRANSFER_IN.value, MovementReason.TAKEN_OVER.value)
_EVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_INSTANT: Final = moved.c.moved_at.type
_DAY: Final = moved.c.business_date.type

_AFTER: Final = tuple_(stock_levels.c.location_id, stock_levels.c.sku_id) > tuple_(
    bindparam("after_location", type_=stock_levels.c.location_id.type),
    bindparam("after_sku", type_=stock_levels.c.sku_id.type),
)
_LEVELS: Final = (
    select(stock_levels)
    .where(any_of(stock_levels.c.location_id, "store_ids"), _AFTER)
    .order_by(stock_levels.c.location_id, stock_levels.c.sku_id)
)
# With a limit inside, PostgreSQL looks at so many levels and works out once what is asked of each.
_LOOKED_AT: Final = _LEVELS.limit(bindparam("looked_at")).subquery("looked_at")
_LAST: Final = (
    select(stock_levels.c.location_id, stock_levels.c.sku_id)
    .where(any_of(stock_levels.c.location_id, "store_ids"), _AFTER)
    .order_by(stock_levels.c.location_id, stock_levels.c.sku_id)
    .offset(bindparam("before"))
    .limit(2)
)


def _of(level: Any, *within: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(moved.c.location_id == level.c.location_id, moved.c.sku_id == level.c.sku_id, *within)


def _latest(level: Any, reasons: Sequence[str]) -> ScalarSelect[Any]:
    return (
        select(moved.c.business_date)
        .where(_of(level, moved.c.reason.in_(reasons)))
        .order_by(moved.c.moved_at.desc(), moved.c.movement_id.desc())
        .limit(1)
        .correlate(level)
        .scalar_subquery()
    )


def _slow() -> Select[Any]:
    idle_since = bindparam("idle_since", type_=_DAY)
    level = _LOOKED_AT
    first = (
        select(moved.c.business_date)
        .where(_of(level))
        .order_by(moved.c.moved_at, moved.c.movement_id)
        .limit(1)
        .correlate(level)
        .scalar_subquery()
    )
    found = (
        select(level, first.label("first_on"))
        .where(
            level.c.on_hand_milli > 0,
            # A sale is entered on its day or later; a clock that runs ahead is two days ahead at most.
            ~exists().where(
                _of(
                    level,
                    moved.c.moved_at >= bindparam("entered_since", type_=_INSTANT),
                    moved.c.reason == literal_column(f"'{MovementReason.SALE}'"),
                    moved.c.business_date > idle_since,
                )
            ),
            first <= idle_since,
        )
        .order_by(level.c.location_id, level.c.sku_id)
        .limit(bindparam("limit"))
        .subquery("found")
    )
    return (
        select(
            found,
            products.c.sku,
            products.c.name,
            _latest(found, (MovementReason.SALE.value,)).label("last_sold_on"),
            _latest(found, _CAME).label("last_received_on"),
        )
        .join_from(found, products, products.c.sku_id == found.c.sku_id)
        .order_by(found.c.location_id, found.c.sku_id)
    )


def _over() -> Select[Any]:
    level = stock_levels
    sold = (
        select(func.coalesce(-func.sum(moved.c.quantity_milli), 0))
        .where(
            _of(
                level,
                moved.c.moved_at > bindparam("since", type_=_INSTANT),
                moved.c.reason.in_([one.value for one in OF_SALES]),
            )
        )
        .correlate(level)
        .scalar_subquery()
    )
    looked_at = _LEVELS.add_columns(sold.label("sold_milli")).limit(bindparam("looked_at")).subquery("looked_at")
    wanted = case((looked_at.c.sold_milli > 0, looked_at.c.sold_milli), else_=0) * bindparam("days")
    return (
        select(looked_at, products.c.sku, products.c.name)
        .join_from(looked_at, products, products.c.sku_id == looked_at.c.sku_id)
        .where(looked_at.c.on_hand_milli > 0, looked_at.c.on_hand_milli * bindparam("in_days") > wanted)
        .order_by(looked_at.c.location_id, looked_at.c.sku_id)
        .limit(bindparam("limit"))
    )


def _turnover() -> Select[Any]:
    """As what stood at a moment is found in stock_views.py: from the last balance on that was carried before it."""
    level = stock_levels
    opening, closing = bindparam("opening", type_=_INSTANT), bindparam("closing", type_=_INSTANT)
    last = (
        select(func.max(carried.c.as_of))
        .where(
            carried.c.location_id == level.c.location_id, carried.c.sku_id == level.c.sku_id, carried.c.as_of < opening
        )
        .correlate(level)
        .scalar_subquery()
    )
    in_period = (moved.c.moved_at >= opening, moved.c.moved_at < closing)
    since = func.coalesce(carried.c.as_of, bindparam("ever", type_=_INSTANT))
    before = (moved.c.moved_at > since, moved.c.moved_at < opening)

    def total(*within: ColumnElement[bool]) -> ColumnElement[int]:
        found = select(func.sum(moved.c.value_minor)).where(_of(level, *within)).correlate(level, carried)
        return func.coalesce(found.scalar_subquery(), 0)

    figures = (
        select(
            products.c.category_id,
            (func.coalesce(carried.c.value_minor, 0) + total(*before)).label("opening"),
            total(*in_period).label("moved"),
            total(*in_period, moved.c.reason.in_([one.value for one in _COSTS])).label("sold"),
        )
        .join_from(level, products, products.c.sku_id == level.c.sku_id)
        .outerjoin(
            carried,
            and_(
                carried.c.location_id == level.c.location_id,
                carried.c.sku_id == level.c.sku_id,
                carried.c.as_of == last,
            ),
        )
        .where(level.c.location_id == bindparam("store_id", type_=level.c.location_id.type))
        .subquery("figures")
    )
    return (
        select(
            figures.c.category_id,
            func.sum(figures.c.opening).label("opening"),
            func.sum(figures.c.moved).label("moved"),
            func.sum(figures.c.sold).label("sold"),
        )
        .group_by(figures.c.category_id)
        .order_by(figures.c.category_id)
    )


_SLOW: Final = _slow()
_OVER: Final = _over()
_TURNOVER: Final = _turnover()


class StockReports(ports.StockReports):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def slow(
        self, store_ids: Collection[int], *, idle_since: date, after: Key | None, looked_at: int, limit: int
    ) -> Sequence[SlowStock]:
        entered_since = datetime.combine(idle_since, time(), UTC) - timedelta(days=2)
        asked = {"idle_since": idle_since, "entered_since": entered_since, "looked_at": looked_at, "limit": limit}
        rows = self._transaction.execute(_SLOW, {**asked, **_within(store_ids, after)})
        return [
            SlowStock(
                row.location_id, row.sku_id, row.sku, row.name, row.on_hand_milli, row.value_minor,
                row.last_sold_on or row.first_on, row.last_sold_on, row.last_received_on,
            )
            for row in rows
        ]  # fmt: skip

    def over(
        self, store_ids: Collection[int], *, since: datetime, in_days: int, days: int, after: Key | None,
        looked_at: int, limit: int,
    ) -> Sequence[OverStock]:  # fmt: skip
        asked = {"since": since, "in_days": in_days, "days": days, "looked_at": looked_at, "limit": limit}
        rows = self._transaction.execute(_OVER, {**asked, **_within(store_ids, after)})
        return [
            OverStock(
                row.location_id, row.sku_id, row.sku, row.name, row.on_hand_milli, row.value_minor, int(row.sold_milli)
            )
            for row in rows
        ]

    def last_looked_at(self, store_ids: Collection[int], *, after: Key | None, looked_at: int) -> Key | None:
        rows = self._transaction.execute(_LAST, {"before": looked_at - 1, **_within(store_ids, after)}).all()
        return (rows[0].location_id, rows[0].sku_id) if len(rows) > 1 else None

    def turnover(self, store_id: int, *, opening: datetime, closing: datetime) -> Sequence[CategoryTurnover]:
        asked = {"store_id": store_id, "opening": opening, "closing": closing, "ever": _EVER}
        # PostgreSQL sums integers to decimals.
        return [
            CategoryTurnover(row.category_id, int(row.opening), int(row.opening) + int(row.moved), -int(row.sold))
            for row in self._transaction.execute(_TURNOVER, asked)
        ]


def _within(store_ids: Collection[int], after: Key | None) -> dict[str, Any]:
    location_id, sku_id = after or (0, 0)
    return {"store_ids": sorted(store_ids), "after_location": location_id, "after_sku": sku_id}
