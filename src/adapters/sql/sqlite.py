"""A connection to SQLite: one writer at a time, in this process by turns and between processes by SQLite's own lock."""

import sqlite3
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine

from adapters.sql.engine import OWN_TRANSACTIONS, SQLITE_BUSY_TIMEOUT_MS
from application.ports.kernel import Contention

TURN_SECONDS_MAX: Final = SQLITE_BUSY_TIMEOUT_MS / 1000
SIZES: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64)
"""Of how many rows a statement may be: few enough to keep them all prepared, close enough that two or three always do,
and even with wide rows far below SQLite's 32,766 parameters."""
STATEMENTS_MAX: Final = 512


@dataclass(frozen=True, slots=True)
class RowsStatement:
    """A statement with the rows of a VALUES clause between `head` and `tail`.

    The driver gives the interpreter to another thread at every step of a statement and has to ask for it back. One
    statement of many rows is one step; executemany would be one for every row.
    """

    head: str
    columns: int
    tail: str = ""

    def parts(self, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
        """The statement with its parameters, in as few parts as SIZES allows."""
        start, left = 0, len(rows)
        while left:
            size = SIZES[bisect_right(SIZES, left) - 1]
            part = rows[start : start + size]
            yield _rows_sql(self, size), [value for row in part for value in row]
            start, left = start + size, left - size


@lru_cache(maxsize=STATEMENTS_MAX)
def _rows_sql(statement: RowsStatement, size: int) -> str:
    marks = f"({', '.join('?' * statement.columns)})"
    return f"{statement.head} VALUES {', '.join([marks] * size)} {statement.tail}"


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

    def run_rows(self, statement: RowsStatement, rows: Sequence[Sequence[Any]]) -> int:
        """Runs a statement of many rows; returns how many rows it changed."""
        changed = 0
        for sql, parameters in statement.parts(rows):
            self.round_trips += 1
            changed += self._driver.execute(sql, parameters).rowcount
        return changed

    def fetch_rows(self, statement: RowsStatement, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """The rows that a statement of many rows answers as one JSON array in each of its parts."""
        answers = []
        for sql, parameters in statement.parts(rows):
            self.round_trips += 1
            answers += orjson.loads(self._driver.execute(sql, parameters).fetchone()[0])
        return answers

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
