"""Runs use cases exactly once per request id, in one transaction, with bounded retries.

The claim on the request id is the first write: a duplicate in flight waits for the original and then gets its answer.
A refusal rolls the claim back, so that the same request may be sent again after its cause has been removed.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from application.ports.kernel import (
    Claim,
    ClaimedBefore,
    CommitUnknown,
    Contention,
    StorageFull,
    StoredAnswer,
    UnitOfWork,
    Units,
)
from domain.identity.organisation import Caller
from domain.shared.errors import Conflict, Refusal

C = TypeVar("C")
R = TypeVar("R")

ATTEMPTS_MAX = 6
"""One try and five more after contention (reliability rule D5)."""

BACKOFF_MS_MIN, BACKOFF_MS_MAX = 5, 200


class RequestReused(Conflict):
    reason = "REQUEST_REUSED"
    en = "request_id {request_id} was already used for another request. Send a new id for new content."
    zh = "request_id {request_id} 已用于另一个请求。内容不同请使用新的 id。"


class Busy(Exception):
    """Contention did not end within the allowed attempts; nothing was written, the caller may try again."""


@dataclass(frozen=True, slots=True)
class Call(Generic[C]):
    """One command with who sent it, when it arrived, and the digest of its content."""

    command: C
    caller: Caller
    request_id: str
    operation: str
    fingerprint: bytes
    received_at: datetime

    @property
    def claim(self) -> Claim:
        return Claim(self.caller.caller_id, self.request_id, self.operation, self.fingerprint)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command came to: its encoded result, a refusal, or an unexpected error."""

    payload: bytes = b""
    replayed: bool = False
    error: Exception | None = None


UseCase: TypeAlias = Callable[[UnitOfWork, C], R]
BatchUseCase: TypeAlias = Callable[[UnitOfWork, Sequence[Call[C]]], Sequence[R | Refusal]]
Encode: TypeAlias = Callable[[Any], bytes]


