"""Alerts of goods that run low, in SQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, func, insert, select, text, update

from adapters.sql.reading import Filtered, Scoped
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.catalog import products
from adapters.sql.tables.columns import instant_text
from adapters.sql.tables.inventory import stock_levels
from adapters.sql.tables.stock_alerts import stock_alert_runs, stock_reorder_points
from adapters.sql.tables.stock_alerts import stock_alerts as table
from adapters.sql.transaction import Transaction
from application.paging import INTEGER_MAX
from application.ports import stock_alerts as ports
from application.ports.stock_alerts import ListedAlert, Pair
from domain.replenishment.stock_alert import AlertKind, AlertRun, StockAlert

RUN: Final = 1
_RUN: Final = select(stock_alert_runs)
_PUT_RUN: Final = upsert(stock_alert_runs)
_SWEEP_AGAIN: Final = update(stock_alert_runs).values(whole=False, next_sku_id=0)
_PUT_POINTS: Final = upsert(stock_reorder_points)
_POINTS: Final = select(stock_reorder_points).where(any_of(stock_reorder_points.c.sku_id, "sku_ids"))
# On PostgreSQL the small index of moments finds what was written last. SQLite, where that would be a large one, looks
# through the last days, as their index has them.
_MOVED: Final = {
    "sqlite": text("""
        SELECT l.location_id, l.sku_id, l.on_hand_milli - l.reserved_milli AS available_milli
        FROM (
            SELECT DISTINCT m.location_id, m.sku_id
            FROM stock_movements AS m INDEXED BY ix_stock_movements_business_date_sku_id
            WHERE m.business_date >= :day AND m.moved_at > :since AND m.quantity_milli <> 0
        ) AS p CROSS JOIN stock_levels AS l
        WHERE l.location_id = p.location_id AND l.sku_id = p.sku_id
    """),
    "postgresql": text("""
        SELECT l.location_id, l.sku_id, l.on_hand_milli - l.reserved_milli AS available_milli
        FROM (
            SELECT DISTINCT m.location_id, m.sku_id FROM stock_movements AS m
            WHERE m.moved_at > :since AND m.quantity_milli <> 0
        ) AS p JOIN stock_levels AS l ON l.location_id = p.location_id AND l.sku_id = p.sku_id
    """),
}
_IS_OPEN: Final = table.c.closed_at.is_(None)
_OPEN_IN: Final = select(table).where(
    _IS_OPEN, table.c.sku_id.between(bindparam("first_sku_id"), bindparam("last_sku_id"))
)
_OPEN_OF: Final = select(table).where(_IS_OPEN, any_of(table.c.sku_id, "sku_ids"))
_ADD: Final = insert(table)
_CHANGED: Final = tuple(name for name in StockAlert.__slots__ if name not in ("alert_id", "location_id", "sku_id"))
_CHANGE: Final = (
    update(table)
    .where(table.c.alert_id == bindparam("of_alert", type_=table.c.alert_id.type))
    .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in _CHANGED})
)
_LISTED: Final = (
    select(
        table,
        products.c.sku,
        products.c.name.label("product_name"),
        func.coalesce(stock_levels.c.on_hand_milli - stock_levels.c.reserved_milli, 0).label("now_milli"),
    )
    .join_from(table, products, products.c.sku_id == table.c.sku_id)
    .outerjoin(
        stock_levels,
        and_(stock_levels.c.location_id == table.c.location_id, stock_levels.c.sku_id == table.c.sku_id),
    )
)
_FIND: Final = _LISTED.where(table.c.alert_id == bindparam("alert_id", type_=table.c.alert_id.type))
_OF_KIND: Final = table.c.kind == bindparam("kind", type_=table.c.kind.type)
_UNSEEN: Final = table.c.acknowledged_at.is_(None)


def _list(*within: Any) -> Select[Any]:
    return (
        _LISTED.where(table.c.alert_id < bindparam("before", type_=table.c.alert_id.type), *within)
        .order_by(table.c.alert_id.desc())
        .limit(bindparam("limit"))
    )


_LISTS: Final = {
    (of_kind, unseen, closed_too): Scoped(
        lambda *within, of_kind=of_kind, unseen=unseen, closed_too=closed_too: _list(
            *([_OF_KIND] if of_kind else []),
            *([_UNSEEN] if unseen else []),
            *([] if closed_too else [_IS_OPEN]),
            *within,
        ),
        Filtered(table.c.location_id),
    )
    for of_kind in (False, True)
    for unseen in (False, True)
    for closed_too in (False, True)
}


class StockAlerts(ports.StockAlerts):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def run(self) -> AlertRun | None:
        row = self._transaction.execute(_RUN).one_or_none()
        return None if row is None else AlertRun(row.swept_on, row.next_sku_id, bool(row.whole), row.moved_until)

    def put_run(self, run: AlertRun) -> None:
        self._transaction.execute(_PUT_RUN, {"run_id": RUN, **asdict(run)})

    def sweep_again(self) -> None:
        self._transaction.execute(_SWEEP_AGAIN)

    def put_points(self, points: Mapping[int, Mapping[int, int]]) -> None:
        rows = [
            {"sku_id": sku_id, "points": {str(store_id): milli for store_id, milli in sorted(of_sku.items())}}
            for sku_id, of_sku in sorted(points.items())
        ]
        if rows:
            self._transaction.execute(_PUT_POINTS, rows)

    def points(self, sku_ids: Collection[int]) -> Mapping[int, Mapping[int, int]]:
        rows = self._transaction.execute(_POINTS, {"sku_ids": sorted(sku_ids)})
        return {row.sku_id: {int(store_id): milli for store_id, milli in row.points.items()} for row in rows}

    def moved(self, since: datetime) -> Mapping[Pair, int]:
        sqlite = self._transaction.dialect == "sqlite"
        parameters: dict[str, object] = {"since": instant_text(since) if sqlite else since}
        if sqlite:
            # A business date may lag behind by a day and a time zone.
            parameters["day"] = (since.astimezone(UTC).date() - timedelta(days=2)).isoformat()
        rows = self._transaction.execute(_MOVED[self._transaction.dialect], parameters)
        return {(row.location_id, row.sku_id): row.available_milli for row in rows}

    def open_in(self, *, first_sku_id: int, last_sku_id: int) -> Mapping[Pair, StockAlert]:
        asked = {"first_sku_id": first_sku_id, "last_sku_id": last_sku_id}
        return _by_pair(self._transaction.execute(_OPEN_IN, asked))

    def open_of(self, sku_ids: Collection[int]) -> Mapping[Pair, StockAlert]:
        return _by_pair(self._transaction.execute(_OPEN_OF, {"sku_ids": sorted(sku_ids)}))

    def add(self, alerts: Sequence[StockAlert]) -> None:
        if alerts:
            self._transaction.execute(_ADD, [asdict(one) for one in alerts])

    def change(self, alerts: Sequence[StockAlert]) -> None:
        rows = [
            {"of_alert": one.alert_id, **{f"new_{name}": getattr(one, name) for name in _CHANGED}}
            for one in sorted(alerts, key=lambda one: one.alert_id)
        ]
        if rows:
            self._transaction.execute(_CHANGE, rows)

    def find(self, alert_id: int) -> ListedAlert | None:
        row = self._transaction.execute(_FIND, {"alert_id": alert_id}).one_or_none()
        return None if row is None else _listed(row)

    def list_alerts(
        self,
        store_ids: Collection[int] | None,
        *,
        kind: AlertKind | None,
        unacknowledged_only: bool,
        closed_too: bool,
        before: int | None,
        limit: int,
    ) -> Sequence[ListedAlert]:
        parameters: dict[str, Any] = {"before": INTEGER_MAX if before is None else before, "limit": limit}
        if kind is not None:
            parameters["kind"] = kind.value
        chosen = _LISTS[kind is not None, unacknowledged_only, closed_too]
        within = chosen.within(None if store_ids is None else sorted(store_ids), parameters)
        return [_listed(row) for row in self._transaction.execute(*within)]


def _by_pair(rows: Iterable[Row[Any]]) -> Mapping[Pair, StockAlert]:
    return {(row.location_id, row.sku_id): _alert(row) for row in rows}


def _alert(row: Row[Any]) -> StockAlert:
    values = {name: row._mapping[name] for name in StockAlert.__slots__}
    return StockAlert(**{**values, "kind": AlertKind(row.kind)})


def _listed(row: Row[Any]) -> ListedAlert:
    return ListedAlert(_alert(row), row.sku, row.product_name, row.now_milli)
