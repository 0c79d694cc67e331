"""The measurements. A round runs each of them once, on the same machine and the same PostgreSQL server."""

import os
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from tests.benchmarks import first_sync, h2load, pricing, till
from tests.benchmarks.chain import publish_for_everybody, publish_promotions
from tests.benchmarks.echo import checkout_request
from tests.benchmarks.expiring import expire_all
from tests.benchmarks.load import Load
from tests.benchmarks.messages import CHECKOUT, Messages
from tests.benchmarks.parts import Parts
from tests.benchmarks.processes import cpu_seconds, machine_cpu_seconds, peak_memory
from tests.benchmarks.raw import CLIENTS, connect, postmaster, rows_of_sale
from tests.benchmarks.results import OTHERS_SHARE, Results
from tests.benchmarks.round_trips import round_trips
from tests.benchmarks.run import Run, together
from tests.benchmarks.scale import MANY_MEMBERS
from tests.benchmarks.stock import measure_commands

TERMINALS: Final = 8
"""Connections of most loads, each with the credential of a terminal of its own."""

TILL_SELLS_EVERY_SECONDS: Final = 1.0
"""Of each of fifty tills: a customer a second, where a real till needs half a minute for one."""

STARTED_SECONDS: Final = 6.0
"""A load that makes a new server as fast as it will be."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Each measurement lasts `slices` times `seconds` in each round; `variants` adds other shapes of the same load."""

    seconds: float
    slices: int
    variants: bool


@dataclass(frozen=True, kw_only=True)
class Target:
    """Whom a load calls, and whose CPU counts."""

    port: int
    server_pids: Sequence[int]
    with_postgres: bool = True
    ours: bool = False
    """Whether its memory is that of the server under test."""


@dataclass(kw_only=True)
class Called:
    """A load that is run in slices, and what each of them came to."""

    target: Target
    messages: Messages
    credentials: Sequence[str]
    in_flight: int
    slices: list[Run] = field(default_factory=list)

    @property
    def run(self) -> Run:
        return together(self.slices)


