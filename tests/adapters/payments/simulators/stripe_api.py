"""Stripe as far as the adapter uses it: bearer key, idempotency keys, PaymentIntents, refunds, search, events."""

import hmac
import json
from collections.abc import Collection
from datetime import datetime
from secrets import token_hex
from typing import Any

from tests.adapters.payments.simulators.book import Behaviour, Charge, Refused
from tests.adapters.payments.simulators.served import Answer, AnswerLost, Asked, HttpSimulator, now


class StripeApi(HttpSimulator):
    """`search_lags` keeps every payment out of the search, as Stripe does in its first minute.

    `list_lags` keeps refunds out of their list, as for a call that comes at the same moment as another.
    """

    takes_at_once = False

    def __init__(self) -> None:
        super().__init__()
        self.secret_key = f"sk_test_{token_hex(12)}"
        self.webhook_secret = f"whsec_{token_hex(16)}"

    def forget(self) -> None:
        super().forget()
        self.search_lags = self.list_lags = False
        self.remembered: dict[str, tuple[bytes, Answer]] = {}

    def respond(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {self.secret_key}":
            return error(401, "invalid_request_error", "invalid_api_key")
        idempotency_key = asked.headers.get("idempotency-key", "") if asked.method == "POST" else ""
        with self.book.lock:
            if idempotency_key in self.remembered:
                body, answer = self.remembered[idempotency_key]
                return answer if body == asked.body else error(400, "idempotency_error", "idempotency_error")
        try:
            answer = self.route(asked)
        except AnswerLost:
            charge = self.book.charges[asked.form["metadata[key]"]]
            self.remember(idempotency_key, asked, self.created(charge))
            raise
        self.remember(idempotency_key, asked, answer)
        return answer

    def remember(self, key: str, asked: Asked, answer: Answer) -> None:
        if key:
            self.remembered[key] = (asked.body, answer)

    def route(self, asked: Asked) -> Answer:
        match [asked.method, *asked.path.strip("/").split("/")[1:]]:
            case ["POST", "payment_intents"]:
                return self.create(asked.form)
            case ["GET", "payment_intents", "search"]:
                key = asked.query["query"].removeprefix("metadata['key']:'").removesuffix("'")
                found = [self.book.charges[key]] if key in self.book.charges and not self.search_lags else []
                return listed([self.intent(each) for each in found], "search_result")
            case ["GET", "payment_intents"]:
                return self.page(asked.query)
            case ["GET", "payment_intents", number]:
                return answered(self.intent(self.of(number)))
            case ["POST", "payment_intents", number, step]:
                return self.step(self.of(number), step, asked.form)
            case ["GET", "refunds"]:
                charge = self.of(asked.query["payment_intent"])
                made = {} if self.list_lags else charge.refunds
                return listed([refund(self.id_of(charge), *each) for each in made.items()], "list")
            case ["POST", "refunds"]:
                return self.refund(asked.form)
        return error(404, "invalid_request_error", "resource_missing")

    def create(self, form: dict[str, str]) -> Answer:
        key = another(form["metadata[key]"], self.book.charges)
        if "payment_method" not in form:
            charge = self.book.authorise(key, int(form["amount"]), form["currency"].upper(), Behaviour.DECLINE)
            charge.amount_minor = 0
            return answered({**self.intent(charge), "description": form["description"]})
        assert (form["confirm"], form["capture_method"]) == ("true", "manual")
        place = {"store": form["metadata[store]"], "terminal": form["metadata[terminal]"]}
        return self.created(self.charge(key, int(form["amount"]), form["currency"].upper(), **place))

    def created(self, charge: Charge) -> Answer:
        if charge.state != "declined":
            return answered(self.intent(charge))
        intent = self.intent(charge)
        return error(402, "card_error", **intent["last_payment_error"], payment_intent={"id": intent["id"]})

    def step(self, charge: Charge, step: str, form: dict[str, str]) -> Answer:
        if step == "capture" and charge.state != "captured":
            try:
                self.book.capture(charge.key, int(form["amount_to_capture"]))
            except Refused:
                return error(400, "invalid_request_error", "amount_too_large")
        elif step == "cancel" and charge.state in {"approved", "pending", "declined"}:
            self.book.void(charge.key)
            charge.state = "voided"
        else:
            return error(400, "invalid_request_error", "payment_intent_unexpected_state")
        return answered(self.intent(charge))

    def refund(self, form: dict[str, str]) -> Answer:
        charge = self.of(form["payment_intent"])
        key = another(form["metadata[refund_key]"], charge.refunds)
        try:
            self.book.refund(charge.key, key, int(form["amount"]))
        except Refused:
            return error(400, "invalid_request_error", "charge_already_refunded")
        return answered(refund(self.id_of(charge), key, int(form["amount"])))

    def page(self, query: dict[str, str]) -> Answer:
        """The youngest first, after the one that is named."""
        charges = sorted(self.book.charges.values(), key=lambda each: -each.number)
        if after := query.get("starting_after"):
            charges = [each for each in charges if each.number < self.of(after).number]
        limit = int(query["limit"])
        return listed([self.intent(each) for each in charges[:limit]], "list", more=len(charges) > limit)

    def of(self, number: str) -> Charge:
        return next(each for each in self.book.charges.values() if self.id_of(each) == number)

    def id_of(self, charge: Charge) -> str:
        return f"pi_simulated{charge.number}"

    def intent(self, charge: Charge) -> dict[str, Any]:
        statuses = {"approved": "requires_capture", "captured": "succeeded", "declined": "requires_payment_method"}
        statuses |= {"voided": "canceled", "pending": "requires_action"}
        card = {"card": {"brand": "visa", "last4": "4242"}}
        declined = {"code": "card_declined", "decline_code": "insufficient_funds", "payment_method": card}
        return {
            "id": self.id_of(charge),
            "object": "payment_intent",
            "amount": charge.amount_minor or 100,
            "amount_received": charge.captured_minor,
            "currency": charge.currency.lower() or "usd",
            "status": statuses[charge.state],
            "description": "sale" if charge.amount_minor else "cancelled before it arrived",
            "metadata": {"key": charge.key.split(" #")[0]},
            "last_payment_error": declined if charge.state == "declined" and charge.amount_minor else None,
            "latest_charge": None
            if charge.state in {"declined", "pending"}
            else {"object": "charge", "amount_refunded": charge.refunded_minor, "payment_method_details": card},
        }

    def tamper(self, answer: Answer) -> Answer:
        """Stripe signs no answers, so that TLS alone keeps them whole; what is seen is an answer about another key."""
        return Answer(answer.body.replace(b'"key": "', b'"key": "x'), answer.status, answer.headers)

    def signed_notice(self, key: str, *, at: datetime | None = None, event: int = 0) -> tuple[dict[str, str], bytes]:
        seconds = int((at or now()).timestamp())
        about = self.intent(self.book.charges[key])
        notice = {"id": f"evt_{event}", "object": "event", "created": seconds, "data": {"object": about}}
        body = json.dumps(notice).encode()
        mac = hmac.digest(self.webhook_secret.encode(), f"{seconds}.".encode() + body, "sha256").hex()
        return {"stripe-signature": f"t={seconds},v1={mac}", "content-type": "application/json"}, body


def another(key: str, known: Collection[str]) -> str:
    """Only idempotency keys keep Stripe from doing a thing twice: what is in metadata is nothing to it."""
    return f"{key} #{len(known)}" if key in known else key


def answered(value: dict[str, Any], status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status)


def listed(values: list[dict[str, Any]], kind: str, *, more: bool = False) -> Answer:
    return answered({"object": kind, "data": values, "has_more": more, "url": "/v1/payment_intents"})


def error(status: int, kind: str, code: str, **more: Any) -> Answer:
    return answered({"error": {"type": kind, "message": "", "code": code, **more}}, status)


def refund(intent: str, key: str, amount_minor: int) -> dict[str, Any]:
    metadata = {"refund_key": key.split(" #", maxsplit=1)[0]}
    return {
        "id": f"re_{key}",
        "object": "refund",
        "amount": amount_minor,
        "payment_intent": intent,
        "metadata": metadata,
    }
