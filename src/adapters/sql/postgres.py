"""A connection to PostgreSQL on which several statements, BEGIN and COMMIT among them, make one round trip.

It speaks to libpq through psycopg's `pq`, in pipeline mode: a psycopg cursor costs several times what the statement
does. Ordinary statements go through SQLAlchemy, in the same transaction.
"""

import select
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from sqlalchemy import Connection, Engine

from adapters.sql.engine import OWN_TRANSACTIONS
from adapters.sql.errors import after_commit_was_sent, is_connection_lost
from adapters.sql.row_writers import ColumnOf, PostgresWriter, postgres_writer
from adapters.sql.rows import FOLDS, RECORDED, RequestRow
from adapters.sql.tables.kernel import requests
from application.ports.kernel import Contention

LOCK_MS_MAX: Final = 5_000
IDLE_IN_TRANSACTION_MS_MAX: Final = 60_000
PLANS_SECONDS_MAX: Final = 60
"""How long plans are kept: a chain that opens grows a thousandfold in its first hour."""

SETTINGS: Final = (
    b"SET lock_timeout = %d; SET idle_in_transaction_session_timeout = %d;"
    # Plans are kept. One made while a table was still small must not read all of it when it has grown: what writes
    # goes from its keys to the rows by index, in the order of the keys.
    b" SET plan_cache_mode = force_generic_plan;"
    b" SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
    % (LOCK_MS_MAX, IDLE_IN_TRANSACTION_MS_MAX)
)
BEGIN_READ: Final = (
    b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL plan_cache_mode = auto;"
    b" SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"
)
COLUMNS: Final = """
SELECT c.relname, c.reltype::bigint, a.attname, a.atttypid::bigint, a.attnotnull
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relname = ANY (%s) AND pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
BINARY: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement that each connection prepares once; `name` is unique, parameters and results are binary."""

    name: bytes
    sql: bytes


BEGIN: Final = Statement(b"begin", b"BEGIN")
COMMIT: Final = Statement(b"commit", b"COMMIT")
PLAN_ANEW: Final = Statement(b"plan_anew", b"DISCARD PLANS")
ROLLBACK: Final = Statement(b"rollback", b"ROLLBACK")

Step = tuple[Statement, Sequence[bytes]]
Check = Callable[[pq.abc.PGresult], None]
"""Looks at the result of a deferred step; may raise."""


