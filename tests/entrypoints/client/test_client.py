"""The client for integrators: what it sends, what it repeats, and what it makes of a no."""

import time
from collections.abc import Callable, Iterator

import grpc
import pytest

from application.sales.checkout import InsufficientStock
from entrypoints.grpc.errors import RequestTooLarge, TooManyCalls, TryAgain
from liansuo.identity.v1 import identity_pb2
from liansuo.identity.v1.identity_pb2_grpc import IdentityServiceStub
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo.sales.v1.sales_pb2_grpc import SalesServiceStub
from liansuo_client import Busy, CallFailed, Client, NotRecognised, Refused, Unreachable, connect, new_request_id
from liansuo_client.connection import ATTEMPTS_MAX, deadline_of
from tests.entrypoints.client.scripted import Received, Scripted, Status, scripted

SALE = pb2.CheckoutRequest(request_id="7d9e4f1c-3f3e-4d3c-8b0a-5a3c1d2e4f60")
ANSWER = pb2.CheckoutResponse(sale=pb2.Sale(sale_id=7))


def answered(_: Received) -> bytes:
    return ANSWER.SerializeToString()


def failing(*failures: Exception) -> Callable[[Received], bytes]:
    """Fails once with each, then answers."""
    left = iter(failures)

    def answer(call: Received) -> bytes:
        for failure in left:
            raise failure
        return answered(call)

    return answer


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(answered) as running:
        yield running


@pytest.fixture
def client(server: Scripted) -> Iterator[Client]:
    with connect(server.address, credential="secret", language="zh") as connected:
        yield connected


def sell(client: Client) -> pb2.CheckoutResponse:
    return client.of(SalesServiceStub).Checkout(SALE)


def refused_by(client: Client) -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        sell(client)
    return failed.value


@pytest.mark.capability("INT-04")
def test_says_who_calls_in_which_language_and_how_long_it_waits(server: Scripted, client: Client) -> None:
    assert sell(client) == ANSWER
    client.signed_in("staff").of(SalesServiceStub).UploadSales(pb2.UploadSalesRequest(sales=[SALE]))
    client.of(IdentityServiceStub).ListStores(identity_pb2.ListStoresRequest(), timeout=2)
    first, second, third = server.received
    assert (first.method, first.request) == ("/liansuo.sales.v1.SalesService/Checkout", SALE.SerializeToString())
    assert (first.metadata["authorization"], first.metadata["accept-language"]) == ("Bearer secret", "zh")
    assert "x-staff-session" not in first.metadata
    assert (second.metadata["authorization"], second.metadata["x-staff-session"]) == ("Bearer secret", "staff")
    assert [round(call.seconds_left or 0) for call in (first, second, third)] == [5, 20, 2]


@pytest.mark.parametrize(
    ("method", "seconds"),
    [("Checkout", 5.0), ("QuoteBasket", 5.0), ("UploadSales", 20.0), ("ListSales", 30.0), ("GetTakings", 30.0)],
)
def test_has_a_deadline_for_every_call(method: str, seconds: float) -> None:
    assert deadline_of(f"/liansuo.sales.v1.SalesService/{method}") == seconds


def test_repeats_what_was_surely_not_answered(server: Scripted, client: Client) -> None:
    server.answer = failing(TryAgain(), TryAgain())
    assert sell(client) == ANSWER
    assert [call.request for call in server.received] == [SALE.SerializeToString()] * 3


def test_repeats_a_few_times_and_then_tells(server: Scripted, client: Client) -> None:
    server.answer = failing(*[TryAgain()] * 10)
    failed = refused_by(client)
    assert (type(failed), failed.reason, len(server.received)) == (Unreachable, "TRY_AGAIN", ATTEMPTS_MAX)
    assert failed.message.startswith("数据库繁忙")


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code.name not in ("OK", "UNAVAILABLE")])
def test_repeats_nothing_else(server: Scripted, client: Client, code: grpc.StatusCode) -> None:
    server.answer = failing(Status(code))
    assert refused_by(client).code is code
    assert len(server.received) == 1


def test_tells_what_is_wrong_where_and_what_to_do(server: Scripted, client: Client) -> None:
    server.answer = failing(
        InsufficientStock("basket.lines[0].sku", sku="TEA", store_code="S1", available=500, asked=1000)
    )
    failed = refused_by(client)
    assert (type(failed), failed.reason, failed.field) == (Refused, "INSUFFICIENT_STOCK", "basket.lines[0].sku")
    assert failed.message == "门店“S1”商品“TEA”可用 500（千分之一单位），不足 1000。"
    assert failed.details == {"sku": "TEA", "store_code": "S1", "available": "500", "asked": "1000"}


def test_tells_how_long_a_busy_server_wants_to_be_left_alone(server: Scripted, client: Client) -> None:
    server.answer = failing(TooManyCalls(limit=8), Status(grpc.StatusCode.RESOURCE_EXHAUSTED))
    failed = refused_by(client)
    assert isinstance(failed, Busy)
    assert failed.retry_after_s == 0.2
    silent = refused_by(client)
    assert isinstance(silent, Busy)
    assert silent.retry_after_s == 1.0


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Status(grpc.StatusCode.UNAUTHENTICATED), NotRecognised),
        (Status(grpc.StatusCode.PERMISSION_DENIED), NotRecognised),
        (Status(grpc.StatusCode.DEADLINE_EXCEEDED), Unreachable),
        (RequestTooLarge(size=9, limit=8), Refused),
    ],
)
def test_sorts_failures_by_what_is_to_be_done(
    server: Scripted, client: Client, failure: Exception, kind: type[CallFailed]
) -> None:
    server.answer = failing(failure)
    assert type(refused_by(client)) is kind


def test_gives_up_at_its_deadline(server: Scripted, client: Client) -> None:
    def slow(call: Received) -> bytes:
        time.sleep(0.3)
        return answered(call)

    server.answer = slow
    with pytest.raises(Unreachable) as failed:
        client.of(SalesServiceStub).Checkout(SALE, timeout=0.1)
    assert failed.value.code is grpc.StatusCode.DEADLINE_EXCEEDED


def test_finds_a_server_that_comes_back(server: Scripted) -> None:
    with scripted(answered) as gone:
        address, port = gone.address, gone.port
    with connect(address, credential="secret") as client:
        assert type(refused_by(client)) is Unreachable
        with scripted(answered, port=port):
            until = time.monotonic() + 10
            while time.monotonic() < until:
                try:
                    assert sell(client) == ANSWER
                    break
                except Unreachable:
                    time.sleep(0.05)
            else:
                raise AssertionError("the client did not come back")


@pytest.mark.parametrize("server", ["erp.example.com:50051", "192.0.2.7:50051"])
def test_sends_no_credential_in_clear_to_another_machine(server: str) -> None:
    with pytest.raises(ValueError, match="ca_file"):
        connect(server, credential="secret")


def test_makes_a_new_id_every_time() -> None:
    assert len({new_request_id() for _ in range(100)}) == 100
