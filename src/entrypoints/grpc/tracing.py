"""OpenTelemetry: a span for every call, every batch and every SQL statement, sent to an OTLP endpoint if there is one.

Nothing of this is imported into a call's way when no endpoint is configured. Spans carry codes and counts; statements go
in as they were written, without parameters.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias, TypeVar

import grpc
from grpc.aio import ServicerContext
from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from sqlalchemy import Engine, event

from application.transactor import Answer, BatchUseCase, Call, Encode, Transactor, UseCase
from domain.identity.organisation import Caller
from entrypoints.grpc.records import OK, CallRecord

C = TypeVar("C")
R = TypeVar("R")

SPAN: Final = "liansuo_span"
STATEMENT_LENGTH_MAX: Final = 2_000

Handle: TypeAlias = Callable[[bytes, "ServicerContext[bytes, bytes]"], Awaitable[bytes]]


def tracer_provider(*, endpoint: str = "", exporter: SpanExporter | None = None, worker: int = 0) -> TracerProvider:
    """Spans of this process go to `endpoint` in the background (OTLP over gRPC), or to `exporter`."""
    if exporter is None:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=endpoint, insecure=not endpoint.startswith("https://"))
    resource = Resource.create({"service.name": "liansuo", "service.instance.id": str(worker)})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def traced(tracer: trace.Tracer, rpc: str, handle: Handle) -> Handle:
    """The handler inside a span that continues the caller's trace (W3C `traceparent`)."""

    async def in_span(request: bytes, context: ServicerContext[bytes, bytes]) -> bytes:
        carrier = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        attributes = {"rpc.system": "grpc", "rpc.method": rpc}
        with tracer.start_as_current_span(
            rpc,
            context=extract(carrier),
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ):
            return await handle(request, context)

    return in_span


def span_call(record: CallRecord) -> None:
    """Writes the outcome of a call into its span."""
    span = trace.get_current_span()
    span.set_attributes(
        {
            "rpc.grpc.status_code": grpc.StatusCode[record.code].value[0],
            "liansuo.reason": record.reason,
            "liansuo.caller": record.caller,
            "liansuo.request_id": record.request_id,
            "liansuo.batch": record.batch,
            "liansuo.incident": record.incident,
        }
    )
    if record.code != OK:
        span.set_status(Status(StatusCode.ERROR, record.reason or record.code))


class TracedTransactor(Transactor):
    """Puts each batch into a span of its own; a batch serves many calls, so it belongs to none of their traces."""

    tracer: trace.Tracer

    def execute_batch(
        self, use_case: BatchUseCase[C, R], calls: Sequence[Call[C]], encode: Encode
    ) -> list[Answer]:
        attributes: dict[str, Any] = {"liansuo.commands": len(calls), "liansuo.operation": calls[0].operation}
        with self.tracer.start_as_current_span("batch", attributes=attributes):
            return super().execute_batch(use_case, calls, encode)
