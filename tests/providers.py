"""A payment provider in this process: it keeps its own books, and answers, fails and repeats itself as it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from application.ports.payments import (
    NoticeRefused,
    PaymentAsked,
    ProviderNotice,
    ProviderPayment,
    ProviderState,
    ProviderUnreachable,
)
from domain.sales.payment import PaymentFlow

DOWN = timedelta(minutes=30)


@dataclass
class Account:
    """What the provider has of one payment; `captures` counts how often money was really taken."""

    asked: PaymentAsked
    state: ProviderState
    refunds: dict[str, int] = field(default_factory=dict)
    captures: int = 0

    @property
    def refunded(self) -> int:
        return sum(self.refunds.values())

    @property
    def taken(self) -> int:
        """What the customer has paid in the end; an approval that was not captured takes nothing."""
        return self.captures * self.asked.amount_minor - self.refunded


@dataclass
class FakeProvider:
    """`behaviour` is one of BEHAVIOURS. `down_until` is when it can be reached again."""

    clock: Callable[[], datetime]
    behaviour: str = "approved"
    code: str = "fake"
    accounts: dict[str, Account] = field(default_factory=dict)
    down_until: datetime | None = None
    calls: list[str] = field(default_factory=list)
    other_amount: int = 0
    forgets: bool = False
    """For controls: it captures as often as it is asked."""
    notify: Callable[[str], None] | None = None
    flows: frozenset[PaymentFlow] = frozenset({PaymentFlow.CUSTOMER_SHOWS, PaymentFlow.SHOP_SHOWS})

    def authorise(self, asked: PaymentAsked) -> ProviderPayment:
        self._reach("authorise")
        if self.behaviour == "down for 30 minutes":
            self.down_until = self.clock() + DOWN
            raise ProviderUnreachable("down")
        declined = self.behaviour in ("declined", "timeout then declined")
        state = ProviderState.DECLINED if declined else ProviderState.APPROVED
        account = self.accounts.setdefault(asked.key, Account(asked, state))
        if self.behaviour == "approved twice":
            # An impatient provider: it takes the money at once, and says so again when it is asked to.
            account.state, account.captures = ProviderState.CAPTURED, 1
        if asked.flow is PaymentFlow.SHOP_SHOWS:
            account.state = ProviderState.PENDING
            return replace(self._payment(asked.key), to_pay=f"https://pay.example/{asked.key}")
        if self.behaviour.startswith("timeout"):
            raise ProviderUnreachable("timed out")
        for _ in range({"webhook first": 1, "webhook three times": 3}.get(self.behaviour, 0)):
            # Its message is there before its answer.
            if self.notify is not None:
                self.notify(asked.key)
        return self._payment(asked.key)

    def capture(self, key: str, amount_minor: int) -> ProviderPayment:
        self._reach("capture")
        account = self.accounts[key]
        if account.state is ProviderState.APPROVED or self.forgets:
            account.state = ProviderState.CAPTURED
            account.captures += 1
        return self._payment(key)

    def cancel(self, key: str) -> ProviderPayment:
        self._reach("cancel")
        account = self.accounts.get(key)
        if account is None:
            return ProviderPayment(ProviderState.UNKNOWN_KEY)
        if account.state in (ProviderState.APPROVED, ProviderState.PENDING):
            account.state = ProviderState.VOIDED
        elif account.state is ProviderState.CAPTURED:
            account.refunds["cancel"] = account.asked.amount_minor - account.refunded
            account.state = ProviderState.REFUNDED
        return self._payment(key)

    def refund(
        self, key: str, refund_key: str, amount_minor: int, *, refunded_before_minor: int = 0
    ) -> ProviderPayment:
        self._reach("refund")
        account = self.accounts[key]
        account.refunds.setdefault(refund_key, amount_minor)
        assert account.refunded <= account.captures * account.asked.amount_minor
        if account.refunded == account.asked.amount_minor:
            account.state = ProviderState.REFUNDED
        return self._payment(key)

    def look_up(self, key: str) -> ProviderPayment:
        self._reach("look_up")
        return self._payment(key) if key in self.accounts else ProviderPayment(ProviderState.UNKNOWN_KEY)

    def notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> ProviderNotice:
        if headers.get("signature") != "good":
            raise NoticeRefused("bad signature")
        return ProviderNotice(f"event {body.decode()}", body.decode(), at)

    def _reach(self, call: str) -> None:
        self.calls.append(call)
        if self.down_until is not None and self.clock() < self.down_until:
            raise ProviderUnreachable("down")

    def _payment(self, key: str) -> ProviderPayment:
        account = self.accounts[key]
        said = ProviderPayment(
            account.state,
            account.asked.amount_minor,
            account.refunded,
            account.asked.currency,
            f"R-{key[:8]}",
            "card_declined" if account.state is ProviderState.DECLINED else "",
            "visa 4242",
        )
        return replace(said, amount_minor=self.other_amount) if self.other_amount else said


BEHAVIOURS = (
    "approved",
    "declined",
    "timeout then approved",
    "timeout then declined",
    "approved twice",
    "webhook first",
    "webhook three times",
    "down for 30 minutes",
)
