"""What is Stripe's own: a search that lags, a list that may be too long, more and other currencies."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.payments import stripe
from application.ports.payments import ProviderState, ProviderUnreachable
from tests.adapters.payments.simulated import Simulated, simulated
from tests.adapters.payments.simulators.book import Behaviour

pytestmark = pytest.mark.capability("INT-01")


@pytest.fixture
def at() -> Iterator[Simulated]:
    with simulated("stripe") as one:
        yield one


def test_finds_a_payment_that_the_search_does_not_have_yet(at: Simulated, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stripe, "PAGE", 2)
    at.simulator.search_lags = True
    for number in range(5):
        at.provider.authorise(at.asked(f"key{number}", 100 + number))

    assert [at.provider.look_up(f"key{number}").amount_minor for number in range(5)] == [100, 101, 102, 103, 104]
    assert at.provider.look_up("key5").state is ProviderState.UNKNOWN_KEY


def test_does_not_say_that_a_payment_is_unknown_before_it_has_seen_all(at: Simulated, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stripe, "LISTED_MAX", 2)
    at.simulator.search_lags = True
    for number in range(3):
        at.provider.authorise(at.asked(f"key{number}"))

    with pytest.raises(ProviderUnreachable, match="too many"):
        at.provider.look_up("key0")


def test_a_currency_without_decimals_is_charged_in_whole_units(at: Simulated):
    answer = at.provider.authorise(replace(at.asked("key1", 500), currency="JPY"))

    assert (answer.amount_minor, answer.currency) == (500, "JPY")
    assert (at.simulator.book.charges["key1"].amount_minor, answer.hint) == (500, "visa 4242")


def test_a_cancel_that_crosses_the_payment_leaves_it_unknown_and_ends_it_the_next_time(at: Simulated):
    # The search and the list do not have the payment yet, its idempotency key is taken.
    at.provider.authorise(at.asked("key1"))
    charge = at.simulator.book.charges.pop("key1")

    with pytest.raises(ProviderUnreachable, match="arrives just now"):
        at.provider.cancel("key1")
    at.simulator.book.charges["key1"] = charge

    assert at.provider.cancel("key1").state is ProviderState.VOIDED


def test_a_decline_is_answered_again_when_it_is_asked_again(at: Simulated):
    at.simulator.expect(Behaviour.DECLINE)

    first, second = at.provider.authorise(at.asked("key1")), at.provider.authorise(at.asked("key1"))

    assert first == second
    assert (first.state, first.hint) == (ProviderState.DECLINED, "visa 4242")
    assert at.simulator.book.asked["authorise"] == 1


def test_a_refund_is_made_once_also_when_stripe_has_forgotten_its_idempotency_key(at: Simulated):
    at.provider.authorise(at.asked("key1", 10_000))
    at.provider.capture("key1", 10_000)
    at.provider.refund("key1", "refund1", 4_000)
    at.simulator.remembered.clear()

    repeated = at.provider.refund("key1", "refund1", 4_000)

    assert repeated.refunded_minor == 4_000
    assert at.simulator.book.charges["key1"].refunds == {"refund1": 4_000}


def test_of_two_refunds_at_the_same_moment_one_is_made(at: Simulated):
    at.provider.authorise(at.asked("key1", 10_000))
    at.provider.capture("key1", 10_000)
    at.simulator.list_lags = True

    answers = [at.provider.refund("key1", "refund1", 4_000) for _ in range(2)]

    assert [answer.refunded_minor for answer in answers] == [4_000, 4_000]
    assert at.simulator.book.charges["key1"].refunds == {"refund1": 4_000}
