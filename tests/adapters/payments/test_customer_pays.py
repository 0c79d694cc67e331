"""Payments from the customer's own phone: by a QR code that the shop shows, or in a page inside WeChat."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from application.ports.payments import PaymentAsked, ProviderState, ProviderUnreachable
from domain.sales.payment import PaymentFlow
from tests.adapters.payments.simulated import Simulated, simulated
from tests.adapters.payments.simulators.signing import is_signed

pytestmark = pytest.mark.capability("INT-01")

KEY = "4f6c0a52d9b14e7f8a3b6c5d7e8f9a0b"
PENDING, CAPTURED, VOIDED = ProviderState.PENDING, ProviderState.CAPTURED, ProviderState.VOIDED


@pytest.fixture(scope="module")
def wechat() -> Iterator[Simulated]:
    with simulated("wechat_pay") as one:
        yield one


@pytest.fixture(scope="module")
def alipay() -> Iterator[Simulated]:
    with simulated("alipay") as one:
        yield one


@pytest.fixture(autouse=True)
def forgotten(wechat: Simulated, alipay: Simulated) -> None:
    wechat.simulator.forget()
    alipay.simulator.forget()


def shown(at: Simulated) -> PaymentAsked:
    return replace(at.asked(KEY, token=""), flow=PaymentFlow.SHOP_SHOWS)


def inside(at: Simulated, openid: str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o") -> PaymentAsked:
    return replace(at.asked(KEY, token=openid), flow=PaymentFlow.JSAPI)


def test_wechat_pay_gives_a_code_to_show_and_the_money_once_it_is_paid(wechat: Simulated):
    asked = wechat.provider.authorise(shown(wechat))
    assert (asked.state, asked.amount_minor, asked.currency) == (PENDING, 12_345, "CNY")
    assert asked.to_pay == "weixin://wxpay/bizpayurl?pr=000000001"
    # Asked again, as after an answer that was lost, it is the same payment and the same code.
    assert wechat.provider.authorise(shown(wechat)) == asked
    assert wechat.provider.look_up(KEY).state is PENDING
    wechat.simulator.book.pay(KEY)
    paid = wechat.provider.look_up(KEY)
    assert (paid.state, paid.amount_minor) == (CAPTURED, 12_345)
    assert wechat.provider.authorise(shown(wechat)) == paid
    charge = wechat.simulator.book.charges[KEY]
    assert (charge.kept_minor, charge.store, charge.terminal) == (12_345, "S1", "T1")
    assert wechat.provider.refund(KEY, "r1", 45).refunded_minor == 45


def test_what_a_page_inside_wechat_is_called_with_is_signed_by_the_merchant(wechat: Simulated):
    asked = wechat.provider.authorise(inside(wechat))
    called = json.loads(asked.to_pay)
    assert sorted(called) == ["appId", "nonceStr", "package", "paySign", "signType", "timeStamp"]
    simulator: Any = wechat.simulator
    assert (called["appId"], called["signType"]) == (simulator.app_id, "RSA")
    assert called["package"] == f"prepay_id=wx{1:032d}"
    message = "".join(f"{called[name]}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
    assert is_signed("merchant", message, called["paySign"])
    assert not is_signed("merchant", message.replace("wx", "wy"), called["paySign"])
    assert simulator.ordered[KEY]["payer"] == {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}
    refused = wechat.provider.authorise(inside(wechat, "o U"))
    assert (refused.state, refused.reason) == (ProviderState.DECLINED, "token_not_of_this_provider")


def test_undoing_closes_what_nobody_has_paid_and_gives_back_what_was_paid_meanwhile(wechat: Simulated):
    wechat.provider.authorise(shown(wechat))
    assert wechat.provider.cancel(KEY).state is VOIDED
    assert wechat.provider.look_up(KEY).reason == "CLOSED"
    other = f"{KEY[:-1]}1"
    wechat.provider.authorise(replace(shown(wechat), key=other))
    wechat.simulator.book.pay(other)
    assert wechat.provider.cancel(other).state is ProviderState.REFUNDED
    assert wechat.simulator.book.kept_minor() == 0


def test_alipay_gives_a_code_to_show_and_knows_it_once_it_is_scanned(alipay: Simulated):
    simulator: Any = alipay.simulator
    asked = alipay.provider.authorise(shown(alipay))
    assert (asked.state, asked.amount_minor, asked.to_pay) == (PENDING, 12_345, f"https://qr.alipay.com/{KEY}")
    assert alipay.provider.look_up(KEY).state is ProviderState.UNKNOWN_KEY
    assert alipay.provider.cancel(KEY).state is ProviderState.UNKNOWN_KEY
    simulator.scan(KEY)
    assert alipay.provider.look_up(KEY).state is PENDING
    simulator.book.pay(KEY)
    paid = alipay.provider.look_up(KEY)
    assert (paid.state, paid.amount_minor) == (CAPTURED, 12_345)
    assert simulator.book.charges[KEY].kept_minor == 12_345
    assert alipay.provider.cancel(KEY).state is ProviderState.REFUNDED


@pytest.mark.parametrize("code", ["wechat_pay", "alipay"])
def test_an_answer_that_somebody_has_changed_shows_nothing(code: str, request: pytest.FixtureRequest):
    at: Simulated = request.getfixturevalue(code.removesuffix("_pay"))
    at.simulator.tampered = True
    with pytest.raises(ProviderUnreachable):
        at.provider.authorise(shown(at))
    at.simulator.tampered = False


def test_a_merchant_that_takes_no_messages_offers_codes_of_customers_only(wechat: Simulated):
    assert wechat.provider.flows == frozenset(PaymentFlow)
    with simulated("bank_terminal") as bank:
        assert bank.provider.flows == frozenset({PaymentFlow.CUSTOMER_SHOWS})
