"""Orders whose deposits and pay-offs are taken by payments of a provider, from StartPayment to the last refund."""

from functools import partial
from random import Random
from typing import Any

import pytest

from application.sales.order_money import (
    CancelOrder,
    Completed,
    CompleteOrder,
    PayOrder,
    cancel_order,
    complete_order,
    pay_order,
)
from application.sales.order_views import OrderLineView, OrderPaymentView, OrderView
from application.sales.orders import PlaceOrder, place_order
from application.sales.pay import CancelPayment, ListPayments, cancel_payment, list_payments
from application.sales.payment_notices import ReceiveWebhook, heed_webhook
from application.sales.refund import RefundSale
from application.sales.settle_payments import SettlePayments, settle_payments
from application.sales.tender import Tender
from domain.sales.order import Fulfilment
from domain.sales.payment import PAID, PaymentState
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.application.sales.paying import MUG_MINOR, PayingTill, at_once
from tests.application.sales.test_payment_saga import POINTS, Crash, Customer, Dying, DyingTransactor, minutes_pass
from tests.providers import BEHAVIOURS
from tests.world import Till, World

DEPOSITS, CARD = "220507", "101201"


@pytest.fixture
def till(world: World) -> PayingTill:
    return PayingTill(world)


def placed(world: World, mugs: int = 1) -> OrderView:
    due = world.clock().date().isoformat()
    command = PlaceOrder((OrderLineView("MUG", 1_000 * mugs),), fulfilment=Fulfilment.COLLECT, due_date=due)
    order: OrderView = world.once(place_order, command, world.s1)
    return order


def by(payment_id: int, amount: int = MUG_MINOR, kind: TenderKind = TenderKind.CARD, ref: str = "") -> OrderPaymentView:
    return OrderPaymentView(kind, amount, ref, payment_id)


def pay(world: World, order: OrderView, *paid: OrderPaymentView) -> OrderView:
    view: OrderView = world.once(pay_order, PayOrder(order.order_id, paid), world.s1)
    return view


def complete(world: World, order: OrderView, *tenders: Tender) -> Completed:
    done: Completed = world.once(complete_order, CompleteOrder(order.order_id, tenders), world.s1)
    return done


def refused(world: World, order: OrderView, *paid: OrderPaymentView) -> tuple[str, str]:
    before = world.rows("SELECT * FROM order_payments"), world.rows("SELECT * FROM payment_intents")
    with pytest.raises(Refusal) as caught:
        pay(world, order, *paid)
    assert (world.rows("SELECT * FROM order_payments"), world.rows("SELECT * FROM payment_intents")) == before
    return caught.value.reason, caught.value.field


@pytest.mark.capability("INT-01")
def test_a_payment_is_paid_in_for_ever_captured_and_pays_the_sale(till: PayingTill) -> None:
    world = till.world
    order = placed(world, 2)
    deposit, rest = till.start(4_000), till.start(6_000)
    paid = pay(world, order, by(deposit.payment_id, 4_000))
    assert [(one.payment_id, one.reference) for one in paid.payments] == [(deposit.payment_id, deposit.reference)]
    world.clock.advance(minutes=30)
    till.reconcile()
    taken = till.read(deposit.payment_id)
    assert (taken.state, taken.order_id, taken.sale_id) == (PaymentState.CAPTURED, order.order_id, 0)
    assert till.read(rest.payment_id).state is PaymentState.VOIDED
    rest = till.start(6_000)
    done = complete(world, order, Tender(TenderKind.CARD, 6_000, payment_id=rest.payment_id))
    assert [(one.kind, one.amount_minor) for one in done.sale.tenders] == [
        (TenderKind.DEPOSIT, 4_000),
        (TenderKind.CARD, 6_000),
    ]
    assert till.read(deposit.payment_id).sale_id == done.sale.sale_id
    till.reconcile()
    assert world.ledger()[CARD] == 10_000
    assert sum(account.taken for account in till.provider.accounts.values()) == 10_000
    one = ReturnRequest(1, 1_000, amount_only=False)
    for left in (5_000, 0):
        world.refund(RefundSale(done.sale.sale_id, "Broken", (one,)))
        till.reconcile()
        assert sum(account.taken for account in till.provider.accounts.values()) == left
    assert till.read(deposit.payment_id).state is PaymentState.REFUNDED
    assert world.ask(list_payments, ListPayments(page_size=500)).payments == []