class Transactor:
    """Executes use cases over `units`; `sleep` and `jitter` are passed in by tests."""

    def __init__(
        self,
        units: Units,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._units = units
        self._sleep = sleep
        self._jitter = jitter

    def execute(self, use_case: UseCase[C, R], call: Call[C], encode: Encode) -> Answer:
        """Runs a plain use case once for its request id; raises its Refusal, or Busy."""

        def as_batch(uow: UnitOfWork, calls: Sequence[Call[C]]) -> Sequence[R | Refusal]:
            return [use_case(uow, calls[0].command)]

        answer = self._retried(as_batch, [call], encode)[0]
        if answer.error is not None:
            raise answer.error
        return answer

    def execute_batch(self, use_case: BatchUseCase[C, R], calls: Sequence[Call[C]], encode: Encode) -> list[Answer]:
        """Runs a batch-shaped use case in one transaction; every command gets its own answer.

        An unexpected error makes each command run again alone, so that a poison command fails alone.
        """
        try:
            return self._retried(use_case, calls, encode)
        except (Busy, StorageFull) as error:
            # Trying each again alone would only add to what keeps the database busy.
            return [Answer(error=error)] * len(calls)
        except Exception as error:  # noqa: BLE001 - whatever one command raises must not fail the others
            if len(calls) == 1:
                return [Answer(error=error)]
        answers = []
        for call in calls:
            try:
                answers += self._retried(use_case, [call], encode)
            except Exception as error:  # noqa: BLE001 - as above
                answers.append(Answer(error=error))
        return answers

    def write(self, use_case: UseCase[C, R], command: C, *, caller: Caller, now: datetime) -> R:
        """Runs a use case in one transaction without a request id: for what is idempotent or single-use by itself."""
        for attempt in range(ATTEMPTS_MAX):
            try:
                with self._units.begin(caller=caller, now=now) as uow:
                    result = use_case(uow, command)
                    uow.commit()
                    return result
            except Contention:
                self._back_off(attempt)
        raise Busy

    def read(self, query: UseCase[C, R], command: C, *, caller: Caller, now: datetime) -> R:
        """Answers a query from one consistent state."""
        with self._units.read(caller=caller, now=now) as uow:
            return query(uow, command)

    def _retried(self, use_case: BatchUseCase[C, R], calls: Sequence[Call[C]], encode: Encode) -> list[Answer]:
        # Nearly all ids are new: only when one is not, it is worth a wait to learn which.
        new = True
        for attempt in range(ATTEMPTS_MAX):
            try:
                return self._once(use_case, calls, encode, new=new)
            except ClaimedBefore:
                new = False
            except (Contention, CommitUnknown):
                new = False
                # After an unknown commit the claims themselves tell: stored work is found and replayed.
                self._back_off(attempt)
        raise Busy

    def _once(
        self, use_case: BatchUseCase[C, R], calls: Sequence[Call[C]], encode: Encode, *, new: bool
    ) -> list[Answer]:
        """One attempt; `new` takes all ids for new ones and raises ClaimedBefore when one is not.

        That is asked before anything else is said: what is refused now may have been answered before, and then that
        answer stands.
        """
        first = calls[0]
        by_key: dict[tuple[int, str], Call[C]] = {}
        for call in calls:
            # In the order of arrival; of duplicates inside the batch the first one counts.
            by_key.setdefault((call.caller.caller_id, call.request_id), call)
        with self._units.begin(caller=first.caller, now=first.received_at, request_id=first.request_id) as uow:
            claims = [call.claim for call in by_key.values()]
            stored: Mapping[tuple[int, str], StoredAnswer] = {}
            if new:
                uow.requests.claim_new(claims, at=first.received_at)
            else:
                stored = uow.requests.claim(claims, at=first.received_at)
            fresh = [call for key, call in by_key.items() if key not in stored]
            try:
                outcomes = use_case(uow, fresh) if fresh else []
            except Exception:
                uow.requests.confirm()
                raise
            answers: dict[tuple[int, str], Answer] = {}
            originals: dict[tuple[int, str], StoredAnswer] = dict(stored)
            kept = False
            for call, outcome in zip(fresh, outcomes, strict=True):
                key = (call.caller.caller_id, call.request_id)
                if isinstance(outcome, Refusal):
                    answers[key] = Answer(error=outcome)
                    uow.requests.release(call.claim)
                else:
                    kept = True
                    payload = encode(outcome)
                    uow.requests.answer(call.claim, payload)
                    answers[key] = Answer(payload)
                    originals[key] = StoredAnswer(call.operation, call.fingerprint, payload)
            if kept:
                uow.commit()
            else:
                uow.requests.confirm()
        return [_answer_to(call, answers, originals, by_key) for call in calls]

    def _back_off(self, attempt: int) -> None:
        if attempt + 1 < ATTEMPTS_MAX:
            ceiling = min(BACKOFF_MS_MIN * 2 ** (attempt + 1), BACKOFF_MS_MAX)
            self._sleep((BACKOFF_MS_MIN + self._jitter() * ceiling) / 1000)


def _answer_to(
    call: Call[Any],
    answers: dict[tuple[int, str], Answer],
    originals: dict[tuple[int, str], StoredAnswer],
    by_key: dict[tuple[int, str], Call[Any]],
) -> Answer:
    """The answer of one call: its own, or that of the request which used its id first."""
    key = (call.caller.caller_id, call.request_id)
    if by_key[key] is call and key in answers:
        return answers[key]
    original = originals.get(key)
    if original is None:
        # A duplicate inside the batch of a request that was refused is refused alike.
        return answers[key]
    if (original.operation, original.fingerprint) != (call.operation, call.fingerprint):
        return Answer(error=RequestReused("request_id", request_id=call.request_id))
    return Answer(original.answer, replayed=True)
