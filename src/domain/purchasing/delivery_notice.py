"""Dispatch notices: what a supplier says is on its way for an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.purchasing.purchase_order import RECEIVABLE, PurchaseOrder
from domain.shared.errors import Invalid, Rejected


class NoticeState(StrEnum):
    ANNOUNCED = "announced"
    RECEIVED = "received"
    WITHDRAWN = "withdrawn"
    """Taken back by the supplier, or replaced by a later notice with the same number."""


class NothingToDeliver(Rejected):
    en = "Order {order_id} is {state}: nothing is delivered for it. Only what was sent and is still open is announced."
    zh = "订单 {order_id} 的状态为 {state}，不能发货。只有已发送且尚未交完的订单可以预告发货。"


class AnnouncedTooMuch(Rejected):
    en = (
        "Of line {line_number} at most {most} thousandths more are taken, not {quantity}. Announce no more, or take an"
        " earlier notice back."
    )
    zh = "第 {line_number} 行最多还可收 {most}（千分之一单位），不能预告 {quantity}。请减少数量或撤回之前的预告。"


class ArrivesBeforeItLeaves(Invalid):
    en = "The goods leave on {dispatched} and cannot arrive on {expected}. Name a date of arrival on that day or later."
    zh = "货物于 {dispatched} 发出，不能在 {expected} 到达，请填写当日或之后的到货日期。"


@dataclass(slots=True)
class DeliveryNotice:
    """What a supplier has announced for one order; `reference` is the number of the delivery note.

    `receipt_id` is that of the receipt for which it was the proposal, None until then.
    """

    notice_id: int
    order_id: int
    supplier_id: int
    store_id: int
    reference: str
    state: NoticeState
    dispatched_on: date
    expected_on: date
    carrier: str
    tracking: str
    line_count: int
    receipt_id: int | None
    caller_id: int
    announced_at: datetime


@dataclass(slots=True)
class DeliveryNoticeLine:
    """How much of a line of the order is on its way; the lot where goods are told apart by lot."""

    notice_id: int
    line_number: int
    quantity_milli: int
    lot_code: str
    expiry_date: str


def check_deliverable(order: PurchaseOrder) -> None:
    """Raises NothingToDeliver unless goods may be received for the order."""
    if order.state not in RECEIVABLE:
        raise NothingToDeliver("order_id", order_id=order.order_id, state=order.state)


def check_days(*, dispatched_on: date, expected_on: date, field: str) -> None:
    """Raises ArrivesBeforeItLeaves."""
    if expected_on < dispatched_on:
        raise ArrivesBeforeItLeaves(field, dispatched=dispatched_on.isoformat(), expected=expected_on.isoformat())


def check_announced(
    lines: Sequence[DeliveryNoticeLine], *, acceptable_milli: Mapping[int, int], announced_milli: Mapping[int, int]
) -> None:
    """Raises AnnouncedTooMuch where more is announced than may still be accepted, other open notices included."""
    for index, line in enumerate(lines):
        most = max(0, acceptable_milli[line.line_number] - announced_milli.get(line.line_number, 0))
        if line.quantity_milli > most:
            raise AnnouncedTooMuch(
                f"lines[{index}].quantity_milli", line_number=line.line_number, most=most,
                quantity=line.quantity_milli,
            )  # fmt: skip
