"""Opens databases so that they keep what they were given: settings, transactions, and errors told apart."""

import sqlite3
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

SQLITE_BUSY_TIMEOUT_MS: Final = 10_000
RAW: Final = "liansuo_raw"
"""Execution option of connections whose transactions the unit of work begins and ends itself."""


def open_engine(url: str | URL, *, pool_size: int = 16) -> Engine:
    """An engine on which `begin()` is a real, durable transaction on SQLite and on PostgreSQL alike."""
    url = make_url(url)
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ValueError("SQLite needs a file: sqlite:///path/to/liansuo.db")
        engine = create_engine(url, pool_size=pool_size, max_overflow=0)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    url = url.set(drivername="postgresql+psycopg")
    return create_engine(url, pool_size=pool_size, max_overflow=0, use_native_hstore=False)


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get(RAW):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
