from dataclasses import replace
from uuid import uuid4

import pytest

from application.ports.payments import ProviderState
from application.sales.pay import (
    CancelPayment,
    GetPayment,
    InvalidPaymentToken,
    ListPayments,
    ListTakings,
    OtherCurrency,
    PaidByCardOrWallet,
    PaysASale,
    StartPayment,
    UnknownPayment,
    cancel_payment,
    check_provider,
    get_payment,
    list_payments,
    list_provider_takings,
    start_payment,
)
from application.sales.paying import (
    NoSuchPayment,
    NotAPaymentTender,
    PaymentDiffers,
    PaymentNotPaid,
    PaymentTenderedTwice,
    PaymentUsed,
    ReferenceOfPayment,
)
from application.sales.payment_notices import ReceiveWebhook, heed_webhook
from application.sales.refund import RefundSale
from application.sales.tender import Tender
from domain.sales.payment import PaymentFlow, PaymentState
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.sales.tenders import CardNumberRefused, InvalidTenderAmount
from domain.shared.errors import Refusal
from tests.application.sales.paying import MUG_MINOR, PayingTill
from tests.world import Till, World


@pytest.fixture
def till(world: World) -> PayingTill:
    return PayingTill(world)


@pytest.mark.capability("INT-01")
def test_a_payment_is_approved_taken_by_a_sale_captured_and_refunded(till: PayingTill) -> None:
    paid = till.start()
    assert (paid.state, paid.amount_minor, paid.currency, paid.hint) == ("approved", MUG_MINOR, "CNY", "visa 4242")
    sale = till.world.sell(till.basket(paid.payment_id))
    assert [tender.reference for tender in sale.tenders] == [paid.reference]
    [account] = till.provider.accounts.values()
    assert account.captures == 0
    assert till.reconcile() == 1
    assert (till.read(paid.payment_id).state, account.taken) == ("captured", MUG_MINOR)
    assert [tuple(one) for one in till.world.ask(list_provider_takings, ListTakings())] == [
        ("fake", "CNY", 1, MUG_MINOR)
    ]
    till.world.clock.advance(minutes=1)
    till.world.refund(RefundSale(sale.sale_id, "Broken"))
    assert account.taken == MUG_MINOR
    assert till.reconcile() == 1
    refunded = till.read(paid.payment_id)
    assert (refunded.state, refunded.refunded_minor, account.taken) == ("refunded", MUG_MINOR, 0)
    assert till.history(paid.payment_id) == [
        "created", "sent", "answered", "used", "answered", "refund_asked", "answered", "refund_done",
    ]  # fmt: skip
    assert till.world.ask(list_payments, ListPayments()).payments == []


def test_repeated_partial_refunds_are_each_paid_out_once(till: PayingTill) -> None:
    paid = till.start(2 * MUG_MINOR)
    tender = Tender(TenderKind.CARD, 2 * MUG_MINOR, payment_id=paid.payment_id)
    sale = till.world.sell(Till().line("MUG", 2)._tender(tender).command)
    for _ in range(2):
        till.world.clock.advance(minutes=1)
        till.world.refund(RefundSale(sale.sale_id, "Broken", (ReturnRequest(1, 1_000, amount_only=False),)))
    [account] = till.provider.accounts.values()
    for _ in range(4):
        till.reconcile()
        till.world.clock.advance(minutes=2)
    assert account.refunds and list(account.refunds.values()) == [MUG_MINOR, MUG_MINOR]
    assert till.read(paid.payment_id).state == "refunded"
    assert till.world.rows("SELECT count(*) FROM payment_refunds WHERE done_at IS NULL") == [(0,)]


def test_the_same_request_asks_for_the_money_once(till: PayingTill) -> None:
    request_id = str(uuid4())
    first = till.start(request_id=request_id)
    again = till.start(request_id=request_id)
    assert again == first
    assert till.provider.calls == ["authorise"]
    assert till.world.count("payment_intents") == 1


