"""Connections to PostgreSQL that one test after the other goes on using, as a server's requests do.

A new backend that reads a hundred and fifty tables first looks up each of them, and plans each statement: this takes
longer than most tests.
"""

from typing import Any, Final

from sqlalchemy import Engine, QueuePool, event
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.privacy.keys import Keys
from adapters.sql.engine import open_engine
from adapters.sql.postgres import PostgresWire
from adapters.sql.sqlite import SqliteWire
from adapters.sql.unit_of_work import SqlUnits

NAME: Final = "liansuo-tests"
"""Under which these connections are known to the server."""

KEPT_MAX: Final = 4
"""Of one database: more would leave too few to whoever is there besides."""

STATEMENTS_MAX: Final = 1_000
"""How many statements a connection keeps prepared: all that the tests have, not only those of the last test."""

_engines: dict[str, Engine] = {}
_wires: dict[str, list[PostgresWire | SqliteWire]] = {}


class KeptUnits(SqlUnits):
    """Units of work on a database that is put back after the test and used again, by its URL."""

    def __init__(self, url: str, keys: Keys) -> None:
        if url not in _engines:
            _engines[url] = open_engine(f"{url}&application_name={NAME}")
            event.listen(_engines[url], "connect", _keep_what_is_prepared)
            _wires[url] = []
        super().__init__(_engines[url], keys)
        self._url = url
        self._idle, _wires[url] = _wires[url], []

    def close(self) -> None:
        kept = _wires[self._url]
        while self._idle:
            wire = self._idle.pop()
            if len(kept) < KEPT_MAX:
                kept.append(wire)
            else:
                wire.close()


def _keep_what_is_prepared(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.prepared_max = STATEMENTS_MAX


def units_on(url: str, keys: Keys) -> SqlUnits:
    """Units of work on the database of one test, to be closed at its end."""
    return KeptUnits(url, keys) if url.startswith("postgresql") else SqlUnits(open_engine(url), keys)


def in_use(url: str) -> bool:
    """Whether a test went away and left somebody with a connection."""
    pool = _pool(url)
    return pool is not None and pool.checkedout() > len(_wires[url])


def connections(url: str) -> int:
    """How many connections there are, as far as nobody has ended them from outside."""
    pool = _pool(url)
    return 0 if pool is None else pool.checkedout() + pool.checkedin()


def _pool(url: str) -> QueuePool | None:
    if url not in _engines:
        return None
    pool = _engines[url].pool
    assert isinstance(pool, QueuePool)
    return pool


def forget(url: str) -> None:
    """Ends the connections to a database, which is not used again."""
    engine = _engines.pop(url, None)
    if engine is not None:
        for wire in _wires.pop(url):
            wire.close()
        engine.dispose()
