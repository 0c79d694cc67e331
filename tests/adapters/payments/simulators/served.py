"""A simulated provider behind a real HTTP server on loopback, which can be down, lose answers and be tampered with."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request, urlopen

from tests.adapters.payments.simulators.book import Behaviour, Book, Charge


@dataclass(frozen=True)
class Asked:
    """One HTTP request; the query and a form are decoded."""

    method: str
    path: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


class AnswerLost(Exception):
    """The provider has done it, and nobody hears of it."""


class Simulator(ABC):
    """One provider: a book, and what goes wrong. Use it as a context; `url` is where it listens."""

    takes_at_once: ClassVar[bool]
    sends_notices: ClassVar[bool] = True

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """A new book, and nothing goes wrong."""
        self.book = Book(takes_at_once=self.takes_at_once)
        self.down = False
        self.tampered = False
        self.losing: set[str] = set()
        self.notices_to = ""
        self.notice_answers: list[tuple[int, bytes]] = []
        self.events = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    def signed_notice(self, key: str, *, at: datetime | None = None, event: int = 0) -> tuple[dict[str, str], bytes]:
        """Headers (lower case) and body of the message about a payment; the same `event` is the same message."""
        raise LookupError("this provider sends no messages")

    def expect(self, *behaviours: Behaviour) -> None:
        """The next payments go like this, in this order."""
        self.book.upcoming.extend(behaviours)

    def charge(self, key: str, amount_minor: int, currency: str, **place: str) -> Charge:
        """Books a payment as the next behaviour says; raises AnswerLost when the answer is not to arrive."""
        behaviour = self.book.next_behaviour(key)
        charge = self.book.authorise(key, amount_minor, currency, behaviour, **place)
        if behaviour is Behaviour.APPROVE_TWICE:
            charge = self.book.authorise(key, amount_minor, currency, behaviour, **place)
        self.send_notices(key, behaviour.notices)
        if behaviour.loses_the_answer:
            raise AnswerLost
        return charge

    def send_notices(self, key: str, times: int) -> None:
        """Posts the same message so many times, and keeps what was answered."""
        if not (times and self.notices_to and self.sends_notices):
            return
        self.events += 1
        headers, body = self.signed_notice(key, event=self.events)
        for _ in range(times):
            request = Request(self.notices_to, data=body, headers=headers, method="POST")
            with urlopen(request, timeout=5) as answer:
                self.notice_answers.append((answer.status, answer.read()))

    def lose_answers_of(self, *what: str) -> None:
        """The next authorise, capture, void or refund is done, and its answer never arrives."""
        self.losing.update(what)

    def answer_is_lost(self, before: Counter[str]) -> bool:
        """Whether something was done since `before` whose answer is to be lost."""
        with self.book.lock:
            done = self.losing & (self.book.asked - before).keys()
            self.losing -= done
        return bool(done)


class HttpSimulator(Simulator):
    """A provider that speaks HTTP."""

    def start(self) -> None:
        simulator = self

        class OneRequest(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                simulator.serve(self)

            do_POST = do_GET  # noqa: N815 - as the standard library names it

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._server = LoopbackServer(("127.0.0.1", 0), OneRequest)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.command, urlsplit(request.path).path, request.path, headers, body)
        before = Counter(self.book.asked)
        try:
            answer = Answer(b"", status=503) if self.down else self.respond(asked)
        except AnswerLost:
            request.close_connection = True
            return
        if self.answer_is_lost(before):
            request.close_connection = True
            return
        if self.tampered:
            answer = self.tamper(answer)
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(answer.body)))
        request.end_headers()
        request.wfile.write(answer.body)

    @abstractmethod
    def respond(self, asked: Asked) -> Answer: ...

    def tamper(self, answer: Answer) -> Answer:
        """Somebody on the way changes the sum, and cannot sign it."""
        return Answer(answer.body.replace(b"1", b"9"), answer.status, answer.headers)


class LoopbackServer(ThreadingHTTPServer):
    """Without the look-up of a host name, which may take seconds."""

    daemon_threads = True
    block_on_close = False

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


def now() -> datetime:
    return datetime.now(UTC)


def without_nothing(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in pairs if value is not None}
