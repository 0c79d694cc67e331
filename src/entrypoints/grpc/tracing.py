"""OpenTelemetry: a span for every call, every batch and every SQL statement, sent to an OTLP endpoint if there is one.

Without an endpoint nothing of this is loaded. Spans carry codes and counts; statements go in as they were written,
without parameters.
"""

import os
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import grpc
from grpc.aio import ServicerContext
from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from application.ports.kernel import Units
from application.transactor import Answer, BatchUseCase, Call, Encode, Transactor
from entrypoints.grpc.calls import Handle
from entrypoints.records import OK, CallRecord

C = TypeVar("C")
R = TypeVar("R")

SPANS: Final = "liansuo_spans"
STATEMENT_LENGTH_MAX: Final = 2_000


def tracer_provider(*, endpoint: str = "", exporter: SpanExporter | None = None) -> TracerProvider:
    """Spans of this process go to `endpoint` in the background (OTLP over gRPC), or to `exporter`."""
    if exporter is None:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=endpoint, insecure=not endpoint.startswith("https://"))
    resource = Resource.create({"service.name": "liansuo", "service.instance.id": str(os.getpid())})
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


def trace_statements(engine: Engine, tracer: trace.Tracer) -> None:
    """A span for every statement that goes through SQLAlchemy, inside the span of its call or batch."""

    def begin(connection: Connection, _: Any, statement: str, *__: Any) -> None:
        attributes = {"db.system.name": engine.dialect.name, "db.query.text": statement[:STATEMENT_LENGTH_MAX]}
        span = tracer.start_span("sql", kind=SpanKind.CLIENT, attributes=attributes)
        connection.info.setdefault(SPANS, []).append(span)

    def end(connection: Connection, *_: Any) -> None:
        connection.info[SPANS].pop().end()

    def fail(context: ExceptionContext) -> None:
        spans = context.connection.info.get(SPANS) if context.connection is not None else None
        if spans:
            span = spans.pop()
            span.set_status(Status(StatusCode.ERROR, type(context.original_exception).__name__))
            span.end()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


class TracedTransactor(Transactor):
    """Puts each batch into a span of its own; a batch serves many calls, so it belongs to none of their traces."""

    def __init__(self, units: Units, tracer: trace.Tracer) -> None:
        super().__init__(units)
        self._tracer = tracer

    def execute_batch(self, use_case: BatchUseCase[C, R], calls: Sequence[Call[C]], encode: Encode) -> list[Answer]:
        attributes: dict[str, Any] = {"liansuo.commands": len(calls), "liansuo.operation": calls[0].operation}
        with self._tracer.start_as_current_span("batch", attributes=attributes):
            return super().execute_batch(use_case, calls, encode)
