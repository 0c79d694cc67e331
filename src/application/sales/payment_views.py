"""A payment as it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.ports.kernel import UnitOfWork
from application.scope import who
from domain.sales.payment import OPEN, PaymentEvent, PaymentEventKind, PaymentIntent, PaymentState
from domain.sales.sale import TenderKind


@dataclass(frozen=True, slots=True)
class PaymentView:
    """See the message Payment in the contract."""

    payment_id: int
    key: str
    state: PaymentState
    cancelling: bool
    provider: str
    kind: TenderKind
    amount_minor: int
    currency: str
    captured_minor: int
    refunded_minor: int
    sale_id: int
    store_code: str
    terminal_code: str
    reference: str
    reason: str
    hint: str
    opened_at: datetime
    order_id: int = 0
    to_pay: str = ""


@dataclass(frozen=True, slots=True)
class PaymentEventView:
    kind: PaymentEventKind
    state: PaymentState
    note: str
    done_by: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentHistory:
    payment: PaymentView
    history: Sequence[PaymentEventView]


def payment_view(uow: UnitOfWork, intent: PaymentIntent) -> PaymentView:
    return PaymentView(
        payment_id=intent.payment_id,
        key=intent.key,
        state=intent.state,
        cancelling=intent.cancelling,
        provider=intent.provider,
        kind=intent.kind,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        captured_minor=intent.captured_minor,
        refunded_minor=intent.refunded_minor,
        sale_id=intent.sale_id or 0,
        store_code=uow.chain.stores[intent.store_id].code,
        terminal_code=who(uow, caller_id=intent.terminal_id, staff_id=None),
        reference=intent.reference,
        reason=intent.reason,
        hint=intent.hint,
        opened_at=intent.opened_at,
        order_id=intent.order_id or 0,
        to_pay=intent.to_pay if intent.state in OPEN and not intent.cancelling else "",
    )


def event_view(uow: UnitOfWork, event: PaymentEvent) -> PaymentEventView:
    return PaymentEventView(
        kind=event.kind,
        state=event.state,
        note=event.note,
        done_by=who(uow, caller_id=event.caller_id, staff_id=event.staff_id),
        happened_at=event.happened_at,
    )
