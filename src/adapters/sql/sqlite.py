"""A connection to SQLite: one writer at a time, in this process by turns and between processes by SQLite's own lock."""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine

from adapters.sql.engine import OWN_TRANSACTIONS, SQLITE_BUSY_TIMEOUT_MS
from application.ports.kernel import Contention

TURN_SECONDS_MAX: Final = SQLITE_BUSY_TIMEOUT_MS / 1000


class SqliteWire:
    """One connection and its present transaction; used by one thread at a time.

    `writing` is shared by all connections of a process: threads that wait their turn there are woken at once, whereas
    SQLite lets them sleep and look again. `round_trips` counts statements, which in SQLite wait for nobody.
    """

    dialect = "sqlite"

    def __init__(self, engine: Engine, writing: threading.Lock) -> None:
        self.sql: Connection = engine.connect().execution_options(
            isolation_level="AUTOCOMMIT", **{OWN_TRANSACTIONS: True}
        )
        driver = self.sql.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        self._driver = driver
        self._writing = writing
        self._my_turn = False
        self.broken = False
        self.round_trips = 0

    def begin(self) -> None:
        """A transaction begins that may write; raises Contention when others write for too long."""
        self.round_trips = 0
        if not self._writing.acquire(timeout=TURN_SECONDS_MAX):
            raise Contention("another transaction of this process is still writing")
        self._my_turn = True
        try:
            self._driver.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._end_turn()
            raise

    def begin_read(self) -> None:
        """A transaction that reads one consistent state."""
        self.round_trips = 0
        self._driver.execute("BEGIN")

    def ready(self) -> Connection:
        """The connection for a SQLAlchemy statement, which is about to run in this transaction."""
        self.round_trips += 1
        return self.sql

    def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows of one statement."""
        self.round_trips += 1
        return self._driver.execute(sql, parameters).fetchall()

    def run_each(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Runs one prepared statement for every row of parameters; returns how many rows it changed."""
        self.round_trips += 1
        return self._driver.executemany(sql, rows).rowcount

    def commit(self) -> None:
        """Everything is on disk when this returns."""
        self._driver.execute("COMMIT")
        self._end_turn()

    def rollback(self) -> None:
        """Undoes whatever is open; the connection is broken where that fails."""
        try:
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
        except sqlite3.Error:
            self.broken = True
        finally:
            self._end_turn()

    def close(self) -> None:
        """Ends the connection."""
        self.sql.invalidate()
        self.sql.close()

    def _end_turn(self) -> None:
        if self._my_turn:
            self._my_turn = False
            self._writing.release()
