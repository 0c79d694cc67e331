"""What the application may rely on, the same for every provider; the kits talk to simulators over real sockets."""

from collections.abc import Iterator

import pytest

from application.ports.payments import ProviderState, ProviderUnreachable
from tests.adapters.payments.simulated import CODES, Simulated, simulated
from tests.adapters.payments.simulators.book import Behaviour

pytestmark = pytest.mark.capability("INT-01")

KEY = "4f6c0a52d9b14e7f8a3b6c5d7e8f9a0b"
APPROVED, CAPTURED, PENDING = ProviderState.APPROVED, ProviderState.CAPTURED, ProviderState.PENDING
DECLINED, VOIDED, REFUNDED = ProviderState.DECLINED, ProviderState.VOIDED, ProviderState.REFUNDED


OTHER_KEYS = {
    "stripe": ("secret_key", "sk_test_other"),
    "wechat_pay": ("merchant", "other merchant"),
    "alipay": ("merchant", "other merchant"),
    "bank_terminal": ("key", bytes(32)),
}
"""What the provider knows its merchant by, made to be that of another."""


@pytest.fixture(scope="module", params=CODES)
def running(request: pytest.FixtureRequest) -> Iterator[Simulated]:
    with simulated(request.param) as one:
        yield one


@pytest.fixture
def at(running: Simulated) -> Simulated:
    running.simulator.forget()
    return running


def test_authorises_and_captures_to_the_cent(at: Simulated):
    authorised = at.provider.authorise(at.asked(KEY, 12_345))
    captured = at.provider.capture(KEY, 12_345)

    charge = at.simulator.book.charges[KEY]
    assert authorised.state is (CAPTURED if at.takes_at_once else APPROVED)
    assert (authorised.amount_minor, authorised.currency, authorised.refunded_minor) == (12_345, "CNY", 0)
    assert (captured.state, captured.amount_minor, captured.reference) == (CAPTURED, 12_345, authorised.reference)
    assert authorised.reference
    assert (charge.captured_minor, charge.store, charge.terminal) == (12_345, "S1", "T1")
    assert at.provider.look_up(KEY) == captured


def test_takes_less_than_was_approved(at: Simulated):
    at.provider.authorise(at.asked(KEY, 10_000))

    first, second = at.provider.capture(KEY, 9_950), at.provider.capture(KEY, 9_950)

    assert (first.state, second.state) == (CAPTURED, CAPTURED)
    assert at.simulator.book.charges[KEY].kept_minor == 9_950


def test_a_request_that_is_replayed_charges_once(at: Simulated):
    at.simulator.expect(Behaviour.APPROVE_TWICE)

    first, second = at.provider.authorise(at.asked(KEY)), at.provider.authorise(at.asked(KEY))
    at.provider.capture(KEY, 12_345)
    at.provider.capture(KEY, 12_345)

    assert (first.state, first.amount_minor, first.reference) == (second.state, second.amount_minor, second.reference)
    assert at.simulator.book.kept_minor() == 12_345
    assert list(at.simulator.book.charges) == [KEY]


def test_declines_with_the_provider_s_reason(at: Simulated):
    at.simulator.expect(Behaviour.DECLINE)

    declined = at.provider.authorise(at.asked(KEY))

    reasons = {"stripe": "insufficient_funds", "wechat_pay": "NOT_ENOUGH", "bank_terminal": "51"}
    assert declined.state is DECLINED
    assert declined.reason == reasons.get(at.provider.code, "ACQ.BUYER_BALANCE_NOT_ENOUGH")
    assert at.provider.look_up(KEY).state is at.declined
    assert at.simulator.book.kept_minor() == 0


@pytest.mark.parametrize("behaviour", [Behaviour.TIME_OUT_THEN_APPROVE, Behaviour.TIME_OUT_THEN_DECLINE])
def test_what_timed_out_is_unknown_until_it_is_looked_up(at: Simulated, behaviour: Behaviour):
    at.simulator.expect(behaviour)

    with pytest.raises(ProviderUnreachable):
        at.provider.authorise(at.asked(KEY))

    if behaviour is Behaviour.TIME_OUT_THEN_DECLINE:
        assert at.provider.look_up(KEY).state is at.declined
        assert at.simulator.book.kept_minor() == 0
        return
    found = at.provider.look_up(KEY)
    assert (found.state, found.amount_minor) == (CAPTURED if at.takes_at_once else APPROVED, 12_345)
    assert at.provider.capture(KEY, 12_345).state is CAPTURED
    assert at.simulator.book.kept_minor() == 12_345


