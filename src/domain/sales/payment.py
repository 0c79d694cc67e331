"""A payment that a provider takes: its states, what an answer of the provider makes of it, and what is to be done next.

    created -> sent -> (approved | declined | unknown) -> (captured | voided | refunded) -> settled

It is written down as sent before the provider is asked, and has one key, ours and the provider's, for ever: so after
whatever happened on the way the provider can be asked what became of it, and be told to undo it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.sales.sale import TenderKind

LOOKED_UP_AFTER: Final = timedelta(seconds=30)
"""When a payment that is on its way is asked after, if nobody has done so."""
TRIED_AGAIN_AFTER: Final = timedelta(minutes=1)
LOST_AGAIN_AFTER: Final = timedelta(hours=1)
MAY_STILL_ARRIVE: Final = timedelta(minutes=5)
"""For how long a request that the provider has not seen may still reach it; until then nothing is final."""
REFERENCE_LENGTH_MAX: Final = 64
OTHER_AMOUNT: Final = "other_amount"
"""The reason of a payment whose provider took another amount, or another currency, than it was asked for."""


class PaymentState(StrEnum):
    CREATED = "created"
    SENT = "sent"
    APPROVED = "approved"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"
    SETTLED = "settled"


class PaymentFlow(StrEnum):
    """How the customer pays: with what they have shown, by a QR code that the shop shows, or inside WeChat."""

    CUSTOMER_SHOWS = "customer_shows"
    SHOP_SHOWS = "shop_shows"
    JSAPI = "jsapi"


class Told(StrEnum):
    """What a provider says of a payment, silence included."""

    PENDING = "pending"
    APPROVED = "approved"
    CAPTURED = "captured"
    DECLINED = "declined"
    VOIDED = "voided"
    REFUNDED = "refunded"
    UNKNOWN_KEY = "unknown_key"
    NOTHING = "nothing"


class Step(StrEnum):
    """What is to be asked of the provider."""

    AUTHORISE = "authorise"
    LOOK_UP = "look_up"
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"


class PaymentEventKind(StrEnum):
    """What happened to a payment; the history of one is never changed."""

    CREATED = "created"
    SENT = "sent"
    ANSWERED = "answered"
    USED = "used"
    CANCEL_ASKED = "cancel_asked"
    VOID_DECIDED = "void_decided"
    REFUND_ASKED = "refund_asked"
    REFUND_DONE = "refund_done"
    NOTICED = "noticed"
    SETTLED = "settled"


OPEN: Final = frozenset({PaymentState.CREATED, PaymentState.SENT, PaymentState.UNKNOWN})
"""Nobody knows yet whether money was taken."""
PAID: Final = frozenset({PaymentState.APPROVED, PaymentState.CAPTURED})
"""The customer has paid: a sale may take it."""
ENDED: Final = frozenset({PaymentState.DECLINED, PaymentState.VOIDED, PaymentState.REFUNDED, PaymentState.SETTLED})
LOST: Final = frozenset({PaymentState.DECLINED, PaymentState.VOIDED})
"""Nothing was taken: what pays a sale must not end so."""

_ARRIVED: Final = {
    Told.APPROVED: PaymentState.APPROVED,
    Told.CAPTURED: PaymentState.CAPTURED,
    Told.DECLINED: PaymentState.DECLINED,
    Told.VOIDED: PaymentState.VOIDED,
    Told.REFUNDED: PaymentState.REFUNDED,
}
_MOVES: Final[Mapping[PaymentState, Mapping[Told, PaymentState]]] = {
    PaymentState.CREATED: {Told.NOTHING: PaymentState.UNKNOWN, **_ARRIVED},
    PaymentState.SENT: {Told.NOTHING: PaymentState.UNKNOWN, Told.UNKNOWN_KEY: PaymentState.UNKNOWN, **_ARRIVED},
    PaymentState.UNKNOWN: {Told.PENDING: PaymentState.SENT, **_ARRIVED},
    # An approval that ran out, or that somebody undid at the provider's own counter.
    PaymentState.APPROVED: {told: state for told, state in _ARRIVED.items() if told is not Told.APPROVED},
    PaymentState.CAPTURED: {Told.VOIDED: PaymentState.VOIDED, Told.REFUNDED: PaymentState.REFUNDED},
    # Money that comes late: the request was slow, or the provider answered before it was done. It is voided.
    PaymentState.DECLINED: {Told.APPROVED: PaymentState.APPROVED, Told.CAPTURED: PaymentState.CAPTURED},
    PaymentState.VOIDED: {Told.APPROVED: PaymentState.APPROVED, Told.CAPTURED: PaymentState.CAPTURED},
    PaymentState.REFUNDED: {},
    PaymentState.SETTLED: {Told.REFUNDED: PaymentState.REFUNDED},
}


@dataclass(slots=True)
class PaymentIntent:
    """A payment as we have it; field names are the column names, amounts are minor units of `currency`.

    `captured_minor` and `refunded_minor` are what the provider has said, `refund_asked_minor` is what refunds of the
    sale are to give back in all, `settled_minor` what the provider has paid out of it. `cancelling` tells that it was
    decided to undo it, after which no sale can take it.
    `sale_id` and `tender_number` are of the sale that it pays, `order_id` is the order that it was paid in for, whose
    sale it pays once that is handed over; both for ever. `to_pay` is what the customer's phone needs to pay it.
    `asked_at` is when the provider was last asked, `due_at` when it is to be asked again, None for never.
    """

    payment_id: int
    key: str
    terminal_id: int
    request_id: str
    store_id: int
    provider: str
    kind: TenderKind
    amount_minor: int
    currency: str
    state: PaymentState
    captured_minor: int
    refunded_minor: int
    refund_asked_minor: int
    settled_minor: int
    cancelling: bool
    sale_id: int | None
    tender_number: int
    reference: str
    reason: str
    hint: str
    opened_at: datetime
    asked_at: datetime
    due_at: datetime | None
    order_id: int | None = None
    to_pay: str = ""

    @property
    def used(self) -> bool:
        """Whether it pays a sale or is a deposit of an order."""
        return self.sale_id is not None or self.order_id is not None

    @property
    def refunding(self) -> bool:
        """Whether something of it has not been given back yet that was to be."""
        return self.state not in LOST and self.refund_asked_minor > self.refunded_minor


@dataclass(slots=True)
class PaymentEvent:
    """An entry of a payment's history: what happened, the state after it, and why."""

    event_id: int
    payment_id: int
    kind: PaymentEventKind
    state: PaymentState
    note: str
    caller_id: int
    staff_id: int | None
    happened_at: datetime


