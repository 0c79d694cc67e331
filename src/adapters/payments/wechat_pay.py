"""Payments by WeChat Pay (API v3), through `wechatpayv3`: by payment code, by a QR code of the shop, inside WeChat.

Our key is the `out_trade_no`: 6 to 32 letters, digits, `_`, `-`, `|`, `*`. The money is taken at once. Source:
pay.weixin.qq.com/doc/v3/merchant, 付款码支付 (codepay), Native 下单, JSAPI 下单, JSAPI 调起支付, 查询订单,
关闭订单, 撤销订单 (reverse), 申请退款, 回调通知.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from time import time
from typing import Any, Final
from zoneinfo import ZoneInfo

from wechatpayv3 import WeChatPay, WeChatPayType

from adapters.payments.answers import (
    CURRENCY_REFUSED,
    TOKEN_REFUSED,
    doubting,
    instant,
    not_asked,
    signed_now,
)
from application.ports.payments import (
    NoticeRefused,
    PaymentAsked,
    ProviderNotice,
    ProviderPayment,
    ProviderState,
    ProviderUnreachable,
)
from domain.sales.payment import PaymentFlow
from domain.sales.payment_codes import WECHAT_PAY_CODE

CODE: Final = "wechat_pay"
BASE_URL: Final = "https://api.mch.weixin.qq.com"
CURRENCY: Final = "CNY"
KEY: Final = re.compile(r"[0-9A-Za-z_\-|*]{6,32}", re.ASCII)
OPEN_ID: Final = re.compile(r"[0-9A-Za-z_\-]{1,128}", re.ASCII)
ATTACHED_LENGTH_MAX: Final = 42
BEIJING: Final = ZoneInfo("Asia/Shanghai")
PAID_WITHIN: Final = timedelta(minutes=5)
"""What the customer has not paid by then WeChat Pay closes, also when nobody asks any more."""
DESCRIPTION_LENGTH_MAX: Final = 42
"""127 bytes, of which a Chinese character takes three."""

STATES: Final = {
    "SUCCESS": ProviderState.CAPTURED,
    "REFUND": ProviderState.CAPTURED,
    "NOTPAY": ProviderState.PENDING,
    "USERPAYING": ProviderState.PENDING,
    "ACCEPT": ProviderState.PENDING,
    "CLOSED": ProviderState.VOIDED,
    "REVOKED": ProviderState.VOIDED,
    "PAYERROR": ProviderState.DECLINED,
}
"""REFUND says that something was given back, not how much."""

WAITING: Final = frozenset({"USERPAYING"})
MADE_BEFORE: Final = frozenset({"ORDERPAID", "ORDER_PAID", "OUT_TRADE_NO_USED", "OUTTRADENOUSED", "INVALID_REQUEST"})
NO_ORDER: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
UNKNOWN_STILL: Final = frozenset({"SYSTEM_ERROR", "SYSTEMERROR", "BANKERROR", "BANK_ERROR", "FREQUENCY_LIMITED"})


@dataclass(frozen=True, slots=True)
class WeChatPayMerchant:
    """Where and as whom we ask; `notify_url` is needed for what is not paid by a code that the customer shows.

    Keys are PEM texts; `public_key` is WeChat Pay's own, of `public_key_id`.
    """

    merchant_id: str
    app_id: str
    private_key: str
    certificate_serial: str
    api_v3_key: str
    public_key: str
    public_key_id: str
    base_url: str = BASE_URL
    timeout_seconds: float = 20.0
    notify_url: str = ""


class WeChatPayments:
    """The port for WeChat Pay; `authorise` answers CAPTURED, or PENDING while the customer keys the password.

    WeChat Pay tells of each refund, and not of all of a payment: `refunded_minor` is 0 after a look-up unless `cancel`
    gave the whole back, and after a refund what was known before and this one.
    """

    code = CODE

    def __init__(self, merchant: WeChatPayMerchant) -> None:
        self._public_key_id = merchant.public_key_id
        self._app_id, self._notify_url = merchant.app_id, merchant.notify_url
        self.flows = frozenset(PaymentFlow) if merchant.notify_url else frozenset({PaymentFlow.CUSTOMER_SHOWS})
        self._wechat = _kit(merchant)
        # The kit has no setting for it.
        self._wechat._core._gate_way = merchant.base_url

    def authorise(self, asked: PaymentAsked) -> ProviderPayment:
        """Takes the money of a payment code (18 digits from 10 to 15); a key that was used answers what it became."""
        if asked.currency != CURRENCY:
            return not_asked(asked.amount_minor, asked.currency, CURRENCY_REFUSED)
        if asked.flow is not PaymentFlow.CUSTOMER_SHOWS:
            return self._prepay(asked)
        if not WECHAT_PAY_CODE.fullmatch(asked.token) or not KEY.fullmatch(asked.key):
            return not_asked(asked.amount_minor, asked.currency, TOKEN_REFUSED)
        with asking():
            status, answer = _read(
                self._wechat.pay(
                    description=asked.description[:DESCRIPTION_LENGTH_MAX] or asked.store_code,
                    out_trade_no=asked.key,
                    pay_type=WeChatPayType.CODEPAY,
                    amount={"total": asked.amount_minor, "currency": CURRENCY},
                    payer={"auth_code": asked.token},
                    scene_info={
                        "device_id": asked.terminal_code[:32],
                        "store_info": {"out_id": asked.store_code},
                    },
                )
            )
            if status == 200:
                return _payment(answer, key=asked.key)
            reason = str(answer["code"])
            if reason in WAITING:
                return ProviderPayment(
                    state=ProviderState.PENDING, amount_minor=asked.amount_minor, currency=CURRENCY, reason=reason
                )
            return self._not_paid(asked, reason)

    def _prepay(self, asked: PaymentAsked) -> ProviderPayment:
        """PENDING with what the customer's phone needs: a QR code's text, or what WeChat is called with."""
        jsapi = asked.flow is PaymentFlow.JSAPI
        if not KEY.fullmatch(asked.key) or (jsapi and not OPEN_ID.fullmatch(asked.token)):
            return not_asked(asked.amount_minor, asked.currency, TOKEN_REFUSED)
        with asking():
            status, answer = _read(
                self._wechat.pay(
                    description=asked.description[:DESCRIPTION_LENGTH_MAX] or asked.store_code,
                    out_trade_no=asked.key,
                    pay_type=WeChatPayType.JSAPI if jsapi else WeChatPayType.NATIVE,
                    amount={"total": asked.amount_minor, "currency": CURRENCY},
                    payer={"openid": asked.token} if jsapi else None,
                    time_expire=(datetime.now(BEIJING) + PAID_WITHIN).isoformat(timespec="seconds"),
                    attach=f"{asked.store_code} {asked.terminal_code}"[:ATTACHED_LENGTH_MAX],
                    notify_url=self._notify_url,
                )
            )
            if status == 200:
                to_pay = self._called_with(str(answer["prepay_id"])) if jsapi else str(answer["code_url"])
                return ProviderPayment(ProviderState.PENDING, asked.amount_minor, currency=CURRENCY, to_pay=to_pay)
            return self._not_paid(asked, str(answer["code"]))

    def _called_with(self, prepay_id: str) -> str:
        """The signed JSON object for WeixinJSBridge's getBrandWCPayRequest, and for wx.requestPayment."""
        seconds, nonce, package = str(int(time())), token_hex(16), f"prepay_id={prepay_id}"
        signature = self._wechat.sign([self._app_id, seconds, nonce, package])
        called = {
            "appId": self._app_id,
            "timeStamp": seconds,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signature,
        }
        return json.dumps(called)

    def _not_paid(self, asked: PaymentAsked, reason: str) -> ProviderPayment:
        """A request that WeChat Pay refuses: a key that was used answers what it became."""
        if reason in MADE_BEFORE:
            made = self.look_up(asked.key)
            if made.state is not ProviderState.UNKNOWN_KEY:
                return made
        return not_asked(asked.amount_minor, CURRENCY, reason)

    def capture(self, key: str, amount_minor: int) -> ProviderPayment:
        """The money is taken already: says what became of it; less than the whole is taken by a refund of the rest."""
        payment = self.look_up(key)
        if payment.state is not ProviderState.CAPTURED or not 0 < amount_minor < payment.amount_minor:
            return payment
        return self.refund(key, f"{key}-rest", payment.amount_minor - amount_minor)

    def cancel(self, key: str) -> ProviderPayment:
        """Reverses: closes what is not paid, gives back what is paid and not yet partly given back."""
        with asking():
            payment = self.look_up(key)
            if payment.state not in {ProviderState.PENDING, ProviderState.CAPTURED, ProviderState.DECLINED}:
                return payment
            status, answer = _read(self._wechat.codepay_reverse(out_trade_no=key))
            if status < 300:
                return self.look_up(key)
            if payment.state is not ProviderState.CAPTURED:
                # Only what was to be paid by a payment code is reversed; anything else is closed.
                closed, _ = _read(self._wechat.close(out_trade_no=key))
                found = self.look_up(key)
                return found if closed < 300 else _refused(found, str(answer["code"]))
            # Older than a week, or partly given back: what can be given back whole is, by a refund.
            return self.refund(key, _whole(key), payment.amount_minor)

    def refund(
        self, key: str, refund_key: str, amount_minor: int, *, refunded_before_minor: int = 0
    ) -> ProviderPayment:
        """Gives money back, once per `refund_key` (up to 64 of the letters of a key), however often it is asked."""
        with asking():
            payment = self.look_up(key)
            if payment.state is not ProviderState.CAPTURED:
                return payment
            status, answer = _read(
                self._wechat.refund(
                    out_refund_no=refund_key,
                    out_trade_no=key,
                    amount={"refund": amount_minor, "total": payment.amount_minor, "currency": CURRENCY},
                )
            )
            if status != 200:
                return _refused(payment, str(answer["code"]))
            if answer["out_trade_no"] != key or answer["out_refund_no"] != refund_key:
                raise ProviderUnreachable(f"{CODE}: the answer is about another refund")
            if answer["status"] not in {"SUCCESS", "PROCESSING"}:
                return _refused(payment, str(answer["status"]))
            return _given_back(payment, refunded_before_minor + int(answer["amount"]["refund"]))

    def look_up(self, key: str) -> ProviderPayment:
        """What became of a payment."""
        with asking():
            status, answer = _read(self._wechat.query(out_trade_no=key))
            if status != 200:
                return _not_found(answer)
            payment = _payment(answer, key=key)
            if answer["trade_state"] != "REFUND":
                return payment
            status, whole = _read(self._wechat.query_refund(out_refund_no=_whole(key)))
            if status == 200 and whole["status"] in {"SUCCESS", "PROCESSING"}:
                return _given_back(payment, int(whole["amount"]["refund"]))
            return payment

    def notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> ProviderNotice:
        """A message about a payment or a refund: verified with WeChat Pay's key, decrypted with ours."""
        # For any other key the kit would ask the network for certificates, at the wish of whoever sent this.
        if headers.get("wechatpay-serial") != self._public_key_id:
            raise NoticeRefused("The message is signed with a key that is not WeChat Pay's.")
        signed_now(instant(headers.get("wechatpay-timestamp", "")), at=at)
        try:
            with asking():
                message = self._wechat.callback(dict(headers), body)
            return ProviderNotice(
                event_id=str(message["id"]),
                key=str(message["resource"]["out_trade_no"]),
                occurred_at=datetime.fromisoformat(message["create_time"]),
            )
        except (ProviderUnreachable, LookupError, TypeError, ValueError) as error:
            raise NoticeRefused("WeChat Pay has not signed this message.") from error