@pytest.mark.parametrize("code", CODES)
def test_no_answer_within_the_time_that_is_given_is_unknown(code: str):
    # The provider waits for its own book, which this test holds.
    with (
        simulated(code, timeout_seconds=0.05) as slow,
        slow.simulator.book.lock,
        pytest.raises(ProviderUnreachable),
    ):
        slow.provider.authorise(slow.asked(KEY))


def test_a_provider_that_is_down_leaves_everything_unknown(at: Simulated):
    at.provider.authorise(at.asked(KEY))
    before = at.provider.look_up(KEY)
    at.simulator.down = True

    for call in (
        lambda: at.provider.authorise(at.asked(f"{KEY[:-1]}1")),
        lambda: at.provider.capture(KEY, 12_345),
        lambda: at.provider.cancel(KEY),
        lambda: at.provider.refund(KEY, "refund1", 1),
        lambda: at.provider.look_up(KEY),
    ):
        with pytest.raises(ProviderUnreachable):
            call()

    at.simulator.down = False
    assert list(at.simulator.book.charges) == [KEY]
    assert at.provider.look_up(KEY) == before


def test_nobody_listening_is_unknown(at: Simulated):
    with simulated(at.provider.code) as gone:
        pass

    with pytest.raises(ProviderUnreachable):
        gone.provider.look_up(KEY)


def test_a_key_that_never_arrived_is_unknown_to_the_provider(at: Simulated):
    unknown = at.provider.look_up(KEY)

    assert (unknown.state, unknown.amount_minor) == (ProviderState.UNKNOWN_KEY, 0)
    assert at.provider.capture(KEY, 1).state is ProviderState.UNKNOWN_KEY
    assert at.provider.refund(KEY, "refund1", 1).state is ProviderState.UNKNOWN_KEY
    assert not at.simulator.book.charges


def test_cancels_a_key_that_never_arrived(at: Simulated):
    assert at.provider.cancel(KEY).state is at.cancelled_unseen
    assert at.provider.cancel(KEY).state is at.cancelled_unseen
    assert at.simulator.book.kept_minor() == 0


def test_a_key_that_was_cancelled_before_it_arrived_takes_nothing(at: Simulated):
    if at.cancelled_unseen is ProviderState.UNKNOWN_KEY:
        # These providers keep nothing of the cancel; there the payment code dies within a minute.
        assert at.takes_at_once
        return
    at.provider.cancel(KEY)

    assert at.provider.authorise(at.asked(KEY)).state is VOIDED
    assert at.simulator.book.charges[KEY].captured_minor == 0


def test_cancels_what_waits_for_the_customer(at: Simulated):
    at.simulator.expect(Behaviour.PENDING)

    assert at.provider.authorise(at.asked(KEY)).state is PENDING
    assert at.provider.look_up(KEY).state is PENDING
    assert at.provider.cancel(KEY).state is VOIDED
    assert at.provider.look_up(KEY).state is VOIDED
    assert at.simulator.book.kept_minor() == 0


def test_what_waited_for_the_customer_is_found_paid(at: Simulated):
    at.simulator.expect(Behaviour.PENDING)
    at.provider.authorise(at.asked(KEY))

    at.simulator.book.pay(KEY)

    assert at.provider.look_up(KEY).state is (CAPTURED if at.takes_at_once else APPROVED)


def test_cancels_what_is_approved_or_taken(at: Simulated):
    at.provider.authorise(at.asked(KEY))

    cancelled, again = at.provider.cancel(KEY), at.provider.cancel(KEY)

    assert cancelled == again
    assert cancelled.state is (at.cancelled_taken if at.takes_at_once else VOIDED)
    assert at.simulator.book.charges[KEY].kept_minor == 0


def test_cancels_what_is_captured(at: Simulated):
    at.provider.authorise(at.asked(KEY))
    at.provider.capture(KEY, 12_345)

    assert at.provider.cancel(KEY).state is at.cancelled_taken
    assert at.provider.look_up(KEY).state is at.cancelled_taken
    assert at.provider.capture(KEY, 12_345).state is at.cancelled_taken
    assert at.simulator.book.charges[KEY].kept_minor == 0


