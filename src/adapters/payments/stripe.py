"""Payments by Stripe: PaymentIntents with manual capture, through Stripe's own kit.

Our key is the idempotency key of the request that makes the PaymentIntent and stands in its metadata, by which it is
found again. Source: docs.stripe.com, "Place a hold on a payment method", "Idempotent requests", "Search", "Webhooks".
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import time
from typing import Any, Final

import stripe
from stripe import StripeClient

from adapters.payments.answers import TOKEN_REFUSED, doubting, hint, instant, json_object, not_asked, signed_now
from application.ports.payments import (
    NoticeRefused,
    PaymentAsked,
    ProviderNotice,
    ProviderPayment,
    ProviderState,
    ProviderUnreachable,
)
from domain.sales.payment import PaymentFlow

CODE: Final = "stripe"
BASE_URL: Final = "https://api.stripe.com"
EXPAND: Final = ["latest_charge"]
NOT_SEARCHABLE_YET: Final = timedelta(hours=1)
"""The search lags behind: "under one minute" as a rule, an hour in bad times. What is younger is listed instead."""
LISTED_MAX: Final = 2_000
PAGE: Final = 100
CANCELLED_BEFORE: Final = "cancelled before it arrived"
STATES: Final = {
    "requires_capture": ProviderState.APPROVED,
    "processing": ProviderState.PENDING,
    "requires_action": ProviderState.PENDING,
    "requires_confirmation": ProviderState.PENDING,
    "requires_payment_method": ProviderState.DECLINED,
    "succeeded": ProviderState.CAPTURED,
    "canceled": ProviderState.VOIDED,
}

# The kit would tell Stripe how long earlier requests took.
stripe.enable_telemetry = False


@dataclass(frozen=True, slots=True)
class StripeAccount:
    """Where and as whom we ask: keys as the dashboard shows them, seconds until an answer is given up."""

    secret_key: str
    webhook_secret: str
    base_url: str = BASE_URL
    timeout_seconds: float = 20.0


class StripePayments:
    """The port for Stripe; `authorise` answers APPROVED and holds the money until `capture`."""

    code = CODE
    flows = frozenset({PaymentFlow.CUSTOMER_SHOWS})

    def __init__(self, account: StripeAccount) -> None:
        self._webhook_secret = account.webhook_secret
        # Who retries is the saga, which writes down that it does: the kit must not do it on its own.
        self._stripe = StripeClient(
            account.secret_key,
            base_addresses={"api": account.base_url},
            http_client=stripe.RequestsClient(timeout=account.timeout_seconds),
            max_network_retries=0,
        ).v1

    def authorise(self, asked: PaymentAsked) -> ProviderPayment:
        """Holds the money of a payment method (`pm_…`); sent twice, Stripe answers what it answered first."""
        if not asked.token.startswith("pm_"):
            return not_asked(asked.amount_minor, asked.currency, TOKEN_REFUSED)
        with asking():
            try:
                intent = self._stripe.payment_intents.create(
                    {
                        "amount": asked.amount_minor,
                        "currency": asked.currency.lower(),
                        "payment_method": asked.token,
                        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                        "capture_method": "manual",
                        "confirm": True,
                        "description": asked.description,
                        "metadata": {"key": asked.key, "store": asked.store_code, "terminal": asked.terminal_code},
                        "expand": EXPAND,
                    },
                    {"idempotency_key": asked.key},
                )
            except stripe.CardError as declined:
                return _declined(declined, asked)
            except stripe.InvalidRequestError as refused:
                return not_asked(asked.amount_minor, asked.currency, refused.code or "refused")
            except stripe.IdempotencyError:
                # The key was cancelled before its request arrived, or belongs to another request.
                return self.look_up(asked.key)
            return _payment(intent.to_dict(), key=asked.key)

    def capture(self, key: str, amount_minor: int) -> ProviderPayment:
        """Takes the money that is held, or part of it; the rest is let go."""
        with asking():
            intent = self._intent(key)
            if intent is None or intent["status"] != "requires_capture":
                return _payment(intent, key=key)
            return self._unless_refused(
                intent,
                lambda: self._stripe.payment_intents.capture(
                    intent["id"],
                    {"amount_to_capture": amount_minor, "expand": EXPAND},
                    {"idempotency_key": f"capture-{key}"},
                ),
                key=key,
            )

    def cancel(self, key: str) -> ProviderPayment:
        """Voids what is held, gives back what was taken; of a key that never arrived it takes the use."""
        with asking():
            intent = self._intent(key)
            if intent is None:
                intent = self._use_up(key)
            if intent["status"] == "succeeded":
                left = intent["amount_received"] - _refunded(intent)
                return self._give_back(intent, key=key, refund_key=f"cancel-{key}", amount_minor=left)
            if intent["status"] == "canceled":
                return _payment(intent, key=key)
            return self._unless_refused(
                intent, lambda: self._stripe.payment_intents.cancel(intent["id"], {"expand": EXPAND}), key=key
            )

    def refund(
        self, key: str, refund_key: str, amount_minor: int, *, refunded_before_minor: int = 0
    ) -> ProviderPayment:
        """Gives money back; `reason` says why not when Stripe refuses."""
        with asking():
            intent = self._intent(key)
            if intent is None or intent["status"] != "succeeded":
                return _payment(intent, key=key)
            return self._give_back(intent, key=key, refund_key=refund_key, amount_minor=amount_minor)

    def look_up(self, key: str) -> ProviderPayment:
        """What became of a payment, by the search and, for what is too young for it, by the list."""
        with asking():
            return _payment(self._intent(key), key=key)

    def notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> ProviderNotice:
        """An event about a PaymentIntent, its charge or a refund, all of which bear our key in their metadata."""
        signature = headers.get("stripe-signature", "")
        try:
            stripe.WebhookSignature.verify_header(body.decode(), signature, self._webhook_secret)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise NoticeRefused("Stripe has not signed this message.") from error
        # The kit's own tolerance takes times of the future and the machine's clock.
        signed_at = next((part[2:] for part in signature.split(",") if part.startswith("t=")), "")
        signed_now(instant(signed_at), at=at)
        event = json_object(body)
        try:
            key = event["data"]["object"]["metadata"]["key"]
            return ProviderNotice(event_id=str(event["id"]), key=str(key), occurred_at=instant(event["created"]))
        except (LookupError, TypeError) as error:
            raise NoticeRefused("The event is about no payment of ours.") from error

    def _intent(self, key: str) -> dict[str, Any] | None:
        """The PaymentIntent with our key in its metadata, None when Stripe has none.

        Raises ProviderUnreachable when so many are too young for the search that "none" cannot be said.
        """
        quoted = key.replace("\\", "\\\\").replace("'", "\\'")
        found = self._stripe.payment_intents.search({"query": f"metadata['key']:'{quoted}'", "limit": 1}).data
        if found:
            # The index may lag behind in what it says of the payment, too.
            return self._stripe.payment_intents.retrieve(found[0].id, {"expand": EXPAND}).to_dict()
        young = self._stripe.payment_intents.list(
            {
                "created": {"gte": int(time() - NOT_SEARCHABLE_YET.total_seconds())},
                "limit": PAGE,
                "expand": ["data.latest_charge"],
            }
        )
        for place, intent in enumerate(young.auto_paging_iter(), start=1):
            if (intent.to_dict().get("metadata") or {}).get("key") == key:
                return intent.to_dict()
            if place == LISTED_MAX:
                raise ProviderUnreachable(f"{CODE}: too many payments to find one that is young")
        return None

    def _use_up(self, key: str) -> dict[str, Any]:
        """Makes a PaymentIntent that nobody pays under the idempotency key.

        A request that is still on its way then finds its key used for something else, and is refused by Stripe.
        """
        try:
            intent = self._stripe.payment_intents.create(
                {"amount": 100, "currency": "usd", "description": CANCELLED_BEFORE, "metadata": {"key": key}},
                {"idempotency_key": key},
            )
        except (stripe.IdempotencyError, stripe.CardError) as error:
            raise ProviderUnreachable(f"{CODE}: the payment arrives just now") from error
        return intent.to_dict()

    def _give_back(self, intent: dict[str, Any], *, key: str, refund_key: str, amount_minor: int) -> ProviderPayment:
        """Refunds once per `refund_key`, also after the day for which Stripe remembers idempotency keys."""
        made = self._stripe.refunds.list({"payment_intent": intent["id"], "limit": PAGE})
        keys = {(each.to_dict().get("metadata") or {}).get("refund_key") for each in made.auto_paging_iter()}
        if amount_minor <= 0 or refund_key in keys:
            return _payment(intent, key=key)

        def refund() -> stripe.PaymentIntent:
            self._stripe.refunds.create(
                {
                    "payment_intent": intent["id"],
                    "amount": amount_minor,
                    "metadata": {"key": key, "refund_key": refund_key},
                },
                {"idempotency_key": f"refund-{refund_key}"},
            )
            return self._stripe.payment_intents.retrieve(intent["id"], {"expand": EXPAND})

        return self._unless_refused(intent, refund, key=key)

    def _unless_refused(
        self, intent: dict[str, Any], step: Callable[[], stripe.PaymentIntent], *, key: str
    ) -> ProviderPayment:
        """The payment after `step`; where Stripe refuses it, the payment as it is, with Stripe's code."""
        try:
            return _payment(step().to_dict(), key=key)
        except stripe.InvalidRequestError as refused:
            now = self._stripe.payment_intents.retrieve(intent["id"], {"expand": EXPAND})
            return _payment(now.to_dict(), key=key, reason=refused.code or "refused")


