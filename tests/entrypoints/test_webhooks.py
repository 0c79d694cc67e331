"""Messages of providers over HTTP: signed ones are handed on once, all others have no effect (B-35)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from queue import Queue
from threading import Event
from urllib.parse import parse_qsl, urlencode

import pytest

from application.ports.kernel import Contention
from application.ports.payments import ProviderNotice
from entrypoints.webhooks import SECONDS_MAX, Webhooks, WebhookServer, _OneMessage
from tests.adapters.payments.simulated import Simulated, simulated
from tests.adapters.payments.simulators.book import Behaviour

pytestmark = pytest.mark.capability("INT-01")

KEY = "4f6c0a52d9b14e7f8a3b6c5d7e8f9a0b"
HEEDED = {
    "stripe": (200, b"{}"),
    "wechat_pay": (200, b'{"code":"SUCCESS","message":""}'),
    "alipay": (200, b"success"),
}
WINDOW = {"alipay": timedelta(hours=26)}
FIVE_MINUTES = timedelta(minutes=5)


@dataclass
class Endpoint:
    """The endpoint over one provider; `received` is what the application was handed."""

    at: Simulated
    url: str
    port: int
    received: list[tuple[str, ProviderNotice]] = field(default_factory=list)
    answered: Event = field(default_factory=Event)
    followed: Queue[tuple[str, bool]] = field(default_factory=Queue)
    failing: bool = False

    def receive(self, code: str, notice: ProviderNotice):
        if self.failing:
            raise Contention
        self.received.append((code, notice))
        return lambda: self.followed.put((notice.key, self.answered.wait(5)))

    def post(self, headers: dict[str, str], body: bytes, *, path: str = "") -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("POST", path or f"/webhooks/{self.at.provider.code}", body, headers)
        answer = connection.getresponse()
        told = (answer.status, answer.read())
        self.answered.set()
        connection.close()
        return told


@pytest.fixture(scope="module", params=list(HEEDED))
def served(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    with simulated(request.param) as at:
        endpoint = Endpoint(at, "", 0)
        webhooks = Webhooks(
            {request.param: at.provider},
            endpoint.receive,
            clock=lambda: datetime.now(UTC),
        )
        server = WebhookServer(webhooks, host="127.0.0.1", port=0)
        server.start()
        endpoint.port = server.server_port
        endpoint.url = f"http://127.0.0.1:{server.server_port}/webhooks/{request.param}"
        yield endpoint
        server.stop()


EVENTS = iter(range(1, 1_000_000))


@pytest.fixture
def endpoint(served: Endpoint) -> Endpoint:
    served.at.simulator.forget()
    served.at.simulator.events = next(EVENTS) * 1_000
    served.received.clear()
    served.answered.clear()
    served.followed = Queue()
    served.failing = False
    return served


@pytest.fixture
def signed(endpoint: Endpoint) -> tuple[dict[str, str], bytes]:
    endpoint.at.provider.authorise(endpoint.at.asked(KEY))
    return endpoint.at.simulator.signed_notice(KEY, event=next(EVENTS))


def test_hands_a_signed_message_on_and_answers_as_its_provider_expects(endpoint: Endpoint, signed):
    code = endpoint.at.provider.code

    assert endpoint.post(*signed) == HEEDED[code]
    [(by, notice)] = endpoint.received
    assert (by, notice.key, bool(notice.event_id)) == (code, KEY, True)
    assert abs(datetime.now(UTC) - notice.occurred_at) < FIVE_MINUTES


def test_a_message_that_is_sent_again_has_no_further_effect(endpoint: Endpoint, signed):
    answers = [endpoint.post(*signed) for _ in range(3)]

    assert answers == [HEEDED[endpoint.at.provider.code]] * 3
    assert len(endpoint.received) == 1


@pytest.mark.parametrize("times", [1, 3])
def test_a_message_may_come_before_the_answer_and_more_than_once(endpoint: Endpoint, times: int):
    endpoint.at.simulator.notices_to = endpoint.url
    endpoint.at.simulator.expect(Behaviour.NOTICE_FIRST if times == 1 else Behaviour.NOTICE_THRICE)

    endpoint.at.provider.authorise(endpoint.at.asked(KEY))

    assert endpoint.at.simulator.notice_answers == [HEEDED[endpoint.at.provider.code]] * times
    assert [notice.key for _, notice in endpoint.received] == [KEY]


def test_a_message_that_could_not_be_noted_is_taken_when_it_is_sent_again(endpoint: Endpoint, signed):
    endpoint.failing = True
    assert endpoint.post(*signed)[0] == 503
    endpoint.failing = False

    assert endpoint.post(*signed) == HEEDED[endpoint.at.provider.code]
    assert len(endpoint.received) == 1


@pytest.mark.parametrize("side", [-1, 1])
def test_refuses_a_message_that_was_signed_too_long_ago_or_ahead(endpoint: Endpoint, side: int):
    endpoint.at.provider.authorise(endpoint.at.asked(KEY))
    code = endpoint.at.provider.code
    then = datetime.now(UTC) + side * (WINDOW.get(code, FIVE_MINUTES) + timedelta(seconds=30))

    status, _ = endpoint.post(*endpoint.at.simulator.signed_notice(KEY, at=then, event=next(EVENTS)))

    assert (status, endpoint.received) == (400, [])


def test_refuses_a_message_whose_body_was_changed(endpoint: Endpoint, signed):
    headers, body = signed
    for place in range(0, len(body), 97):
        other = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert endpoint.post(headers, other)[0] == 400
    assert endpoint.post(headers, b"")[0] == 400
    assert not endpoint.received


def test_refuses_a_message_with_another_amount(endpoint: Endpoint, signed):
    headers, body = signed
    if endpoint.at.provider.code == "alipay":
        fields = dict(parse_qsl(body.decode())) | {"total_amount": "0.01"}
        other = urlencode(fields).encode()
    else:
        # WeChat Pay's amount is sealed: there a digit of the seal is another one.
        other = (
            body.replace(b"12345", b"00001")
            if b"12345" in body
            else body.replace(b'"ciphertext": "', b'"ciphertext": "A')
        )

    assert other != body
    assert endpoint.post(headers, other)[0] == 400
    assert not endpoint.received


@pytest.mark.parametrize("change", ["", "junk", "\xff", "t=1,v1=0", "9" * 400])
def test_refuses_a_message_whose_signature_is_another(endpoint: Endpoint, signed, change: str):
    headers, body = signed
    for name in [name for name in headers if name != "content-type"]:
        assert endpoint.post(headers | {name: change}, body)[0] == 400
        assert endpoint.post({other: value for other, value in headers.items() if other != name}, body)[0] == 400
    if endpoint.at.provider.code == "alipay":
        fields = dict(parse_qsl(body.decode())) | {"sign": change}
        assert endpoint.post(headers, urlencode(fields).encode())[0] == 400
    assert not endpoint.received


@pytest.mark.parametrize(
    "path", ["/", "/webhooks/", "/webhooks/paypal", "/webhooks/bank_terminal", "/webhooks/stripe/x"]
)
def test_knows_no_other_path(endpoint: Endpoint, signed, path: str):
    assert endpoint.post(*signed, path=path)[0] == 404
    assert not endpoint.received


def test_reads_no_more_than_a_message_may_have(endpoint: Endpoint):
    assert endpoint.post({"Content-Length": "65537"}, b"")[0] == 413
    assert endpoint.post({"Content-Length": "9" * 30}, b"")[0] == 413
    assert endpoint.post({"Content-Length": "-1"}, b"")[0] == 411
    assert endpoint.post({"Content-Length": "one"}, b"")[0] == 411
    assert _OneMessage.timeout == SECONDS_MAX


def test_answers_before_it_does_what_follows(endpoint: Endpoint, signed):
    assert endpoint.post(*signed)[0] == 200

    # What follows waits until this test has the answer.
    assert endpoint.followed.get(timeout=10) == (KEY, True)
