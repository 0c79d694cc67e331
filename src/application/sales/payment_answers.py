"""Asking providers: what is due is taken in one transaction, asked outside of any, and stored in another one.

Whatever breaks off between the two is due again a minute later, and every question is one that may be asked twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from application.outside import Outside
from application.ports.kernel import UnitOfWork
from application.ports.payments import PaymentProvider, ProviderPayment, ProviderUnreachable
from domain.sales.payment import (
    OPEN,
    TRIED_AGAIN_AFTER,
    Answer,
    PaymentEvent,
    PaymentEventKind,
    PaymentIntent,
    PaymentRefund,
    Step,
    Told,
    is_orphan,
    next_due,
    note_answer,
    step_of,
)

ASKED_AGAIN_AFTER: Final = timedelta(seconds=2)
"""A till that asks again and again makes the provider asked only so often."""
AUTOMATIC: Final = "no sale took it in time"
NEVER_KNOWN: Final = "its outcome could not be learned in time"
NOT_CONFIGURED: Final = "provider_not_configured"


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be asked of a provider about a payment; `refund` names the one that is to be paid out."""

    payment_id: int
    key: str
    provider: str
    step: Step
    amount_minor: int
    refund: PaymentRefund | None = None


@dataclass(frozen=True, slots=True)
class TakeDue:
    limit: int


@dataclass(frozen=True, slots=True)
class TakeOne:
    """A payment by its id; `at_once` even when it was asked after a moment ago."""

    payment_id: int
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """Questions with what came of them."""

    given: Sequence[tuple[Question, Answer]]


def take_due(uow: UnitOfWork, command: TakeDue) -> Sequence[Question]:
    """What is due to be asked, which is due again in a minute; decides to undo what no sale has taken in time."""
    return _taken(uow, uow.payments.lock_due(at=uow.now, limit=command.limit))


def take_one(uow: UnitOfWork, command: TakeOne) -> Sequence[Question]:
    """What is to be asked about one payment now; nothing where it has just been asked, or is over."""
    intent = uow.payments.lock([command.payment_id]).get(command.payment_id)
    if intent is None:
        return []
    waiting = intent.state in OPEN or intent.cancelling
    if not command.at_once and (not waiting or uow.now - intent.asked_at < ASKED_AGAIN_AFTER):
        return []
    return _taken(uow, [intent])


def _taken(uow: UnitOfWork, due: Sequence[PaymentIntent]) -> Sequence[Question]:
    if not due:
        return []
    refunds = refunds_of(uow, due)
    questions = []
    for intent in due:
        if is_orphan(intent, at=uow.now, void_after=void_after(uow, intent)):
            why = NEVER_KNOWN if intent.state in OPEN else AUTOMATIC
            intent.cancelling = True
            note(uow, intent, PaymentEventKind.VOID_DECIDED, why)
        step = step_of(intent)
        refund = refunds[intent.payment_id] if step is Step.REFUND else None
        # What was given back at the provider's own counter is not given back once more.
        amount = min(refund.amount_minor, refund.total_minor - intent.refunded_minor) if refund else intent.amount_minor
        questions.append(Question(intent.payment_id, intent.key, intent.provider, step, amount, refund))
        intent.asked_at, intent.due_at = uow.now, uow.now + TRIED_AGAIN_AFTER
    uow.payments.save(due)
    return questions


def ask_all(outside: Outside, questions: Sequence[Question]) -> None:
    """Asks every question, then stores all answers; a provider that is not reached leaves its payments as they are."""
    if questions:
        answers = outside.each(partial(asked, outside), questions)
        outside.write(record_answers, Answers(list(zip(questions, answers, strict=True))))


def asked(outside: Outside, question: Question) -> Answer:
    provider = outside.providers.get(question.provider)
    if provider is None:
        return Answer(Told.NOTHING, reason=NOT_CONFIGURED)
    return answer_of(outside, _call(provider, question))


def _call(provider: PaymentProvider, question: Question) -> Callable[[], ProviderPayment]:
    match question.step:
        case Step.CAPTURE:
            return lambda: provider.capture(question.key, question.amount_minor)
        case Step.CANCEL:
            return lambda: provider.cancel(question.key)
        case Step.REFUND if question.refund is not None:
            refund = question.refund
            before = refund.total_minor - question.amount_minor
            return lambda: provider.refund(
                question.key, refund.key, question.amount_minor, refunded_before_minor=before
            )
        case _:
            return lambda: provider.look_up(question.key)


def answer_of(outside: Outside, call: Callable[[], ProviderPayment]) -> Answer:
    """What the provider says; silence and whatever else goes wrong on the way say nothing of the payment."""
    try:
        said = outside.ask(call)
    except ProviderUnreachable:
        return Answer(Told.NOTHING)
    return Answer(
        Told(said.state.value),
        said.amount_minor,
        said.refunded_minor,
        said.currency,
        said.reference,
        said.reason,
        said.hint,
        said.to_pay,
    )


def record_answers(uow: UnitOfWork, command: Answers) -> int:
    """Makes of the payments what their providers say, with an entry in the history of each that it changes; how many.

    What is known about a payment may have changed meanwhile: it is decided by the payment as it is now.
    """
    intents = uow.payments.lock({question.payment_id for question, _ in command.given})
    changed, paid_out = 0, []
    for question, answer in command.given:
        intent = intents[question.payment_id]
        moved = note_answer(intent, answer, at=uow.now)
        changed += moved
        if moved:
            note(uow, intent, PaymentEventKind.ANSWERED, intent.reason)
        refund = question.refund
        if refund is not None and intent.refunded_minor >= refund.total_minor:
            paid_out.append(refund.refund_id)
            note(uow, intent, PaymentEventKind.REFUND_DONE, str(refund.amount_minor))
    if paid_out:
        uow.payments.refund_done(paid_out, at=uow.now)
    for intent in intents.values():
        intent.due_at = next_due(intent, at=uow.now, void_after=void_after(uow, intent))
    uow.payments.save(intents.values())
    return changed


def refunds_of(uow: UnitOfWork, intents: Sequence[PaymentIntent]) -> Mapping[int, PaymentRefund]:
    """What is to be given back next, by payment; asks nothing of the database where nothing is."""
    refunded = {intent.payment_id: intent.refunded_minor for intent in intents if intent.refunding}
    found: dict[int, PaymentRefund] = {}
    for refund in uow.payments.refunds_to_do(list(refunded)) if refunded else ():
        if refund.total_minor > refunded[refund.payment_id]:
            found.setdefault(refund.payment_id, refund)
    return found


def void_after(uow: UnitOfWork, intent: PaymentIntent) -> timedelta:
    """How long a sale may take to come for the payment: a setting of its store."""
    return timedelta(minutes=uow.chain.policies(intent.store_id).payment_void_minutes)


def note(uow: UnitOfWork, intent: PaymentIntent, kind: PaymentEventKind, why: str = "") -> None:
    """Adds to the payment's history what happened to it."""
    caller = uow.caller
    uow.add(
        PaymentEvent(
            uow.new_id(), intent.payment_id, kind, intent.state, why, caller.caller_id, caller.staff_id, uow.now
        )
    )
