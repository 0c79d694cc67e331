"""What the application needs to tell when goods run low."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.replenishment.stock_alert import AlertKind, AlertRun, StockAlert

Pair = tuple[int, int]
"""Store and SKU by id."""


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert with its goods and what is available of them now."""

    alert: StockAlert
    sku: str
    name: str
    now_milli: int


class StockAlerts(Protocol):
    """Alerts, and what the job that raises them knows. Whoever writes here has raised the version "stock_alerts"."""

    def run(self) -> AlertRun | None:
        """How far the job is; None before its first run."""

    def put_run(self, run: AlertRun) -> None:
        """Writes how far the job is."""

    def sweep_again(self) -> None:
        """Lets the job find all reorder points anew, because rules have changed."""

    def put_points(self, points: Mapping[int, Mapping[int, int]]) -> None:
        """Writes the reorder points above zero of SKUs, by store, in thousandths."""

    def points(self, sku_ids: Collection[int]) -> Mapping[int, Mapping[int, int]]:
        """The reorder points of these SKUs by store."""

    def moved(self, since: datetime) -> Mapping[Pair, int]:
        """What is available of whatever has moved since a moment; the cost is that of what has moved."""

    def open_in(self, *, first_sku_id: int, last_sku_id: int) -> Mapping[Pair, StockAlert]:
        """The open alerts of a range of SKUs, both included."""

    def open_of(self, sku_ids: Collection[int]) -> Mapping[Pair, StockAlert]:
        """The open alerts of these SKUs."""

    def add(self, alerts: Sequence[StockAlert]) -> None:
        """Adds open alerts of goods that have none."""

    def change(self, alerts: Sequence[StockAlert]) -> None:
        """Writes what alerts are now."""

    def find(self, alert_id: int) -> ListedAlert | None:
        """The alert of this id."""

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
        """Up to `limit` alerts with ids below `before`, the highest first; None means all stores."""
