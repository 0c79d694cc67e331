"""Tells what a database error means for the work in hand: try again, look it up, or a bug.

Trying again is right where nothing was written: a deadlock, a serialization failure, a lock that did not come, a busy
database, a connection lost before COMMIT was sent. Where the connection broke around COMMIT nobody here can know, only
the claim on a new connection tells. Everything else, a constraint violation above all, is a bug and stays what it is.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from application.ports.kernel import CommitUnknown, Contention

CONTENTION: Final = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # lock not available in time
    }
)
CONNECTION_LOST: Final = frozenset(
    {
        "08000", "08001", "08003", "08004", "08006", "08007",  # connection exceptions
        "57P01", "57P02", "57P03",  # the server shuts down, crashed, or is starting
        "25006",  # a primary that has become a standby
        "53300",  # no connection left
    }
)  # fmt: skip
COMMIT_UNKNOWN: Final = frozenset({"08006", "08007", "40003"})

SQLITE_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


@contextmanager
def told_apart() -> Iterator[None]:
    """Raises Contention in place of a database error after which nothing was written and trying again is right."""
    try:
        yield
    except PoolTimeout as error:
        raise Contention from error
    except DBAPIError as error:
        cause = error.orig
        if isinstance(cause, sqlite3.Error | psycopg.Error) and is_contention(cause):
            raise Contention from error
        raise
    except (sqlite3.Error, psycopg.Error) as error:
        if is_contention(error):
            raise Contention from error
        raise


def is_contention(error: sqlite3.Error | psycopg.Error) -> bool:
    """Whether the transaction came to nothing for a reason that may be gone at the next attempt."""
    if isinstance(error, sqlite3.Error):
        # The low byte is the primary code, the rest says more.
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in SQLITE_BUSY
    return error.sqlstate in CONTENTION or is_connection_lost(error)


def is_connection_lost(error: psycopg.Error) -> bool:
    # Without an answer from the server there is no SQLSTATE either.
    return error.sqlstate in CONNECTION_LOST or (isinstance(error, psycopg.OperationalError) and error.sqlstate is None)


def after_commit_was_sent(error: psycopg.Error) -> Exception:
    """What an error means when COMMIT was on its way with the statement that failed."""
    if error.sqlstate in COMMIT_UNKNOWN or is_connection_lost(error):
        return CommitUnknown(str(error))
    if error.sqlstate in CONTENTION:
        return Contention(str(error))
    return error