@pytest.mark.capability("INT-01")
@pytest.mark.parametrize(("behaviour", "state"), [("timeout then approved", "approved"), ("declined", "declined")])
def test_what_is_not_known_is_looked_up(till: PayingTill, behaviour: str, state: str) -> None:
    till.provider.behaviour = behaviour
    paid = till.start()
    assert paid.state == ("unknown" if behaviour.startswith("timeout") else "declined")
    if paid.state == "unknown":
        with pytest.raises(PaymentNotPaid, match="unknown"):
            till.world.sell(till.basket(paid.payment_id))
    assert till.look(paid.payment_id).state == paid.state, "asked a moment ago"
    till.world.clock.advance(seconds=3)
    assert till.look(paid.payment_id).state == state


@pytest.mark.capability("SAL-02")
def test_a_sale_takes_a_payment_once_and_only_its_own(till: PayingTill) -> None:
    world, paid, other = till.world, till.start(), till.start(caller=till.world.s2)
    command = till.basket(paid.payment_id)
    for refused, reason in (
        (till.basket(other.payment_id), NoSuchPayment),
        (till.basket(10**15), NoSuchPayment),
        (replace(command, tenders=(replace(command.tenders[0], kind=TenderKind.WALLET),)), PaymentDiffers),
        (replace(command, tenders=(replace(command.tenders[0], amount_minor=4_999),)), PaymentDiffers),
        (replace(command, tenders=(replace(command.tenders[0], kind=TenderKind.CASH),)), NotAPaymentTender),
        (replace(command, tenders=(replace(command.tenders[0], reference="A1"),)), ReferenceOfPayment),
        (replace(command, tenders=command.tenders * 2), PaymentTenderedTwice),
    ):
        with pytest.raises(reason):
            world.sell(refused)
    # Two sales of one batch want it: the first has it, the other one is refused by itself.
    taken, refusal = world.sell_all([world.call(command, world.s1), world.call(command, world.s1)])
    assert isinstance(refusal, PaymentUsed)
    world.clock.advance(minutes=1)
    with pytest.raises(PaymentUsed):
        world.sell(command)
    assert till.read(paid.payment_id).sale_id == taken.sale_id
    with pytest.raises(PaysASale):
        world.do(cancel_payment, CancelPayment(paid.payment_id), world.s1)
    # Cash for the rest, and change on it: the payment keeps to its amount.
    mixed = till.start()
    sold = world.sell(Till(till.basket(mixed.payment_id)).line("MUG").cash(6_000).command)
    assert sold.change_minor == 1_000


@pytest.mark.capability("INT-01")
def test_what_no_sale_takes_is_undone(till: PayingTill) -> None:
    paid = till.start()
    till.world.set("payment_void_minutes", "3")
    till.world.clock.advance(minutes=2)
    assert till.reconcile() == 0
    till.world.clock.advance(minutes=8)
    assert till.reconcile() == 1
    assert (till.read(paid.payment_id).state, till.history(paid.payment_id)[-2:]) == (
        "voided",
        ["void_decided", "answered"],
    )
    with pytest.raises(PaymentNotPaid):
        till.world.sell(till.basket(paid.payment_id))


def test_a_cancelled_payment_pays_nothing_whatever_becomes_of_it(till: PayingTill) -> None:
    till.provider.behaviour = "down for 30 minutes"
    paid = till.start()
    assert till.cancel(paid.payment_id).state == "unknown"
    with pytest.raises(PaymentNotPaid, match="cancelling"):
        till.world.sell(till.basket(paid.payment_id))
    till.world.clock.advance(minutes=16)
    till.reconcile()
    [listed] = till.world.ask(list_payments, ListPayments(15), till.world.s1).payments
    assert (listed.payment_id, listed.cancelling) == (paid.payment_id, True)
    assert till.world.ask(list_payments, ListPayments(15), till.world.s2).payments == []
    till.world.clock.advance(minutes=20)
    till.reconcile()
    assert till.read(paid.payment_id).state == "voided"
    assert till.world.ask(list_payments, ListPayments(15)).payments == []


