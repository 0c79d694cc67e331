"""Payments by providers: start one, ask after it, undo it. What pays a sale is given back by refunding the sale."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from application.fields import required_code, within
from application.outside import Outside
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.payment_intents import ProviderTakings
from application.ports.payments import PaymentAsked
from application.sales.payment_answers import (
    Answers,
    Question,
    TakeOne,
    answer_of,
    ask_all,
    note,
    record_answers,
    take_one,
)
from application.sales.payment_views import PaymentHistory, PaymentView, event_view, payment_view
from application.scope import open_store, store_in_scope
from domain.sales.payment import (
    ENDED,
    LOOKED_UP_AFTER,
    PaymentEventKind,
    PaymentFlow,
    PaymentIntent,
    PaymentState,
    Step,
)
from domain.sales.payment_codes import is_payment_code
from domain.sales.sale import TenderKind
from domain.sales.tenders import CardNumberRefused, InvalidTenderAmount, looks_like_card_number
from domain.shared.errors import Invalid, NotFound, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

KEY_CHARACTERS: Final = 32
"""As many as every provider takes in an order number of ours."""
TOKEN_CHARACTERS_MAX: Final = 200
MINUTES_MAX: Final = 525_600
PAYS: Final = frozenset({TenderKind.CARD, TenderKind.WALLET})


class UnknownProvider(Invalid):
    en = "There is no payment provider “{provider}” here. Known: {known}."
    zh = "没有支付机构“{provider}”。可用：{known}。"


class PaidByCardOrWallet(Invalid):
    en = "A payment at a provider is a CARD or a WALLET."
    zh = "支付机构的付款方式只能是 CARD 或 WALLET。"


class InvalidPaymentToken(Invalid):
    en = "Send what the customer has shown as payment_token: 1 to {limit} characters without control characters."
    zh = "请在 payment_token 中提供顾客出示的付款码：1 至 {limit} 个字符，且不含控制字符。"


class FlowNotOffered(Rejected):
    en = "Provider “{provider}” does not offer {flow} here. Offered: {offered}."
    zh = "支付机构“{provider}”在此不支持 {flow}。可用：{offered}。"


class NothingToShow(Invalid):
    en = "With SHOP_SHOWS the customer shows nothing: leave payment_token empty, and show them `to_pay` as a QR code."
    zh = "SHOP_SHOWS 方式下顾客无需出示付款码：请将 payment_token 留空，并将 to_pay 显示为二维码。"


class OtherCurrency(Invalid):
    en = "Store “{store_code}” trades in {expected}, not in “{currency}”. Leave currency empty, or send this one."
    zh = "门店“{store_code}”使用 {expected}，不是“{currency}”。请将 currency 留空或填写该币种。"


class UnknownPayment(NotFound):
    en = "There is no payment {payment_id} in this caller's scope."
    zh = "当前调用方范围内没有付款 {payment_id}。"


class PaysASale(Rejected):
    en = "Payment {payment_id} pays sale {sale_id}. Refund or void that sale instead."
    zh = "付款 {payment_id} 已用于销售单 {sale_id}，请对该销售单办理退货或作废。"


class PaysAnOrder(Rejected):
    en = "Payment {payment_id} is paid in for order {order_id}. Cancel that order instead."
    zh = "付款 {payment_id} 是订单 {order_id} 的订金，请取消该订单。"


@dataclass(frozen=True, slots=True)
class StartPayment:
    """`payment_token` is what the customer has shown: a payment code or method, never a card number.

    With the flow JSAPI it is the openid of the customer, with SHOP_SHOWS empty. Without a flow the customer shows.
    """

    provider: str
    kind: TenderKind
    amount_minor: int
    payment_token: str = field(default="", repr=False)
    currency: str = ""
    store_code: str = ""
    flow: PaymentFlow | None = None

    @property
    def how(self) -> PaymentFlow:
        return self.flow or PaymentFlow.CUSTOMER_SHOWS


@dataclass(frozen=True, slots=True)
class GetPayment:
    payment_id: int


@dataclass(frozen=True, slots=True)
class CancelPayment:
    payment_id: int


@dataclass(frozen=True, slots=True)
class ListPayments:
    """Payments that are not over, opened at least so many minutes ago."""

    older_than_minutes: int = 0
    store_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class PaymentsPage:
    payments: Sequence[PaymentView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListTakings:
    pass


def check_provider(outside: Outside, command: StartPayment) -> None:
    """Raises UnknownProvider and FlowNotOffered before anything is written."""
    required_code(command.provider, field="provider")
    if command.provider not in outside.providers:
        known = ", ".join(sorted(outside.providers)) or "-"
        raise UnknownProvider("provider", provider=command.provider, known=known)
    flows = outside.providers[command.provider].flows
    if command.how not in flows:
        offered = ", ".join(sorted([flow.name for flow in flows]))
        raise FlowNotOffered("flow", provider=command.provider, flow=command.how.name, offered=offered)


def start_payment(uow: UnitOfWork, command: StartPayment) -> PaymentView:
    """Writes the payment down as sent; only then, after this transaction, may the provider be asked.

    Raises PaidByCardOrWallet, InvalidTenderAmount, InvalidPaymentToken, NothingToShow, CardNumberRefused,
    OtherCurrency, and as `open_store`.
    """
    if command.kind not in PAYS:
        raise PaidByCardOrWallet("kind")
    if not 0 < command.amount_minor < AMOUNT_MINOR_MAX:
        raise InvalidTenderAmount("amount_minor", limit=AMOUNT_MINOR_MAX)
    _check_token(command.payment_token, command.how)
    uow.refresh()
    store = open_store(uow, command.store_code)
    if command.currency not in ("", store.currency):
        raise OtherCurrency("currency", store_code=store.code, expected=store.currency, currency=command.currency[:16])
    key = hashlib.sha256(uow.secrets.new_token().encode()).hexdigest()[:KEY_CHARACTERS]
    intent = PaymentIntent(
        payment_id=uow.new_id(),
        key=key,
        terminal_id=uow.caller.caller_id,
        request_id=uow.request_id,
        store_id=store.store_id,
        provider=command.provider,
        kind=command.kind,
        amount_minor=command.amount_minor,
        currency=store.currency,
        state=PaymentState.CREATED,
        captured_minor=0,
        refunded_minor=0,
        refund_asked_minor=0,
        settled_minor=0,
        cancelling=False,
        sale_id=None,
        tender_number=0,
        reference="",
        reason="",
        hint="",
        opened_at=uow.now,
        asked_at=uow.now,
        due_at=uow.now + LOOKED_UP_AFTER,
    )
    note(uow, intent, PaymentEventKind.CREATED)
    intent.state = PaymentState.SENT
    note(uow, intent, PaymentEventKind.SENT)
    uow.add(intent)
    return payment_view(uow, intent)


def _check_token(token: str, flow: PaymentFlow) -> None:
    if flow is PaymentFlow.SHOP_SHOWS:
        if token:
            raise NothingToShow("payment_token")
        return
    if not 0 < len(token) <= TOKEN_CHARACTERS_MAX or not token.isprintable():
        raise InvalidPaymentToken("payment_token", limit=TOKEN_CHARACTERS_MAX)
    if looks_like_card_number(token) and not is_payment_code(token):
        raise CardNumberRefused("payment_token")


def ask_for_payment(outside: Outside, command: StartPayment) -> PaymentView:
    """Asks the provider for the money, once; a request that comes again is told how it stands, after a look-up."""
    started = outside.read(_started, outside.request_id)
    if outside.replayed:
        return look_again(outside, GetPayment(started.payment_id)).payment
    provider = outside.providers[started.provider]
    wanted = PaymentAsked(
        started.key,
        started.amount_minor,
        started.currency,
        command.payment_token,
        f"{started.store_code} {started.payment_id}",
        started.store_code,
        started.terminal_code,
        command.how,
    )
    answer = answer_of(outside, lambda: provider.authorise(wanted))
    question = Question(started.payment_id, started.key, started.provider, Step.AUTHORISE, started.amount_minor)
    outside.write(record_answers, Answers([(question, answer)]))
    return outside.read(get_payment, GetPayment(started.payment_id)).payment


def _started(uow: UnitOfWork, request_id: str) -> PaymentView:
    found = uow.payments.find_request(uow.caller.caller_id, request_id)
    if found is None:
        raise AssertionError("a payment was answered and is not there")
    return payment_view(uow, found)


def get_payment(uow: UnitOfWork, query: GetPayment) -> PaymentHistory:
    """A payment of a store in the caller's scope, with its history, oldest first. Raises UnknownPayment."""
    intent = seen(uow, uow.payments.find(query.payment_id), query.payment_id)
    history = [event_view(uow, event) for event in uow.payments.history(intent.payment_id)]
    return PaymentHistory(payment_view(uow, intent), history)


