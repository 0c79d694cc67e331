"""The bank's terminals: no card number comes in, whoever sends it, and no frame is believed for its looks."""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.payments.answers import hint
from adapters.payments.bank_terminal import receive_frame, send_frame
from application.ports.payments import ProviderState, ProviderUnreachable
from domain.sales.tenders import check_reference
from tests.adapters.payments.simulated import Simulated, simulated

pytestmark = pytest.mark.capability("INT-01")

CARDS = ("4242424242424242", "5555555555554444", "378282246310005", "6200000000000005", "30569309025904")


@pytest.fixture(scope="module")
def running() -> Iterator[Simulated]:
    with simulated("bank_terminal") as one:
        yield one


@pytest.fixture
def at(running: Simulated) -> Simulated:
    running.simulator.forget()
    return running


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("written", ["{}", "card {} ok", ";{}=27122011000012345678?", "%B{}^DOE/J^"])
def test_refuses_an_answer_with_a_card_number_and_never_repeats_it(at: Simulated, card: str, written: str):
    for name in ("reference", "reason", "brand", "anything", written.format(card)):
        at.simulator.extra = {name: written.format(card)}
        with pytest.raises(ProviderUnreachable) as refused:
            at.provider.authorise(at.asked("key1"))
        assert card not in str(refused.value)


def test_refuses_a_card_number_in_groups_and_in_nested_fields(at: Simulated):
    at.simulator.extra = {"receipt": [{"line": "4242 4242-4242 4242"}]}

    with pytest.raises(ProviderUnreachable, match="card number"):
        at.provider.look_up("key1")


@pytest.mark.parametrize(
    "extra",
    [
        {"nonce": "0" * 32},
        {"key": "another"},
        {"state": "perhaps"},
        {"amount_minor": "12345"},
        {"amount_minor": True},
        {"refunded_minor": 12_346},
        {"reference": "1234567890123"},
        {"approval_code": "1234567"},
    ],
)
def test_refuses_an_answer_that_does_not_fit_the_question(at: Simulated, extra: dict[str, object]):
    at.simulator.extra = extra

    with pytest.raises(ProviderUnreachable):
        at.provider.authorise(at.asked("key1"))


def test_the_reference_is_one_that_a_tender_may_have(at: Simulated):
    answer = at.provider.authorise(at.asked("key1"))

    check_reference(answer.reference, field="reference")
    assert (answer.reference, answer.hint) == ("000000000001 auth 000001", "visa 4242")
    assert at.provider.look_up("nobody").state is ProviderState.UNKNOWN_KEY


@pytest.mark.parametrize("last_four", ["424242", "4242424242424242", "42", "٤٢٤٢", 4242, None])
def test_a_hint_holds_four_digits_or_nothing(last_four: object):
    assert hint("visa", last_four) == ""


@settings(max_examples=20)
@given(message=st.dictionaries(st.text(max_size=20), st.text(max_size=50) | st.integers(), max_size=8))
def test_a_frame_arrives_as_it_was_sent_and_only_with_its_key(message: dict[str, object]):
    for key, arrives in ((b"k" * 32, True), (b"x" * 32, False)):
        here, there = socket.socketpair()
        with here, there:
            send_frame(here, message, key=b"k" * 32, way=b">")
            if arrives:
                assert receive_frame(there, key=key, way=b">") == message
            else:
                with pytest.raises(ValueError, match="not signed"):
                    receive_frame(there, key=key, way=b">")


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x40" + bytes(63)])
def test_a_frame_that_is_cut_off_or_too_long_is_not_waited_for(sent: bytes):
    here, there = socket.socketpair()
    with here, there:
        sender = Thread(target=lambda: (here.sendall(sent), here.shutdown(socket.SHUT_WR)))
        sender.start()
        with pytest.raises((ValueError, ConnectionError)):
            receive_frame(there, key=bytes(32), way=b"<")
        sender.join()
