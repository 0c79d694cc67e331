from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from adapters.sql.engine import open_engine
from application.transactor import Call
from entrypoints.grpc.tracing import TracedTransactor, trace_statements, tracer_provider
from tests.entrypoints.grpc import toy
from tests.entrypoints.grpc.serving import metadata_of, new_id, serving
from tests.entrypoints.grpc.toy import message

SELL = "/liansuo.toy.v1.ToyService/Sell"
GET_BOX = "/liansuo.toy.v1.ToyService/GetBox"


class Traces:
    """A tracer, and the spans that it has finished."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = tracer_provider(exporter=self._exporter)
        self.tracer = self._provider.get_tracer("test")

    def spans(self) -> list[ReadableSpan]:
        self._provider.force_flush()
        return list(self._exporter.get_finished_spans())


@pytest.fixture
def traces() -> Traces:
    return Traces()


def test_a_call_is_a_span_of_its_callers_trace(traces: Traces, storage: toy.Storage):
    with serving(storage, tracer=traces.tracer) as server:
        metadata = [
            *metadata_of(credential="cashier"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ]
        request = message("SellRequest")(request_id=new_id())
        request.basket.lines.add(sku="A", quantity_milli=1_000)
        server.channel.unary_unary(SELL)(request.SerializeToString(), timeout=5, metadata=metadata)
    (span,) = traces.spans()
    assert span.context is not None and span.parent is not None
    assert f"{span.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"
    assert (span.name, span.kind) == ("liansuo.toy.v1.ToyService/Sell", SpanKind.SERVER)
    assert span.attributes is not None
    assert dict(span.attributes) == {
        "rpc.system": "grpc",
        "rpc.method": "liansuo.toy.v1.ToyService/Sell",
        "rpc.grpc.status_code": 0,
        "liansuo.reason": "",
        "liansuo.caller": "S01-1",
        "liansuo.request_id": request.request_id,
        "liansuo.batch": 1,
        "liansuo.incident": "",
    }


def test_a_failed_call_is_a_failed_span_without_what_was_said(traces: Traces):
    with serving(tracer=traces.tracer) as server:
        server.call(GET_BOX, message("GetBoxRequest")(code="BROKEN"))
    (span,) = traces.spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "UNEXPECTED")
    assert span.events == ()
    assert span.attributes is not None
    assert span.attributes["rpc.grpc.status_code"] == 13
    assert "hunter2" not in span.to_json()


@pytest.mark.parametrize("traceparent", ["", "x", "00-0-0-01", "00-" + "f" * 5_000])
def test_a_broken_trace_context_starts_a_new_trace(traces: Traces, traceparent: str):
    with serving(tracer=traces.tracer) as server:
        metadata = [*metadata_of(credential="cashier"), ("traceparent", traceparent)]
        with pytest.raises(Exception, match="There is no box"):
            server.channel.unary_unary(GET_BOX)(b"", timeout=5, metadata=metadata)
    (span,) = traces.spans()
    assert span.parent is None


def test_statements_of_a_query_are_spans_inside_its_call(traces: Traces, sqlite_url: str):
    engine = open_engine(sqlite_url)
    trace_statements(engine, traces.tracer)

    class Units(toy.Storage):
        def read(self, **_: Any) -> Any:
            with engine.connect() as connection:
                connection.execute(text("SELECT :name"), {"name": "13800138000"})
            return super().read(caller=toy.CASHIER, now=None)  # type: ignore[arg-type]

    with serving(Units(), tracer=traces.tracer) as server:
        server.call(GET_BOX, message("GetBoxRequest")(code="X"))
    engine.dispose()
    spans = {span.name: span for span in traces.spans()}
    call = spans["liansuo.toy.v1.ToyService/GetBox"]
    statements = [span for span in traces.spans() if span.name == "sql"]
    select = next(span for span in statements if "SELECT" in str((span.attributes or {})["db.query.text"]))
    assert select.parent is not None and call.context is not None
    assert select.parent.span_id == call.context.span_id
    assert dict(select.attributes or {}) == {"db.system.name": "sqlite", "db.query.text": "SELECT ?"}
    assert all("13800138000" not in span.to_json() for span in statements)


def test_a_statement_that_fails_is_a_failed_span(traces: Traces, sqlite_url: str):
    engine = open_engine(sqlite_url)
    trace_statements(engine, traces.tracer)
    with engine.connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("SELECT nothing FROM nowhere"))
    engine.dispose()
    failed = [span for span in traces.spans() if span.status.status_code is StatusCode.ERROR]
    assert [span.status.description for span in failed] == ["OperationalError"]


def test_a_batch_is_a_span_of_its_own(traces: Traces, storage: toy.Storage):
    transactor = TracedTransactor(storage, traces.tracer)  # type: ignore[arg-type]
    line = toy.Line("A", 1)
    calls = [
        Call(
            toy.Sell(toy.Basket((line,)), None, uploaded=False),
            toy.CASHIER,
            new_id(),
            "toy.sell",
            b"f",
            datetime.now(UTC),
        )
        for _ in range(3)
    ]
    answers = transactor.execute_batch(toy.sell, calls, toy.SERVICE.methods[SELL].encode)
    assert [answer.error for answer in answers] == [None] * 3
    (span,) = traces.spans()
    assert (span.name, span.parent) == ("batch", None)
    assert dict(span.attributes or {}) == {"liansuo.commands": 3, "liansuo.operation": "toy.sell"}