@pytest.mark.capability("INT-01")
def test_a_webhook_alone_changes_nothing_and_counts_once(till: PayingTill) -> None:
    till.provider.behaviour = "timeout then approved"
    paid = till.start()
    message = ReceiveWebhook("fake", "evt_1", paid.key)
    assert not heed_webhook(till.outside(), ReceiveWebhook("other", "evt_1", paid.key))
    assert not heed_webhook(till.outside(), ReceiveWebhook("fake", "evt_1", "no key of ours"))
    assert not heed_webhook(till.outside(), ReceiveWebhook("fake", "evt_1", "f" * 32))
    assert till.provider.calls == ["authorise"]
    assert [heed_webhook(till.outside(), message) for _ in range(3)] == [True, False, False]
    assert till.provider.calls == ["authorise", "look_up"]
    assert till.read(paid.payment_id).state == "approved"
    # One that lies is looked up too, and the provider says the same as before.
    assert heed_webhook(till.outside(), replace(message, event_id="evt_2"))
    assert till.read(paid.payment_id).state == "approved"


@pytest.mark.capability("INT-01")
def test_another_amount_is_never_taken(till: PayingTill) -> None:
    till.provider.other_amount = 1
    paid = till.start()
    assert (paid.state, paid.cancelling, paid.reason) == ("approved", True, "other_amount")
    with pytest.raises(PaymentNotPaid):
        till.world.sell(till.basket(paid.payment_id))
    till.world.clock.advance(minutes=1)
    till.reconcile()
    assert till.read(paid.payment_id).state == PaymentState.VOIDED


def test_refuses_what_is_no_payment(till: PayingTill) -> None:
    world, good = till.world, StartPayment("fake", TenderKind.CARD, 100, "tok_visa")
    for wrong, reason in (
        (replace(good, kind=TenderKind.CASH), PaidByCardOrWallet),
        (replace(good, amount_minor=0), InvalidTenderAmount),
        (replace(good, payment_token=""), InvalidPaymentToken),
        (replace(good, payment_token="a\nb"), InvalidPaymentToken),
        (replace(good, payment_token="4242 4242 4242 4242"), CardNumberRefused),
        (replace(good, currency="USD"), OtherCurrency),
    ):
        with pytest.raises(reason):
            world.once(start_payment, wrong, world.s1)
    paid = till.start()
    with pytest.raises(UnknownPayment):
        world.ask(get_payment, GetPayment(paid.payment_id), world.s2)
    with pytest.raises(UnknownPayment):
        world.do(cancel_payment, CancelPayment(paid.payment_id), world.s2)


def test_what_the_provider_took_back_is_shown_and_found(world: World, till: PayingTill) -> None:
    paid = till.start()
    world.sell(till.basket(paid.payment_id))
    till.provider.cancel(paid.key)
    till.reconcile()
    assert till.read(paid.payment_id).state == "voided"
    world.clock.advance(minutes=20)
    assert [one.payment_id for one in world.ask(list_payments, ListPayments(15)).payments] == [paid.payment_id]
    [broken] = world.broken()
    assert broken.startswith("SAL-payments")
    # The only way out: the customer brings the goods back, or pays again.
    [(sale_id,)] = world.rows("SELECT sale_id FROM payment_intents")
    world.refund(RefundSale(sale_id, "Money never came"))
    assert world.broken() == []


@pytest.mark.parametrize("part_minor", [0, 2_000])
def test_what_was_given_back_at_the_provider_s_own_counter_is_shown_until_the_sale_is_refunded(
    world: World, till: PayingTill, part_minor: int
) -> None:
    paid = till.start()
    sale = world.sell(till.basket(paid.payment_id))
    till.reconcile()
    # Somebody gives back there what nobody has asked for here, and the provider says so by a message.
    till.provider.refund(paid.key, "by-hand", part_minor or MUG_MINOR)
    heed_webhook(till.outside(), ReceiveWebhook("fake", "evt_2", paid.key))
    world.clock.advance(minutes=20)
    assert [one.payment_id for one in world.ask(list_payments, ListPayments(15)).payments] == [paid.payment_id]
    assert any(one.startswith("SAL-payments") for one in world.broken())
    # Its refund gives back what is left, and nothing twice.
    world.refund(RefundSale(sale.sale_id, "Had the money already"))
    till.reconcile()
    assert till.provider.accounts[paid.key].taken == 0
    assert world.ask(list_payments, ListPayments(15)).payments == []
    assert world.broken() == []


