"""Payments over gRPC: the provider is asked between two transactions, and the till is told at once."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from application.outside import ASKED_AT_ONCE_MAX
from entrypoints.grpc.payments import SERVICE
from entrypoints.grpc.sales import SERVICE as SALES
from liansuo.sales.v1 import payment_pb2 as pb2
from liansuo.sales.v1 import sales_pb2
from tests.entrypoints.grpc.serving import Running, serving
from tests.entrypoints.table_calls import permissions
from tests.providers import FakeProvider
from tests.world import World

PATH = "/liansuo.sales.v1.PaymentService/"


def test_names_a_permission_for_every_rpc() -> None:
    assert permissions(SERVICE) == {
        "StartPayment": "sales.checkout",
        "GetPayment": "sales.read",
        "CancelPayment": "sales.checkout",
        "ListPayments": "sales.read",
    }


@pytest.fixture
def provider(world: World) -> FakeProvider:
    return FakeProvider(world.clock)


@pytest.fixture
def server(world: World, provider: FakeProvider) -> Iterator[Running]:
    with serving(
        world.units,
        services=(SERVICE, SALES),
        authenticate=lambda _: world.s1,
        clock=world.clock,
        payment_providers={"fake": provider},
    ) as running:
        yield running


def started(server: Running, request_id: str = "", **changes: object) -> pb2.Payment:
    request = pb2.StartPaymentRequest(
        request_id=request_id or str(uuid4()),
        provider="fake",
        kind=sales_pb2.TENDER_KIND_WALLET,
        amount_minor=5_000,
        payment_token="284500000000000001",
    )
    for name, value in changes.items():
        setattr(request, name, value)
    answer = server.call(f"{PATH}StartPayment", request.SerializeToString())
    return pb2.StartPaymentResponse.FromString(answer).payment


@pytest.mark.capability("INT-01")
def test_pays_a_sale_and_repeats_nothing(server: Running, provider: FakeProvider) -> None:
    request_id = str(uuid4())
    paid = started(server, request_id)
    assert (paid.state, paid.kind, paid.currency) == (pb2.PAYMENT_STATE_APPROVED, sales_pb2.TENDER_KIND_WALLET, "CNY")
    assert started(server, request_id) == paid
    assert provider.calls == ["authorise"]
    request = sales_pb2.CheckoutRequest(request_id=str(uuid4()))
    request.basket.lines.add(sku="MUG", quantity_milli=1_000)
    request.tenders.add(kind=sales_pb2.TENDER_KIND_WALLET, amount_minor=5_000, payment_id=paid.payment_id)
    answer = server.call("/liansuo.sales.v1.SalesService/Checkout", request.SerializeToString())
    sale = sales_pb2.CheckoutResponse.FromString(answer).sale
    assert [tender.reference for tender in sale.tenders] == [paid.reference]
    asked = pb2.GetPaymentRequest(payment_id=paid.payment_id).SerializeToString()
    found = pb2.GetPaymentResponse.FromString(server.call(f"{PATH}GetPayment", asked))
    assert found.payment.sale_id == sale.sale_id
    assert [event.kind for event in found.history] == [
        pb2.PAYMENT_EVENT_KIND_CREATED,
        pb2.PAYMENT_EVENT_KIND_SENT,
        pb2.PAYMENT_EVENT_KIND_ANSWERED,
        pb2.PAYMENT_EVENT_KIND_USED,
    ]
    assert len(provider.accounts) == 1 < ASKED_AT_ONCE_MAX


@pytest.mark.capability("INT-01")
def test_cancels_what_is_not_known(server: Running, provider: FakeProvider) -> None:
    provider.behaviour = "timeout then approved"
    lost = started(server)
    assert lost.state == pb2.PAYMENT_STATE_UNKNOWN
    listed = pb2.ListPaymentsRequest(page_size=1).SerializeToString()
    assert not pb2.ListPaymentsResponse.FromString(server.call(f"{PATH}ListPayments", listed)).payments
    asked = pb2.CancelPaymentRequest(payment_id=lost.payment_id).SerializeToString()
    for _ in range(2):
        undone = pb2.CancelPaymentResponse.FromString(server.call(f"{PATH}CancelPayment", asked)).payment
        assert (undone.state, undone.cancelling) == (pb2.PAYMENT_STATE_VOIDED, True)
    assert provider.calls == ["authorise", "cancel"]


def test_refuses_a_provider_that_nobody_knows_before_anything_is_written(server: Running, world: World) -> None:
    request = pb2.StartPaymentRequest(
        request_id=str(uuid4()), provider="other", kind=sales_pb2.TENDER_KIND_CARD, amount_minor=1, payment_token="t"
    )
    refused = server.call(f"{PATH}StartPayment", request.SerializeToString())
    assert (refused.reason, refused.fields) == ("UNKNOWN_PROVIDER", ["provider"])
    assert world.count("payment_intents") == 0
