"""Forecasts of demand in SQL, and sums of what was sold week by week."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Date,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)

from adapters.sql.reading import NEWEST
from adapters.sql.statements import any_of, listed
from adapters.sql.tables.catalog import products
from adapters.sql.tables.forecasts import forecast_runs, forecast_series
from adapters.sql.transaction import Transaction
from application.ports import forecasts as ports
from application.ports.forecasts import CategoryErrors, ForecastGoods
from domain.catalog.product import ProductStatus
from domain.forecasting.forecast import Method
from domain.forecasting.run import ErrorSums, ForecastRun, PlaceKind, RunState, SeriesForecast
from domain.inventory.stock import OF_SALES, MovementReason

WEEK_DAYS: Final = 7
_RUN: Final = forecast_runs.c
_COMPUTING: Final = select(forecast_runs).where(_RUN.state == RunState.COMPUTING.value)
_NEWEST: Final = (
    select(forecast_runs)
    .where(_RUN.state == RunState.FINISHED.value)
    .order_by(_RUN.finished_at.desc(), _RUN.run_id.desc())
    .limit(bindparam("limit"))
)
_FIND: Final = select(forecast_runs).where(_RUN.run_id == bindparam("run_id"))
_ADD: Final = insert(forecast_runs)
_CHANGED: Final = (
    "state", "skus", "series", "next_category_id", "next_sku_id", "sold_milli", "error_milli",
    "recent_mean_error_milli", "seasonal_naive_error_milli", "finished_at",
)  # fmt: skip
_CHANGE: Final = (
    update(forecast_runs)
    .where(_RUN.run_id == bindparam("of_run"))
    .values({name: bindparam(f"new_{name}", type_=_RUN[name].type) for name in _CHANGED})
)
_LIST: Final = (
    select(forecast_runs)
    .where(
        tuple_(_RUN.started_at, _RUN.run_id)
        < tuple_(bindparam("before_at", type_=_RUN.started_at.type), bindparam("before_id", type_=_RUN.run_id.type))
    )
    .order_by(_RUN.started_at.desc(), _RUN.run_id.desc())
    .limit(bindparam("limit"))
)
_TO_DROP: Final = select(_RUN.run_id).where(
    _RUN.kept.is_(True),
    _RUN.state != RunState.COMPUTING.value,
    ~_RUN.run_id.in_(bindparam("keep", expanding=True)),
)
_DROP: Final = delete(forecast_series).where(any_of(forecast_series.c.run_id, "run_ids"))
_DROPPED: Final = update(forecast_runs).where(any_of(_RUN.run_id, "run_ids")).values(kept=False)

_OF_ALL_PRODUCTS: Final = and_(products.c.unstocked.is_(False), products.c.status == ProductStatus.ACTIVE.value)
_COUNT: Final = select(func.count()).select_from(products).where(_OF_ALL_PRODUCTS)
_GOODS: Final = (
    select(products.c.sku_id, products.c.sku, products.c.category_id)
    .where(
        _OF_ALL_PRODUCTS,
        tuple_(products.c.category_id, products.c.sku_id)
        > tuple_(
            bindparam("after_category", type_=products.c.category_id.type),
            bindparam("after_sku", type_=products.c.sku_id.type),
        ),
    )
    .order_by(products.c.category_id, products.c.sku_id)
    .limit(bindparam("limit"))
)
_GOODS_OF: Final = (
    select(products.c.sku_id, products.c.sku, products.c.category_id)
    .where(_OF_ALL_PRODUCTS, products.c.category_id == bindparam("category_id"))
    .order_by(products.c.sku_id.desc())
    .limit(bindparam("limit"))
)
_BOUGHT: Final = listed(OF_SALES)
# Day by day, and of each day SKU by SKU: short ranges of one index. What stands behind a cross join or OFFSET 0
# is looked up for each row before it, in this order.
_WEEKLY: Final = {
    "sqlite": text(f"""
        WITH places AS MATERIALIZED (
            SELECT CAST(key AS INTEGER) AS location_id, value AS place_id FROM json_each(:place_of)
        ), sold AS MATERIALIZED (
            SELECT m.location_id, m.sku_id, d.key / {WEEK_DAYS} AS week, -sum(m.quantity_milli) AS sold_milli
            FROM json_each(:days) AS d CROSS JOIN json_each(:sku_ids) AS g
            CROSS JOIN stock_movements AS m INDEXED BY ix_stock_movements_business_date_sku_id
            WHERE m.business_date = d.value AND m.sku_id = g.value AND m.reason IN ({_BOUGHT})
            GROUP BY m.location_id, m.sku_id, d.key / {WEEK_DAYS}
        )
        SELECT p.place_id, s.sku_id, s.week, sum(s.sold_milli) AS sold_milli
        FROM sold AS s JOIN places AS p ON p.location_id = s.location_id
        GROUP BY p.place_id, s.sku_id, s.week
    """),
    "postgresql": text(f"""
        WITH places AS MATERIALIZED (
            SELECT CAST(key AS bigint) AS location_id, CAST(value AS bigint) AS place_id
            FROM jsonb_each_text(CAST(:place_of AS jsonb))
        )
        SELECT p.place_id, m.sku_id, (d.number - 1) / {WEEK_DAYS} AS week, sum(m.sold_milli) AS sold_milli
        FROM jsonb_array_elements_text(CAST(:days AS jsonb)) WITH ORDINALITY AS d (day, number)
        CROSS JOIN LATERAL (
            SELECT n.location_id, n.sku_id, -sum(n.quantity_milli) AS sold_milli FROM stock_movements AS n
            WHERE n.business_date = CAST(d.day AS date) AND n.reason IN ({_BOUGHT}) AND n.sku_id = ANY (ARRAY(
                SELECT CAST(g.id AS bigint) FROM jsonb_array_elements_text(CAST(:sku_ids AS jsonb)) AS g (id)
            ))
            GROUP BY n.location_id, n.sku_id
            OFFSET 0
        ) AS m
        JOIN places AS p ON p.location_id = m.location_id
        GROUP BY p.place_id, m.sku_id, (d.number - 1) / {WEEK_DAYS}
    """),
}
_FIRST_SALE: Final = text(
    f"SELECT business_date FROM stock_movements WHERE reason = '{MovementReason.SALE}' ORDER BY business_date LIMIT 1"
).columns(business_date=Date)

_SERIES: Final = forecast_series.c
_ADD_SERIES: Final = insert(forecast_series)
_OF_SKU: Final = select(forecast_series).where(
    _SERIES.run_id == bindparam("run_id"), _SERIES.sku_id == bindparam("sku_id")
)
_BETWEEN: Final = select(_SERIES.sku_id, _SERIES.place_id, _SERIES.weeks_milli).where(
    _SERIES.run_id == bindparam("run_id"),
    _SERIES.sku_id.between(bindparam("first_sku_id"), bindparam("last_sku_id")),
)
_SUMS: Final = ("sold_milli", "error_milli", "recent_mean_error_milli", "seasonal_naive_error_milli")


def _errors(*columns: Any) -> Select[Any]:
    methods = {
        "by_effects": Method.EFFECTS,
        "by_recent_mean": Method.RECENT_MEAN,
        "by_seasonal_naive": Method.SEASONAL_NAIVE,
    }
    return select(
        *columns,
        func.count().label("series"),
        *[
            func.coalesce(func.sum(case((_SERIES.method == method.value, 1), else_=0)), 0).label(name)
            for name, method in methods.items()
        ],
        *[func.coalesce(func.sum(_SERIES[name]), 0).label(name) for name in _SUMS],
    ).where(_SERIES.run_id == bindparam("run_id"))


_ERRORS: Final = _errors()
_ERRORS_BY_CATEGORY: Final = (
    _errors(_SERIES.category_id)
    .where(_SERIES.category_id > bindparam("after", type_=BigInteger))
    .group_by(_SERIES.category_id)
    .order_by(_SERIES.category_id)
    .limit(bindparam("limit"))
)


class Forecasts(ports.Forecasts):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def computing(self) -> ForecastRun | None:
        row = self._transaction.execute(_COMPUTING).one_or_none()
        return None if row is None else _run(row)

    def newest(self) -> ForecastRun | None:
        row = self._transaction.execute(_NEWEST, {"limit": 1}).one_or_none()
        return None if row is None else _run(row)

    def find(self, run_id: int) -> ForecastRun | None:
        row = self._transaction.execute(_FIND, {"run_id": run_id}).one_or_none()
        return None if row is None else _run(row)

    def add(self, run: ForecastRun) -> None:
        self._transaction.execute(_ADD, asdict(run))

    def change(self, run: ForecastRun) -> None:
        values = {f"new_{name}": getattr(run, name) for name in _CHANGED}
        self._transaction.execute(_CHANGE, {"of_run": run.run_id, **values})

    def list_runs(self, *, after: tuple[datetime, int] | None, limit: int) -> Sequence[ForecastRun]:
        before_at, before_id = after or NEWEST
        parameters = {"before_at": before_at, "before_id": before_id, "limit": limit}
        return [_run(row) for row in self._transaction.execute(_LIST, parameters)]

    def drop_series(self, *, keep: int) -> None:
        kept = [row.run_id for row in self._transaction.execute(_NEWEST, {"limit": keep})]
        dropped = self._transaction.execute(_TO_DROP, {"keep": kept}).scalars().all()
        if dropped:
            self._transaction.execute(_DROP, {"run_ids": dropped})
            self._transaction.execute(_DROPPED, {"run_ids": dropped})

    def first_sale_on(self) -> date | None:
        found: date | None = self._transaction.execute(_FIRST_SALE).scalar_one_or_none()
        return found

    def count_goods(self) -> int:
        return int(self._transaction.execute(_COUNT).scalar_one())

    def goods(self, *, after: tuple[int, int], limit: int) -> Sequence[ForecastGoods]:
        parameters = {"after_category": after[0], "after_sku": after[1], "limit": limit}
        return [ForecastGoods(**row._mapping) for row in self._transaction.execute(_GOODS, parameters)]

    def goods_of(self, category_id: int, *, limit: int) -> Sequence[ForecastGoods]:
        rows = self._transaction.execute(_GOODS_OF, {"category_id": category_id, "limit": limit})
        return [ForecastGoods(**row._mapping) for row in rows]

    def weekly(
        self, sku_ids: Collection[int], *, first: date, weeks: int, place_of: Mapping[int, int]
    ) -> Mapping[tuple[int, int], Sequence[int]]:
        days = [(first + timedelta(days=day)).isoformat() for day in range(WEEK_DAYS * weeks)]
        parameters = {
            "days": json.dumps(days),
            "sku_ids": json.dumps(sorted(sku_ids)),
            "place_of": json.dumps({str(location_id): place_id for location_id, place_id in place_of.items()}),
        }
        found: dict[tuple[int, int], list[int]] = {}
        for row in self._transaction.execute(_WEEKLY[self._transaction.dialect], parameters):
            found.setdefault((row.sku_id, row.place_id), [0] * weeks)[row.week] = int(row.sold_milli)
        return found

    def add_series(self, series: Sequence[SeriesForecast]) -> None:
        if series:
            self._transaction.execute(_ADD_SERIES, [asdict(one) for one in series])

    def series_of(self, run_id: int, sku_id: int) -> Mapping[int, SeriesForecast]:
        rows = self._transaction.execute(_OF_SKU, {"run_id": run_id, "sku_id": sku_id})
        return {row.place_id: _series(row) for row in rows}

    def weeks_between(
        self, run_id: int, *, first_sku_id: int, last_sku_id: int
    ) -> Sequence[tuple[int, int, Sequence[int]]]:
        parameters = {"run_id": run_id, "first_sku_id": first_sku_id, "last_sku_id": last_sku_id}
        return [(row.sku_id, row.place_id, row.weeks_milli) for row in self._transaction.execute(_BETWEEN, parameters)]

    def errors(self, run_id: int, *, place_ids: Collection[int] | None) -> CategoryErrors:
        return _category(self._transaction.execute(*_within(_ERRORS, {"run_id": run_id}, place_ids)).one(), 0)

    def errors_by_category(
        self, run_id: int, *, place_ids: Collection[int] | None, after: int, limit: int
    ) -> Sequence[CategoryErrors]:
        parameters = {"run_id": run_id, "after": after, "limit": limit}
        rows = self._transaction.execute(*_within(_ERRORS_BY_CATEGORY, parameters, place_ids))
        return [_category(row, row.category_id) for row in rows]


def _within(
    statement: Select[Any], parameters: dict[str, Any], place_ids: Collection[int] | None
) -> tuple[Select[Any], dict[str, Any]]:
    if place_ids is None:
        return statement, parameters
    return statement.where(any_of(_SERIES.place_id, "place_ids")), {**parameters, "place_ids": sorted(place_ids)}


def _run(row: Row[Any]) -> ForecastRun:
    values = {name: row._mapping[name] for name in ForecastRun.__slots__}
    values |= {"state": RunState(row.state), "place_kind": PlaceKind(row.place_kind), "kept": bool(row.kept)}
    return ForecastRun(**values)


def _series(row: Row[Any]) -> SeriesForecast:
    values = {name: row._mapping[name] for name in SeriesForecast.__slots__}
    values |= {"method": Method(row.method), "weeks_milli": tuple(row.weeks_milli)}
    return SeriesForecast(**values)


def _category(row: Row[Any], category_id: int) -> CategoryErrors:
    return CategoryErrors(
        category_id=category_id,
        series=int(row.series),
        by_effects=int(row.by_effects),
        by_recent_mean=int(row.by_recent_mean),
        by_seasonal_naive=int(row.by_seasonal_naive),
        sums=ErrorSums(*[int(row._mapping[name]) for name in _SUMS]),
    )
