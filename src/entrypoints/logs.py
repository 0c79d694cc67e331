"""Logs: one JSON line per event, and never personal data or a secret in any of them.

Fields that may hold one are blanked by name; text is searched for what looks like a phone number, a card number, an
e-mail address or a credential. Of an exception the log keeps its type, where it was raised, and its message without
everything that could have come from a request: quoted text, numbers, and words that are not ASCII.
"""

import asyncio
import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, BinaryIO, Final, TypeAlias

import orjson
import structlog

from entrypoints.records import CallRecord

EventDict: TypeAlias = MutableMapping[str, Any]

REDACTED: Final = "[redacted]"

SECRET_FIELDS: Final = frozenset(
    "authorization birthday card cards certificate credential database_url email enrolment_code key keys master_key "
    "member_key metadata name password phone pin private_key request response secret session token "
    "x-staff-session".split()
)
"""Names under which a secret or personal data would stand; their values are never written."""

SAFE_FIELDS: Final = frozenset("at caller code incident level reason request_id rpc traceback".split())
"""Written as they are: the program made or checked them."""

SENSITIVE_TEXT: Final = re.compile(
    r"(?i:bearer\s+\S+)"  # a credential
    r"|[^\s@]+@[^\s@]+\.[^\s@]+"  # an e-mail address
    r"|://[^/\s@]+@"  # a password in a URL
    r"|\+?\d(?:[ ()-]?\d){6,}"  # a phone or card number
)
FROM_A_REQUEST: Final = re.compile(
    r"'[^'\n]*'|\"[^\"\n]*\"|“[^”\n]*”"  # quoted text
    r"|\([^()\n]*\)=\([^()\n]*\)"  # Key (phone)=(…) of PostgreSQL
    r"|\d{3,}"  # numbers
    r"|[^\x00-\x7F]+"  # words in other scripts
)
MESSAGE_LINES_MAX: Final = 1
"""PostgreSQL and SQLAlchemy put values of rows into the lines after the first."""

FRAMES_MAX: Final = 40
CAUSES_MAX: Final = 5


def configure_logs(*, level: str = "info", stream: BinaryIO | None = None) -> None:
    """Sends the logs of this process, those of libraries included, to `stream` (standard error) as JSON lines."""
    lines = Lines(stream or sys.stderr.buffer)
    number = logging.getLevelNamesMapping()[level.upper()]
    shared = [structlog.processors.add_log_level, _timed, _explained, redacted]
    structlog.configure(
        processors=[*shared, _rendered],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(lines),  # type: ignore[arg-type]  # it writes and flushes, no more
        cache_logger_on_first_use=True,
    )
    library = logging.StreamHandler(_Text(lines))
    library.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_library_rendered]))
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[library], force=True)


class Lines:
    """A stream that on an event loop is flushed once per turn of it: a batch of answers is one write, not dozens.

    A log that cannot be written must not fail the call that it tells of. What is lost meanwhile is counted, and the
    count is the first line that can be written again.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._due = False
        self._lost = 0

    def write(self, line: bytes) -> None:
        try:
            if self._lost:
                self._stream.write(orjson.dumps({"event": "log lines lost", "lost": self._lost}) + b"\n")
                self._lost = 0
            self._stream.write(line)
        except OSError:
            self._lost += 1

    def flush(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._flush_now()
            return
        if not self._due:
            self._due = True
            loop.call_soon(self._flush_now)

    def _flush_now(self) -> None:
        self._due = False
        with contextlib.suppress(OSError):
            self._stream.flush()


def log_call(log: structlog.typing.FilteringBoundLogger) -> Callable[[CallRecord], None]:
    """A function that writes the one line of a call.

    It goes straight to the stream: the program itself has made or checked every field of a record, so there is nothing
    to blank, and a call would pay three times as much for the way through the processors.
    """
    if not log.is_enabled_for(logging.INFO):
        return lambda record: None
    write_line = structlog.get_config()["logger_factory"]().info

    def write(record: CallRecord) -> None:
        line = {
            "event": "call",
            "rpc": record.rpc,
            "code": record.code,
            "reason": record.reason,
            "duration_ms": round(record.duration_ms, 3),
            "caller": record.caller,
            "store_id": record.store_id,
            "request_id": record.request_id,
            "replayed": record.replayed,
            "batch": record.batch,
            "bytes_in": record.bytes_in,
            "bytes_out": record.bytes_out,
            "incident": record.incident,
            "level": "info",
            "at": datetime.now(UTC),
        }
        write_line(orjson.dumps(line))

    return write


def log_incident(log: structlog.typing.FilteringBoundLogger) -> Callable[[CallRecord, Exception], None]:
    """A function that writes what is known of an error that nobody foresaw."""

    def write(record: CallRecord, error: Exception) -> None:
        log.error("incident", incident=record.incident, rpc=record.rpc, request_id=record.request_id, exc_info=error)

    return write


def redacted(_: object, __: str, event: EventDict) -> EventDict:
    """The event with secrets and personal data blanked."""
    for name, value in event.items():
        if name in SAFE_FIELDS or isinstance(value, int | float):
            continue
        event[name] = REDACTED if name in SECRET_FIELDS else _redacted_value(value)
    return event


def described(error: BaseException) -> list[str]:
    """An error and what caused it, one line each: the type, and what of its message cannot have come from a request."""
    return [
        f"{type(cause).__module__}.{type(cause).__qualname__}: {FROM_A_REQUEST.sub('…', _first_lines(_text(cause)))}"
        for cause in _causes(error)
    ]


def _redacted_value(value: Any) -> Any:
    match value:
        case str():
            return SENSITIVE_TEXT.sub(REDACTED, value)
        case dict():
            return {
                name: REDACTED if name in SECRET_FIELDS else _redacted_value(inner) for name, inner in value.items()
            }
        case list() | tuple():
            return [_redacted_value(inner) for inner in value]
        case bytes():
            return REDACTED
    return value


def _timed(_: object, __: str, event: EventDict) -> EventDict:
    event["at"] = datetime.now(UTC)
    return event


def _explained(_: object, __: str, event: EventDict) -> EventDict:
    """Replaces the exception of an event by what may be written of it."""
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    elif error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["error"] = described(error)
        event["traceback"] = list(_frames(error))
    return event


def _frames(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]:
        yield f"{'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(CAUSES_MAX):
        if error is None:
            return
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # an error whose own text is broken must still reach the log
        return "(its text cannot be made)"


def _first_lines(text: str) -> str:
    return " ".join(text.splitlines()[:MESSAGE_LINES_MAX])


def _rendered(_: object, __: str, event: EventDict) -> bytes:
    return orjson.dumps(event, default=str)


def _library_rendered(_: object, __: str, event: EventDict) -> str:
    for name in ("_record", "_from_structlog"):
        event.pop(name, None)
    return orjson.dumps(event, default=str).decode()


class _Text:
    """Lines as logging writes them."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def write(self, text: str) -> None:
        self._lines.write(text.encode())

    def flush(self) -> None:
        self._lines.flush()
