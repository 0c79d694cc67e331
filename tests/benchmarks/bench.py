"""What is measured, each on the same PostgreSQL server: the limits, the server of ours, and what it costs."""

import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.benchmarks import h2load
from tests.benchmarks.chain import Chain, create_chain
from tests.benchmarks.echo import checkout_request, echo_servers
from tests.benchmarks.history import store_history
from tests.benchmarks.load import Clients, Load, LoadRun
from tests.benchmarks.messages import CHECKOUT, Checkouts, Messages, Uploads
from tests.benchmarks.processes import PeakMemory, cpu_seconds, peak_memory
from tests.benchmarks.raw import RawLimit, RawRun, connect, postmaster, rows_of_sale
from tests.benchmarks.results import Results
from tests.benchmarks.round_trips import round_trips
from tests.benchmarks.scale import STORED_FEW, STORED_MANY
from tests.benchmarks.server import RunningServer, running_server
from tests.postgres import Server, postgres_server

POSTGRES_SETTINGS: Final = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "15min"}
"""What any server in production has; everything else is PostgreSQL's default, durable commits included."""

TERMINALS: Final = 8
RATIO_WARM_UP_SECONDS: Final = 4.0
TEMPLATE: Final = "chain"
MANY: Final = "chain_many"


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How long each measurement lasts in each round."""

    seconds: float
    ratio_seconds: float


class Bench:
    """Everything that measurements run on, each part started when it is first needed and removed at the end."""

    def __init__(self, scale: Scale, results: Results, say: Callable[[str], None]) -> None:
        self._scale = scale
        self._results = results
        self._say = say
        self._master_key = secrets.token_bytes(32)
        self._stack = ExitStack()
        self._clones = 0
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
        """By name; a round runs those that were asked for, in this order."""

    def close(self) -> None:
        """Ends all processes and removes all data."""
        self._stack.close()

    # Limits.

    def _raw_single(self) -> None:
        run = self._raw.single(clients=8, seconds=self._scale.seconds)
        self._record_raw("raw_single_per_s", run)
        alone = self._raw.single(clients=1, seconds=self._scale.seconds / 2)
        self._results.add("raw_single_1_p50_ms", alone.p50_ms)

    def _raw_batch50(self) -> None:
        self._record_raw("raw_batch50_per_s", self._raw.batches(seconds=self._scale.seconds))

    def _grpc_echo(self) -> None:
        port, pids = self._echo
        server = RunningServer(port=port, pid=pids[0])
        credentials = [secrets.token_urlsafe(32) for _ in range(TERMINALS)]
        run = self._load("grpc_echo_per_s", server, credentials, in_flight=64, server_pids=pids)
        self._results.add("grpc_echo_per_s", run.per_s)
        alone = self._load("grpc_echo_1_p50_ms", server, credentials[:1], in_flight=1, server_pids=pids)
        self._results.add("grpc_echo_1_p50_ms", alone.percentile_ms(50))
        if h2load.program() is not None:
            seconds = self._scale.seconds
            rate = h2load.rate(port, CHECKOUT, checkout_request(), clients=TERMINALS, streams=8, seconds=seconds)
            self._results.add("grpc_echo_h2load_per_s", rate)

    # The server on PostgreSQL.

    def _checkout_pg_1(self) -> None:
        run = self._load("checkout_pg_1_p50_ms", self._server, self._terminals(1), in_flight=1)
        self._results.add("checkout_pg_1_p50_ms", run.percentile_ms(50))
        self._results.add("checkout_pg_1_per_s", run.per_s)
        self._compare_rows()

    def _checkout_pg_8(self) -> None:
        run = self._load("checkout_pg_8_per_s", self._server, self._terminals(8), in_flight=8)
        self._results.add("checkout_pg_8_per_s", run.per_s)
        self._results.add("checkout_pg_8_p50_ms", run.percentile_ms(50))
        self._results.add("checkout_pg_8_p99_ms", run.percentile_ms(99))

    def _checkout_pg_64(self) -> None:
        with peak_memory(self._server.pid) as peak:
            run = self._load("checkout_pg_64_per_s", self._server, self._terminals(8), in_flight=64)
        self._record_64("checkout_pg_64", run)
        self._record_peak(peak)
        run = self._load("checkout_pg_64_terminals_per_s", self._server, self._terminals(64), in_flight=64)
        self._record_64("checkout_pg_64_terminals", run)
        run = self._load(
            "checkout_pg_64_skewed_per_s", self._server, self._terminals(8), in_flight=64, messages=self._skewed
        )
        self._record_64("checkout_pg_64_skewed", run)

    def _upload_pg(self) -> None:
        with peak_memory(self._server.pid) as peak:
            run = self._load(
                "upload_pg_per_s", self._server, self._terminals(8), in_flight=8, messages=self._uploads
            )
        self._results.add("upload_pg_per_s", run.per_s)
        self._results.add("upload_pg_p50_ms", run.percentile_ms(50))
        self._record_peak(peak)

    def _round_trips(self) -> None:
        for size, count in round_trips(self._url, self._master_key, self._chain).items():
            self._results.add("round_trips_per_batch", count)
            self._results.add(f"round_trips_batch_{size}", count)

    def _rate_ratio(self) -> None:
        """Few, many, and many, few in the next round: whatever drifts does not favour one of them."""
        many_first = self._results.runs("rate_ratio_1m_to_10k") % 2 == 1
        rates: dict[bool, float] = {}
        for many in (many_first, not many_first):
            rates[many] = self._rate_with_history(many)
        self._results.add("checkout_pg_64_with_10k_per_s", rates[False])
        self._results.add("checkout_pg_64_with_1m_per_s", rates[True])
        self._results.add("rate_ratio_1m_to_10k", rates[True] / rates[False])

    def _rate_with_history(self, many: bool) -> float:
        name = self._many if many else self._clone(self._template)
        key = f"checkout_pg_64_with_{'1m' if many else '10k'}_per_s"
        with running_server(self._postgres.url(name), self._master_key, self._folder / f"{name}.log") as server:
            run = self._load(
                key,
                server,
                self._terminals(8),
                in_flight=64,
                seconds=self._scale.ratio_seconds,
                warm_up_seconds=RATIO_WARM_UP_SECONDS,
            )
        if not many:
            self._postgres.drop_database(name)
        return run.per_s

    # The server on SQLite.

    def _checkout_sqlite_8(self) -> None:
        server, chain = self._sqlite
        run = self._load(
            "checkout_sqlite_8_per_s",
            server,
            chain.credentials[:8],
            in_flight=8,
            messages=Checkouts(chain.goods),
            postgresql=False,
        )
        self._results.add("checkout_sqlite_8_per_s", run.per_s)
        self._results.add("checkout_sqlite_8_p99_ms", run.percentile_ms(99))

    # What they run on.

    @cached_property
    def _folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="liansuo-bench-"))
        self._stack.callback(shutil.rmtree, folder)
        return folder

    @cached_property
    def _clients(self) -> Clients:
        clients = Clients()
        self._stack.callback(clients.close)
        return clients

    @cached_property
    def _postgres(self) -> Server:
        self._say("starting PostgreSQL")
        server = self._stack.enter_context(postgres_server(durable=True, settings=POSTGRES_SETTINGS))
        with connect(server, "postgres") as connection:
            row = connection.execute("SHOW server_version").fetchone()
            assert row is not None
            self._results.facts["postgresql"] = {"version": row[0], "durable": True, **POSTGRES_SETTINGS}
        return server

    @cached_property
    def _raw(self) -> RawLimit:
        return RawLimit(self._postgres)

    @cached_property
    def _echo(self) -> tuple[int, list[int]]:
        return self._stack.enter_context(echo_servers(processes=2))

    @cached_property
    def _template(self) -> str:
        """A database with the chain and few stored sales."""
        assert self._chain
        self._say(f"storing {STORED_FEW:,} sales")
        store_history(self._postgres, TEMPLATE, STORED_FEW)
        return TEMPLATE

    @cached_property
    def _chain(self) -> Chain:
        self._say("setting up the chain on PostgreSQL")
        return create_chain(self._postgres.create_database(TEMPLATE), self._master_key)

    @cached_property
    def _many(self) -> str:
        """The same chain with many stored sales."""
        name = self._clone(self._template, MANY)
        self._say(f"storing {STORED_MANY:,} sales")
        store_history(self._postgres, name, STORED_MANY - STORED_FEW)
        return name

    @cached_property
    def _url(self) -> str:
        return self._postgres.url(self._clone(self._template))

    @cached_property
    def _server(self) -> RunningServer:
        return self._stack.enter_context(running_server(self._url, self._master_key, self._folder / "server.log"))

    @cached_property
    def _sqlite(self) -> tuple[RunningServer, Chain]:
        self._say("setting up the chain on SQLite")
        url = f"sqlite:///{self._folder / 'liansuo.db'}"
        chain = create_chain(url, self._master_key)
        running = running_server(url, self._master_key, self._folder / "sqlite.log")
        return self._stack.enter_context(running), chain

    @cached_property
    def _checkouts(self) -> Checkouts:
        return Checkouts(self._chain.goods)

    @cached_property
    def _skewed(self) -> Checkouts:
        return Checkouts(replace(self._chain.goods, skewed=True))

    @cached_property
    def _uploads(self) -> Uploads:
        return Uploads(self._chain.goods)
