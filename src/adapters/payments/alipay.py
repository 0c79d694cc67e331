"""Payments by Alipay's payment code, or a QR code that the shop shows (RSA2), through `python-alipay-sdk`.

Our key is the `out_trade_no`: up to 64 letters, digits, `_`. The money is taken at once. Source:
opendocs.alipay.com, 当面付: alipay.trade.pay, .precreate, .query, .cancel, .refund, .fastpay.refund.query; 异步通知.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from alipay import AliPay
from alipay.exceptions import AliPayException, AliPayValidationError
from alipay.utils import AliPayConfig

from adapters.payments.answers import CURRENCY_REFUSED, TOKEN_REFUSED, doubting, not_asked, signed_now
from application.ports.payments import (
    NoticeRefused,
    PaymentAsked,
    ProviderNotice,
    ProviderPayment,
    ProviderState,
    ProviderUnreachable,
)
from domain.sales.payment import PaymentFlow
from domain.sales.payment_codes import ALIPAY_CODE

CODE: Final = "alipay"
GATEWAY: Final = "https://openapi.alipay.com/gateway.do"
CURRENCY: Final = "CNY"
BEIJING: Final = ZoneInfo("Asia/Shanghai")
KEY: Final = re.compile(r"[0-9A-Za-z_]{1,64}", re.ASCII)
AMOUNT: Final = re.compile(r"(\d{1,12})\.(\d{2})", re.ASCII)
NOTICE_FIELDS_MAX: Final = 100
NOTICES_REPEATED_FOR: Final = timedelta(hours=26)
"""Alipay repeats a notice for 25 hours and may leave the time of the first in it."""
SCANNED_WITHIN: Final = "4m"
"""Alipay knows nothing of a QR code that nobody has scanned, so it must be dead before the payment counts as undone."""
PAID_WITHIN: Final = "2m"
"""What the customer has not confirmed by then is closed by Alipay, also when nobody asks any more."""

DONE: Final = "10000"
WAITING: Final = "10003"
REFUSED: Final = "40004"
NO_TRADE: Final = "ACQ.TRADE_NOT_EXIST"
MADE_BEFORE: Final = frozenset({"ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_CLOSE", "ACQ.CONTEXT_INCONSISTENT"})
UNKNOWN_STILL: Final = frozenset({"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error"})


@dataclass(frozen=True, slots=True)
class AlipayApp:
    """Where and as whom we ask. Keys are PEM texts; `public_key` is Alipay's own, not the one of `private_key`."""

    app_id: str
    private_key: str
    public_key: str
    notify_url: str = ""
    gateway: str = GATEWAY
    timeout_seconds: float = 20.0


