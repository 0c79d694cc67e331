"""The life of a payment: whatever its provider answers and when, nothing is taken twice and nothing is stuck."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sales.payment import (
    ENDED,
    MAY_STILL_ARRIVE,
    OPEN,
    PAID,
    Answer,
    PaymentIntent,
    PaymentState,
    Step,
    Told,
    is_orphan,
    next_due,
    note_answer,
    state_after,
    step_of,
)
from domain.sales.sale import TenderKind

OPENED = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
VOID_AFTER = timedelta(minutes=10)
AMOUNT = 5_000


def sent(**changes: object) -> PaymentIntent:
    intent = PaymentIntent(
        payment_id=1,
        key="k",
        terminal_id=1,
        request_id="",
        store_id=1,
        provider="fake",
        kind=TenderKind.CARD,
        amount_minor=AMOUNT,
        currency="CNY",
        state=PaymentState.SENT,
        captured_minor=0,
        refunded_minor=0,
        refund_asked_minor=0,
        settled_minor=0,
        cancelling=False,
        sale_id=None,
        tender_number=0,
        reference="",
        reason="",
        hint="",
        opened_at=OPENED,
        asked_at=OPENED,
        due_at=OPENED,
    )
    return replace(intent, **changes)  # type: ignore[arg-type]


@dataclass
class Books:
    """What an honest provider has: it takes the money once per key, and gives it back once."""

    state: Told = Told.UNKNOWN_KEY
    captures: int = 0
    refunds: int = 0
    steps: list[Step] = field(default_factory=list)

    def does(self, step: Step) -> Answer:
        self.steps.append(step)
        if step is Step.CAPTURE and self.state is Told.APPROVED:
            self.state, self.captures = Told.CAPTURED, self.captures + 1
        if step is Step.CANCEL and self.state in (Told.APPROVED, Told.PENDING):
            self.state = Told.VOIDED
        if step is Step.CANCEL and self.state is Told.CAPTURED:
            self.state, self.refunds = Told.REFUNDED, self.refunds + 1
        if step is Step.REFUND and self.state is Told.CAPTURED:
            self.state, self.refunds = Told.REFUNDED, self.refunds + 1
        return Answer(self.state, AMOUNT, AMOUNT * self.refunds, "CNY", "R1")


@pytest.mark.capability("INT-01")
@settings(max_examples=60)
@given(
    arrives=st.sampled_from([Told.APPROVED, Told.CAPTURED, Told.DECLINED, Told.PENDING, Told.UNKNOWN_KEY]),
    heard=st.lists(st.booleans(), max_size=12),
    stale=st.lists(st.sampled_from(Told), max_size=3),
    sells_at=st.integers(0, 14) | st.none(),
    refunds_at=st.integers(1, 14) | st.none(),
    cancels_at=st.integers(0, 14) | st.none(),
)
def test_ends_with_the_money_where_the_goods_are(
    arrives: Told,
    heard: list[bool],
    stale: list[Told],
    sells_at: int | None,
    refunds_at: int | None,
    cancels_at: int | None,
) -> None:
    """Answers are lost, old ones come late; sales, refunds and cancellations come when they come."""
    intent, books = sent(), Books(arrives, captures=int(arrives is Told.CAPTURED))
    for minute in range(40):
        at = OPENED + timedelta(minutes=minute)
        if minute == sells_at and intent.state in PAID and not intent.cancelling:
            intent.sale_id, intent.due_at = 7, at
        if minute == refunds_at and intent.used:
            intent.refund_asked_minor, intent.due_at = AMOUNT, at
        if minute == cancels_at and not intent.used and intent.state not in ENDED:
            intent.cancelling, intent.due_at = True, at
        if minute < len(stale) and intent.state in OPEN and stale[minute] in (Told.NOTHING, Told.PENDING):
            note_answer(intent, Answer(stale[minute]), at=at)
        if intent.due_at is None or intent.due_at > at:
            continue
        intent.cancelling = intent.cancelling or is_orphan(intent, at=at, void_after=VOID_AFTER)
        answer = books.does(step_of(intent))
        lost = minute < len(heard) and not heard[minute]
        note_answer(intent, Answer(Told.NOTHING) if lost else answer, at=at)
        intent.due_at = next_due(intent, at=at, void_after=VOID_AFTER)
    assert books.captures <= 1
    assert intent.due_at is None, "nothing is left to do"
    kept = AMOUNT * (books.captures - books.refunds)
    assert kept == (AMOUNT - intent.refund_asked_minor if intent.used else 0)
    assert intent.captured_minor - intent.refunded_minor == kept


def test_every_state_has_a_way_out() -> None:
    for state in PaymentState:
        reached, fresh = {state}, {state}
        while fresh:
            fresh = {state_after(one, told) for one in fresh for told in Told} - reached
            reached |= fresh
        assert reached & (ENDED | {PaymentState.CAPTURED}), state


def test_nothing_is_final_while_the_request_may_still_arrive() -> None:
    intent = sent(cancelling=True)
    note_answer(intent, Answer(Told.UNKNOWN_KEY), at=OPENED + MAY_STILL_ARRIVE - timedelta(seconds=1))
    assert intent.state is PaymentState.UNKNOWN
    note_answer(intent, Answer(Told.UNKNOWN_KEY), at=OPENED + MAY_STILL_ARRIVE)
    assert intent.state is PaymentState.VOIDED
    # It arrives all the same, later: the money is given back.
    note_answer(intent, Answer(Told.CAPTURED, AMOUNT, 0, "CNY"), at=OPENED + timedelta(hours=1))
    assert (intent.state, step_of(intent)) == (PaymentState.CAPTURED, Step.CANCEL)
    note_answer(intent, Answer(Told.REFUNDED, AMOUNT, AMOUNT, "CNY"), at=OPENED + timedelta(hours=1))
    assert (intent.state, intent.captured_minor - intent.refunded_minor) == (PaymentState.REFUNDED, 0)


@pytest.mark.parametrize("answer", [Answer(Told.APPROVED, 1, 0, "CNY"), Answer(Told.CAPTURED, AMOUNT, 0, "USD")])
def test_another_amount_or_currency_is_undone(answer: Answer) -> None:
    intent = sent()
    note_answer(intent, answer, at=OPENED)
    assert (intent.cancelling, intent.reason, step_of(intent)) == (True, "other_amount", Step.CANCEL)
