"""The HTTP endpoint for messages of payment providers and carriers: POST /webhooks/<code of who sends it>.

It believes nothing but a signature: a message makes the application look the payment up, whatever it says of it. The
endpoint listens on loopback; the proxy before it has the certificate, and passes these paths on.
"""

import socket
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import TCPServer
from typing import Any, Final, Protocol, TypeAlias

import structlog

from adapters.payments.answers import NOTICE_BYTES_MAX as PAYMENT_BYTES_MAX
from application.outside import Outside
from application.ports.identity import Clock
from application.ports.payments import NoticeRefused, PaymentProviders, ProviderNotice
from application.sales.payment_answers import TakeOne, ask_all, take_one
from application.sales.payment_notices import ReceiveWebhook, receive_webhook

PATH: Final = "/webhooks/"
THREADS: Final = 8
SECONDS_MAX: Final = 10.0
"""How long a sender may take with its whole message, however it sends it."""
REMEMBERED_MAX: Final = 10_000
JSON: Final = "application/json"
TEXT: Final = "text/plain"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered, and what is done once it was: nobody out there waits for that."""

    status: int
    body: bytes = b""
    content_type: str = TEXT
    afterwards: Callable[[], object] | None = None


Receive: TypeAlias = Callable[[str, ProviderNotice], Callable[[], object] | None]
"""Notes a message by the code of its provider, durably; returns what is to be done after it was answered."""


_HEEDED: Final[Mapping[str, Reply]] = {
    "stripe": Reply(200, b"{}", JSON),
    "wechat_pay": Reply(200, b'{"code":"SUCCESS","message":""}', JSON),
    "alipay": Reply(200, b"success"),
}
"""What a provider takes for "received"; for anything else it sends the message again, for hours."""

_REFUSED: Final[Mapping[str, Reply]] = {
    "wechat_pay": Reply(400, b'{"code":"FAIL","message":"refused"}', JSON),
    "alipay": Reply(400, b"fail"),
}


class Replies(Protocol):
    """Answers messages of senders of one kind."""

    @property
    def gateways(self) -> Sequence[str]:
        """Whose messages these are, by the last part of their path."""

    @property
    def bytes_max(self) -> int:
        """How large one of their messages may be."""

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to a message, header names in lower case; never raises for what the message holds."""


def path_of(code: str) -> str:
    """Where a provider sends its messages; empty for one that sends none."""
    return f"{PATH}{code}" if code in _HEEDED else ""


class Webhooks:
    """Answers messages. One that was received is not handed on again; after a restart the application knows it.

    What is sent by others than payment providers is answered by `others`.
    """

    def __init__(
        self, providers: PaymentProviders, receive: Receive, *, clock: Clock, others: Replies | None = None
    ) -> None:
        self._others = others
        self._providers = providers
        self._receive = receive
        self._clock = clock
        self._received: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()
        self._log = structlog.get_logger("webhooks")

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to a message, header names in lower case; never raises for what the message holds."""
        code = path.removeprefix(PATH)
        if self._others is not None and self._is_of_others(path):
            return self._others.reply(path, headers, body)
        provider = self._providers.get(code) if path.startswith(PATH) else None
        if provider is None:
            return self._told("unknown", Reply(404))
        try:
            notice = provider.notice(headers, body, at=self._clock())
        except NoticeRefused as refused:
            return self._told("refused", _REFUSED.get(code, Reply(400)), provider=code, reason=str(refused))
        if self._is_received((code, notice.event_id)):
            return self._told("repeated", _HEEDED[code], provider=code)
        try:
            afterwards = self._receive(code, notice)
        except Exception as error:  # noqa: BLE001 -- the edge: the provider is to send it again
            return self._told("failed", Reply(503), provider=code, reason=type(error).__name__)
        self._remember((code, notice.event_id))
        heeded = _HEEDED[code]
        return self._told("heeded", Reply(heeded.status, heeded.body, heeded.content_type, afterwards), provider=code)

    def bytes_max(self, path: str) -> int:
        """How large a message to this path may be."""
        return self._others.bytes_max if self._others is not None and self._is_of_others(path) else PAYMENT_BYTES_MAX

    def _is_of_others(self, path: str) -> bool:
        return self._others is not None and path.startswith(PATH) and path.removeprefix(PATH) in self._others.gateways

    def _is_received(self, event: tuple[str, str]) -> bool:
        with self._lock:
            return event in self._received

    def _remember(self, event: tuple[str, str]) -> None:
        with self._lock:
            self._received[event] = None
            if len(self._received) > REMEMBERED_MAX:
                self._received.popitem(last=False)

    def _told(self, outcome: str, reply: Reply, **fields: str) -> Reply:
        self._log.info("webhook", outcome=outcome, status=reply.status, **fields)
        return reply


def receiving(outside: Outside) -> Receive:
    """Notes a message as the application does, and has its payment looked up once the provider has its answer."""

    def receive(code: str, notice: ProviderNotice) -> Callable[[], object] | None:
        payment_id = outside.write(receive_webhook, ReceiveWebhook(code, notice.event_id, notice.key))
        if not payment_id:
            return None
        return lambda: ask_all(outside, outside.write(take_one, TakeOne(payment_id, at_once=True)))

    return receive


class WebhookServer(HTTPServer):
    """Serves webhooks in a few threads; a context. `server_port` is the port that was taken, of port 0 too."""

    request_queue_size = 64

    def __init__(self, webhooks: Webhooks, *, host: str, port: int) -> None:
        self._webhooks = webhooks
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")
        super().__init__((host, port), _OneMessage)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def server_bind(self) -> None:
        # The standard library would look the host's name up, which nobody needs and which may take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Takes no further message, and ends once those at hand were answered."""
        self.shutdown()
        self._thread.join()
        self._pool.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._pool.submit(self._answered, request, client_address)

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return self._webhooks.reply(path, headers, body)

    def bytes_max(self, path: str) -> int:
        return self._webhooks.bytes_max(path)

    def handle_error(self, request: Any, client_address: Any) -> None:
        structlog.get_logger("webhooks").warning("webhook broken off", exc_info=True)

    def _answered(self, request: Any, client_address: Any) -> None:
        # The time-out of the socket begins anew with every byte: a few slow senders would hold all threads.
        ends = threading.Timer(SECONDS_MAX, _heard_enough, (request,))
        ends.daemon = True
        ends.start()
        try:
            self.finish_request(request, client_address)
        except Exception:  # noqa: BLE001 -- the edge: one connection must not end the others
            self.handle_error(request, client_address)
        finally:
            ends.cancel()
            self.shutdown_request(request)


def _heard_enough(request: socket.socket) -> None:
    """Ends what is read of a message; what is still answered is sent."""
    with suppress(OSError):
        request.shutdown(socket.SHUT_RD)


class _OneMessage(BaseHTTPRequestHandler):
    server: WebhookServer
    timeout = SECONDS_MAX
    server_version = "liansuo"
    sys_version = ""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal():
            return self._send(Reply(411))
        size = int(length.lstrip("0")[:12] or "0")
        path = self.path.partition("?")[0]
        if size > self.server.bytes_max(path):
            return self._send(Reply(413))
        body = self.rfile.read(size)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.reply(path, headers, body)
        self._send(reply)
        if reply.afterwards is not None:
            reply.afterwards()
        return None

    def log_message(self, format: str, *args: Any) -> None:
        """The answer tells of itself; the address of whoever sent it is kept nowhere."""

    def _send(self, reply: Reply) -> None:
        self.close_connection = True
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()
