"""Alerts of goods that run low or out: raised once, raised again only when worse, closed when stock is back."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.shared.errors import Rejected


class AlertKind(StrEnum):
    LOW = "low"
    OUT = "out"


class AlertStep(StrEnum):
    """What becomes of the alert of some goods in a store once somebody has looked."""

    NOTHING = "nothing"
    LOW = "low"
    """Raised as low."""
    OUT = "out"
    """Raised as out, or raised again because it was low before."""
    CLOSE = "close"


class AlertClosed(Rejected):
    en = "Alert {alert_id} is closed: stock is back. There is nothing to see to."
    zh = "警报 {alert_id} 已关闭：库存已恢复，无需处理。"


@dataclass(slots=True)
class StockAlert:
    """An alert of goods in a store; a store has one open alert of a SKU.

    `kind` is the worst that it was raised as: `low_at` and `out_at` tell when, None where it was not. What was
    available and the reorder point are those of the last raising.
    """

    alert_id: int
    location_id: int
    sku_id: int
    kind: AlertKind
    available_milli: int
    reorder_milli: int
    raised_at: datetime
    low_at: datetime | None
    out_at: datetime | None
    acknowledged_at: datetime | None = None
    caller_id: int | None = None
    staff_id: int | None = None
    note: str = ""
    closed_at: datetime | None = None


@dataclass(slots=True)
class AlertRun:
    """How far the job is: `swept_on` is the day whose reorder points are known of all goods up to `next_sku_id`.

    Once `whole` they are known of all. What has moved until `moved_until` has been looked at.
    """

    swept_on: date
    next_sku_id: int
    whole: bool
    moved_until: datetime


def step_of(held: AlertKind | None, *, available_milli: int, reorder_milli: int) -> AlertStep:
    """What to do where an alert of this kind is open, or None: 9 of 10 are low, none or less is out.

    A reorder point of zero stands for goods that nobody replenishes, which are never low. An alert that is open stays
    as it is when it gets better, until stock is back at the reorder point.
    """
    if available_milli >= reorder_milli or reorder_milli <= 0:
        return AlertStep.NOTHING if held is None else AlertStep.CLOSE
    if available_milli <= 0:
        return AlertStep.NOTHING if held is AlertKind.OUT else AlertStep.OUT
    return AlertStep.LOW if held is None else AlertStep.NOTHING
