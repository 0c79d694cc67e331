"""Customers' orders: promised at a price now, handed over later, and paid in between in any parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from domain.sales.sale import TenderKind
from domain.shared.errors import Invalid, Rejected


class Fulfilment(StrEnum):
    """How the customer gets the goods."""

    SHIP = "ship"
    COLLECT = "collect"
    LAY_BY = "lay_by"


class OrderState(StrEnum):
    ACCEPTED = "accepted"
    ALLOCATED = "allocated"
    PICKED = "picked"
    SHIPPED = "shipped"
    SIGNED = "signed"
    COLLECTED = "collected"
    CANCELLED = "cancelled"


class OrderEventKind(StrEnum):
    """What happened to an order; DEPOSITED pays part of it in, PAID the rest."""

    PLACED = "placed"
    DEPOSITED = "deposited"
    PAID = "paid"
    ALLOCATED = "allocated"
    PICKED = "picked"
    SHIPPED = "shipped"
    SIGNED = "signed"
    COLLECTED = "collected"
    CANCELLED = "cancelled"
    ATTENTION = "attention"
    """A shipment of it has a problem that somebody has to look at, which the note names."""


OPEN: Final = frozenset({OrderState.ACCEPTED, OrderState.ALLOCATED, OrderState.PICKED})
"""States of an order that is neither handed over nor cancelled."""
BEFORE: Final = {
    OrderState.ALLOCATED: OrderState.ACCEPTED,
    OrderState.PICKED: OrderState.ALLOCATED,
    OrderState.SIGNED: OrderState.SHIPPED,
}
"""The steps that are only noted, and the state that each follows."""


class OrderNotThere(Rejected):
    en = "The order is {state}, so it cannot become {wanted}. It has to be {before} first."
    zh = "订单状态为 {state}，不能变为 {wanted}，须先为 {before}。"


class NoStepToNote(Invalid):
    en = "{wanted} is no step that is noted. Send ALLOCATED, PICKED or SIGNED; CompleteOrder hands the goods over."
    zh = "{wanted} 不是可登记的步骤。请填写 ALLOCATED、PICKED 或 SIGNED；交货请用 CompleteOrder。"


class OrderClosed(Rejected):
    en = "The order is {state}: nothing can be paid, handed over or cancelled any more."
    zh = "订单状态为 {state}，不能再付款、交货或取消。"


class PaysMoreThanDue(Rejected):
    en = "{due} is left to pay, not {asked}, in minor units."
    zh = "未付金额为 {due}，不足 {asked}（最小货币单位）。"


@dataclass(slots=True)
class Order:
    """An order; `paid_minor` is the sum of its payments. `quote_token` holds the promised price of its lines."""

    order_id: int
    terminal_id: int
    staff_id: int | None
    request_id: str
    store_id: int
    channel: str
    currency: str
    member_id: int | None
    fulfilment: Fulfilment
    state: OrderState
    total_minor: int
    paid_minor: int
    due_on: date
    placed_at: datetime
    sale_id: int | None
    note: str
    quote_token: str

    @property
    def due_minor(self) -> int:
        """What is left to pay; nothing of what is handed over or cancelled."""
        return self.total_minor - self.paid_minor if self.state in OPEN else 0


@dataclass(frozen=True, slots=True)
class OrderLine:
    order_id: int
    line_number: int
    sku_id: int
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """The `number`-th thing that happened to an order; `amount_minor` is what was paid in, below zero paid out."""

    order_id: int
    number: int
    kind: OrderEventKind
    note: str
    amount_minor: int
    caller_id: int
    staff_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderPayment:
    """Money paid in for an order (above zero), paid out again, or used up by its sale (both below zero).

    `document_id` is the payment, cancellation or sale that all its entries belong to. `payment_id` is the payment of a
    provider, None for money that came otherwise.
    """

    order_id: int
    entry_id: int
    document_id: int
    kind: TenderKind
    amount_minor: int
    reference: str
    store_id: int
    currency: str
    caller_id: int
    staff_id: int | None
    business_date: date
    paid_at: datetime
    payment_id: int | None = None


@dataclass(frozen=True, slots=True)
class Deposit:
    """What of one kind and reference, or by one payment of a provider, is paid in and neither used up nor paid out."""

    kind: TenderKind
    reference: str
    amount_minor: int
    payment_id: int | None = None


def check_step(order: Order, wanted: OrderState | None) -> OrderState:
    """The step to be noted; raises NoStepToNote and OrderNotThere."""
    before = BEFORE.get(wanted) if wanted is not None else None
    if wanted is None or before is None:
        raise NoStepToNote("state", wanted=wanted.upper() if wanted else "UNSPECIFIED")
    if order.state is not before:
        raise OrderNotThere("state", state=order.state, wanted=wanted, before=before)
    return wanted


def handed_over(order: Order) -> OrderState:
    """What an open order becomes when its goods leave; raises OrderClosed, and OrderNotThere before it is picked."""
    check_open(order)
    if order.fulfilment is not Fulfilment.SHIP:
        return OrderState.COLLECTED
    if order.state is not OrderState.PICKED:
        raise OrderNotThere("order_id", state=order.state, wanted=OrderState.SHIPPED, before=OrderState.PICKED)
    return OrderState.SHIPPED


def check_open(order: Order) -> None:
    """Raises OrderClosed."""
    if order.state not in OPEN:
        raise OrderClosed("order_id", state=order.state)


def check_pays(order: Order, amount_minor: int) -> None:
    """Raises OrderClosed, and PaysMoreThanDue for more than is left to pay."""
    check_open(order)
    if amount_minor > order.due_minor:
        raise PaysMoreThanDue("payments", due=order.due_minor, asked=amount_minor)


def deposits(payments: Sequence[OrderPayment]) -> list[Deposit]:
    """What is still there of what was paid in, by kind, reference and payment, in the order in which it came."""
    left: dict[tuple[TenderKind, str, int | None], int] = {}
    for payment in payments:
        key = payment.kind, payment.reference, payment.payment_id
        left[key] = left.get(key, 0) + payment.amount_minor
    return [
        Deposit(kind, reference, amount, payment_id) for (kind, reference, payment_id), amount in left.items() if amount
    ]
