"""What the application needs from payment providers: card networks, mobile wallets, the bank's terminal on the counter.

Every payment goes by a key that we make before anybody is asked, so that after whatever happened on the way the
provider can be asked what became of it, and be told to undo it. No card number ever comes this way.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.sales.payment import PaymentFlow


class ProviderState(StrEnum):
    """What a provider says of a payment.

    APPROVED waits for its capture; providers that take the money at once answer CAPTURED. PENDING waits for the
    customer, e.g. for a password. UNKNOWN_KEY is a payment that the provider has never heard of.
    """

    PENDING = "pending"
    APPROVED = "approved"
    CAPTURED = "captured"
    DECLINED = "declined"
    VOIDED = "voided"
    REFUNDED = "refunded"
    UNKNOWN_KEY = "unknown_key"


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """A payment as the provider has it; amounts in minor units of its currency, `refunded_minor` of all refunds.

    `reference` is the provider's own, `reason` its code for a decline, or for a capture, cancel or refund that it
    refused: the state is then the one it was. `refunded_minor` is what the answer is sure of: not every provider tells
    in a look-up how much of a payment was given back. `hint` is for people: brand and last four digits, never more of
    a number. `to_pay` is what the customer's phone needs to pay, where it is not the shop that asks: the text of a QR
    code, or for JSAPI a JSON object.
    """

    state: ProviderState
    amount_minor: int = 0
    refunded_minor: int = 0
    currency: str = ""
    reference: str = ""
    reason: str = ""
    hint: str = ""
    to_pay: str = ""


@dataclass(frozen=True, slots=True)
class PaymentAsked:
    """What is to be paid. `token` is what the customer has shown: a payment code or method, never a number.

    With the flow JSAPI it is the customer's openid, with SHOP_SHOWS empty.
    """

    key: str
    amount_minor: int
    currency: str
    token: str
    description: str
    store_code: str
    terminal_code: str
    flow: PaymentFlow = PaymentFlow.CUSTOMER_SHOWS


@dataclass(frozen=True, slots=True)
class ProviderNotice:
    """A message of the provider whose signature was good: it says that something happened, and proves nothing."""

    event_id: str
    key: str
    occurred_at: datetime


class ProviderUnreachable(Exception):
    """No answer, or one that says nothing: whether the provider has done it is unknown until it is asked again."""


class NoticeRefused(Exception):
    """A message that the provider has not signed, or not now: bad signature, old timestamp, unreadable."""


class PaymentProvider(Protocol):
    """One provider. Whatever is sent twice under the same key happens once; ProviderUnreachable leaves it unknown."""

    @property
    def code(self) -> str:
        """How settings, payments and clearing accounts name it, e.g. "stripe"."""

    @property
    def flows(self) -> Collection[PaymentFlow]:
        """How it lets customers pay here."""

    def authorise(self, asked: PaymentAsked) -> ProviderPayment:
        """Asks for the money; the state says whether it is approved, taken, declined, or waits for the customer."""

    def capture(self, key: str, amount_minor: int) -> ProviderPayment:
        """Takes money that was approved; what is taken already stays taken."""

    def cancel(self, key: str) -> ProviderPayment:
        """Ends a payment whatever its state, so that nothing is taken of it: voids, closes or refunds the whole."""

    def refund(
        self, key: str, refund_key: str, amount_minor: int, *, refunded_before_minor: int = 0
    ) -> ProviderPayment:
        """Gives part of what was taken back, once per `refund_key`.

        `refunded_before_minor` is what we know of earlier refunds, for providers that tell of one refund only.
        """

    def look_up(self, key: str) -> ProviderPayment:
        """What became of a payment; UNKNOWN_KEY when it never arrived."""

    def notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> ProviderNotice:
        """The message in a call of the provider's; header names are in lower case. Raises NoticeRefused."""


PaymentProviders = Mapping[str, PaymentProvider]
"""The providers that this process knows, by code."""