def _kit(merchant: WeChatPayMerchant) -> WeChatPay:
    """The kit for a merchant; raises ValueError for keys that are none, where the kit raises a bare Exception."""
    try:
        return WeChatPay(
            wechatpay_type=WeChatPayType.CODEPAY,
            mchid=merchant.merchant_id,
            private_key=merchant.private_key,
            cert_serial_no=merchant.certificate_serial,
            apiv3_key=merchant.api_v3_key,
            appid=merchant.app_id,
            public_key=merchant.public_key,
            public_key_id=merchant.public_key_id,
            timeout=merchant.timeout_seconds,
        )
    except Exception as error:
        raise ValueError("the private key or WeChat Pay's public key is no PEM text") from error


@contextmanager
def asking() -> Iterator[None]:
    """The kit raises bare Exceptions, among them for an answer whose signature is wrong: the outcome stays unknown."""
    with doubting(CODE):
        try:
            yield
        except ProviderUnreachable:
            raise
        except Exception as error:
            raise ProviderUnreachable(f"{CODE}: {type(error).__name__}") from error


def _read(reply: tuple[int, str | bytes]) -> tuple[int, dict[str, Any]]:
    """Status and JSON of an answer; raises ProviderUnreachable for those that leave the outcome open."""
    status, text = reply
    answer: dict[str, Any] = json.loads(text) if text else {}
    if status >= 500 or status in {401, 429} or answer.get("code") in UNKNOWN_STILL:
        raise ProviderUnreachable(f"{CODE}: {status} {answer.get('code', '')}")
    return status, answer


