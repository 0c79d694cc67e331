"""`liansuo webhooks`: which providers there are, and the endpoint for their messages."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Event, Thread

import pytest

from tests.adapters.payments.simulators.stripe_api import StripeApi
from tests.entrypoints.cli.journeys import Shell

pytestmark = pytest.mark.capability("INT-01")


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeApi]:
    with StripeApi() as api:
        monkeypatch.setenv("LIANSUO_STRIPE_SECRET_KEY", api.secret_key)
        monkeypatch.setenv("LIANSUO_STRIPE_WEBHOOK_SECRET", api.webhook_secret)
        monkeypatch.setenv("LIANSUO_STRIPE_BASE_URL", api.url)
        yield api


def test_shows_the_providers_of_the_environment(shell: Shell, stripe: StripeApi, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIANSUO_BANK_TERMINAL_ADDRESS", "127.0.0.1:7070")
    monkeypatch.setenv("LIANSUO_BANK_TERMINAL_KEY", "ab" * 32)

    assert shell("webhooks", "providers", "--format", "json").json == [
        {"provider": "stripe", "path": "/webhooks/stripe"},
        {"provider": "bank_terminal", "path": ""},
    ]


def test_names_the_setting_that_is_missing(shell: Shell, stripe: StripeApi, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("LIANSUO_STRIPE_WEBHOOK_SECRET")

    told = shell("webhooks", "providers")

    assert told.code != 0
    assert "LIANSUO_STRIPE_WEBHOOK_SECRET" in told.err
    assert stripe.secret_key not in told.err


def test_listens_on_loopback_only(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIANSUO_WEBHOOK_HOST", "0.0.0.0")

    told = shell("webhooks", "serve", "--database", sqlite_chain)

    assert told.code == 2
    assert "loopback" in told.err


def test_takes_messages_until_it_is_stopped(
    shell: Shell, sqlite_chain: str, stripe: StripeApi, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    stop, answers = Event(), []

    @contextmanager
    def until_stopped() -> Iterator[Event]:
        yield stop

    def send(port: int) -> None:
        try:
            stripe.charge("key1", 100, "CNY")
            headers, body = stripe.signed_notice("key1")
            for sent in (body, body.replace(b"100", b"1")):
                answers.append(post(port, headers, sent))
        finally:
            stop.set()

    monkeypatch.setattr("entrypoints.cli.webhooks.until_stopped", until_stopped)
    monkeypatch.setattr("entrypoints.logs.configure_logs", lambda **_: None)
    port = free_port()
    sender = Thread(target=send, args=(port,))
    sender.start()

    told = shell("webhooks", "serve", "--port", str(port), "--database", sqlite_chain)

    sender.join()
    assert (told.code, answers) == (0, [200, 400])
    assert f"Messages of stripe are taken on port {port}." in told.err


def post(port: int, headers: dict[str, str], body: bytes) -> int:
    """The status that is answered, once somebody listens; gives up after ten seconds."""
    waiting = Event()
    for _ in range(200):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("POST", "/webhooks/stripe", body, headers)
            return connection.getresponse().status
        except ConnectionRefusedError:
            waiting.wait(0.05)
    raise AssertionError("nobody listens")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
