"""What a use case has that speaks to somebody outside: between its transactions, none of which waits for them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from application.ports.carriers import Carrier, Carriers
from application.ports.identity import Clock
from application.ports.payments import PaymentProviders, ProviderUnreachable
from application.transactor import Transactor, UseCase
from domain.identity.organisation import Caller

C = TypeVar("C")
R = TypeVar("R")
A = TypeVar("A")

ASKED_AT_ONCE_MAX: Final = 16
SECONDS_MAX: Final = 25.0
"""How long anybody waits for a provider; the adapters have shorter time-outs of their own."""


class Ask(Protocol):
    """Asks a provider or a carrier and waits a while."""

    def __call__(self, question: Callable[[], A]) -> A:
        """The answer; raises ProviderUnreachable where there is none in time."""


class TimedAsk:
    """Asks in threads of its own, so that a provider that does not answer holds up nothing else."""

    def __init__(self, *, threads: int = ASKED_AT_ONCE_MAX, seconds: float = SECONDS_MAX) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="provider")
        self._seconds = seconds

    def __call__(self, question: Callable[[], A]) -> A:
        future = self._pool.submit(question)
        try:
            return future.result(timeout=self._seconds)
        except TooLate:
            future.cancel()
            raise ProviderUnreachable(f"no answer within {self._seconds:g} s") from None

    def close(self) -> None:
        """Lets the threads end; nobody waits for a question that hangs."""
        self._pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Outside:
    """The providers and carriers, and transactions of their own, for whom the call is.

    `request_id` is that of the request, `replayed` tells that it was answered before. So many questions are asked
    `side_by_side`.
    """

    transactor: Transactor
    providers: PaymentProviders
    ask: Ask
    caller: Caller
    clock: Clock
    request_id: str = ""
    replayed: bool = False
    side_by_side: int = 1
    carriers: Carriers = field(default_factory=dict[str, Carrier])

    def write(self, use_case: UseCase[C, R], command: C) -> R:
        """Runs a use case that is idempotent by itself, in a transaction of its own."""
        return self.transactor.write(use_case, command, caller=self.caller, now=self.now())

    def read(self, query: UseCase[C, R], asked: C) -> R:
        return self.transactor.read(query, asked, caller=self.caller, now=self.now())

    def each(self, ask: Callable[[C], R], questions: Sequence[C]) -> Sequence[R]:
        """What comes of each question, in their order."""
        if self.side_by_side == 1 or len(questions) == 1:
            return [ask(question) for question in questions]
        with ThreadPoolExecutor(self.side_by_side, thread_name_prefix="asking") as pool:
            return list(pool.map(ask, questions))

    def now(self) -> datetime:
        return self.clock()


Then = Callable[[Outside, Any], Any]
"""What a use case does after its transaction, with its command; returns what the caller is answered."""
