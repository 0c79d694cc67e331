"""One call from bytes to bytes: who calls, may they, what is asked, the use case, the answer, one record of it all.

This is what interceptors and servicers are elsewhere, in one function, because every interceptor of grpc.aio costs each
call a coroutine of its own. The event loop only admits and answers; use cases run in threads: those of batched rows in
the committer thread of the use case, which answers a whole batch with one call into the loop, all others in the pool.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, TypeAlias, TypeVar

import grpc
from grpc.aio import AbortError, ServicerContext

from application.group_commit import GroupCommitter
from application.identity.authenticate import Credentials
from application.ports.identity import Clock
from application.transactor import Answer, Call, Transactor
from domain.identity.organisation import Caller, stranger
from domain.shared.errors import Refusal
from entrypoints.grpc.authentication import Authenticate, Callers, credentials_of
from entrypoints.grpc.errors import (
    DeadlinePassed,
    DeadlineRequired,
    Draining,
    Failure,
    PermissionMissing,
    RequestTooLarge,
    TooManyCalls,
    failure_of,
)
from entrypoints.grpc.intake import parsed
from entrypoints.grpc.limits import LOOP_BYTES_MAX
from entrypoints.grpc.records import CallRecord
from entrypoints.grpc.rpc import AUTHENTICATED, PUBLIC, Kind, Method, Outcome, Service, checked_request_id, fingerprint_of

T = TypeVar("T")

Answered: TypeAlias = tuple[Answer, int]
"""An answer, and how many commands were committed together with it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call that was admitted. `deadline` is in seconds of the performance counter."""

    caller: Caller
    received_at: datetime
    deadline: float
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
        observe: Callable[[CallRecord, Exception | None], None],
        threads: int,
        calls_max: int,
        mutual_tls: bool = False,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._transactor = transactor
        self._clock = clock
        self._observe = observe
        self._calls_max = calls_max
        self._mutual_tls = mutual_tls
        self._running = 0
        self._closing = False
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="call")
        self._callers = Callers(authenticate, self._in_pool)
        self._committers: dict[Callable[..., Any], GroupCommitter[Any, asyncio.Future[Answered]]] = {}
        self.methods = {path: method for service in services for path, method in service.methods.items()}
        for method in self.methods.values():
            if method.row.kind is Kind.BATCHED:
                self._committers[method.use_case] = self._committer(method)

    def handler(self, method: Method) -> grpc.RpcMethodHandler[bytes, bytes]:
        """The handler of one RPC. It takes and gives bytes: what cannot be parsed must not fail outside of it."""
        run = self._runner(method.row.kind)

        async def handle(request: bytes, context: ServicerContext[bytes, bytes]) -> bytes:
            record = CallRecord(method.name, perf_counter(), len(request))
            self._running += 1
            credentials = NOBODY
            error: Exception | None = None
            try:
                credentials = credentials_of(context, mutual_tls=self._mutual_tls)
                incoming = await self._admitted(method, request, context, credentials, record)
                response = await run(method, request, incoming)
                record.bytes_out = len(response)
                return response
            except asyncio.CancelledError:
                record.code = grpc.StatusCode.CANCELLED.name
                raise
            except Exception as raised:  # noqa: BLE001  # the edge: everything becomes a status here
                error = raised
                await self._abort(context, failure_of(raised), credentials.language, record)
                raise AssertionError("a call that was aborted has ended") from None
            finally:
                self._running -= 1
                record.duration_ms = (perf_counter() - record.started) * 1_000
                self._observe(record, error)

        return grpc.unary_unary_rpc_method_handler(handle)
