"""The endpoint for messages of providers holds out against senders that are slow, or lie about how much they send."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from entrypoints import webhooks as module
from entrypoints.webhooks import THREADS, Webhooks, WebhookServer

pytestmark = pytest.mark.capability("INT-01")


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(module, "SECONDS_MAX", 0.3)
    server = WebhookServer(Webhooks({}, lambda *_: None, clock=lambda: datetime.now(UTC)), host="127.0.0.1", port=0)
    server.start()
    yield server.server_port
    server.stop()


def begun(port: int, text: bytes) -> socket.socket:
    sender = socket.create_connection(("127.0.0.1", port), timeout=5)
    sender.sendall(b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\n" + text)
    return sender


def status(sender: socket.socket) -> bytes:
    with sender:
        return sender.recv(4_096)[9:12]


@pytest.mark.parametrize("length", [b"0" * 12 + b"9" * 12, b"9" * 5_000, b"65537", b"0" * 12 + b"65537"])
def test_a_length_is_too_long_however_it_is_written(port: int, length: bytes) -> None:
    assert status(begun(port, b"Content-Length: " + length + b"\r\n\r\n")) == b"413"


def test_senders_that_dribble_hold_nobody_up_for_longer_than_they_may(port: int) -> None:
    """As many as there are threads send a byte now and then, without end; the next one is answered all the same."""
    slow = [begun(port, b"Content-Length: 60000\r\n\r\n") for _ in range(THREADS)]
    asked = begun(port, b"Content-Length: 00\r\n\r\n")
    asked.settimeout(0.1)
    answer, until = b"", time.monotonic() + 4
    while not answer and time.monotonic() < until:
        for sender in slow:
            try:
                sender.sendall(b"x")
            except OSError:
                continue
        try:
            answer = asked.recv(4_096)
        except TimeoutError:
            continue
    for sender in (*slow, asked):
        sender.close()
    assert answer[9:12] == b"404"