@contextmanager
def asking() -> Iterator[None]:
    """Whatever of Stripe's errors is not a refusal leaves the outcome unknown."""
    with doubting(CODE):
        try:
            yield
        except stripe.StripeError as error:
            raise ProviderUnreachable(f"{CODE}: {type(error).__name__} {error.http_status or ''}".rstrip()) from error


def _payment(intent: dict[str, Any] | None, *, key: str, reason: str = "") -> ProviderPayment:
    if intent is None:
        return ProviderPayment(state=ProviderState.UNKNOWN_KEY)
    if intent["metadata"]["key"] != key:
        raise ProviderUnreachable(f"{CODE}: the answer is about another payment")
    state = STATES[intent["status"]]
    taken = int(intent["amount_received"])
    refunded = _refunded(intent)
    if state is ProviderState.CAPTURED and refunded == taken:
        state = ProviderState.REFUNDED
    error = intent.get("last_payment_error") or {}
    return ProviderPayment(
        state=state,
        amount_minor=taken or (0 if intent.get("description") == CANCELLED_BEFORE else int(intent["amount"])),
        refunded_minor=refunded,
        currency=str(intent["currency"]).upper(),
        reference=str(intent["id"]),
        reason=reason or str(error.get("decline_code") or error.get("code") or ""),
        hint=_hint((intent.get("latest_charge") or {}).get("payment_method_details")),
    )


def _declined(error: stripe.CardError, asked: PaymentAsked) -> ProviderPayment:
    body = error.json_body
    facts: dict[str, Any] = body["error"] if isinstance(body, dict) else {}
    method = facts.get("payment_method") or {}
    return ProviderPayment(
        state=ProviderState.DECLINED,
        amount_minor=asked.amount_minor,
        currency=asked.currency,
        reference=str((facts.get("payment_intent") or {}).get("id", "")),
        reason=str(facts.get("decline_code") or error.code or "declined"),
        hint=_hint(method),
    )


def _refunded(intent: dict[str, Any]) -> int:
    return int((intent.get("latest_charge") or {}).get("amount_refunded", 0))


def _hint(method: dict[str, Any] | None) -> str:
    card = (method or {}).get("card") or (method or {}).get("card_present") or {}
    return hint(card.get("brand"), card.get("last4"))
