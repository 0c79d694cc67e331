"""Payments of providers as deposits of orders: taken for ever, given back when the order is cancelled."""

from collections.abc import Sequence
from typing import Final

from application.ports.kernel import UnitOfWork
from application.sales.order_views import OrderPaymentView
from application.sales.paying import ask_refund, named_payments, pay_by_payments
from application.sales.payment_answers import note
from application.sales.tender import Tender
from domain.sales.order import Deposit, Order
from domain.sales.payment import PaymentEventKind
from domain.shared.errors import Refusal

FIELD: Final = "payments"


def take_deposits(uow: UnitOfWork, order: Order, paid: Sequence[OrderPaymentView]) -> list[Deposit]:
    """What is paid in for a locked order; payments of providers become the order's, and are captured afterwards.

    Payments are locked after the order, in the order of ids. Raises as `named_payments` and `pay_by_payments`.
    """
    tenders = [Tender(one.kind, one.amount_minor, reference=one.reference, payment_id=one.payment_id) for one in paid]
    try:
        named = named_payments(tenders)
    except Refusal as refusal:
        refusal.field = refusal.field.replace("tenders", FIELD, 1)
        raise
    if named:
        intents = uow.payments.lock(set(named.values()))
        taken = pay_by_payments(tenders, named, intents, uow.chain.stores[order.store_id], where=FIELD)
        for one in taken:
            one.intent.order_id, one.intent.due_at = order.order_id, uow.now
            note(uow, one.intent, PaymentEventKind.USED, f"order {order.order_id}")
        uow.payments.save([one.intent for one in taken])
    return [Deposit(one.kind, one.reference, one.amount_minor, one.payment_id or None) for one in tenders]


def give_deposits_back(uow: UnitOfWork, back: Sequence[Deposit], document_id: int) -> None:
    """Has the providers give back, once this is committed, what of `back` (below zero) was paid in by them."""
    amounts = {one.payment_id: -one.amount_minor for one in back if one.payment_id is not None}
    if not amounts:
        return
    intents = uow.payments.lock(amounts)
    for payment_id, intent in intents.items():
        ask_refund(uow, intent, amounts[payment_id], document_id)
    uow.payments.save(intents.values())
