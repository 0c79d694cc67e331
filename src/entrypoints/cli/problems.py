"""What a command answers when it cannot do what was asked: a sentence that says what to do, and an exit code."""

import os
from enum import IntEnum

from application.ports.kernel import CommitUnknown, Contention, StorageFull
from application.transactor import Busy
from domain.shared.errors import Refusal
from entrypoints.settings import StartRefused


class Exit(IntEnum):
    """Exit codes of every command; they are part of its contract."""

    OK = 0
    REFUSED = 1
    """A check failed, or the chain refused what was asked."""
    USAGE = 2
    """The command line itself is wrong."""
    UNAVAILABLE = 3
    """Something that the command needs is not there: the database, its tables, the server, a package, a file."""
    UNEXPECTED = 4
    """A defect of Liansuo."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C; the same command carries on."""


class Problem(Exception):
    """What is wrong, what to do about it, and the exit code that says so to scripts."""

    def __init__(self, what: str, *, advice: str = "", code: Exit = Exit.UNAVAILABLE) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.code = code


class DatabaseUnavailable(Problem):
    """The database does not answer, or is no database."""


class NotMigrated(Problem):
    """The database has no tables, or those of another version."""


class Interrupted(Problem):
    """Ctrl-C: what was done is stored, and the same command carries on."""

    def __init__(self, what: str) -> None:
        super().__init__(what, advice="Run the same command again: it carries on.", code=Exit.INTERRUPTED)


def problem_of(error: Exception) -> Problem:
    """What a person is told about any error; the text of an unexpected one is its class only."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refusal):
        at = f" (field {error.field})" if error.field else ""
        return Problem(error.message(language()) + at, code=Exit.REFUSED)
    if isinstance(error, StartRefused):
        return Problem(str(error), advice="Change the environment (LIANSUO_…) or the options.")
    return (
        _of_database(error)
        or _of_file(error)
        or Problem(
            f"Unexpected error: {type(error).__name__}.",
            advice="Run the command with --debug to see where, and report it.",
            code=Exit.UNEXPECTED,
        )
    )


def language() -> str:
    """The language of the terminal, as far as Liansuo speaks it: "zh" or "en"."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "en"
    return "zh" if spoken.startswith("zh") else "en"


def _of_database(error: Exception) -> Problem | None:
    import sqlite3

    import psycopg
    from sqlalchemy.exc import DBAPIError

    if isinstance(error, Busy | Contention | CommitUnknown):
        return DatabaseUnavailable(
            "The database is busy, or cannot be reached.",
            advice="Check --database or LIANSUO_DATABASE_URL and that it runs; then run the command again.",
        )
    if isinstance(error, StorageFull):
        return DatabaseUnavailable(
            "The database has no room left; what did not fit was not written.",
            advice="Make room on its disk, then run the command again.",
        )
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, sqlite3.Error | psycopg.Error):
        return None
    text = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    if any(sign in text for sign in ("no such table", "no such column", "has no column", "does not exist")):
        return NotMigrated(
            f"The database is not ready: {text}.", advice="Run `liansuo migrate` first, with the same --database."
        )
    return DatabaseUnavailable(
        f"The database cannot be used: {text}.", advice="Check --database or LIANSUO_DATABASE_URL."
    )


def _of_file(error: Exception) -> Problem | None:
    if not isinstance(error, OSError) or error.filename is None:
        return None
    return Problem(f"{error.filename}: {error.strerror}.", advice="Name another path, or change who may use this one.")
