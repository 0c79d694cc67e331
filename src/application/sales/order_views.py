"""Orders as shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.ports.kernel import UnitOfWork
from application.ports.orders import StoredOrder
from application.scope import who
from domain.sales.order import Fulfilment, Order, OrderEventKind, OrderState
from domain.sales.sale import TenderKind


@dataclass(frozen=True, slots=True)
class OrderLineView:
    sku: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class OrderPaymentView:
    kind: TenderKind
    amount_minor: int
    reference: str
    payment_id: int = 0


@dataclass(frozen=True, slots=True)
class OrderEventView:
    """`by` is the code of the member of staff, else of the terminal or service."""

    kind: OrderEventKind
    at: datetime
    by: str
    note: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order; `lines`, `timeline` and `payments` are left out of lists."""

    order_id: int
    store_code: str
    channel: str
    currency: str
    member_number: str
    fulfilment: Fulfilment
    state: OrderState
    total_minor: int
    paid_minor: int
    due_minor: int
    due_date: str
    placed_at: datetime
    sale_id: int
    note: str
    lines: Sequence[OrderLineView] = ()
    timeline: Sequence[OrderEventView] = ()
    payments: Sequence[OrderPaymentView] = ()


def order_view(
    uow: UnitOfWork,
    order: Order,
    member_number: str,
    *,
    lines: Sequence[OrderLineView] = (),
    timeline: Sequence[OrderEventView] = (),
    payments: Sequence[OrderPaymentView] = (),
) -> OrderView:
    """The order as shown, with what of its parts is given."""
    return OrderView(
        order_id=order.order_id,
        store_code=uow.chain.stores[order.store_id].code,
        channel=order.channel,
        currency=order.currency,
        member_number=member_number,
        fulfilment=order.fulfilment,
        state=order.state,
        total_minor=order.total_minor,
        paid_minor=order.paid_minor,
        due_minor=order.due_minor,
        due_date=order.due_on.isoformat(),
        placed_at=order.placed_at,
        sale_id=order.sale_id or 0,
        note=order.note,
        lines=lines,
        timeline=timeline,
        payments=payments,
    )


def whole_view(uow: UnitOfWork, stored: StoredOrder) -> OrderView:
    """The order with its lines, its timeline and its payments."""
    return order_view(
        uow,
        stored.order,
        stored.member_number,
        lines=[OrderLineView(stored.skus[line.sku_id], line.quantity_milli) for line in stored.lines],
        timeline=[
            OrderEventView(
                event.kind,
                event.at,
                who(uow, caller_id=event.caller_id, staff_id=event.staff_id),
                event.note,
                event.amount_minor,
            )
            for event in stored.events
        ],
        payments=[
            OrderPaymentView(one.kind, one.amount_minor, one.reference, one.payment_id or 0) for one in stored.payments
        ],
    )
