"""Opens databases so that they keep what they were given."""

import sqlite3
import time
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.sql.errors import is_contention

SQLITE_BUSY_TIMEOUT_MS: Final = 10_000
SQLITE_BUSY_PAUSE_SECONDS: Final = 0.005
SQLITE_CACHE_KIB: Final = 32 * 1024
SQLITE_MAPPED_BYTES: Final = 1 << 30
SQLITE_CHECKPOINT_PAGES: Final = 16_000
"""About 64 MiB of log between two checkpoints: each costs two flushes and rewrites every page that changed, and most
pages change again and again. A fourth of it cost 7 % of the sales."""
SQLITE_STATEMENTS_CACHED: Final = 512

CONNECT_SECONDS_MAX: Final = 10
POSTGRES_CONNECTION: Final = {
    "connect_timeout": CONNECT_SECONDS_MAX,
    # A server that vanished without a word is noticed within a minute.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # Instants near the ends of the calendar exist in no other zone.
    "options": "-c timezone=UTC",
}

OWN_TRANSACTIONS: Final = "liansuo_own_transactions"
"""Execution option of connections whose transactions the unit of work begins and ends itself."""


def open_engine(url: str | URL, *, pool_size: int = 16) -> Engine:
    """An engine on which `begin()` is a real, durable transaction on SQLite and on PostgreSQL alike.

    SQLite needs a file on a local disk: in a network folder its locks do not hold.
    """
    url = make_url(url)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, pool_size)
    if url.get_backend_name() != "postgresql":
        raise ValueError(f"{url.get_backend_name()} is not supported: use sqlite:///… or postgresql://…")
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        connect_args={name: value for name, value in POSTGRES_CONNECTION.items() if name not in url.query},
        use_native_hstore=False,
    )


def _open_sqlite(url: URL, pool_size: int) -> Engine:
    path = url.database
    if not path or path == ":memory:":
        raise ValueError("SQLite needs a file: sqlite:///path/to/liansuo.db")
    if path.startswith(("//", "\\\\")):
        raise ValueError(
            f"{path} is a network folder, where SQLite's locks do not hold; use a local disk or PostgreSQL"
        )
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"cached_statements": SQLITE_STATEMENTS_CACHED, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions on its own: it would begin them too late.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}")
    _keep_a_log(connection)
    for pragma in (
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{SQLITE_CACHE_KIB}",
        f"mmap_size = {SQLITE_MAPPED_BYTES}",
        f"wal_autocheckpoint = {SQLITE_CHECKPOINT_PAGES}",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Turns the write-ahead log on, and waits for others who do so at the same moment.

    The first switch of a new file is the one statement for which SQLite does not wait by itself: it answers
    SQLITE_BUSY at once.
    """
    deadline = time.monotonic() + SQLITE_BUSY_TIMEOUT_MS / 1_000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError as error:
            if not is_contention(error) or time.monotonic() > deadline:
                raise
            time.sleep(SQLITE_BUSY_PAUSE_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get(OWN_TRANSACTIONS):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