def test_cancelling_what_was_declined_takes_nothing(at: Simulated):
    at.simulator.expect(Behaviour.DECLINE)
    at.provider.authorise(at.asked(KEY))

    assert at.provider.cancel(KEY).state not in {APPROVED, CAPTURED, PENDING}
    assert at.simulator.book.kept_minor() == 0


def test_gives_back_in_parts_and_each_part_once(at: Simulated):
    at.provider.authorise(at.asked(KEY, 10_000))
    at.provider.capture(KEY, 10_000)

    first = at.provider.refund(KEY, "refund1", 3_333)
    again = at.provider.refund(KEY, "refund1", 3_333)
    second = at.provider.refund(KEY, "refund2", 3_334, refunded_before_minor=3_333)
    third = at.provider.refund(KEY, "refund3", 3_333, refunded_before_minor=6_667)

    book = at.simulator.book.charges[KEY]
    assert book.refunds == {"refund1": 3_333, "refund2": 3_334, "refund3": 3_333}
    assert book.kept_minor == 0
    assert first == again
    assert (first.state, first.refunded_minor, first.reason) == (CAPTURED, 3_333, "")
    assert (second.refunded_minor, third.refunded_minor, third.state) == (6_667, 10_000, REFUNDED)
    assert at.provider.look_up(KEY).state is (CAPTURED if at.provider.code == "wechat_pay" else REFUNDED)


def test_a_refund_whose_answer_is_lost_is_made_once(at: Simulated):
    at.provider.authorise(at.asked(KEY, 10_000))
    at.provider.capture(KEY, 10_000)
    at.simulator.lose_answers_of("refund")

    with pytest.raises(ProviderUnreachable):
        at.provider.refund(KEY, "refund1", 4_000)
    repeated = at.provider.refund(KEY, "refund1", 4_000)

    assert repeated.refunded_minor == 4_000
    assert at.simulator.book.charges[KEY].refunds == {"refund1": 4_000}


def test_giving_back_more_than_is_left_is_refused_with_a_reason(at: Simulated):
    at.provider.authorise(at.asked(KEY, 10_000))
    at.provider.capture(KEY, 10_000)
    at.provider.refund(KEY, "refund1", 6_000)

    refused = at.provider.refund(KEY, "refund2", 4_001)

    assert (refused.state, bool(refused.reason)) == (CAPTURED, True)
    assert at.simulator.book.charges[KEY].refunds == {"refund1": 6_000}


def test_an_answer_that_was_tampered_with_says_nothing(at: Simulated):
    at.provider.authorise(at.asked(KEY, 11_111))
    at.simulator.tampered = True

    with pytest.raises(ProviderUnreachable):
        at.provider.look_up(KEY)
    with pytest.raises(ProviderUnreachable):
        at.provider.authorise(at.asked(f"{KEY[:-1]}1", 11_111))
    at.simulator.tampered = False
    assert at.provider.look_up(KEY).amount_minor == 11_111


def test_a_signed_answer_about_another_payment_says_nothing(at: Simulated):
    at.provider.authorise(at.asked(KEY))
    other = f"{KEY[:-1]}1"
    if at.provider.code == "bank_terminal":
        at.simulator.extra = {"key": other}
    at.simulator.book.charges[KEY].key = other

    with pytest.raises(ProviderUnreachable):
        at.provider.look_up(KEY)


def test_the_provider_refuses_who_signs_with_another_key(at: Simulated, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(at.simulator, *OTHER_KEYS[at.provider.code])

    with pytest.raises(ProviderUnreachable):
        at.provider.authorise(at.asked(KEY))
    assert not at.simulator.book.charges


def test_what_is_no_code_of_this_provider_is_never_sent(at: Simulated):
    for token in ("", "4242424242424242", "9" * 18, "pm", "280000000000000000 "):
        answer = at.provider.authorise(at.asked(KEY, token=token))
        if at.provider.code == "bank_terminal":
            # The card is shown to the terminal: whatever is in the token is not sent.
            assert answer.state is APPROVED
        else:
            assert (answer.state, answer.reason) == (DECLINED, "token_not_of_this_provider")
            assert not at.simulator.book.asked
