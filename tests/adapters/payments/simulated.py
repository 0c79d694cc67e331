"""Each provider's adapter, pointed at its simulator, and what differs between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from application.ports.payments import PaymentAsked, PaymentProvider, ProviderState
from tests.adapters.payments.simulators.served import Simulator
from tests.adapters.payments.simulators.signing import private_pem, public_pem

CODES = ("stripe", "wechat_pay", "alipay", "bank_terminal")
TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Simulated:
    """`declined` and `cancelled_unseen` are what a look-up after a decline, and a cancel of an unknown key, answer."""

    simulator: Simulator
    provider: PaymentProvider
    token: str
    declined: ProviderState = ProviderState.DECLINED
    cancelled_unseen: ProviderState = ProviderState.UNKNOWN_KEY
    cancelled_taken: ProviderState = ProviderState.REFUNDED

    @property
    def voided_as(self) -> str:
        """The state of a payment that was undone before it was sold."""
        return self.cancelled_taken.value if self.takes_at_once else "voided"

    @property
    def sends_notices(self) -> bool:
        return self.simulator.sends_notices

    @property
    def takes_at_once(self) -> bool:
        return self.simulator.takes_at_once

    def asked(self, key: str, amount_minor: int = 12_345, *, token: str | None = None) -> PaymentAsked:
        token = self.token if token is None else token
        return PaymentAsked(key, amount_minor, "CNY", token, "Sale at S1", "S1", "T1")


@contextmanager
def simulated(code: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Iterator[Simulated]:
    """The adapter `code` before its simulator, which runs as long as the context."""
    opened = {"stripe": _stripe, "wechat_pay": _wechat, "alipay": _alipay, "bank_terminal": _terminal}[code]
    yield from opened(timeout_seconds)


def _stripe(timeout_seconds: float) -> Iterator[Simulated]:
    from adapters.payments.stripe import StripeAccount, StripePayments
    from tests.adapters.payments.simulators.stripe_api import StripeApi

    with StripeApi() as api:
        account = StripeAccount(api.secret_key, api.webhook_secret, api.url, timeout_seconds)
        yield Simulated(api, StripePayments(account), "pm_card_visa", cancelled_unseen=ProviderState.VOIDED)


def _wechat(timeout_seconds: float) -> Iterator[Simulated]:
    from adapters.payments.wechat_pay import WeChatPayments, WeChatPayMerchant
    from tests.adapters.payments.simulators.wechat_api import WeChatApi

    with WeChatApi() as api:
        merchant = WeChatPayMerchant(
            merchant_id=api.merchant_id,
            app_id=api.app_id,
            private_key=private_pem("merchant"),
            certificate_serial=api.serial,
            api_v3_key=api.api_v3_key,
            public_key=public_pem("provider"),
            public_key_id=api.public_key_id,
            base_url=api.url,
            timeout_seconds=timeout_seconds,
            notify_url="https://shop.example/webhooks/wechat_pay",
        )
        yield Simulated(
            api,
            WeChatPayments(merchant),
            "134500000000000000",
            cancelled_taken=ProviderState.VOIDED,
        )


def _alipay(timeout_seconds: float) -> Iterator[Simulated]:
    from adapters.payments.alipay import AlipayApp, AlipayPayments
    from tests.adapters.payments.simulators.alipay_api import AlipayApi

    with AlipayApi() as api:
        app = AlipayApp(
            app_id=api.app_id,
            private_key=private_pem("merchant"),
            public_key=public_pem("provider"),
            gateway=f"{api.url}/gateway.do",
            timeout_seconds=timeout_seconds,
        )
        yield Simulated(
            api,
            AlipayPayments(app),
            "280000000000000000",
            declined=ProviderState.UNKNOWN_KEY,
        )


def _terminal(timeout_seconds: float) -> Iterator[Simulated]:
    from adapters.payments.bank_terminal import BankTerminals, TerminalGateway
    from tests.adapters.payments.simulators.terminal_gateway import TerminalGatewayServer

    with TerminalGatewayServer() as gateway:
        port = BankTerminals(TerminalGateway(gateway.host, gateway.port, gateway.key, timeout_seconds))
        yield Simulated(gateway, port, "", cancelled_unseen=ProviderState.VOIDED)
