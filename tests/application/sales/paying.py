"""A till that takes payments of a provider: each step is a transaction or a call of the provider, as at the edge."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from application.outside import Outside
from application.ports.payments import ProviderPayment
from application.sales.pay import (
    CancelPayment,
    GetPayment,
    StartPayment,
    ask_for_payment,
    cancel_at_provider,
    cancel_payment,
    get_payment,
    look_again,
    start_payment,
)
from application.sales.payment_views import PaymentView
from application.sales.preparing import Checkout
from application.sales.reconcile_payments import reconcile
from application.sales.tender import Tender
from domain.identity.organisation import SYSTEM, Caller
from domain.sales.payment import PaymentFlow
from domain.sales.sale import TenderKind
from tests.providers import FakeProvider
from tests.world import Till, World

MUG_MINOR = 5_000


def at_once(question: Callable[[], ProviderPayment]) -> ProviderPayment:
    return question()


@dataclass
class PayingTill:
    """`world` with a provider; `outside_of` makes what its use cases speak to others with."""

    world: World
    code: str = "fake"
    provider: FakeProvider = field(init=False)
    ask: Any = at_once
    transactor: Any = None

    def __post_init__(self) -> None:
        self.provider = FakeProvider(self.world.clock, code=self.code)
        self.transactor = self.world.transactor

    def outside(self, caller: Caller = SYSTEM, *, request_id: str = "", replayed: bool = False) -> Outside:
        return Outside(
            self.transactor, {self.code: self.provider}, self.ask, caller, self.world.clock, request_id, replayed
        )

    def start(
        self,
        amount: int = MUG_MINOR,
        *,
        request_id: str = "",
        caller: Caller | None = None,
        flow: PaymentFlow | None = None,
    ) -> PaymentView:
        caller, request_id = caller or self.world.s1, request_id or str(uuid4())
        command = StartPayment(
            self.code, TenderKind.CARD, amount, "" if flow is PaymentFlow.SHOP_SHOWS else "tok_visa", flow=flow
        )
        answer = self.transactor.execute(
            start_payment, self.world.call(command, caller, request_id, "sales.start_payment"), lambda _: b"answer"
        )
        return ask_for_payment(self.outside(caller, request_id=request_id, replayed=answer.replayed), command)

    def look(self, payment_id: int) -> PaymentView:
        return look_again(self.outside(self.world.s1), GetPayment(payment_id)).payment

    def read(self, payment_id: int) -> PaymentView:
        found: PaymentView = self.world.ask(get_payment, GetPayment(payment_id)).payment
        return found

    def history(self, payment_id: int) -> list[str]:
        return [event.kind.value for event in self.world.ask(get_payment, GetPayment(payment_id)).history]

    def cancel(self, payment_id: int) -> PaymentView:
        self.world.do(cancel_payment, CancelPayment(payment_id), self.world.s1)
        return cancel_at_provider(self.outside(self.world.s1), CancelPayment(payment_id))

    def reconcile(self) -> int:
        return sum(reconcile(self.outside()))

    def basket(self, payment_id: int, amount: int = MUG_MINOR) -> Checkout:
        """A mug, paid by the payment."""
        tender = Tender(TenderKind.CARD, amount, payment_id=payment_id)
        return Till().line("MUG")._tender(tender).command
