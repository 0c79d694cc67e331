"""T21: a till, its server and the reconciler may die between any two steps, and the provider may do what it likes."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from random import Random
from threading import Barrier
from typing import Any, Final
from uuid import uuid4

import pytest

from application.outside import Outside
from application.ports.payments import ProviderPayment
from application.sales.checkout import checkout
from application.sales.pay import ListPayments, list_payments
from application.sales.payment_notices import ReceiveWebhook, heed_webhook
from application.sales.preparing import Checkout
from application.sales.reconcile_payments import reconcile
from domain.identity.organisation import SYSTEM
from domain.sales.payment import PAID, PaymentState
from tests.application.sales.paying import MUG_MINOR, PayingTill, at_once
from tests.providers import BEHAVIOURS, FakeProvider
from tests.world import Till, World

POINTS: Final = 8
"""Before and after each of: the payment is written, the provider is asked, its answer is written, the sale is made."""
CRASHED_ROUND: Final = 0.2
MINUTES: Final = 16
"""A quarter of an hour, and the minute in which the reconciler comes by."""


class Crash(BaseException):
    """The process is gone: nothing that it knew is there any more."""


@dataclass
class Dying:
    """Runs what is given, and dies at the step `at`; steps are counted before and after each thing that is done."""

    at: int
    steps: int = 0

    def __call__(self, run: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        self._step()
        result = run(*arguments, **named)
        self._step()
        return result

    def _step(self) -> None:
        if self.steps == self.at:
            self.steps += 1
            raise Crash
        self.steps += 1


@dataclass
class DyingTransactor:
    """A transactor of a process that dies; reading counts for nothing."""

    transactor: Any
    dying: Dying

    def execute(self, *arguments: Any) -> Any:
        return self.dying(self.transactor.execute, *arguments)

    def execute_batch(self, *arguments: Any) -> Any:
        return self.dying(self.transactor.execute_batch, *arguments)

    def write(self, *arguments: Any, **named: Any) -> Any:
        return self.dying(self.transactor.write, *arguments, **named)

    def read(self, *arguments: Any, **named: Any) -> Any:
        return self.transactor.read(*arguments, **named)


@dataclass
class Customer:
    """Somebody at a till of the small chain who wants a mug: pays by a provider, else in cash."""

    world: World
    behaviour: str
    code: str
    returns: bool
    payment_request: str = field(default_factory=lambda: str(uuid4()))
    sale_request: str = field(default_factory=lambda: str(uuid4()))
    till: PayingTill = field(init=False)

    def __post_init__(self) -> None:
        self.till = PayingTill(self.world, self.code)
        self.till.provider.behaviour = self.behaviour
        self.till.provider.notify = self._notified

    def buys(self, crash_at: int) -> None:
        """All goes well until the step where the process dies; some tills come back then, with the same requests."""
        dying = Dying(crash_at)
        self.till.transactor = DyingTransactor(self.world.transactor, dying)
        self.till.ask = partial(dying)
        try:
            self._pays()
        except Crash:
            self.till.transactor, self.till.ask = self.world.transactor, at_once
            if self.returns:
                self._pays()
        self.till.transactor, self.till.ask = self.world.transactor, at_once

    def _pays(self) -> None:
        payment = self.till.start(request_id=self.payment_request)
        if payment.state not in PAID and payment.state is not PaymentState.DECLINED:
            self.world.clock.advance(seconds=3)
            payment = self.till.look(payment.payment_id)
        if payment.state in PAID and not payment.cancelling:
            self._sells(self.till.basket(payment.payment_id))
        else:
            if payment.state is not PaymentState.DECLINED:
                self.till.cancel(payment.payment_id)
            self._sells(Till().line("MUG").cash(MUG_MINOR).command)

    def _sells(self, command: Checkout) -> None:
        call = self.world.call(command, self.world.s1, self.sale_request)
        [answer] = self.till.transactor.execute_batch(checkout, [call], lambda _: b"sold")
        if answer.error is not None:
            raise answer.error

    def _notified(self, key: str) -> None:
        """The message of the provider reaches another process."""
        outside = Outside(self.world.transactor, self.providers, at_once, SYSTEM, self.world.clock)
        heed_webhook(outside, ReceiveWebhook(self.code, f"evt_{key}", key))

    @property
    def providers(self) -> Mapping[str, FakeProvider]:
        return {self.code: self.till.provider}


@dataclass(frozen=True)
class Verdict:
    """What the books and the providers say, a while later; all zero when nothing is wrong."""

    unresolved: int
    double_charges: int
    difference_minor: int
    goods_without_money: int
    voids_without_history: int


CLEAN: Final = Verdict(0, 0, 0, 0, 0)


def verdict(world: World, customers: list[Customer]) -> Verdict:
    accounts = {key: account for one in customers for key, account in one.till.provider.accounts.items()}
    taken = {key: account.taken for key, account in accounts.items()}
    rows = world.rows("SELECT key, state, sale_id, amount_minor, payment_id FROM payment_intents")
    sold = {key: amount for key, _, sale_id, amount, _ in rows if sale_id is not None}
    undone = {number for _, state, _, _, number in rows if state in ("voided", "refunded")}
    explained = {
        number
        for (number,) in world.rows(
            "SELECT DISTINCT payment_id FROM payment_events WHERE kind IN ('void_decided', 'cancel_asked')"
        )
    }
    return Verdict(
        unresolved=len(world.ask(list_payments, ListPayments(page_size=500)).payments),
        double_charges=sum(account.captures > 1 or taken[key] > MUG_MINOR for key, account in accounts.items()),
        difference_minor=sum(taken.values()) - sum(sold.values()),
        goods_without_money=sum(taken.get(key, 0) < amount for key, amount in sold.items()),
        voids_without_history=len(undone - explained),
    )


def minutes_pass(world: World, customers: list[Customer], minutes: int, chance: Random) -> None:
    """The reconciler comes every minute, and dies on the way now and then."""
    providers = {code: one for customer in customers for code, one in customer.providers.items()}
    for _ in range(minutes):
        world.clock.advance(minutes=1)
        dying = Dying(chance.randrange(40) if chance.random() < CRASHED_ROUND else -1)
        dies: Any = DyingTransactor(world.transactor, dying)
        ask: Callable[[Callable[[], ProviderPayment]], ProviderPayment] = partial(dying)
        try:
            sum(reconcile(Outside(dies, providers, ask, SYSTEM, world.clock)))
        except Crash:
            continue


def all_customers(world: World, chance: Random) -> Iterator[tuple[Customer, int]]:
    for number, behaviour in enumerate(BEHAVIOURS):
        for point in range(POINTS):
            yield Customer(world, behaviour, f"p{number}-{point}", returns=chance.random() < 0.5), point


@pytest.mark.capability("INT-01")
@pytest.mark.parametrize(
    "times", [1, pytest.param(25, marks=[pytest.mark.long, pytest.mark.timeout(3_600)])], ids=["", "long"]
)
def test_money_and_goods_end_together(world: World, times: int) -> None:
    everybody: list[Customer] = []
    for turn in range(times):
        chance = Random(turn)
        world.receive("MUG", 100_000, 200_000)
        served = list(all_customers(world, chance))
        customers = [customer for customer, _ in served]
        for number, (customer, point) in enumerate(served):
            customer.code = customer.till.code = customer.till.provider.code = f"{turn}-{number}"
            customer.buys(point)
        minutes_pass(world, customers, MINUTES, chance)
        down = [one for one in customers if one.behaviour == "down for 30 minutes"]
        assert verdict(world, customers).unresolved <= len(down)
        assert verdict(world, customers).double_charges == 0
        # Those who could not be reached for half an hour are there again.
        minutes_pass(world, customers, 31, chance)
        made = [request for (request,) in world.rows("SELECT request_id FROM sales")]
        assert {one.sale_request for one in customers if one.returns} <= set(map(str, made))
        everybody += customers
        assert verdict(world, everybody) == CLEAN
    keys = world.rows("SELECT count(*), count(DISTINCT sale_id) FROM payment_intents WHERE sale_id IS NOT NULL")
    assert keys[0][0] == keys[0][1] > times * POINTS


@pytest.mark.capability("INT-01")
def test_sees_what_a_server_without_a_reconciler_leaves_behind(world: World) -> None:
    """The positive control: the same customers, and nobody who looks after their payments."""
    served = list(all_customers(world, Random(0)))[::3]
    customers = [customer for customer, _ in served]
    for customer, point in served:
        customer.buys(point)
    left = verdict(world, customers)
    assert left.unresolved > 0
    assert left.goods_without_money > 0
    # A provider that takes the money as often as it is asked is seen as well, once a capture has been asked for twice.
    for customer in customers:
        customer.till.provider.forgets = True
    minutes_pass(world, customers, MINUTES + 31, Random(3))
    for customer in customers:
        for key, account in customer.till.provider.accounts.items():
            if account.captures:
                customer.till.provider.capture(key, MUG_MINOR)
    assert verdict(world, customers).double_charges > 0


@pytest.mark.capability("SAL-02")
def test_two_tills_and_the_reconciler_at_once_leave_it_with_one_of_them(world: World) -> None:
    """At the very minute in which nobody is expected any more, two tills come and want the same payment."""
    till = PayingTill(world)
    payments = [till.start() for _ in range(8)]
    world.clock.advance(minutes=10)
    together = Barrier(3)

    def sells() -> int:
        together.wait(30)
        calls = [world.call(till.basket(one.payment_id), world.s1) for one in payments]
        return sum(not isinstance(world.sell_all([call])[0], Exception) for call in calls)

    def undoes() -> int:
        together.wait(30)
        return till.reconcile()

    with ThreadPoolExecutor(3) as pool:
        sold, undone = [pool.submit(sells) for _ in range(2)], pool.submit(undoes)
        in_all = sum(one.result(60) for one in sold)
        assert undone.result(60) > 0
    for _ in range(2):
        world.clock.advance(minutes=2)
        till.reconcile()
    accounts = till.provider.accounts
    taken = [one for one in payments if accounts[one.key].taken == MUG_MINOR]
    assert in_all == len(taken) == len(world.rows("SELECT sale_id FROM payment_intents WHERE sale_id IS NOT NULL"))
    assert {till.read(one.payment_id).state for one in payments} <= {PaymentState.CAPTURED, PaymentState.VOIDED}
