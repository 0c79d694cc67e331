"""Tells what a database error means for the work in hand: try again, look it up, make room, or a bug.

Trying again is right where nothing was written: a deadlock, a serialization failure, a lock that did not come, a busy
database, a connection lost before COMMIT was sent. Where the connection broke around COMMIT nobody here can know, only
the claim on a new connection tells. Everything else, a constraint violation above all, is a bug and stays what it is.
"""

import sqlite3
from types import TracebackType
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from application.ports.kernel import CommitUnknown, Contention, StorageFull

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

FULL: Final = frozenset({"53000", "53100", "53200"})
"""Insufficient resources, disk full, out of memory."""

SQLITE_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
SQLITE_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM})


class _ToldApart:
    """A context that raises Contention or StorageFull in place of a database error that says so.

    Nothing was written then.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if error is None:
            return
        if isinstance(error, PoolTimeout):
            raise Contention from error
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.Error | psycopg.Error) and (meant := _meaning(cause)):
            raise meant from error


told_apart: Final = _ToldApart()


def _meaning(error: sqlite3.Error | psycopg.Error) -> Exception | None:
    if is_contention(error):
        return Contention()
    return StorageFull() if is_full(error) else None


def is_contention(error: sqlite3.Error | psycopg.Error) -> bool:
    """Whether the transaction came to nothing for a reason that may be gone at the next attempt."""
    if isinstance(error, sqlite3.Error):
        # The low byte is the primary code, the rest says more.
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in SQLITE_BUSY
    return error.sqlstate in CONTENTION or is_connection_lost(error)


def is_full(error: sqlite3.Error | psycopg.Error) -> bool:
    """Whether there was no room on the disk, or no memory."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in SQLITE_FULL
    return error.sqlstate in FULL


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