@dataclass(slots=True)
class PaymentRefund:
    """Money of a payment that a refund gives back; `key` is the provider's for it, `done_at` when it had done so.

    `sale_id` is the refund or void, or the document by which a cancelled order pays its deposit out.
    `total_minor` is what the payment has given back once this is done: refunds of one are done in their order.
    """

    refund_id: int
    payment_id: int
    sale_id: int
    key: str
    amount_minor: int
    total_minor: int
    asked_at: datetime
    done_at: datetime | None


@dataclass(slots=True)
class PaymentSettlement:
    """What a provider has paid out to a store, by kind of tender, of which it has kept its fee."""

    settlement_id: int
    provider: str
    store_id: int
    currency: str
    business_date: date
    payments: int
    card_minor: int
    wallet_minor: int
    fee_minor: int
    caller_id: int
    staff_id: int | None
    settled_at: datetime


@dataclass(slots=True)
class PaymentNotice:
    """A message of a provider about one of our payments, each once."""

    provider: str
    event_id: str
    key: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider says of a payment; see Told and ProviderPayment."""

    told: Told
    amount_minor: int = 0
    refunded_minor: int = 0
    currency: str = ""
    reference: str = ""
    reason: str = ""
    hint: str = ""
    to_pay: str = ""


def state_after(state: PaymentState, told: Told) -> PaymentState:
    """The state of a payment once its provider has said this; what says nothing new leaves it as it is."""
    return _MOVES[state].get(told, state)


def note_answer(intent: PaymentIntent, answer: Answer, *, at: datetime) -> bool:
    """Makes of the payment what its provider says; whether that changed its state.

    A payment of another amount or currency than was asked for is never taken, but undone. One that the provider has
    never heard of is over once it is being cancelled and can no longer arrive. Money that comes after it was declined
    or voided is undone again.
    """
    before = intent.state
    intent.state = state_after(before, answer.told)
    if answer.told is Told.UNKNOWN_KEY and intent.cancelling and at - intent.opened_at >= MAY_STILL_ARRIVE:
        intent.state = PaymentState.VOIDED if intent.state in OPEN | {PaymentState.APPROVED} else intent.state
    late = before in ENDED and intent.state in PAID
    other = (answer.amount_minor, answer.currency) != (intent.amount_minor, intent.currency)
    if intent.state in PAID and not intent.used and (late or (other and answer.told is not Told.NOTHING)):
        intent.cancelling = True
        intent.reason = intent.reason if late else OTHER_AMOUNT
    if intent.state is PaymentState.CAPTURED or answer.told is Told.REFUNDED:
        intent.captured_minor = answer.amount_minor or intent.captured_minor or intent.amount_minor
    intent.refunded_minor = answer.refunded_minor if late else max(intent.refunded_minor, answer.refunded_minor)
    if intent.state in (PaymentState.REFUNDED, PaymentState.VOIDED):
        intent.refunded_minor = intent.captured_minor
    intent.reference = answer.reference[:REFERENCE_LENGTH_MAX] or intent.reference
    intent.to_pay = answer.to_pay or intent.to_pay
    intent.hint = answer.hint[:REFERENCE_LENGTH_MAX] or intent.hint
    intent.reason = answer.reason[:REFERENCE_LENGTH_MAX] or intent.reason
    return intent.state is not before


def step_of(intent: PaymentIntent) -> Step:
    """What is to be asked of the provider now."""
    if intent.cancelling and not intent.used and intent.state not in ENDED:
        return Step.CANCEL
    if intent.state is PaymentState.APPROVED and intent.used:
        return Step.CAPTURE
    if intent.state in (PaymentState.CAPTURED, PaymentState.SETTLED) and intent.used and intent.refunding:
        return Step.REFUND
    return Step.LOOK_UP


def is_orphan(intent: PaymentIntent, *, at: datetime, void_after: timedelta) -> bool:
    """Whether it is to be undone: no sale has taken it for so long, or its outcome could not be learned for so long."""
    return (
        not intent.used and not intent.cancelling and intent.state not in ENDED and at - intent.opened_at >= void_after
    )


def is_lost(intent: PaymentIntent) -> bool:
    """Whether a sale counts on money that the provider does not have any more; its refund sets that right.

    It was never taken, or more of it was given back at the provider's own counter than refunds of the sale say.
    """
    gone = intent.state in LOST or intent.refunded_minor > intent.refund_asked_minor
    return intent.used and gone and intent.refund_asked_minor < intent.amount_minor


def next_due(intent: PaymentIntent, *, at: datetime, void_after: timedelta) -> datetime | None:
    """When the payment is to be looked at again, None once nothing is left to do."""
    # Goods without money: somebody is to see it until it is set right at the provider's.
    when_over = at + LOST_AGAIN_AFTER if is_lost(intent) else None
    if intent.state in ENDED and not intent.refunding:
        return when_over
    if intent.state in OPEN or (intent.cancelling and not intent.used):
        return at + TRIED_AGAIN_AFTER
    if not intent.used:
        return max(intent.opened_at + void_after, at)
    if intent.state is PaymentState.APPROVED or intent.refunding:
        return at + TRIED_AGAIN_AFTER
    return when_over
