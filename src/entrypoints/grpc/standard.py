"""The standard services beside ours, health and reflection: the official ones, hardened against what strangers send.

They need no credential and no deadline: probes and watchers have neither.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf.message import DecodeError
from grpc_health.v1 import health, health_pb2
from grpc_reflection.v1alpha import reflection, reflection_pb2

Handlers: TypeAlias = "dict[str, grpc.RpcMethodHandler[Any, Any]]"

UNREADABLE: Final = object()
"""Stands for a message that cannot be parsed; an error in a deserializer would be answered INTERNAL."""

NEWS_SECONDS: Final = 0.05
"""How long those who watch the health get to be told before their calls end."""


class Health:
    """grpc.health.v1 of this process: SERVING until it drains, for the server as a whole and for each service."""

    def __init__(self, services: Iterable[str]) -> None:
        self._servicer = health.aio.HealthServicer()
        self._services = list(services)
        self._drained = asyncio.Event()

    async def start(self) -> None:
        for service in self._services:
            await self._servicer.set(service, health_pb2.HealthCheckResponse.SERVING)

    async def drain(self) -> None:
        """Tells everybody NOT_SERVING, then ends the watches: they would keep the server from stopping."""
        await self._servicer.enter_graceful_shutdown()
        await asyncio.sleep(NEWS_SECONDS)
        self._drained.set()

    def handlers(self) -> Handlers:
        """The RPCs of the service; List is left out because the official servicer does not have it."""
        check = grpc.unary_unary_rpc_method_handler(
            _guarded(self._servicer.Check),
            _tolerant(health_pb2.HealthCheckRequest),
            health_pb2.HealthCheckResponse.SerializeToString,
        )
        watch = grpc.unary_stream_rpc_method_handler(
            _guarded(self._watch),
            _tolerant(health_pb2.HealthCheckRequest),
            health_pb2.HealthCheckResponse.SerializeToString,
        )
        return {f"/{health.SERVICE_NAME}/Check": check, f"/{health.SERVICE_NAME}/Watch": watch}

    async def _watch(self, request: health_pb2.HealthCheckRequest, context: Any) -> None:
        watching = asyncio.ensure_future(self._servicer.Watch(request, context))
        drained = asyncio.ensure_future(self._drained.wait())
        try:
            done, _ = await asyncio.wait({watching, drained}, return_when=asyncio.FIRST_COMPLETED)
            if watching in done:
                await watching
        finally:
            watching.cancel()
            drained.cancel()
        await context.abort(grpc.StatusCode.UNAVAILABLE, "The server is shutting down.")


def reflection_handlers(services: Iterable[str]) -> Handlers:
    """grpc.reflection.v1alpha over `services`."""
    names = [*services, health.SERVICE_NAME, reflection.SERVICE_NAME]
    servicer = reflection.aio.ReflectionServicer(names)

    async def info(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        async def readable() -> AsyncIterator[Any]:
            async for request in requests:
                if request is UNREADABLE:
                    await _abort_unreadable(context)
                yield request

        async for response in servicer.ServerReflectionInfo(readable(), context):
            yield response

    handler = grpc.stream_stream_rpc_method_handler(
        info,
        _tolerant(reflection_pb2.ServerReflectionRequest),
        reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    return {f"/{reflection.SERVICE_NAME}/ServerReflectionInfo": handler}


def _tolerant(message: Any) -> Callable[[bytes], Any]:
    def deserialize(data: bytes) -> Any:
        try:
            return message.FromString(data)
        except DecodeError:
            return UNREADABLE

    return deserialize


def _guarded(answer: Callable[[Any, Any], Awaitable[Any]]) -> Any:
    async def guarded(request: Any, context: Any) -> Any:
        if request is UNREADABLE:
            await _abort_unreadable(context)
        return await answer(request, context)

    return guarded


async def _abort_unreadable(context: Any) -> None:
    await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The request is not a message of this service.")
