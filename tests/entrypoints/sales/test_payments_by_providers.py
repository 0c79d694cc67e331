"""The whole way of a payment with each provider: gRPC, the saga, the provider's own kit, a simulator over a socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from application.outside import Outside
from application.ports.payments import NoticeRefused
from application.sales.pay import GetPayment, get_payment
from application.sales.payment_views import PaymentView
from application.sales.reconcile_payments import reconcile
from domain.identity.organisation import SYSTEM
from entrypoints.grpc.payments import SERVICE
from entrypoints.grpc.sales import SERVICE as SALES
from entrypoints.webhooks import Webhooks, WebhookServer, receiving
from liansuo.sales.v1 import payment_pb2 as pb2
from liansuo.sales.v1 import sales_pb2
from tests.adapters.payments.simulated import CODES, Simulated, simulated
from tests.adapters.payments.simulators.book import Behaviour
from tests.application.sales.paying import MUG_MINOR, at_once
from tests.entrypoints.grpc.serving import Running, serving
from tests.world import World, opened

pytestmark = pytest.mark.capability("INT-01")

HEEDED = {
    "stripe": (200, b"{}"),
    "wechat_pay": (200, b'{"code":"SUCCESS","message":""}'),
    "alipay": (200, b"success"),
    "bank_terminal": (0, b""),
}
PAYMENTS, SALES_PATH = "/liansuo.sales.v1.PaymentService/", "/liansuo.sales.v1.SalesService/"


@dataclass
class PaidTill:
    """A till at the edge that takes payments of one provider."""

    at: Simulated
    world: World
    server: Running

    @property
    def outside(self) -> Outside:
        providers = {self.at.provider.code: self.at.provider}
        return Outside(self.world.transactor, providers, at_once, SYSTEM, self.world.clock)

    def start(self, amount_minor: int = MUG_MINOR) -> pb2.Payment:
        request = pb2.StartPaymentRequest(
            request_id=str(uuid4()),
            provider=self.at.provider.code,
            kind=sales_pb2.TENDER_KIND_CARD,
            amount_minor=amount_minor,
            payment_token=self.at.token or "terminal",
        )
        answer = self.server.call(f"{PAYMENTS}StartPayment", request.SerializeToString())
        return pb2.StartPaymentResponse.FromString(answer).payment

    def sell(self, payment: pb2.Payment, *, mugs: int = 1) -> sales_pb2.Sale:
        request = sales_pb2.CheckoutRequest(request_id=str(uuid4()))
        request.basket.lines.add(sku="MUG", quantity_milli=mugs * 1_000)
        amount = mugs * MUG_MINOR
        request.tenders.add(kind=sales_pb2.TENDER_KIND_CARD, amount_minor=amount, payment_id=payment.payment_id)
        answer = self.server.call(f"{SALES_PATH}Checkout", request.SerializeToString())
        return sales_pb2.CheckoutResponse.FromString(answer).sale

    def refund(self, sale_id: int, *, mugs: int = 0) -> None:
        """Takes back so many mugs; the whole sale where none are named."""
        request = sales_pb2.RefundSaleRequest(request_id=str(uuid4()), sale_id=sale_id, reason="Broken")
        if mugs:
            request.lines.add(line_number=1, quantity_milli=mugs * 1_000)
        answer = self.server.call(f"{SALES_PATH}RefundSale", request.SerializeToString())
        assert sales_pb2.RefundSaleResponse.FromString(answer)

    def reconcile(self, *, minutes: int = 1) -> None:
        self.world.clock.advance(minutes=minutes)
        sum(reconcile(self.outside))

    def read(self, payment: pb2.Payment) -> PaymentView:
        found: PaymentView = self.world.ask(get_payment, GetPayment(payment.payment_id)).payment
        return found

    def webhooks(self) -> Webhooks:
        return Webhooks(self.outside.providers, receiving(self.outside), clock=lambda: datetime.now(UTC))


@pytest.fixture(scope="module", params=CODES)
def running(request: pytest.FixtureRequest) -> Iterator[Simulated]:
    with simulated(request.param) as at:
        yield at


@contextmanager
def opened_till(at: Simulated, world: World) -> Iterator[PaidTill]:
    at.simulator.forget()
    with serving(
        world.units,
        services=(SERVICE, SALES),
        authenticate=lambda _: world.s1,
        clock=world.clock,
        payment_providers={at.provider.code: at.provider},
    ) as server:
        yield PaidTill(at, world, server)


@pytest.fixture
def till(running: Simulated, sqlite_chain: str) -> Iterator[PaidTill]:
    with opened(sqlite_chain, furnished=True) as world, opened_till(running, world) as till:
        yield till
        assert world.broken() == []


def test_pays_captures_and_gives_back_to_the_cent(till: PaidTill):
    paid = till.start()
    sale = till.sell(paid)
    till.reconcile()
    [charge] = till.at.simulator.book.charges.values()
    assert (charge.key, charge.captured_minor, charge.kept_minor) == (paid.key, MUG_MINOR, MUG_MINOR)
    assert [tender.reference for tender in sale.tenders] == [paid.reference]
    assert till.read(paid).state == "captured"

    till.refund(sale.sale_id)
    till.reconcile()

    assert list(charge.refunds.values()) == [MUG_MINOR]
    assert (till.read(paid).state, till.read(paid).refunded_minor) == ("refunded", MUG_MINOR)


def test_gives_back_refund_after_refund(till: PaidTill):
    """Also where a provider tells of each refund, and not of all of them."""
    paid = till.start(2 * MUG_MINOR)
    sale = till.sell(paid, mugs=2)
    till.reconcile()

    for refunds in (1, 2):
        till.refund(sale.sale_id, mugs=1)
        till.reconcile()
        [charge] = till.at.simulator.book.charges.values()
        assert list(charge.refunds.values()) == [MUG_MINOR] * refunds
        assert till.read(paid).refunded_minor == refunds * MUG_MINOR

    till.reconcile()
    assert charge.kept_minor == 0
    assert till.at.simulator.book.asked["refund"] == 2


def test_however_the_provider_behaves_what_is_paid_is_what_was_sold(till: PaidTill):
    sold = 0
    with listening(till):
        for behaviour in Behaviour:
            till.at.simulator.expect(behaviour)
            paid = till.start()
            if behaviour is Behaviour.PENDING:
                till.at.simulator.book.pay(paid.key)
            till.reconcile()
            if behaviour.declines:
                till.reconcile(minutes=20)
                till.reconcile(minutes=20)
            else:
                till.sell(paid)
                till.reconcile()
                sold += MUG_MINOR
            assert till.at.simulator.book.kept_minor() == sold, behaviour
            assert till.read(paid).state in (("declined", "voided") if behaviour.declines else ("captured",)), behaviour

    assert len(till.at.simulator.book.charges) == len(Behaviour)
    assert till.at.simulator.notice_answers == [HEEDED[till.at.provider.code]] * (4 if till.at.sends_notices else 0)


@pytest.mark.long
def test_an_answer_that_is_lost_does_nothing_twice(till: PaidTill):
    paid = {}
    for step in ("capture", "void", "refund"):
        till.at.simulator.lose_answers_of(step)
        paid[step] = till.start()
        if step != "void":
            sale = till.sell(paid[step])
            till.reconcile()
        if step == "refund":
            till.refund(sale.sale_id)
        for _ in range(3):
            till.reconcile(minutes=20)

    kept = {step: till.at.simulator.book.charges[one.key].kept_minor for step, one in paid.items()}
    assert kept == {"capture": MUG_MINOR, "void": 0, "refund": 0}
    assert {step: till.read(one).state for step, one in paid.items()} == {
        "capture": "captured",
        "void": till.at.voided_as,
        "refund": "refunded",
    }


@pytest.mark.long
def test_a_provider_that_was_down_for_half_an_hour_owes_nothing(till: PaidTill):
    till.at.simulator.down = True
    paid = till.start()
    assert paid.state == pb2.PAYMENT_STATE_UNKNOWN
    for _ in range(6):
        till.reconcile(minutes=5)
    assert till.read(paid).state == "unknown"
    till.at.simulator.down = False

    till.reconcile(minutes=2)
    till.reconcile(minutes=2)

    assert till.read(paid).state == "voided"
    assert till.at.simulator.book.kept_minor() == 0


def test_a_signed_message_that_lies_about_the_amount_has_no_effect(till: PaidTill):
    if not till.at.sends_notices:
        with pytest.raises(NoticeRefused):
            till.at.provider.notice({}, b"", at=datetime.now(UTC))
        return
    paid = till.start()
    charge = till.at.simulator.book.charges[paid.key]
    with till.at.simulator.book.lock:
        charge.amount_minor = 1
        headers, body = till.at.simulator.signed_notice(paid.key, event=1)
        charge.amount_minor = MUG_MINOR

    before = till.read(paid)
    webhooks = till.webhooks()
    for _ in range(3):
        reply = webhooks.reply(f"/webhooks/{till.at.provider.code}", headers, body)
        assert reply.status == 200
        if reply.afterwards is not None:
            reply.afterwards()

    assert till.read(paid) == before
    assert till.world.count("payment_notices") == 1
    # After a restart the endpoint remembers nothing, and the application does.
    assert till.webhooks().reply(f"/webhooks/{till.at.provider.code}", headers, body).afterwards is None
    assert till.world.count("payment_notices") == 1


def test_a_message_has_what_timed_out_looked_up_at_once(till: PaidTill):
    if not till.at.sends_notices:
        return
    till.at.simulator.expect(Behaviour.TIME_OUT_THEN_APPROVE)
    paid = till.start()
    assert paid.state == pb2.PAYMENT_STATE_UNKNOWN

    with listening(till):
        till.at.simulator.send_notices(paid.key, 1)

    assert till.read(paid).state == ("captured" if till.at.takes_at_once else "approved")


@contextmanager
def listening(till: PaidTill) -> Iterator[None]:
    """The endpoint for messages runs, and the simulator knows where; in the end all that followed is done."""
    server = WebhookServer(till.webhooks(), host="127.0.0.1", port=0)
    server.start()
    till.at.simulator.notices_to = f"http://127.0.0.1:{server.server_port}/webhooks/{till.at.provider.code}"
    try:
        yield
    finally:
        server.stop()