def _payment(answer: dict[str, Any], *, key: str) -> ProviderPayment:
    if answer["out_trade_no"] != key:
        raise ProviderUnreachable(f"{CODE}: the answer is about another payment")
    state = STATES[answer["trade_state"]]
    amount = answer.get("amount") or {}
    return ProviderPayment(
        state=state,
        amount_minor=int(amount.get("total", 0)),
        currency=str(amount.get("currency", CURRENCY)),
        reference=str(answer.get("transaction_id", "")),
        reason="" if state is ProviderState.CAPTURED else str(answer["trade_state"]),
    )


def _not_found(answer: dict[str, Any]) -> ProviderPayment:
    if answer["code"] in NO_ORDER:
        return ProviderPayment(state=ProviderState.UNKNOWN_KEY)
    raise ProviderUnreachable(f"{CODE}: {answer['code']}")


def _given_back(payment: ProviderPayment, refunded_minor: int) -> ProviderPayment:
    whole = refunded_minor == payment.amount_minor
    return ProviderPayment(
        state=ProviderState.REFUNDED if whole else ProviderState.CAPTURED,
        amount_minor=payment.amount_minor,
        refunded_minor=refunded_minor,
        currency=payment.currency,
        reference=payment.reference,
    )


def _refused(payment: ProviderPayment, reason: str) -> ProviderPayment:
    return ProviderPayment(
        state=payment.state,
        amount_minor=payment.amount_minor,
        refunded_minor=payment.refunded_minor,
        currency=payment.currency,
        reference=payment.reference,
        reason=reason,
    )


def _whole(key: str) -> str:
    """The refund that `cancel` makes: by its name a look-up knows that nothing is kept."""
    return f"{key}-whole"