class AlipayPayments:
    """The port for Alipay; `authorise` answers CAPTURED, or PENDING while the customer confirms.

    Alipay tells how much was given back when something is given back, not in a look-up of what is partly kept: there
    `refunded_minor` is 0, and the whole once the trade was closed by refunds.
    """

    code = CODE
    flows = frozenset({PaymentFlow.CUSTOMER_SHOWS, PaymentFlow.SHOP_SHOWS})

    def __init__(self, app: AlipayApp) -> None:
        self._app_id = app.app_id
        self._alipay = _kit(app)

    def authorise(self, asked: PaymentAsked) -> ProviderPayment:
        """Takes the money of a payment code (16 to 24 digits from 25 to 30); sent twice, it answers what became."""
        if asked.currency != CURRENCY:
            return not_asked(asked.amount_minor, asked.currency, CURRENCY_REFUSED)
        if asked.flow is PaymentFlow.SHOP_SHOWS and KEY.fullmatch(asked.key):
            return self._precreate(asked)
        if not ALIPAY_CODE.fullmatch(asked.token) or not KEY.fullmatch(asked.key):
            return not_asked(asked.amount_minor, asked.currency, TOKEN_REFUSED)
        answer = self._ask(
            lambda: self._alipay.api_alipay_trade_pay(
                out_trade_no=asked.key,
                scene="bar_code",
                auth_code=asked.token,
                subject=asked.description or asked.store_code,
                total_amount=yuan(asked.amount_minor),
                store_id=asked.store_code,
                terminal_id=asked.terminal_code,
                timeout_express=PAID_WITHIN,
            )
        )
        with doubting(CODE):
            if answer["code"] == DONE:
                return replace(_payment(answer, key=asked.key), state=ProviderState.CAPTURED)
            if answer["code"] == WAITING:
                return ProviderPayment(
                    state=ProviderState.PENDING,
                    amount_minor=asked.amount_minor,
                    currency=CURRENCY,
                    reference=str(answer.get("trade_no", "")),
                )
            if answer.get("sub_code") in MADE_BEFORE:
                return self.look_up(asked.key)
            return not_asked(asked.amount_minor, CURRENCY, _reason(answer))

    def _precreate(self, asked: PaymentAsked) -> ProviderPayment:
        """PENDING with the text of the QR code; until somebody scans it Alipay has no such trade."""
        answer = self._ask(
            lambda: self._alipay.api_alipay_trade_precreate(
                out_trade_no=asked.key,
                subject=asked.description or asked.store_code,
                total_amount=yuan(asked.amount_minor),
                store_id=asked.store_code,
                terminal_id=asked.terminal_code,
                timeout_express=SCANNED_WITHIN,
                qr_code_timeout_express=SCANNED_WITHIN,
            )
        )
        with doubting(CODE):
            if answer["code"] != DONE:
                return not_asked(asked.amount_minor, CURRENCY, _reason(answer))
            _about(answer, key=asked.key)
            return ProviderPayment(
                ProviderState.PENDING, asked.amount_minor, currency=CURRENCY, to_pay=str(answer["qr_code"])
            )

    def capture(self, key: str, amount_minor: int) -> ProviderPayment:
        """The money is taken already: says what became of it; less than the whole is taken by a refund of the rest."""
        payment = self.look_up(key)
        if payment.state is not ProviderState.CAPTURED or not 0 < amount_minor < payment.amount_minor:
            return payment
        return self.refund(key, f"{key}_rest", payment.amount_minor - amount_minor)

    def cancel(self, key: str) -> ProviderPayment:
        """Cancels: closes what is not paid, gives back what is paid; a day later by a refund of the whole."""
        payment = self.look_up(key)
        if payment.state not in {ProviderState.PENDING, ProviderState.CAPTURED}:
            return payment
        answer = self._ask(lambda: self._alipay.api_alipay_trade_cancel(out_trade_no=key))
        if answer["code"] == DONE and answer.get("retry_flag") != "Y":
            return self.look_up(key)
        if payment.state is ProviderState.CAPTURED:
            return self.refund(key, f"{key}_whole", payment.amount_minor)
        return replace(self.look_up(key), reason=_reason(answer))

    def refund(
        self, key: str, refund_key: str, amount_minor: int, *, refunded_before_minor: int = 0
    ) -> ProviderPayment:
        """Gives money back, once per `refund_key` (up to 64 letters, digits, `_`), however often it is asked."""
        payment = self.look_up(key)
        if payment.state is not ProviderState.CAPTURED:
            return payment
        answer = self._ask(
            lambda: self._alipay.api_alipay_trade_refund(
                refund_amount=yuan(amount_minor), out_trade_no=key, out_request_no=refund_key
            )
        )
        if answer["code"] != DONE:
            return replace(payment, reason=_reason(answer))
        with doubting(CODE):
            _about(answer, key=key)
            refunded = minor(answer["refund_fee"])
        whole = refunded == payment.amount_minor
        state = ProviderState.REFUNDED if whole else ProviderState.CAPTURED
        return replace(payment, state=state, refunded_minor=refunded)

    def look_up(self, key: str) -> ProviderPayment:
        """What became of a payment. Alipay keeps nothing of one that it declined at once: UNKNOWN_KEY."""
        answer = self._ask(lambda: self._alipay.api_alipay_trade_query(out_trade_no=key))
        if answer["code"] == REFUSED and answer.get("sub_code") == NO_TRADE:
            return ProviderPayment(state=ProviderState.UNKNOWN_KEY)
        if answer["code"] != DONE:
            raise ProviderUnreachable(f"{CODE}: {_reason(answer)}")
        with doubting(CODE):
            return _looked_up(answer, key=key)

    def notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> ProviderNotice:
        """A form that Alipay posts; it is verified with Alipay's key, and refused for another app."""
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=NOTICE_FIELDS_MAX)
            fields = dict(pairs)
            signature = fields.pop("sign")
            if len(fields) + 1 != len(pairs) or fields.get("app_id") != self._app_id:
                raise NoticeRefused("The message is for another app.")
            if not self._alipay.verify(dict(fields), signature):
                raise NoticeRefused("Alipay has not signed this message.")
            sent_at = datetime.strptime(fields["notify_time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
            signed_now(sent_at, at=at, window=NOTICES_REPEATED_FOR)
            return ProviderNotice(event_id=fields["notify_id"], key=fields["out_trade_no"], occurred_at=sent_at)
        except (AliPayException, LookupError, ValueError) as error:
            raise NoticeRefused("Alipay has not signed this message.") from error

    def _ask(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        with asking():
            answer = call()
            if answer["code"] not in {DONE, WAITING, REFUSED} or answer.get("sub_code") in UNKNOWN_STILL:
                raise ProviderUnreachable(f"{CODE}: {_reason(answer)}")
            return answer


def _kit(app: AlipayApp) -> AliPay:
    kit = AliPay(
        appid=app.app_id,
        app_notify_url=app.notify_url or None,
        app_private_key_string=app.private_key,
        alipay_public_key_string=app.public_key,
        sign_type="RSA2",
        config=AliPayConfig(timeout=app.timeout_seconds),
    )
    # The kit has no setting for it, and sends the time of the machine's zone, where Alipay reads that of Beijing.
    kit._gateway = app.gateway
    plain = kit.build_body

    def build_body(method: str, biz_content: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        sent_at = datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        body: dict[str, Any] = plain(method, biz_content, timestamp=sent_at, **more)
        return body

    kit.build_body = build_body
    return kit


@contextmanager
def asking() -> Iterator[None]:
    """An answer without Alipay's signature says nothing, whatever it says."""
    with doubting(CODE):
        try:
            yield
        except (AliPayException, AliPayValidationError) as error:
            raise ProviderUnreachable(f"{CODE}: {type(error).__name__}") from error


def yuan(amount_minor: int) -> str:
    """An amount of at least 0 as Alipay writes it: yuan with two decimals."""
    return f"{amount_minor // 100}.{amount_minor % 100:02d}"


def minor(yuan: str) -> int:
    """Exactly two decimals, or it is no amount of Alipay's: raises ValueError."""
    found = AMOUNT.fullmatch(yuan)
    if found is None:
        raise ValueError("no amount")
    return int(found[1]) * 100 + int(found[2])


def _looked_up(answer: dict[str, Any], *, key: str) -> ProviderPayment:
    payment = _payment(answer, key=key)
    match answer["trade_status"]:
        case "WAIT_BUYER_PAY":
            return payment
        case "TRADE_SUCCESS" | "TRADE_FINISHED":
            return replace(payment, state=ProviderState.CAPTURED)
        case "TRADE_CLOSED" if answer.get("send_pay_date"):
            return replace(payment, state=ProviderState.REFUNDED, refunded_minor=payment.amount_minor)
        case "TRADE_CLOSED":
            return replace(payment, state=ProviderState.VOIDED)
        case other:
            raise ProviderUnreachable(f"{CODE}: {other}")


def _payment(answer: dict[str, Any], *, key: str) -> ProviderPayment:
    _about(answer, key=key)
    return ProviderPayment(
        state=ProviderState.PENDING,
        amount_minor=minor(answer["total_amount"]),
        currency=CURRENCY,
        reference=str(answer.get("trade_no", "")),
    )


def _about(answer: dict[str, Any], *, key: str) -> None:
    if answer["out_trade_no"] != key:
        raise ProviderUnreachable(f"{CODE}: the answer is about another payment")


def _reason(answer: dict[str, Any]) -> str:
    return str(answer.get("sub_code") or answer.get("code", ""))
