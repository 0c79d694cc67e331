"""The measurements. A round runs each of them once, on the same machine and the same PostgreSQL server."""

import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.benchmarks import h2load
from tests.benchmarks.echo import checkout_request
from tests.benchmarks.load import WARM_UP_SECONDS, Load, LoadRun
from tests.benchmarks.messages import CHECKOUT, Messages
from tests.benchmarks.parts import Parts
from tests.benchmarks.processes import cpu_seconds, machine_cpu_seconds, peak_memory
from tests.benchmarks.raw import CLIENTS, RawRun, connect, postmaster, rows_of_sale
from tests.benchmarks.results import OTHERS_SHARE, Results
from tests.benchmarks.round_trips import round_trips

TERMINALS: Final = 8
"""Connections of most loads, each with the credential of a terminal of its own."""

RATIO_WARM_UP_SECONDS: Final = 6.0


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How long each measurement lasts in each round; `variants` adds other shapes of the same load."""

    seconds: float
    ratio_seconds: float
    variants: bool


@dataclass(frozen=True, kw_only=True)
class Target:
    """Whom a load calls, and whose CPU counts."""

    port: int
    server_pids: Sequence[int]
    with_postgres: bool = True
    ours: bool = False
    """Whether its memory is that of the server under test."""


class Bench:
    """Measures into `results`."""

    def __init__(self, parts: Parts, results: Results, scale: Scale, say: Callable[[str], None]) -> None:
        self._say = say
        self._parts = parts
        self._results = results
        self._scale = scale
        self._peak_mib = 0.0
        self.measurements: dict[str, Callable[[], None]] = {
            "raw_single": self._raw_single,
            "raw_batch50": self._raw_batch50,
            "grpc_echo": self._grpc_echo,
            "checkout_pg_1": self._checkout_pg_1,
            "checkout_pg_8": self._checkout_pg_8,
            "checkout_pg_64": self._checkout_pg_64,
            "upload_pg": self._upload_pg,
            "checkout_sqlite_8": self._checkout_sqlite_8,
            "round_trips": self._round_trips,
            "rate_ratio": self._rate_ratio,
        }

    def round(self, names: Sequence[str]) -> None:
        """Runs those measurements once, and records how much of the machine others used meanwhile."""
        self._peak_mib = 0.0
        own = (os.getpid(), postmaster(self._parts.postgres))
        began, busy, used = time.monotonic(), machine_cpu_seconds(), cpu_seconds(*own)
        for name in names:
            self._say(name)
            self.measurements[name]()
        others = machine_cpu_seconds() - busy - (cpu_seconds(*own) - used)
        capacity = (time.monotonic() - began) * len(os.sched_getaffinity(0))
        self._results.add(OTHERS_SHARE, max(0.0, others / capacity))
        if self._peak_mib:
            self._results.add("peak_rss_mib", self._peak_mib)

    def _raw_single(self) -> None:
        self._record_raw("raw_single_per_s", self._parts.raw.single(clients=CLIENTS, seconds=self._scale.seconds))
        alone = self._parts.raw.single(clients=1, seconds=self._scale.seconds / 2)
        self._results.add("raw_single_1_p50_ms", alone.p50_ms)

    def _raw_batch50(self) -> None:
        self._record_raw("raw_batch50_per_s", self._parts.raw.batches(seconds=self._scale.seconds))

    def _record_raw(self, key: str, run: RawRun) -> None:
        self._results.add(key, run.per_s)
        self._results.add_cpu(key, postgresql=run.postgresql_cpu_us, client=run.client_cpu_us)

    def _grpc_echo(self) -> None:
        port, pids = self._parts.echo
        target = Target(port=port, server_pids=pids, with_postgres=False)
        credentials = [secrets.token_urlsafe(32) for _ in range(TERMINALS)]
        messages = self._parts.echoed_checkouts
        run = self._load("grpc_echo_per_s", target, credentials, in_flight=64, messages=messages)
        self._results.add("grpc_echo_per_s", run.per_s)
        alone = self._load("grpc_echo_1_p50_ms", target, credentials[:1], in_flight=1, messages=messages)
        self._results.add("grpc_echo_1_p50_ms", alone.percentile_ms(50))
        if h2load.program() is not None:
            rate = h2load.rate(
                port, CHECKOUT, checkout_request(), clients=TERMINALS, streams=8, seconds=self._scale.seconds
            )
            self._results.add("grpc_echo_by_h2load_per_s", rate)

    def _checkout_pg_1(self) -> None:
        run = self._load("checkout_pg_1_p50_ms", self._ours(), self._terminals(1), in_flight=1)
        self._results.add("checkout_pg_1_p50_ms", run.percentile_ms(50))
        self._results.add("checkout_pg_1_p99_ms", run.percentile_ms(99))
        self._compare_rows()

    def _compare_rows(self) -> None:
        """The raw limit is one only if it writes what a checkout writes: raises RuntimeError where it does not."""
        with connect(self._parts.postgres, self._parts.ours) as connection:
            row = connection.execute("SELECT sale_id FROM sales ORDER BY stored_at DESC LIMIT 1").fetchone()
            assert row is not None
            ours = rows_of_sale(connection, row[0])
        raw = self._parts.raw.rows_written()
        different = sorted(
            table for table in ours.keys() | raw.keys() if ours.get(table, (0,))[0] != raw.get(table, (0,))[0]
        )
        if different:
            raise RuntimeError(f"a raw checkout writes other rows than Checkout: {raw} and {ours}, see {different}")
        self._results.rows = {
            table: {"rows": ours[table][0], "bytes": ours[table][1], "raw_bytes": raw[table][1]} for table in ours
        }

    def _checkout_pg_8(self) -> None:
        run = self._load("checkout_pg_8_per_s", self._ours(), self._terminals(8), in_flight=8)
        self._results.add("checkout_pg_8_per_s", run.per_s)
        self._results.add("checkout_pg_8_p50_ms", run.percentile_ms(50))
        self._results.add("checkout_pg_8_p99_ms", run.percentile_ms(99))

    def _checkout_pg_64(self) -> None:
        ours = self._ours()
        key = "checkout_pg_64"
        self._record_64(key, self._load(f"{key}_per_s", ours, self._terminals(8), in_flight=64))
        if self._scale.variants:
            key = "checkout_pg_64_connections"
            self._record_64(key, self._load(f"{key}_per_s", ours, self._terminals(64), in_flight=64))
            key = "checkout_pg_64_skewed"
            skewed = self._parts.skewed_checkouts
            self._record_64(key, self._load(f"{key}_per_s", ours, self._terminals(8), in_flight=64, messages=skewed))

    def _record_64(self, key: str, run: LoadRun) -> None:
        self._results.add(f"{key}_per_s", run.per_s)
        self._results.add(f"{key}_p50_ms", run.percentile_ms(50))
        self._results.add(f"{key}_p99_ms", run.percentile_ms(99))

    def _upload_pg(self) -> None:
        uploads = self._parts.uploads
        # Twice as long, because a call brings UPLOAD_SALES of them at once.
        seconds = self._scale.seconds * 2
        run = self._load(
            "upload_pg_per_s", self._ours(), self._terminals(8), in_flight=8, messages=uploads, seconds=seconds
        )
        self._results.add("upload_pg_per_s", run.per_s)
        self._results.add("upload_pg_call_p50_ms", run.percentile_ms(50))

    def _checkout_sqlite_8(self) -> None:
        server, chain = self._parts.sqlite
        target = Target(port=server.port, server_pids=[server.pid], with_postgres=False)
        messages = self._parts.sqlite_checkouts
        key = "checkout_sqlite_8_per_s"
        run = self._load(key, target, chain.credentials[:8], in_flight=8, messages=messages)
        self._results.add(key, run.per_s)
        self._results.add("checkout_sqlite_8_p99_ms", run.percentile_ms(99))

    def _round_trips(self) -> None:
        parts = self._parts
        counts = round_trips(parts.postgres.url(parts.ours), parts.master_key, parts.chain)
        self._results.add("round_trips_per_batch", max(counts.values()))
        for size, count in counts.items():
            self._results.add(f"round_trips_batch_of_{size}", count)

    def _rate_ratio(self) -> None:
        """Few and many, in the next round many and few: whatever drifts does not favour one of them."""
        many_first = self._results.count("rate_ratio_1m_to_10k") % 2 == 1
        rates = {many: self._rate_with(many=many) for many in (many_first, not many_first)}
        self._results.add("checkout_pg_64_with_10k_per_s", rates[False])
        self._results.add("checkout_pg_64_with_1m_per_s", rates[True])
        self._results.add("rate_ratio_1m_to_10k", rates[True] / rates[False])

    def _rate_with(self, *, many: bool) -> float:
        key = f"checkout_pg_64_with_{'1m' if many else '10k'}_per_s"
        # Kept to the end: dropping one would be a checkpoint, after which whole pages go into the log again.
        database = self._parts.many if many else self._parts.clone(f"few_{self._results.count(key)}")
        with self._parts.serving(database) as server:
            run = self._load(
                key,
                Target(port=server.port, server_pids=[server.pid]),
                self._terminals(TERMINALS),
                in_flight=64,
                seconds=self._scale.ratio_seconds,
                warm_up_seconds=RATIO_WARM_UP_SECONDS,
            )
        return run.per_s

    def _ours(self) -> Target:
        server = self._parts.server
        return Target(port=server.port, server_pids=[server.pid], ours=True)

    def _terminals(self, count: int) -> Sequence[str]:
        return self._parts.chain.credentials[:count]

    def _load(
        self,
        key: str,
        target: Target,
        credentials: Sequence[str],
        *,
        in_flight: int,
        messages: Messages | None = None,
        seconds: float | None = None,
        warm_up_seconds: float = WARM_UP_SECONDS,
    ) -> LoadRun:
        """Runs a load and records its CPU under `key`."""
        load = Load(
            port=target.port,
            messages=messages or self._parts.checkouts,
            credentials=credentials,
            in_flight=in_flight,
            seconds=seconds or self._scale.seconds,
            warm_up_seconds=warm_up_seconds,
        )
        roots = {"server": target.server_pids}
        if target.with_postgres:
            roots["postgresql"] = [postmaster(self._parts.postgres)]
        used: dict[str, float] = {}

        def measured(wait: Callable[[], None]) -> None:
            before = {who: cpu_seconds(*pids) for who, pids in roots.items()}
            wait()
            used.update({who: cpu_seconds(*pids) - before[who] for who, pids in roots.items()})

        with peak_memory(*target.server_pids) as peak:
            run = self._parts.clients.run(load, measured=measured)
        if target.ours:
            self._peak_mib = max(self._peak_mib, peak.mib)
        each_us = {who: seconds_used / run.checkouts * 1e6 for who, seconds_used in used.items()}
        self._results.add_cpu(key, **each_us, client=run.client_cpu_us)
        return run