@pytest.mark.capability("INT-01")
def test_a_cancelled_order_has_the_provider_give_its_deposits_back(till: PayingTill) -> None:
    world = till.world
    order = placed(world, 2)
    payment = till.start(4_000)
    pay(world, order, by(payment.payment_id, 4_000), OrderPaymentView(TenderKind.CASH, 1_000, ""))
    assert (world.ledger()[DEPOSITS], world.ledger()[CARD]) == (-5_000, 4_000)
    till.reconcile()
    world.do(settle_payments, SettlePayments(till.code, "S1"))
    world.once(cancel_order, CancelOrder(order.order_id, "changed her mind"), world.s1)
    till.reconcile()
    assert till.read(payment.payment_id).state is PaymentState.REFUNDED
    assert [account.taken for account in till.provider.accounts.values()] == [0]
    assert DEPOSITS not in world.ledger()
    # What was paid out before is deducted from the next settlement.
    world.do(settle_payments, SettlePayments(till.code, "S1"))
    assert CARD not in world.ledger()


@pytest.mark.capability("INT-01")
def test_refuses_a_payment_that_is_not_there_to_be_paid_in(till: PayingTill) -> None:
    world = till.world
    order, other = placed(world), placed(world)
    payment = till.start(2_000)
    field = "payments[0].payment_id"
    for paid, reason, where in (
        (by(payment.payment_id, 1_999), "PAYMENT_DIFFERS", field),
        (by(payment.payment_id, 2_000, TenderKind.WALLET), "PAYMENT_DIFFERS", field),
        (by(payment.payment_id, 2_000, TenderKind.CASH), "NOT_A_PAYMENT_TENDER", field),
        (by(payment.payment_id, 2_000, ref="A1"), "REFERENCE_OF_PAYMENT", "payments[0].reference"),
        (by(9, 2_000), "NO_SUCH_PAYMENT", field),
    ):
        assert refused(world, order, paid) == (reason, where)
    elsewhere = till.start(2_000, caller=world.s2)
    assert refused(world, order, by(elsewhere.payment_id, 2_000))[0] == "NO_SUCH_PAYMENT"
    pay(world, order, by(payment.payment_id, 2_000))
    assert refused(world, other, by(payment.payment_id, 2_000)) == ("PAYMENT_OF_ORDER", field)
    with pytest.raises(Refusal, match="Cancel that order"):
        world.do(cancel_payment, CancelPayment(payment.payment_id), world.s1)
    with pytest.raises(Refusal) as caught:
        world.sell(till.basket(payment.payment_id, 2_000))
    assert caught.value.reason == "PAYMENT_OF_ORDER"
    sold = till.start()
    world.sell(till.basket(sold.payment_id))
    assert refused(world, other, by(sold.payment_id)) == ("PAYMENT_USED", field)
    undone = till.start()
    till.cancel(undone.payment_id)
    assert refused(world, other, by(undone.payment_id)) == ("PAYMENT_NOT_PAID", field)


@pytest.mark.capability("INT-01")
def test_a_deposit_that_the_provider_has_no_more_hands_no_goods_over(till: PayingTill) -> None:
    world = till.world
    order = placed(world)
    payment = till.start()
    pay(world, order, by(payment.payment_id))
    till.reconcile()
    [key] = till.provider.accounts
    # Somebody gives it back at the provider's own counter.
    till.provider.refund(key, "theirs", MUG_MINOR, refunded_before_minor=0)
    heed_webhook(till.outside(), ReceiveWebhook("fake", "evt_2", key))
    assert any(one.startswith("SAL-payments") for one in world.broken())
    world.clock.advance(minutes=1)
    [told] = world.ask(list_payments, ListPayments(page_size=500)).payments
    assert told.payment_id == payment.payment_id
    with pytest.raises(Refusal) as caught:
        complete(world, order)
    assert (caught.value.reason, caught.value.field) == ("DEPOSIT_LOST", "order_id")
    world.once(cancel_order, CancelOrder(order.order_id, "lost"), world.s1)
    till.reconcile()
    assert [account.taken for account in till.provider.accounts.values()] == [0]
    assert world.ask(list_payments, ListPayments(page_size=500)).payments == []