def look_again(outside: Outside, query: GetPayment) -> PaymentHistory:
    """As `get_payment`, but a payment whose outcome nobody knows is looked up first, every two seconds at most."""
    found = outside.read(get_payment, query)
    payment = found.payment
    if payment.state in ENDED or (
        payment.state not in (PaymentState.SENT, PaymentState.UNKNOWN) and not payment.cancelling
    ):
        return found
    questions = outside.write(take_one, TakeOne(query.payment_id))
    if not questions:
        return found
    ask_all(outside, questions)
    return outside.read(get_payment, query)


def cancel_payment(uow: UnitOfWork, command: CancelPayment) -> PaymentView:
    """Decides that the payment is undone, whatever becomes of it: no sale can take it any more.

    Raises UnknownPayment, PaysASale for what belongs to a sale, and PaysAnOrder for a deposit.
    """
    locked = uow.payments.lock([command.payment_id]).get(command.payment_id)
    intent = seen(uow, locked, command.payment_id)
    if intent.sale_id is not None:
        raise PaysASale("payment_id", payment_id=intent.payment_id, sale_id=intent.sale_id)
    if intent.order_id is not None:
        raise PaysAnOrder("payment_id", payment_id=intent.payment_id, order_id=intent.order_id)
    if not intent.cancelling and intent.state not in ENDED:
        intent.cancelling, intent.due_at = True, uow.now
        note(uow, intent, PaymentEventKind.CANCEL_ASKED)
        uow.payments.save([intent])
    return payment_view(uow, intent)


