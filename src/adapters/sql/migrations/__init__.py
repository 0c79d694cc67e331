"""The history of the schema: brings a database to this version of the program, or tells where it stands.

    migrate("sqlite:///var/shop.db")

Revisions are in `versions/`, one file each. A migration is one transaction: it happens wholly or not at all, on both
engines.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection

from adapters.sql.builtin_roles import renew_builtin_roles
from adapters.sql.engine import OWN_TRANSACTIONS, open_engine


class BrokenReferences(Exception):
    """A migration on SQLite would leave rows that refer to nothing."""


def migrate(url: str | URL, revision: str = "head") -> None:
    """Brings the database to `revision`, an empty one as well as one of an earlier version; others who migrate wait.

    At the newest revision built-in roles that the chain has not changed get what the program has added to them since.
    """
    with _alone(url) as connection:
        command.upgrade(_config(connection), revision)
        if revision == "head":
            renew_builtin_roles(connection)


def current(url: str | URL) -> str | None:
    """The revision of the database; None when it has no schema yet."""
    engine = open_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def stamp(url: str | URL, revision: str = "head") -> None:
    """Notes that the database is at `revision` already, and changes nothing else."""
    with _alone(url) as connection:
        command.stamp(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "adapters.sql:migrations")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _alone(url: str | URL) -> Iterator[Connection]:
    """A transaction in which nobody else migrates; committed at the end."""
    engine = open_engine(url, pool_size=1)
    try:
        begin = _alone_on_sqlite if engine.dialect.name == "sqlite" else _alone_on_postgres
        with engine.connect() as connection, begin(connection):
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _alone_on_postgres(connection: Connection) -> Iterator[None]:
    with connection.begin():
        # Any number will do, as long as nobody else in this database uses it.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4771305)")
        # Everybody waits behind a change of the schema that waits: rather give up and try again.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        yield


@contextmanager
def _alone_on_sqlite(connection: Connection) -> Iterator[None]:
    """Tables are changed by being copied, during which references cannot be kept; they are checked at the end."""
    own = connection.execution_options(isolation_level="AUTOCOMMIT", **{OWN_TRANSACTIONS: True})
    own.exec_driver_sql("PRAGMA foreign_keys = OFF")
    own.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
        broken = own.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise BrokenReferences(f"{len(broken)} rows, the first in {broken[0][0]}")
        own.exec_driver_sql("COMMIT")
    except BaseException:
        own.exec_driver_sql("ROLLBACK")
        raise
    finally:
        own.exec_driver_sql("PRAGMA foreign_keys = ON")