def test_no_cash_is_paid_out_for_money_that_the_provider_does_not_have(world: World, till: PayingTill) -> None:
    paid = till.start()
    sale = world.sell(till.basket(paid.payment_id))
    till.provider.cancel(paid.key)
    till.reconcile()
    manager = world.terminal("T1", "sales.refund_in_cash")
    before = world.counts()
    with pytest.raises(Refusal) as caught:
        world.refund(RefundSale(sale.sale_id, "wants cash", cash_instead=True), manager)
    assert (caught.value.reason, caught.value.field) == ("PAYMENT_LOST", "cash_instead")
    assert str(paid.payment_id) in caught.value.message("zh")
    assert world.counts() == before
    world.refund(RefundSale(sale.sale_id, "money never came"), manager)
    assert world.broken() == []


def test_a_payment_that_was_taken_is_paid_out_in_cash_and_stays_with_the_chain(world: World, till: PayingTill) -> None:
    paid = till.start()
    sale = world.sell(till.basket(paid.payment_id))
    world.refund(
        RefundSale(sale.sale_id, "wants cash", cash_instead=True), world.terminal("T1", "sales.refund_in_cash")
    )
    till.reconcile()
    assert till.read(paid.payment_id).state == "captured"
    assert till.provider.accounts[paid.key].taken == MUG_MINOR
    assert world.broken() == []


@pytest.mark.capability("INT-01")
def test_a_code_that_the_shop_shows_is_told_until_the_customer_has_paid(world: World, till: PayingTill) -> None:
    request_id = str(uuid4())
    asked = till.start(request_id=request_id, flow=PaymentFlow.SHOP_SHOWS)
    assert (asked.state, asked.to_pay) == (PaymentState.SENT, f"https://pay.example/{asked.key}")
    # A till that asks again shows the same code.
    again = till.start(request_id=request_id, flow=PaymentFlow.SHOP_SHOWS)
    assert (again.payment_id, again.to_pay) == (asked.payment_id, asked.to_pay)
    with pytest.raises(Refusal, match="pays nothing"):
        world.sell(till.basket(asked.payment_id))
    till.provider.accounts[asked.key].state = ProviderState.APPROVED
    world.clock.advance(seconds=3)
    paid = till.look(asked.payment_id)
    assert (paid.state, paid.to_pay) == (PaymentState.APPROVED, "")
    world.sell(till.basket(asked.payment_id))
    left = till.start(flow=PaymentFlow.SHOP_SHOWS)
    world.clock.advance(minutes=10)
    till.reconcile()
    assert (till.read(left.payment_id).state, till.read(left.payment_id).to_pay) == (PaymentState.VOIDED, "")


@pytest.mark.capability("INT-01")
def test_refuses_what_a_provider_does_not_offer_and_a_code_where_the_shop_shows_one(
    world: World, till: PayingTill
) -> None:
    command = StartPayment("fake", TenderKind.CARD, 1, "tok", flow=PaymentFlow.JSAPI)
    with pytest.raises(Refusal) as caught:
        check_provider(till.outside(world.s1), command)
    assert (caught.value.reason, caught.value.field) == ("FLOW_NOT_OFFERED", "flow")
    assert "CUSTOMER_SHOWS, SHOP_SHOWS" in caught.value.message("en")
    with pytest.raises(Refusal) as caught:
        world.do(start_payment, replace(command, flow=PaymentFlow.SHOP_SHOWS), world.s1)
    assert (caught.value.reason, caught.value.field) == ("NOTHING_TO_SHOW", "payment_token")
    assert world.count("payment_intents") == 0