def cancel_at_provider(outside: Outside, command: CancelPayment) -> PaymentView:
    """Tells the provider at once; what it does not hear now, the reconciler tells it again."""
    found = outside.read(get_payment, GetPayment(command.payment_id)).payment
    if found.state in ENDED:
        return found
    ask_all(outside, outside.write(take_one, TakeOne(command.payment_id, at_once=True)))
    return outside.read(get_payment, GetPayment(command.payment_id)).payment


def list_payments(uow: UnitOfWork, query: ListPayments) -> PaymentsPage:
    """What is not over yet, the oldest first, of the stores that the caller sees. Raises UnknownStore."""
    within(query.older_than_minutes, 0, MINUTES_MAX, field="older_than_minutes")
    asked = page(query.page_size, query.page_token, key=(type(uow.now), int))
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    after = None if asked.after is None else (asked.after[0], asked.after[1])
    rows = uow.payments.unfinished(
        None if store_ids is None else sorted(store_ids),
        opened_before=uow.now - timedelta(minutes=query.older_than_minutes),
        after=after,
        limit=asked.limit + 1,
    )
    token = next_token(rows, asked.limit, lambda row: (row.opened_at, row.payment_id))
    return PaymentsPage([payment_view(uow, row) for row in rows[: asked.limit]], token)


def list_provider_takings(uow: UnitOfWork, query: ListTakings) -> Sequence[ProviderTakings]:
    """What each provider has taken and not settled yet, in the whole chain: for the command line."""
    return uow.payments.takings()


def seen(uow: UnitOfWork, intent: PaymentIntent | None, payment_id: int) -> PaymentIntent:
    """The payment, if it is of a store that the caller sees; raises UnknownPayment alike for one that is not there."""
    if intent is None or not uow.caller.sees(intent.store_id):
        raise UnknownPayment("payment_id", payment_id=payment_id)
    return intent
