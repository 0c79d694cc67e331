"""Goods that run low or out in a store are told once, by a job that looks at what has moved since it last looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from application.fields import optional_name
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.replenishment import Range, ReplenishedGoods
from application.ports.stock_alerts import ListedAlert, Pair
from application.replenishment.propose import DEMAND_DAYS, PAIRS_AT_ONCE, category_paths, goods_of
from application.scope import latest_day, store_in_scope, who
from domain.identity.organisation import Store, StoreStatus
from domain.replenishment.planning import Places, Stock, figures
from domain.replenishment.rule import NO_RULE, rules_in_force
from domain.replenishment.stock_alert import AlertClosed, AlertKind, AlertRun, AlertStep, StockAlert, step_of
from domain.replenishment.targets import Integers
from domain.shared.errors import NotFound

GOODS_AT_ONCE: Final = 5_000
UNSETTLED: Final = timedelta(minutes=2)
"""How long a movement may be under way before it is seen; what moves in it is looked at twice."""
TOPICS: Final[Mapping[AlertStep, str]] = {AlertStep.LOW: "StockLow", AlertStep.OUT: "StockOut"}


class UnknownAlert(NotFound):
    en = "There is no alert {alert_id} in this caller's scope."
    zh = "当前调用方范围内没有警报 {alert_id}。"


@dataclass(frozen=True, slots=True)
class FindStockAlerts:
    """The next batch of work of the job."""


@dataclass(frozen=True, slots=True)
class AlertsFound:
    """How many were raised or raised again, and closed; `more` while the job is not at its end."""

    raised: int
    closed: int
    more: bool


@dataclass(frozen=True, slots=True)
class ListStockAlerts:
    store_code: str = ""
    kind: AlertKind | None = None
    unacknowledged_only: bool = False
    closed_too: bool = False
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class AcknowledgeStockAlert:
    alert_id: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class StockAlertView:
    """See the message StockAlert of the contract."""

    alert_id: int
    store_code: str
    sku: str
    name: str
    kind: AlertKind
    available_milli: int
    reorder_milli: int
    now_milli: int
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StockAlertPage:
    alerts: Sequence[StockAlertView]
    next_page_token: str


def find_stock_alerts(uow: UnitOfWork, command: FindStockAlerts) -> AlertsFound:
    """Raises, raises again and closes alerts: of a range of goods, once a day, or of what has moved since.

    Once a day, and when rules have changed, the reorder points of all goods are worked out anew, and their stock is
    looked at, a range of SKUs in each batch. After that a batch looks at what has moved since the last one, by the
    points that are known. Two that run at once wait for each other.
    """
    uow.bump("stock_alerts")
    uow.refresh()
    today = latest_day(uow)
    run = uow.stock_alerts.run() or AlertRun(today, 0, whole=False, moved_until=uow.now)
    if run.swept_on < today if run.whole else not run.next_sku_id:
        # Of what has moved until now the sweep looks at whatever it has come to.
        run = AlertRun(today, 0, whole=False, moved_until=uow.now)
    found = _look_at_moved(uow, run) if run.whole else _sweep(uow, run)
    uow.stock_alerts.put_run(run)
    return found


def list_stock_alerts(uow: UnitOfWork, query: ListStockAlerts) -> StockAlertPage:
    """Alerts of the stores in scope, the newest first; raises UnknownStore."""
    asked = page(query.page_size, query.page_token, key=(int,))
    uow.refresh()
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    rows = uow.stock_alerts.list_alerts(
        store_ids,
        kind=query.kind,
        unacknowledged_only=query.unacknowledged_only,
        closed_too=query.closed_too,
        before=asked.after[0] if asked.after else None,
        limit=asked.limit + 1,
    )
    token = next_token(rows, asked.limit, lambda one: (one.alert.alert_id,))
    return StockAlertPage([_view(uow, one) for one in rows[: asked.limit]], token)


def acknowledge_stock_alert(uow: UnitOfWork, command: AcknowledgeStockAlert) -> StockAlertView:
    """Notes who has seen an open alert, the last of them; raises UnknownAlert and AlertClosed."""
    note = optional_name(command.note, field="note")
    uow.bump("stock_alerts")
    uow.refresh()
    found = uow.stock_alerts.find(command.alert_id)
    if found is None or not uow.caller.sees(found.alert.location_id):
        raise UnknownAlert("alert_id", alert_id=command.alert_id)
    alert = found.alert
    if alert.closed_at is not None:
        raise AlertClosed("alert_id", alert_id=alert.alert_id)
    alert.acknowledged_at, alert.note = uow.now, note
    alert.caller_id, alert.staff_id = uow.caller.caller_id, uow.caller.staff_id
    uow.stock_alerts.change([alert])
    return _view(uow, found)


def _sweep(uow: UnitOfWork, run: AlertRun) -> AlertsFound:
    """Finds the reorder points of the next range of goods, and looks at all stock of it."""
    stores = sorted(uow.chain.stores.values(), key=lambda store: store.store_id)
    count = max(1, min(GOODS_AT_ONCE, PAIRS_AT_ONCE // max(1, len(stores))))
    goods = uow.replenishment.goods(after=run.next_sku_id, limit=count + 1, supplier_code="", sku_ids=())
    batch, run.whole = goods[:count], len(goods) <= count
    run.next_sku_id = 0 if run.whole else batch[-1].sku_id
    if not batch or not stores:
        return AlertsFound(0, 0, more=True)
    sku_ids = [one.sku_id for one in batch]
    span = Range(sku_ids[0], sku_ids[-1], [store.store_id for store in stores], sku_ids)
    on_hand, reserved = uow.replenishment.stock(span)
    reorder = _reorder_points(uow, run, batch, span, stores, on_hand, reserved)
    points: dict[int, dict[int, int]] = {sku_id: {} for sku_id in sku_ids}
    for row, column in np.argwhere(reorder > 0).tolist():
        points[sku_ids[column]][span.store_ids[row]] = int(reorder[row, column])
    uow.stock_alerts.put_points(points)
    held = uow.stock_alerts.open_in(first_sku_id=sku_ids[0], last_sku_id=sku_ids[-1])
    available = on_hand - reserved
    low = {
        (span.store_ids[row], sku_ids[column]): int(available[row, column])
        for row, column in np.argwhere(available < reorder).tolist()
    }
    rows = {store_id: row for row, store_id in enumerate(span.store_ids)}
    columns = {sku_id: column for column, sku_id in enumerate(sku_ids)}
    back = {pair: int(available[rows[pair[0]], columns[pair[1]]]) for pair in held.keys() - low.keys()}
    return _changed(uow, {**low, **back}, points, held, batch={one.sku_id: one.sku for one in batch}, more=True)


def _reorder_points(
    uow: UnitOfWork,
    run: AlertRun,
    batch: Sequence[ReplenishedGoods],
    span: Range,
    stores: Sequence[Store],
    on_hand: Integers,
    reserved: Integers,
) -> Integers:
    """By the rules of replenishment, a row per store and a column per SKU; 0 where nothing is replenished."""
    rules = uow.replenishment.rules(first_sku_id=span.first_sku_id, last_sku_id=span.last_sku_id)
    paths = category_paths(uow)
    chosen = rules_in_force(
        rules,
        store_ids=span.store_ids,
        region_ids=[store.region_id for store in stores],
        sku_ids=span.sku_ids,
        category_paths=[paths[one.category_id] for one in batch],
        classes=uow.replenishment.class_numbers(span),
    )
    if not (chosen != NO_RULE).any():
        return np.zeros_like(on_hand)
    sold = uow.replenishment.sold(span, [run.swept_on - timedelta(days=ago) for ago in range(1, DEMAND_DAYS + 1)])
    is_open = [store.status is not StoreStatus.CLOSED for store in stores]
    nothing = np.zeros_like(on_hand)
    found = figures(
        rules=rules,
        chosen=chosen,
        places=Places(span.store_ids, [0] * len(stores), is_open),
        goods=goods_of(batch),
        stock=Stock(on_hand, reserved, nothing, nothing, nothing),
        sold=sold,
    )
    return np.where(found.ruled & np.array(is_open)[:, None], found.reorder, 0)


def _look_at_moved(uow: UnitOfWork, run: AlertRun) -> AlertsFound:
    """Looks at what has moved since the last look, by the reorder points that are known."""
    available = uow.stock_alerts.moved(run.moved_until - UNSETTLED)
    run.moved_until = uow.now
    if not available:
        return AlertsFound(0, 0, more=False)
    sku_ids = {sku_id for _, sku_id in available}
    points, held = uow.stock_alerts.points(sku_ids), uow.stock_alerts.open_of(sku_ids)
    return _changed(uow, available, points, held, batch=None, more=False)


def _changed(
    uow: UnitOfWork,
    available: Mapping[Pair, int],
    points: Mapping[int, Mapping[int, int]],
    held: Mapping[Pair, StockAlert],
    *,
    batch: Mapping[int, str] | None,
    more: bool,
) -> AlertsFound:
    """Takes the step of each of these; `batch` names the SKUs where they are known."""
    raised: list[tuple[StockAlert, AlertStep]] = []
    closed: list[StockAlert] = []
    for pair, there in sorted(available.items()):
        alert, reorder = held.get(pair), points.get(pair[1], {}).get(pair[0], 0)
        step = step_of(alert.kind if alert else None, available_milli=there, reorder_milli=reorder)
        if step is AlertStep.CLOSE and alert is not None:
            closed.append(replace(alert, closed_at=uow.now))
        elif step in TOPICS:
            raised.append((_raised(uow, alert, pair, step, there, reorder), step))
    known = {alert.alert_id for alert in held.values()}
    uow.stock_alerts.add([alert for alert, _ in raised if alert.alert_id not in known])
    uow.stock_alerts.change([*closed, *[alert for alert, _ in raised if alert.alert_id in known]])
    names = batch if batch is not None or not raised else uow.catalog.skus({alert.sku_id for alert, _ in raised})
    for alert, step in raised:
        uow.publish(
            TOPICS[step],
            alert.alert_id,
            {
                "alert_id": alert.alert_id,
                "store_id": alert.location_id,
                "store_code": uow.chain.stores[alert.location_id].code,
                "sku": (names or {})[alert.sku_id],
                "available_milli": alert.available_milli,
                "reorder_milli": alert.reorder_milli,
            },
        )
    return AlertsFound(len(raised), len(closed), more)


def _raised(
    uow: UnitOfWork, alert: StockAlert | None, pair: Pair, step: AlertStep, available: int, reorder: int
) -> StockAlert:
    """The alert as it is raised, or raised again: whoever has seen it before has not seen it as bad as this."""
    out = step is AlertStep.OUT
    return StockAlert(
        alert_id=alert.alert_id if alert else uow.new_id(),
        location_id=pair[0],
        sku_id=pair[1],
        kind=AlertKind.OUT if out else AlertKind.LOW,
        available_milli=available,
        reorder_milli=reorder,
        raised_at=uow.now,
        low_at=(alert.low_at if alert else None) if out else uow.now,
        out_at=uow.now if out else None,
    )


def _view(uow: UnitOfWork, one: ListedAlert) -> StockAlertView:
    alert = one.alert
    seen = alert.acknowledged_at is not None
    return StockAlertView(
        alert_id=alert.alert_id,
        store_code=uow.chain.stores[alert.location_id].code,
        sku=one.sku,
        name=one.name,
        kind=alert.kind,
        available_milli=alert.available_milli,
        reorder_milli=alert.reorder_milli,
        now_milli=one.now_milli,
        raised_at=alert.raised_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=who(uow, caller_id=alert.caller_id or 0, staff_id=alert.staff_id) if seen else "",
        note=alert.note,
        closed_at=alert.closed_at,
    )