class Orderer(Customer):
    """Somebody who has ordered a mug and pays it in by a provider, else in cash."""

    def orders(self, *, cancels: bool) -> None:
        self.order, self.cancels = placed(self.world), cancels

    def _pays(self) -> None:
        payment = self.till.start(request_id=self.payment_request)
        if payment.state not in PAID and payment.state is not PaymentState.DECLINED:
            self.world.clock.advance(seconds=3)
            payment = self.till.look(payment.payment_id)
        if payment.state in PAID and not payment.cancelling:
            return self._pays_in(by(payment.payment_id))
        if payment.state is not PaymentState.DECLINED:
            self.till.cancel(payment.payment_id)
        return self._pays_in(OrderPaymentView(TenderKind.CASH, MUG_MINOR, ""))

    def _pays_in(self, paid: OrderPaymentView) -> None:
        command = PayOrder(self.order.order_id, (paid,))
        call: Any = self.world.call(command, self.world.s1, self.sale_request, "sales.pay_order")
        self.till.transactor.execute(pay_order, call, lambda _: b"paid")

    def ends(self) -> None:
        """The order is cancelled or handed over; one that was not paid is paid in cash then."""
        [(paid,)] = self.world.rows(f"SELECT paid_minor FROM orders WHERE order_id = {self.order.order_id}")
        if self.cancels:
            self.world.once(cancel_order, CancelOrder(self.order.order_id, "changed her mind"), self.world.s1)
        else:
            complete(self.world, self.order, *(() if paid else Till().cash(MUG_MINOR).command.tenders))


@pytest.mark.capability("INT-01")
@pytest.mark.parametrize("every", [7, pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(3_600)])])
def test_money_and_orders_end_together_wherever_the_till_dies(world: World, every: int) -> None:
    world.receive("MUG", 100_000, 200_000)
    chance = Random(every)
    places = [(behaviour, point) for behaviour in BEHAVIOURS for point in range(POINTS)][::every]
    customers: list[Customer] = []
    for number, (behaviour, point) in enumerate(places):
        customer = Orderer(world, behaviour, f"p{number}", returns=chance.random() < 0.5)
        customer.orders(cancels=chance.random() < 0.5)
        customers.append(customer)
        dying = Dying(point)
        customer.till.transactor, customer.till.ask = DyingTransactor(world.transactor, dying), partial(dying)
        try:
            customer._pays()
        except Crash:
            customer.till.transactor, customer.till.ask = world.transactor, at_once
            if customer.returns:
                customer._pays()
        customer.till.transactor, customer.till.ask = world.transactor, at_once
    minutes_pass(world, customers, 20, chance)
    for customer in customers:
        assert isinstance(customer, Orderer)
        customer.ends()
    minutes_pass(world, customers, 47, chance)
    taken = {key: one.taken for customer in customers for key, one in customer.till.provider.accounts.items()}
    cancelled = {one.order.order_id for one in customers if isinstance(one, Orderer) and one.cancels}
    kept = {
        key: 0 if order_id is None or order_id in cancelled else MUG_MINOR
        for key, order_id in world.rows("SELECT key, order_id FROM payment_intents")
    }
    assert {key: kept[key] for key in taken} == taken
    assert sum(kept.values()) == sum(taken.values()) > 0
    assert world.ask(list_payments, ListPayments(page_size=500)).payments == []
    assert DEPOSITS not in world.ledger()
