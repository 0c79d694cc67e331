"""One call from bytes to bytes: who calls, may they, what is asked, the use case, the answer, one record of it all.

This is what interceptors and servicers are elsewhere, in one function, because every interceptor of grpc.aio costs each
call a coroutine of its own. The event loop only admits and answers; use cases run in threads: those of batched rows in
the committer thread of the use case, which answers a whole batch with one call into the loop, all others in the pool.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Any, Final, TypeAlias, TypeVar

import grpc
from grpc.aio import ServicerContext

from application.group_commit import GroupCommitter
from application.outside import ASKED_AT_ONCE_MAX, Outside, TimedAsk
from application.ports.carriers import Carriers
from application.ports.identity import Clock
from application.ports.payments import PaymentProviders
from application.transactor import Answer, Call, Transactor
from domain.identity.organisation import Caller, stranger
from domain.identity.permissions import OF_SUPPLIERS
from domain.shared.errors import Refusal
from entrypoints.grpc.authentication import Authenticate, Callers, Presented, presented_by
from entrypoints.grpc.errors import (
    DeadlinePassed,
    DeadlineRequired,
    Draining,
    NotForMembers,
    NotForSuppliers,
    PermissionMissing,
    RequestTooLarge,
    TooManyCalls,
    failure_of,
)
from entrypoints.grpc.intake import parsed
from entrypoints.grpc.limits import LOOP_BYTES_MAX
from entrypoints.grpc.rpc import (
    AUTHENTICATED,
    PUBLIC,
    Kind,
    Method,
    Outcome,
    Service,
    checked_request_id,
    fingerprint_of,
    owned,
)
from entrypoints.records import CallRecord

T = TypeVar("T")

REPLAYED: Final = (("liansuo-replayed", "true"),)
"""Trailing metadata of an answer that was given before: the body is the same byte for byte."""

ENGLISH: Final = "en"
CANCELLED: Final = grpc.StatusCode.CANCELLED.name
DEADLINE_EXCEEDED: Final = grpc.StatusCode.DEADLINE_EXCEEDED.name

QUIET_SECONDS: Final = 0.05
QUIET_WAITS_MAX: Final = 20

Handle: TypeAlias = Callable[[bytes, ServicerContext[bytes, bytes]], Awaitable[bytes]]

Answered: TypeAlias = tuple[Answer, int]
"""An answer, and how many commands were committed together with it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call that was admitted."""

    caller: Caller
    received_at: datetime
    record: CallRecord


class Calls:
    """Answers the calls of all services; belongs to one event loop."""

    def __init__(
        self,
        services: Iterable[Service],
        *,
        transactor: Transactor,
        authenticate: Authenticate,
        clock: Clock,
        observe: Callable[[CallRecord], None],
        report: Callable[[CallRecord, Exception], None],
        threads: int,
        calls_max: int,
        mutual_tls: bool = False,
        payment_providers: PaymentProviders | None = None,
        carriers: Carriers | None = None,
    ) -> None:
        self._payment_providers = payment_providers or {}
        self._carriers = carriers or {}
        self._ask = TimedAsk()
        self._loop = asyncio.get_running_loop()
        self._transactor = transactor
        self._clock = clock
        self._observe = observe
        self._report = report
        self._calls_max = calls_max
        self._mutual_tls = mutual_tls
        self._running = 0
        self._arrived = 0
        self._closing = False
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="call")
        # Whoever waits for a provider takes no thread from those who do not.
        self._outside_pool = ThreadPoolExecutor(ASKED_AT_ONCE_MAX, thread_name_prefix="outside")
        self._callers = Callers(authenticate, self._in_pool)
        self._committers: dict[Callable[..., Any], GroupCommitter[Any, asyncio.Future[Answered]]] = {}
        self.methods = {path: method for service in services for path, method in service.methods.items()}
        for method in self.methods.values():
            if method.row.kind is Kind.BATCHED:
                self._committers[method.use_case] = self._committer(method)

    def answering(self, method: Method) -> Handle:
        """The function that answers one RPC. It takes and gives bytes: what cannot be parsed must not fail outside."""
        run = self._runner(method.row.kind)

        async def handle(request: bytes, context: ServicerContext[bytes, bytes]) -> bytes:
            record = CallRecord(method.name, perf_counter(), len(request))
            language = ENGLISH
            self._running += 1
            self._arrived += 1
            try:
                presented = presented_by(context, mutual_tls=self._mutual_tls)
                language = presented.language
                incoming = await self._admitted(method, context, presented, record)
                response = await run(method, request, incoming)
                record.bytes_out = len(response)
                if record.replayed:
                    context.set_trailing_metadata(REPLAYED)
                return response
            except asyncio.CancelledError:
                record.code = CANCELLED if perf_counter() < record.deadline else DEADLINE_EXCEEDED
                raise
            except Exception as error:  # noqa: BLE001  # the edge: whatever happened becomes a status
                failure = failure_of(error)
                record.code, record.reason, record.incident = failure.code.name, failure.reason, failure.incident
                if failure.incident:
                    self._report(record, error)
            finally:
                self._running -= 1
                record.duration_ms = (perf_counter() - record.started) * 1_000
                self._observe(record)
            await context.abort(failure.code, failure.message, failure.trailing_metadata(language))

        return handle

    def running(self) -> int:
        """How many calls have not been answered yet."""
        return self._running

    def waiting(self) -> Mapping[str, int]:
        """How many commands wait for the next batch, by operation."""
        return {
            method.operation: self._committers[method.use_case].waiting()
            for method in self.methods.values()
            if method.row.kind is Kind.BATCHED
        }

    async def turn_away(self) -> None:
        """Tells new calls to try again elsewhere, until none has come for a moment; those admitted before go on.

        The core resets calls that it has queued when it stops, and a client cannot tell that from being cancelled.
        """
        self._closing = True
        for _ in range(QUIET_WAITS_MAX):
            arrived = self._arrived
            await asyncio.sleep(QUIET_SECONDS)
            if arrived == self._arrived:
                return

    async def close(self) -> None:
        """Commits what waits and ends the threads."""
        self._closing = True
        for committer in self._committers.values():
            await self._in_pool(committer.close)
        self._pool.shutdown(wait=True)
        self._outside_pool.shutdown(wait=True)
        self._ask.close()

    async def _admitted(
        self, method: Method, context: ServicerContext[bytes, bytes], presented: Presented, record: CallRecord
    ) -> Incoming:
        """The call, once limits, credentials and permission have been checked, in this order, before its content."""
        if self._closing:
            raise Draining
        if self._running > self._calls_max:
            raise TooManyCalls(limit=self._calls_max)
        remaining: float | None = context.time_remaining()
        if remaining is None:
            raise DeadlineRequired("deadline")
        record.deadline = record.started + remaining
        if record.bytes_in > method.row.bytes_max:
            raise RequestTooLarge(size=record.bytes_in, limit=method.row.bytes_max)
        needs = method.row.needs
        if needs == PUBLIC:
            caller = stranger(certificate_digest=presented.certificate_digest, language=presented.language)
        else:
            caller = self._callers.known(presented) or await self._callers.recognised(presented)
            record.caller = caller.code
            record.store_id = caller.store_id or 0
            if caller.member_number:
                if not method.row.own:
                    raise NotForMembers
            elif caller.supplier_id and needs not in OF_SUPPLIERS:
                raise NotForSuppliers
            elif needs != AUTHENTICATED and not caller.may(needs):
                raise PermissionMissing(permission=needs)
        return Incoming(caller, self._clock(), record)

    def _runner(self, kind: Kind) -> Callable[[Method, bytes, Incoming], Awaitable[bytes]]:
        prepare: Callable[[Method, bytes, Incoming], Any]
        in_thread: Callable[[Method, Any, Incoming], bytes]
        match kind:
            case Kind.BATCHED:
                return self._batched
            case Kind.BATCHED_MANY:
                return self._batched_many
            case Kind.WRITE:
                prepare, in_thread = self._call, self._write
            case Kind.COMMAND:
                prepare, in_thread = self._decoded, self._command
            case Kind.READ:
                prepare, in_thread = self._decoded, self._read

        async def run(method: Method, request: bytes, incoming: Incoming) -> bytes:
            # What cannot be understood is not worth a thread.
            if len(request) > LOOP_BYTES_MAX:
                prepared = await self._in_pool(prepare, method, request, incoming)
            else:
                prepared = prepare(method, request, incoming)
            if method.row.then is not None:
                return await self._in_pool(in_thread, method, prepared, incoming, pool=self._outside_pool)
            return await self._in_pool(in_thread, method, prepared, incoming)

        return run

    async def _batched(self, method: Method, request: bytes, incoming: Incoming) -> bytes:
        if len(request) > LOOP_BYTES_MAX:
            call = await self._in_pool(self._call, method, request, incoming)
        else:
            call = self._call(method, request, incoming)
        future: asyncio.Future[Answered] = self._loop.create_future()
        self._committers[method.use_case].submit([(future, call)], urgent=True)
        answer, incoming.record.batch = await future
        if answer.error is not None:
            raise answer.error
        incoming.record.replayed = answer.replayed
        return answer.payload

    async def _batched_many(self, method: Method, request: bytes, incoming: Incoming) -> bytes:
        calls = await self._in_pool(self._item_calls, method, request, incoming)
        items = [(self._loop.create_future(), call) for call in calls if isinstance(call, Call)]
        self._committers[method.use_case].submit(items, urgent=False)
        answers = iter([(await future)[0] for future, _ in items])
        incoming.record.batch = len(items)
        return await self._in_pool(self._joined, method, calls, answers, incoming)

    def _call(self, method: Method, request: bytes, incoming: Incoming) -> Call[Any]:
        call = _call_of(method, parsed(method.request, request), incoming)
        incoming.record.request_id = call.request_id
        return call

    def _item_calls(self, method: Method, request: bytes, incoming: Incoming) -> list["Call[Any] | Refused"]:
        """The items of a request that carries many, each as a call of its own or refused for itself."""
        assert method.item is not None and method.row.split is not None
        calls: list[Call[Any] | Refused] = []
        for item in method.row.split(parsed(method.request, request)):
            try:
                calls.append(_call_of(method.item, item, incoming))
            except Refusal as refusal:
                calls.append(Refused(item.request_id, refusal))
        return calls

    def _joined(
        self,
        method: Method,
        calls: Sequence["Call[Any] | Refused"],
        answers: Iterator[Answer],
        incoming: Incoming,
    ) -> bytes:
        """The response to a request that carries many, of the answers to those that were not refused before."""
        assert method.item is not None and method.row.join is not None
        outcomes = []
        for call in calls:
            answer = next(answers) if isinstance(call, Call) else Answer(error=call.refusal)
            if answer.error is None:
                response = method.item.row.response.FromString(answer.payload)
                outcomes.append(Outcome(call.request_id, response, replayed=answer.replayed))
            else:
                failure = failure_of(answer.error)
                if failure.incident:
                    record = replace(incoming.record, request_id=call.request_id, incident=failure.incident)
                    self._report(record, answer.error)
                outcomes.append(Outcome(call.request_id, failure=failure))
        return method.row.join(outcomes, incoming.caller.language).SerializeToString()

    def _decoded(self, method: Method, request: bytes, incoming: Incoming) -> Any:
        return _command_of(method, parsed(method.request, request), incoming.caller)

    def _write(self, method: Method, call: Call[Any], incoming: Incoming) -> bytes:
        _check_deadline(incoming)
        shown: list[bytes] = []
        row = method.row
        if row.before is not None:
            row.before(self._outside(incoming), call.command)

        def encode(result: Any) -> bytes:
            # What is stored under the request id has its secrets blanked; only this answer shows them.
            shown[:] = [method.show(result)]
            return method.encode(result)

        answer = self._transactor.execute(method.use_case, call, encode if row.secret else method.encode)
        incoming.record.replayed = answer.replayed
        if row.then is not None:
            outside = self._outside(incoming, request_id=call.request_id, replayed=answer.replayed)
            return method.show(row.then(outside, call.command))
        return shown[0] if shown and not answer.replayed else answer.payload

    def _command(self, method: Method, command: Any, incoming: Incoming) -> bytes:
        _check_deadline(incoming)
        caller, now = incoming.caller, incoming.received_at
        result = self._transactor.write(method.use_case, command, caller=caller, now=now)
        return method.encode(self._after(method, command, result, incoming))

    def _read(self, method: Method, command: Any, incoming: Incoming) -> bytes:
        _check_deadline(incoming)
        caller, now = incoming.caller, incoming.received_at
        result = self._transactor.read(method.use_case, command, caller=caller, now=now)
        return method.encode(self._after(method, command, result, incoming))

    def _after(self, method: Method, command: Any, result: Any, incoming: Incoming) -> Any:
        """The result, or what comes of it once others have been spoken to."""
        then = method.row.then
        return result if then is None else then(self._outside(incoming), command)

    def _outside(self, incoming: Incoming, *, request_id: str = "", replayed: bool = False) -> Outside:
        return Outside(
            self._transactor, self._payment_providers, self._ask, incoming.caller, self._clock, request_id, replayed,
            carriers=self._carriers,
        )  # fmt: skip

    async def _in_pool(self, function: Callable[..., T], *arguments: Any, pool: ThreadPoolExecutor | None = None) -> T:
        # In a copy of the context, so that what is traced in the thread belongs to this call.
        run = contextvars.copy_context().run
        return await self._loop.run_in_executor(pool or self._pool, run, function, *arguments)

    def _committer(self, method: Method) -> GroupCommitter[Any, "asyncio.Future[Answered]"]:
        def answered(pairs: Sequence[tuple[asyncio.Future[Answered], Answer]]) -> None:
            self._loop.call_soon_threadsafe(_settle, pairs)

        return GroupCommitter(self._transactor, method.use_case, method.encode, answered, name=method.operation)


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that was refused before it became a command."""

    request_id: str
    refusal: Refusal


def _call_of(method: Method, message: Any, incoming: Incoming) -> Call[Any]:
    request_id = checked_request_id(message.request_id)
    fingerprint = fingerprint_of(message, request_id, member_number=incoming.caller.member_number)
    command = _command_of(method, message, incoming.caller)
    return Call(command, incoming.caller, request_id, method.operation, fingerprint, incoming.received_at)


def _command_of(method: Method, message: Any, caller: Caller) -> Any:
    command = method.decode(message)
    return owned(command, method.row.own, caller) if caller.member_number else command


def _check_deadline(incoming: Incoming) -> None:
    """Refuses work that has waited for a thread until nobody waits for its answer any more."""
    if perf_counter() > incoming.record.deadline:
        raise DeadlinePassed


def _settle(pairs: Sequence[tuple["asyncio.Future[Answered]", Answer]]) -> None:
    """Hands a whole batch of answers to the calls that wait for them; some may have given up."""
    for future, answer in pairs:
        if not future.done():
            future.set_result((answer, len(pairs)))
