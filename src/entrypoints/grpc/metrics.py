"""Prometheus metrics of one worker process, on a loopback port of its own.

Every worker has its own port (the configured one, then the ones after it) instead of files that all workers share:
counting is an addition in memory, and a worker that hangs is seen by its own silence.
"""

from collections.abc import Callable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from entrypoints.records import CallRecord

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
COMMANDS: Final = (1, 2, 4, 8, 16, 32, 64)
LOOPBACK: Final = "127.0.0.1"


class Metrics:
    """Counts calls. `observe` costs a few microseconds, because children of labels are looked up once."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter("liansuo_calls", "Calls by outcome.", ["rpc", "code"], registry=self.registry)
        self._duration = Histogram(
            "liansuo_call_duration_seconds",
            "From the request's arrival to its answer.",
            ["rpc"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._batch = Histogram(
            "liansuo_batch_commands",
            "Commands committed together, as seen by each of them.",
            buckets=COMMANDS,
            registry=self.registry,
        )
        self._incidents = Counter("liansuo_incidents", "Errors that nobody foresaw.", registry=self.registry)
        self._calls_by: dict[tuple[str, str], Counter] = {}
        self._duration_by: dict[str, Histogram] = {}

    def observe(self, record: CallRecord) -> None:
        """Counts one call."""
        key = (record.rpc, record.code)
        calls = self._calls_by.get(key)
        if calls is None:
            calls = self._calls_by[key] = self._calls.labels(*key)
        calls.inc()
        duration = self._duration_by.get(record.rpc)
        if duration is None:
            duration = self._duration_by[record.rpc] = self._duration.labels(record.rpc)
        duration.observe(record.duration_ms / 1_000)
        if record.batch:
            self._batch.observe(record.batch)
        if record.incident:
            self._incidents.inc()

    def watch(self, *, running: Callable[[], int], waiting: Callable[[], Mapping[str, int]]) -> None:
        """Shows what is under way when somebody looks."""
        gauge = Gauge("liansuo_calls_running", "Calls that have not been answered yet.", registry=self.registry)
        gauge.set_function(running)
        self.registry.register(_Waiting(waiting))

    def serve(self, port: int) -> Callable[[], None]:
        """Answers scrapes on a loopback port; returns a function that stops doing so. Raises OSError if it is taken."""
        server, thread = start_http_server(port, addr=LOOPBACK, registry=self.registry)

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop


class _Waiting(Collector):
    def __init__(self, waiting: Callable[[], Mapping[str, int]]) -> None:
        self._waiting = waiting

    def collect(self) -> list[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "liansuo_commands_waiting", "Commands that wait for the next batch.", labels=["operation"]
        )
        for operation, count in self._waiting().items():
            family.add_metric([operation], count)
        return [family]
