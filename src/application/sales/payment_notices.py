"""Messages of providers: each counts once, and does no more than make the payment looked up at once."""

from dataclasses import dataclass
from typing import Final

from application.outside import Outside
from application.ports.kernel import UnitOfWork
from application.sales.pay import KEY_CHARACTERS
from application.sales.payment_answers import TakeOne, ask_all, note, take_one
from domain.sales.payment import PaymentEventKind, PaymentNotice

EVENT_ID_CHARACTERS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class ReceiveWebhook:
    """A message whose signature was good: the provider's id of it, and the key of the payment that it is about."""

    provider: str
    event_id: str
    key: str


def receive_webhook(uow: UnitOfWork, command: ReceiveWebhook) -> int:
    """Notes the message and makes its payment due; the id of that, 0 where there is nothing to do.

    A message says that something has happened and proves nothing: the payment stays as it is until its provider has
    been asked. One that was received before, or is about no payment of this provider, has no effect.
    """
    key, event_id = command.key, command.event_id[:EVENT_ID_CHARACTERS_MAX]
    if len(key) > KEY_CHARACTERS or not key.isalnum() or not event_id.isprintable():
        return 0
    # The lock makes two deliveries of one message come after each other.
    intent = uow.payments.lock_key(key)
    if intent is None or intent.provider != command.provider or uow.payments.is_noticed(command.provider, event_id):
        return 0
    uow.add(PaymentNotice(command.provider, event_id, key, uow.now))
    intent.due_at = uow.now
    note(uow, intent, PaymentEventKind.NOTICED, event_id)
    uow.payments.save([intent])
    return intent.payment_id


def heed_webhook(outside: Outside, command: ReceiveWebhook) -> bool:
    """As `receive_webhook`, and looks the payment up at once; whether there was anything to do."""
    payment_id = outside.write(receive_webhook, command)
    if payment_id:
        ask_all(outside, outside.write(take_one, TakeOne(payment_id, at_once=True)))
    return bool(payment_id)