class PostgresWire:
    """One connection and its present transaction; used by one thread at a time.

    `round_trips` counts how often it waited for the server since `begin`.
    """

    dialect = "postgresql"

    def __init__(self, engine: Engine) -> None:
        self.sql: Connection = engine.connect().execution_options(
            isolation_level="AUTOCOMMIT", **{OWN_TRANSACTIONS: True}
        )
        driver = self.sql.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        self._driver = driver
        self._pgconn = driver.pgconn
        # Kept, because it remembers how each type is read.
        self._transformer = Transformer(driver)
        self._prepared: set[bytes] = set()
        self._known_columns: dict[str, tuple[int, tuple[ColumnOf, ...]]] = {}
        self._writers: dict[type, PostgresWriter] = {}
        self._socket = select.poll()
        self._socket.register(self._pgconn.socket, select.POLLIN)
        self._planned_at = time.monotonic()
        self._begun = False
        self._deferred: list[tuple[Step, Check]] = []
        self.broken = False
        self.round_trips = 0
        try:
            self._simply(SETTINGS)
        except psycopg.Error:
            self.close()
            raise

    def begin(self) -> None:
        """A transaction begins with the first statement, in the same round trip."""
        self._begun = False
        self.round_trips = 0

    def begin_read(self) -> None:
        """A transaction that reads one consistent state."""
        self.round_trips = 1
        self._simply(BEGIN_READ)
        self._begun = True

    def ready(self) -> Connection:
        """The connection for a SQLAlchemy statement, which is about to make a round trip in this transaction."""
        if self._deferred or not self._begun:
            self.run(())
        self.round_trips += 1
        return self.sql

    def defer(self, step: Step, check: Check) -> None:
        """Runs a statement ahead of the next ones, in their round trip; `check` sees its result first."""
        self._deferred.append((step, check))

    def run_deferred(self) -> None:
        """Runs what was deferred, if it has not been run yet."""
        if self._deferred:
            self.run(())

    def run(self, steps: Sequence[Step]) -> list[pq.abc.PGresult]:
        """Runs statements one after the other in one round trip; each sees what the ones before it did and waited for.

        Raises the driver's error of the first that fails; those after it are not run.
        """
        beginning = self._beginning()
        deferred, self._deferred = self._deferred, []
        results = self._pipeline((*beginning, *[step for step, _ in deferred], *steps))
        self._begun = True
        first = len(beginning)
        for (_, check), result in zip(deferred, results[first:], strict=False):
            check(result)
        return results[first + len(deferred) :]

    def commit(self, steps: Sequence[Step]) -> list[pq.abc.PGresult]:
        """Runs statements and commits, in one round trip.

        Raises CommitUnknown when the connection broke, Contention when nothing was written and may be again.
        """
        # What was deferred may be a reason not to commit.
        self.run_deferred()
        beginning = self._beginning()
        try:
            results = self._pipeline((*beginning, *steps, (COMMIT, ())))
        except psycopg.Error as error:
            raise after_commit_was_sent(error) from error
        self._begun = False
        if results[-1].command_status != b"COMMIT":
            raise psycopg.errors.InFailedSqlTransaction("an earlier statement failed, so nothing was committed")
        return results[len(beginning) : -1]

    def rollback(self) -> None:
        """Undoes whatever is open; the connection is broken where that fails."""
        self._begun = False
        self._deferred = []
        if self.broken or self._pgconn.transaction_status == pq.TransactionStatus.IDLE:
            return
        with suppress(psycopg.Error):
            self._pipeline(((ROLLBACK, ()),))

    def close(self) -> None:
        """Ends the connection."""
        self.sql.invalidate()
        self.sql.close()

    def pack(self, row_class: type, rows: Sequence[Any]) -> bytes:
        """Rows as a binary array of their table's row type."""
        if not self._writers:
            self._known_columns = self._columns()
            for known, table in _TABLES.items():
                row_type, columns = self._known_columns[table.name]
                self._writers[known] = postgres_writer(columns, row_type, _FIELDS[known])
        return self._writers[row_class](rows)

    def rows(self, result: pq.abc.PGresult) -> list[tuple[Any, ...]]:
        """The rows of a result as Python values."""
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _beginning(self) -> Sequence[Step]:
        """What goes ahead of the first statement of a transaction."""
        if self._begun:
            return ()
        now = time.monotonic()
        if now < self._planned_at + PLANS_SECONDS_MAX:
            return _BEGIN
        self._planned_at = now
        return (*_BEGIN, (PLAN_ANEW, ()))

    def _simply(self, sql: bytes) -> None:
        """Several commands without parameters and without a result."""
        result = self._pgconn.exec_(sql)
        if result.status not in _DONE:
            raise self._failure(result)

    def _pipeline(self, steps: Sequence[Step]) -> list[pq.abc.PGresult]:
        self.round_trips += 1
        # Whatever ends this early: nobody knows then how much of it the server was told.
        self.broken = True
        preparing = self._send(steps)
        results = self._results()
        self._pgconn.exit_pipeline_mode()
        self.broken = False
        answers = []
        for name, result in zip(preparing, results, strict=True):
            if result.status not in _DONE:
                raise self._failure(result)
            if name is None:
                answers.append(result)
            else:
                self._prepared.add(name)
        return answers

    def _send(self, steps: Sequence[Step]) -> list[bytes | None]:
        """Sends all steps; returns, for each result to come, the name of the statement that it prepares or None."""
        pgconn = self._pgconn
        pgconn.enter_pipeline_mode()
        preparing: list[bytes | None] = []
        for statement, parameters in steps:
            name = statement.name
            if name not in self._prepared and name not in preparing:
                pgconn.send_prepare(name, statement.sql)
                preparing.append(name)
            pgconn.send_query_prepared(name, parameters or None, _BINARY[len(parameters)], result_format=BINARY)
            preparing.append(None)
        pgconn.pipeline_sync()
        while pgconn.flush():
            # The server may have to get rid of an answer before it takes more.
            self._socket.modify(pgconn.socket, select.POLLIN | select.POLLOUT)
            for _, events in self._socket.poll():
                if events & ~select.POLLOUT:
                    pgconn.consume_input()
            self._socket.modify(pgconn.socket, select.POLLIN)
        return preparing

    def _results(self) -> list[pq.abc.PGresult]:
        """One result per thing sent, up to the synchronisation point."""
        pgconn = self._pgconn
        results: list[pq.abc.PGresult] = []
        while True:
            while pgconn.is_busy():
                self._socket.poll()
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                if pgconn.status == pq.ConnStatus.BAD:
                    raise next((error_from_result(r) for r in results if r.status not in _DONE), _lost(pgconn))
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            else:
                results.append(result)

    def _failure(self, result: pq.abc.PGresult) -> Exception:
        error = error_from_result(result)
        if is_connection_lost(error):
            self.broken = True
        elif error.sqlstate in _SCHEMA_CHANGED and self._writers:
            # A migration ran since this connection was opened: a new one will know the new columns.
            self.rollback()
            self.broken = True
            if self._columns() != self._known_columns:
                return Contention("the schema has changed")
        return error

    def _columns(self) -> dict[str, tuple[int, tuple[ColumnOf, ...]]]:
        """By table: its row type, and its columns in the order of the database."""
        tables: dict[str, tuple[int, tuple[ColumnOf, ...]]] = {}
        for name, row_type, *column in self._driver.execute(COLUMNS, [[table.name for table in _TABLES.values()]]):
            _, columns = tables.get(name, (row_type, ()))
            tables[name] = row_type, (*columns, ColumnOf(*column))
        return tables


def _lost(pgconn: pq.abc.PGconn) -> psycopg.OperationalError:
    return psycopg.OperationalError(pgconn.get_error_message())


_BEGIN: Final[Sequence[Step]] = ((BEGIN, ()),)
_DONE: Final = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK})
_SCHEMA_CHANGED: Final = frozenset({"42804", "0A000"})
_BINARY: Final = [[BINARY] * count for count in range(32)]
_TABLES: Final = {**RECORDED, **{fold.row_class: fold.table for fold in FOLDS}, RequestRow: requests}
_FIELDS: Final = {row_class: frozenset(column.name for column in table.columns) for row_class, table in _TABLES.items()}