class Bench:
    """Measures into `results`."""

    def __init__(self, parts: Parts, results: Results, scale: Scale, say: Callable[[str], None]) -> None:
        self._say = say
        self._parts = parts
        self._results = results
        self._scale = scale
        self._peak_mib = 0.0
        self.measurements: dict[str, Callable[[], None]] = {
            "grpc_echo": self._grpc_echo,
            "checkout_pg_1": self._checkout_pg_1,
            "checkout_pg_8": self._checkout_pg_8,
            "checkout_pg_50_tills": self._checkout_pg_50_tills,
            "checkout_pg_64": self._checkout_pg_64,
            "upload_pg": self._upload_pg,
            "checkout_sqlite_8": self._checkout_sqlite_8,
            "round_trips": self._round_trips,
            "pricing": lambda: pricing.measure(self._results),
            "till": lambda: till.measure(self._results),
            "first_sync": self._first_sync,
            "promotions": self._promotions,
            "limited": self._limited,
            "look_up": self._look_up,
            "expiry": self._expiry,
            "stock": self._stock,
            # It leaves so many rows that vacuuming them would be charged to what follows.
            "raw_batch50": self._raw_batch50,
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

    def _raw_batch50(self) -> None:
        slices = [self._parts.raw.batches(seconds=self._scale.seconds) for _ in range(self._scale.slices)]
        self._record_raw("raw_batch50_per_s", slices)

    def _grpc_echo(self) -> None:
        many = self._echoed(in_flight=64)
        self._take_turns(partial(self._slice, many))
        self._results.add("grpc_echo_per_s", many.run.per_s)
        self._results.add_cpu("grpc_echo_per_s", **many.run.cpu_us)
        if h2load.program() is not None:
            seconds = self._scale.seconds * self._scale.slices
            rate = h2load.rate(
                many.target.port, CHECKOUT, checkout_request(), clients=TERMINALS, streams=8, seconds=seconds
            )
            self._results.add("grpc_echo_by_h2load_per_s", rate)

    def _checkout_pg_1(self) -> None:
        ours, echo = self._called(in_flight=1), self._echoed(in_flight=1)
        singles: list[Run] = []
        self._take_turns(
            partial(self._raw_slice, singles, clients=1), partial(self._slice, ours), partial(self._slice, echo)
        )
        p50_ms, p99_ms = (ours.run.percentile_ms(percent) for percent in (50, 99))
        echo_p50_ms, raw_p50_ms = echo.run.percentile_ms(50), together(singles).percentile_ms(50)
        self._results.add("checkout_pg_1_p50_ms", p50_ms)
        self._results.add("checkout_pg_1_p99_ms", p99_ms)
        self._results.add("grpc_echo_1_p50_ms", echo_p50_ms)
        self._results.add("raw_single_1_p50_ms", raw_p50_ms)
        self._results.add("checkout_pg_1_of_echo_and_raw", p50_ms / (echo_p50_ms + raw_p50_ms))
        self._results.add_cpu("checkout_pg_1_p50_ms", **ours.run.cpu_us)
        self._results.add_cpu("grpc_echo_1_p50_ms", **echo.run.cpu_us)
        self._compare_rows()

    def _compare_rows(self) -> None:
        """The raw limit is one only if it writes what a checkout writes: raises RuntimeError where it does not."""
        with connect(self._parts.postgres, self._parts.ours) as connection:
            row = connection.execute("SELECT sale_id FROM sales ORDER BY stored_at DESC LIMIT 1").fetchone()
            assert row is not None
            ours = rows_of_sale(connection, row[0])
        limit = self._parts.raw.rows_written()
        different = sorted(
            table for table in ours.keys() | limit.keys() if ours.get(table, (0,))[0] != limit.get(table, (0,))[0]
        )
        if different:
            raise RuntimeError(f"a raw checkout writes other rows than Checkout: {limit} and {ours}, see {different}")
        self._results.rows = {
            table: {"rows": ours[table][0], "bytes": ours[table][1], "raw_bytes": limit[table][1]} for table in ours
        }

    def _checkout_pg_8(self) -> None:
        self._beside_raw("checkout_pg_8", self._called(in_flight=8))

    def _checkout_pg_50_tills(self) -> None:
        """Fifty tills on connections of their own: with a sale every second each, and none of which ever rests."""
        busy, never_rest = (self._called(in_flight=50, terminals=50) for _ in range(2))
        self._take_turns(
            partial(self._slice, busy, every_seconds=TILL_SELLS_EVERY_SECONDS), partial(self._slice, never_rest)
        )
        for key, called in (("checkout_pg_50_tills", busy), ("checkout_pg_50_tills_that_never_rest", never_rest)):
            self._results.add(f"{key}_per_s", called.run.per_s)
            self._results.add(f"{key}_p50_ms", called.run.percentile_ms(50))
            self._results.add(f"{key}_p99_ms", called.run.percentile_ms(99))

    def _checkout_pg_64(self) -> None:
        self._beside_raw("checkout_pg_64", self._called(in_flight=64))
        if self._scale.variants:
            self._beside_raw("checkout_pg_64_connections", self._called(in_flight=64, terminals=64))
            skewed = self._called(in_flight=64, messages=self._parts.skewed_checkouts)
            self._beside_raw("checkout_pg_64_skewed", skewed)

    def _upload_pg(self) -> None:
        # Twice as long, because a call brings UPLOAD_SALES of them at once.
        uploads = self._called(in_flight=8, messages=self._parts.uploads)
        self._beside_raw("upload_pg", uploads, seconds=self._scale.seconds * 2)

    def _beside_raw(self, key: str, called: Called, *, seconds: float | None = None) -> None:
        """Our rate, that of the raw limit in slices between, and what ours is of it."""
        slices: list[Run] = []
        self._take_turns(
            partial(self._raw_slice, slices, clients=CLIENTS), partial(self._slice, called, seconds=seconds)
        )
        run, limit = called.run, self._record_raw("raw_single_per_s", slices)
        self._results.add(f"{key}_per_s", run.per_s)
        self._results.add_cpu(f"{key}_per_s", **called.run.cpu_us)
        self._results.add(f"{key}_p50_ms", run.percentile_ms(50))
        self._results.add(f"{key}_p99_ms", run.percentile_ms(99))
        self._results.add(f"{key}_of_raw_single", run.per_s / limit.per_s)

    def _record_raw(self, key: str, slices: Sequence[Run]) -> Run:
        self._parts.raw.verify()
        run = together(slices)
        self._results.add(key, run.per_s)
        self._results.add_cpu(key, **run.cpu_us)
        return run

    def _checkout_sqlite_8(self) -> None:
        server, chain = self._parts.sqlite
        called = Called(
            target=Target(port=server.port, server_pids=[server.pid], with_postgres=False),
            messages=self._parts.sqlite_checkouts,
            credentials=chain.credentials[:8],
            in_flight=8,
        )
        self._take_turns(partial(self._slice, called))
        self._results.add("checkout_sqlite_8_per_s", called.run.per_s)
        self._results.add("checkout_sqlite_8_p99_ms", called.run.percentile_ms(99))
        self._results.add_cpu("checkout_sqlite_8_per_s", **called.run.cpu_us)

    def _round_trips(self) -> None:
        parts = self._parts
        counts = round_trips(parts.postgres.url(parts.ours), parts.master_key, parts.chain)
        self._results.add("round_trips_per_batch", max(counts.values()))
        for size, count in counts.items():
            self._results.add(f"round_trips_batch_of_{size}", count)

    def _promotions(self) -> None:
        """Checkouts with promotions in force, in turns with checkouts without."""
        names = [f"{kind}_{self._results.count('promotions_rate_ratio')}" for kind in ("plain", "promoted")]
        databases = [self._parts.clone(name) for name in names]
        publish_promotions(self._parts.postgres.url(databases[1]), self._parts.master_key)
        plain, promoted = self._side_by_side(databases)
        self._results.add("checkout_pg_64_promotions_per_s", promoted.run.per_s)
        self._results.add_cpu("checkout_pg_64_promotions_per_s", **promoted.run.cpu_us)
        self._results.add("promotions_rate_ratio", promoted.run.per_s / plain.run.per_s)

    def _limited(self) -> None:
        """Checkouts that all get one promotion with limits, in turns with the same promotion without: one hot row."""
        names = [f"{kind}_{self._results.count('limited_rate_ratio')}" for kind in ("unlimited", "limited")]
        databases = [self._parts.clone(name) for name in names]
        for database, limited in zip(databases, (False, True), strict=True):
            publish_for_everybody(self._parts.postgres.url(database), self._parts.master_key, limited=limited)
        unlimited, limited_ones = self._side_by_side(databases, terminals=64)
        self._results.add("checkout_pg_64_limited_per_s", limited_ones.run.per_s)
        self._results.add_cpu("checkout_pg_64_limited_per_s", **limited_ones.run.cpu_us)
        self._results.add("limited_rate_ratio", limited_ones.run.per_s / unlimited.run.per_s)

    def _look_up(self) -> None:
        """Members found by phone among a million, in turns with the echo."""
        with self._parts.serving(self._parts.members) as server:
            target = Target(port=server.port, server_pids=[server.pid])
            for in_flight, terminals in ((1, 1), (8, TERMINALS)):
                ours = self._called(
                    in_flight=in_flight, terminals=terminals, messages=self._parts.look_ups, target=target
                )
                echo = self._echoed(in_flight=in_flight)
                self._take_turns(partial(self._slice, ours), partial(self._slice, echo))
                p95_ms, echo_p95_ms = ours.run.percentile_ms(95), echo.run.percentile_ms(95)
                self._results.add(f"look_up_{in_flight}_per_s", ours.run.per_s)
                self._results.add_cpu(f"look_up_{in_flight}_per_s", **ours.run.cpu_us)
                self._results.add(f"look_up_{in_flight}_p95_ms", p95_ms)
                self._results.add(f"look_up_{in_flight}_p95_ms_over_echo", p95_ms - echo_p95_ms)

    def _stock(self) -> None:
        """Stock of 457 stores after ten million movements: asked for through gRPC, then worked with by commands."""
        parts = self._parts
        with parts.serving(parts.stock) as server:
            target = Target(port=server.port, server_pids=[server.pid])
            for key, messages in (("stock_find", parts.finds), ("stock_as_of", parts.moments)):
                asked = self._called(in_flight=1, terminals=1, messages=messages, target=target)
                self._slice(asked, seconds=STARTED_SECONDS)
                asked.slices.clear()
                self._take_turns(partial(self._slice, asked))
                self._results.add(f"{key}_per_s", asked.run.per_s)
                self._results.add_cpu(f"{key}_per_s", **asked.run.cpu_us)
                self._results.add(f"{key}_p95_ms", asked.run.percentile_ms(95))
        measure_commands(self._results, parts.postgres, parts.stock, parts.master_key)

    def _first_sync(self) -> None:
        with self._parts.serving(self._parts.goods) as server:
            first_sync.measure(self._results, server.port, self._parts.chain.credentials[0])

    def _expiry(self) -> None:
        """The points of a million members expire in one run of the command."""
        name = f"expiring_{self._results.count('expiry_members_per_s')}"
        expired = expire_all(
            self._parts.postgres, self._parts.clone(name, of=self._parts.members), self._parts.master_key
        )
        self._results.add("expiry_members_per_s", MANY_MEMBERS / expired.seconds)
        self._results.add("expiry_rss_mib", expired.late_mib)
        self._results.add("expiry_rss_late_to_early", expired.late_mib / expired.early_mib)

    def _rate_ratio(self) -> None:
        # Kept to the end: dropping one would be a checkpoint, after which whole pages go into the log again.
        few_sales = self._parts.clone(f"few_{self._results.count('rate_ratio_1m_to_10k')}")
        few, many = self._side_by_side([few_sales, self._parts.many])
        for key, called in (("checkout_pg_64_with_10k_per_s", few), ("checkout_pg_64_with_1m_per_s", many)):
            self._results.add(key, called.run.per_s)
            self._results.add_cpu(key, **called.run.cpu_us)
        self._results.add("rate_ratio_1m_to_10k", many.run.per_s / few.run.per_s)

    def _side_by_side(self, databases: Sequence[str], *, terminals: int = TERMINALS) -> list[Called]:
        """Checkouts of servers on these databases, in turns, once each is as fast as it will be."""
        with ExitStack() as stack:
            servers = [stack.enter_context(self._parts.serving(database)) for database in databases]
            several = [
                self._called(
                    in_flight=64, terminals=terminals, target=Target(port=server.port, server_pids=[server.pid])
                )
                for server in servers
            ]
            for called in several:
                self._slice(called, seconds=STARTED_SECONDS)
                called.slices.clear()
            self._take_turns(*[partial(self._slice, called) for called in several])
        return several

    def _take_turns(self, *slices: Callable[[], Any]) -> None:
        """Runs them in turn, there and back, so that none of them is always the first."""
        for number in range(self._scale.slices):
            for one in slices if number % 2 == 0 else reversed(slices):
                one()

    def _raw_slice(self, slices: list[Run], *, clients: int) -> None:
        slices.append(self._parts.raw.single(clients=clients, seconds=self._scale.seconds))

    def _echoed(self, *, in_flight: int) -> Called:
        port, pids = self._parts.echo
        return Called(
            target=Target(port=port, server_pids=pids, with_postgres=False),
            messages=self._parts.echoed_checkouts,
            credentials=[secrets.token_urlsafe(32) for _ in range(min(in_flight, TERMINALS))],
            in_flight=in_flight,
        )

    def _called(
        self,
        *,
        in_flight: int,
        terminals: int = TERMINALS,
        messages: Messages | None = None,
        target: Target | None = None,
    ) -> Called:
        """A load of the server under test, by default with checkouts."""
        if target is None:
            server = self._parts.server
            target = Target(port=server.port, server_pids=[server.pid], ours=True)
        return Called(
            target=target,
            messages=messages or self._parts.checkouts,
            credentials=self._parts.chain.credentials[: min(in_flight, terminals)],
            in_flight=in_flight,
        )

    def _slice(self, called: Called, *, seconds: float | None = None, every_seconds: float | None = None) -> None:
        """Runs the load once more."""
        target = called.target
        one = Load(
            port=target.port,
            messages=called.messages,
            credentials=called.credentials,
            in_flight=called.in_flight,
            every_seconds=every_seconds,
            seconds=seconds or self._scale.seconds,
        )
        roots = {"server": target.server_pids}
        if target.with_postgres:
            roots["postgresql"] = [postmaster(self._parts.postgres)]

        def measured(wait: Callable[[], None]) -> None:
            before = {who: cpu_seconds(*pids) for who, pids in roots.items()}
            wait()
            used.update({who: cpu_seconds(*pids) - before[who] for who, pids in roots.items()})

        used: dict[str, float] = {}
        with peak_memory(*target.server_pids) as peak:
            run = self._parts.clients.run(one, measured=measured)
        run.cpu_seconds |= used
        called.slices.append(run)
        if target.ours:
            self._peak_mib = max(self._peak_mib, peak.mib)
