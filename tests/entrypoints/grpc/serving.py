"""A server in a thread of the test process, and calls to it by path with bytes or messages."""

import asyncio
import io
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import grpc
import orjson
import uvloop
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from application.transactor import Transactor
from entrypoints.grpc.metrics import Metrics
from entrypoints.grpc.rpc import Service
from entrypoints.grpc.server import Server
from entrypoints.logs import configure_logs
from entrypoints.settings import Settings
from tests.entrypoints.grpc import toy

DEADLINE_SECONDS = 10.0


@dataclass
class Failed:
    """A call that did not succeed, with its details unpacked."""

    code: grpc.StatusCode
    message: str
    reason: str = ""
    domain: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    localized: str = ""
    locale: str = ""
    retry_after_ms: int | None = None


@dataclass
class Running:
    """A server that runs; `log` holds its lines so far."""

    server: Server
    loop: asyncio.AbstractEventLoop
    port: int
    channel: grpc.Channel
    stream: io.BytesIO

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def call(self, path: str, request: Any, *, credential: str | None = "cashier", **options: Any) -> Any:
        """The response as bytes, or Failed."""
        answer, _ = self.call_with_metadata(path, request, credential=credential, **options)
        return answer

    def call_with_metadata(
        self,
        path: str,
        request: Any,
        *,
        credential: str | None = "cashier",
        language: str = "",
        session: str = "",
        timeout: float | None = DEADLINE_SECONDS,
    ) -> tuple[Any, dict[str, str]]:
        data = request if isinstance(request, bytes) else request.SerializeToString()
        metadata = metadata_of(credential=credential, language=language, session=session)
        try:
            answer, call = self.channel.unary_unary(path).with_call(data, timeout=timeout, metadata=metadata)
        except grpc.RpcError as error:
            return failed(error), {}
        return answer, dict(call.trailing_metadata())

    def future(self, path: str, request: Any, *, credential: str = "cashier", timeout: float = DEADLINE_SECONDS) -> Any:
        data = request if isinstance(request, bytes) else request.SerializeToString()
        return self.channel.unary_unary(path).future(data, timeout=timeout, metadata=metadata_of(credential=credential))

    def log(self, event: str) -> list[dict[str, Any]]:
        """What the server has logged under this name."""
        lines = [orjson.loads(line) for line in self.stream.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]

    def drain(self) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(self.server.drain(), self.loop)


def metadata_of(*, credential: str | None, language: str = "", session: str = "") -> list[tuple[str, str]]:
    metadata = []
    if credential is not None:
        metadata.append(("authorization", f"Bearer {credential}"))
    if language:
        metadata.append(("accept-language", language))
    if session:
        metadata.append(("x-staff-session", session))
    return metadata


def failed(error: Any) -> Failed:
    """What the rich status of a failed call says."""
    found = Failed(error.code(), error.details())
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        bad = error_details_pb2.BadRequest()
        text = error_details_pb2.LocalizedMessage()
        retry = error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            found.reason, found.domain, found.metadata = info.reason, info.domain, dict(info.metadata)
        elif detail.Unpack(bad):
            found.fields = [violation.field for violation in bad.field_violations]
        elif detail.Unpack(text):
            found.localized, found.locale = text.message, text.locale
        elif detail.Unpack(retry):
            found.retry_after_ms = retry.retry_delay.ToMilliseconds()
    return found


def new_id() -> str:
    return str(uuid4())


@contextmanager
def serving(
    units: Any = None,
    *,
    services: Sequence[Service] = (toy.SERVICE,),
    authenticate: Any = toy.authenticate,
    credentials: grpc.ChannelCredentials | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    metrics: Metrics | None = None,
    tracer: Any = None,
    payment_providers: Any = None,
    carriers: Any = None,
    **settings: Any,
) -> Iterator[Running]:
    """Serves until the block ends, then drains."""
    stream = io.BytesIO()
    configure_logs(stream=stream)
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="server")
    thread.start()

    async def start() -> Server:
        server = Server(
            services,
            settings=Settings(**{"port": 0} | settings),
            transactor=Transactor(toy.Storage() if units is None else units),
            authenticate=authenticate,
            clock=clock,
            metrics=metrics,
            tracer=tracer,
            payment_providers=payment_providers,
            carriers=carriers,
        )
        await server.start()
        return server

    async def drain(server: Server) -> None:
        await server.drain()

    try:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        try:
            target, options = f"127.0.0.1:{server.port}", [("grpc.use_local_subchannel_pool", 1)]
            with (
                grpc.insecure_channel(target, options)
                if credentials is None
                else grpc.secure_channel(target, credentials, options)
            ) as channel:
                yield Running(server, loop, server.port, channel, stream)
        finally:
            asyncio.run_coroutine_threadsafe(drain(server), loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
