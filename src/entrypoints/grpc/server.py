"""The gRPC server of one process: ports, limits, TLS, the services, and an end that loses no accepted work."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc
import structlog
from opentelemetry import trace

from application.ports.carriers import Carriers
from application.ports.identity import Clock
from application.ports.payments import PaymentProviders
from application.transactor import Transactor
from entrypoints.grpc.authentication import Authenticate
from entrypoints.grpc.calls import Calls, Handle
from entrypoints.grpc.limits import CHANNEL_OPTIONS
from entrypoints.grpc.metrics import Metrics
from entrypoints.grpc.rpc import Service
from entrypoints.grpc.standard import Handlers, Health, reflection_handlers
from entrypoints.logs import log_call, log_incident
from entrypoints.records import CallRecord
from entrypoints.settings import Settings, StartRefused

STREAMS_HELD_FACTOR = 2
"""The core counts calls from their headers on and we from their message on, so it is allowed more of them."""


class Server:
    """Serves the tables of RPCs until it drains; made and used on one event loop.

    Raises StartRefused for settings that must not serve and for RPCs that nobody has decided who may call.
    """

    def __init__(
        self,
        services: Sequence[Service],
        *,
        settings: Settings,
        transactor: Transactor,
        authenticate: Authenticate,
        clock: Clock,
        tracer: trace.Tracer | None = None,
        metrics: Metrics | None = None,
        payment_providers: PaymentProviders | None = None,
        carriers: Carriers | None = None,
    ) -> None:
        settings.check_start()
        check_permissions(services)
        self._settings = settings
        self._log = structlog.get_logger()
        observers = [log_call(self._log)]
        if metrics is not None:
            observers.append(metrics.observe)
        if tracer is not None:
            from entrypoints.grpc.tracing import span_call

            observers.append(span_call)
        self._calls = Calls(
            services,
            transactor=transactor,
            authenticate=authenticate,
            clock=clock,
            observe=_each(observers),
            report=log_incident(self._log),
            threads=settings.threads,
            calls_max=settings.calls_max,
            mutual_tls=settings.tls_client_ca is not None,
            payment_providers=payment_providers,
            carriers=carriers,
        )
        if metrics is not None:
            metrics.watch(running=self._calls.running, waiting=self._calls.waiting)
        names = [service.name for service in services]
        self._health = Health(names)
        handlers: Handlers = {path: self._handler(path, tracer) for path in self._calls.methods}
        handlers |= self._health.handlers()
        if settings.reflection:
            handlers |= reflection_handlers(names)
        self._server = grpc.aio.server(
            options=CHANNEL_OPTIONS, maximum_concurrent_rpcs=settings.calls_max * STREAMS_HELD_FACTOR
        )
        # One generic handler: with registered ones grpc.aio waits for the next call of every method at once, and that
        # costs each call two callbacks per method.
        self._server.add_generic_rpc_handlers([_ByPath(handlers)])
        self.port = 0
        self._draining = False

    async def start(self) -> int:
        """Listens and answers; returns the port, which the system chose if the settings say 0."""
        credentials = tls_credentials(self._settings)
        if credentials is None:
            self.port = self._server.add_insecure_port(self._settings.address)
        else:
            self.port = self._server.add_secure_port(self._settings.address, credentials)
        await self._health.start()
        await self._server.start()
        return self.port

    async def drain(self) -> None:
        """Stops taking calls, answers those under way, commits what waits, then ends; a second time does nothing.

        Calls that outlast the settings' `drain_seconds` are cancelled; what they did is stored under their request ids.
        """
        if self._draining:
            return
        self._draining = True
        await self._health.drain()
        await self._calls.turn_away()
        await self._server.stop(self._settings.drain_seconds)
        await self._calls.close()

    async def serve(self, started: Callable[[int], None]) -> None:
        """Starts, calls `started` with the port, and drains on SIGTERM."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        started(await self.start())
        await stop.wait()
        await self.drain()

    def _handler(self, path: str, tracer: trace.Tracer | None) -> "grpc.RpcMethodHandler[Any, Any]":
        method = self._calls.methods[path]
        handle: Handle = self._calls.answering(method)
        if tracer is not None:
            from entrypoints.grpc.tracing import traced

            handle = traced(tracer, method.name, handle)
        return grpc.unary_unary_rpc_method_handler(handle)


def check_permissions(services: Sequence[Service]) -> None:
    """Raises StartRefused when an RPC lacks a permission, or a service is served twice."""
    names = [service.name for service in services]
    if len(set(names)) < len(names):
        raise StartRefused("A service has two tables.")
    lacking = [method.name for service in services for method in service.methods.values() if not method.row.needs]
    if lacking:
        raise StartRefused(f"These RPCs name no permission: {', '.join(lacking)}.")


def tls_credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """The server's certificate, and the authority that clients' certificates must come from; None for plain text."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    pair = (settings.tls_key.read_bytes(), settings.tls_certificate.read_bytes())
    authority: Path | None = settings.tls_client_ca
    if authority is None:
        return grpc.ssl_server_credentials([pair])
    return grpc.ssl_server_credentials([pair], authority.read_bytes(), require_client_auth=True)


class _ByPath(grpc.GenericRpcHandler):
    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        return self._handlers.get(handler_call_details.method)


def _each(observers: Sequence[Callable[[CallRecord], None]]) -> Callable[[CallRecord], None]:
    def observe(record: CallRecord) -> None:
        for observer in observers:
            observer(record)

    return observe if len(observers) > 1 else observers[0]
