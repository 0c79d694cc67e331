"""Terminals as callers: credentials in a file that only its owner reads, and calls that survive a bad network."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from entrypoints.cli.problems import Exit, Problem, language

ATTEMPTS_MAX: Final = 8
BACKOFF_S_MIN, BACKOFF_S_MAX = 0.1, 5.0
CONNECTED_S_MAX: Final = 5.0
START_SERVER: Final = (
    "Start it with `liansuo serve`, or check --server and --ca-file; then run the same command again: it carries on."
)
MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024

RETRIED: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        # A server that ends resets calls that it has not begun; nobody here cancels one.
        grpc.StatusCode.CANCELLED,
    }
)
"""After these a call is repeated with the same request id: whether it had an effect or not, it has one."""

FATAL: Final = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNIMPLEMENTED})
"""These concern the terminal or the server, not one sale: nothing further is sent."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server's no to one call."""

    reason: str
    field: str
    message: str


Q_contra = TypeVar("Q_contra", contravariant=True)
A_co = TypeVar("A_co", covariant=True)
Q = TypeVar("Q")
A = TypeVar("A")


class Method(Protocol[Q_contra, A_co]):
    """A unary method of a stub."""

    def __call__(self, request: Q_contra, /, *, timeout: float, metadata: tuple[tuple[str, str], ...]) -> A_co: ...


@dataclass(frozen=True, slots=True)
class Terminal:
    """An enrolled terminal; `stop` ends its patience with a server that does not answer."""

    credential: str
    stop: threading.Event

    def call(self, method: Method[Q, A], request: Q, *, deadline_s: float) -> A | Refused:
        """The answer, or the refusal.

        Repeats while the server cannot be reached; raises Problem when that lasts, or when `stop` is set meanwhile.
        """
        metadata = (("authorization", f"Bearer {self.credential}"), ("accept-language", language()))
        for attempt in range(ATTEMPTS_MAX):
            try:
                return method(request, timeout=deadline_s, metadata=metadata)
            except grpc.RpcError as error:
                # At runtime every error of a call is the call itself.
                failed: Any = error
                if failed.code() in FATAL:
                    raise _fatal(failed) from None
                if failed.code() not in RETRIED:
                    return refusal_of(failed)
            if self.stop.wait(min(BACKOFF_S_MIN * 2**attempt, BACKOFF_S_MAX)):
                break
        raise Problem(
            f"The server does not answer ({failed.code().name.lower()}: {failed.details()}).",
            advice=START_SERVER,
        )


def refusal_of(call: Any) -> Refused:
    """What the rich status of a failed call says: the reason and the first field at fault."""
    reason, field = str(call.code().name), ""
    status = rpc_status.from_call(call)
    for detail in status.details if status else ():
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(bad) and bad.field_violations:
            field = bad.field_violations[0].field
    return Refused(reason, field, str(call.details()))


@contextmanager
def connected(server: str, *, ca_file: Path | None) -> Iterator[grpc.Channel]:
    """A channel of its own to `server`: over TLS with a CA file, else in clear text, which is for loopback."""
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX)]
    if ca_file is None:
        channel = grpc.insecure_channel(server, options)
    else:
        channel = grpc.secure_channel(server, grpc.ssl_channel_credentials(ca_file.read_bytes()), options)
    try:
        yield channel
    finally:
        channel.close()


def require_server(server: str, *, ca_file: Path | None) -> None:
    """Raises Problem when nobody answers at `server`: at once, not after the patience that a lost connection gets."""
    with connected(server, ca_file=ca_file) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=CONNECTED_S_MAX)
        except grpc.FutureTimeoutError:
            raise Problem(f"No server answers at {server}.", advice=START_SERVER) from None


def write_secret(path: Path, text: str) -> None:
    """Puts `text` at `path`, for its owner only; who reads it sees the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, 0o600)
        file.write(text)
        file.flush()
        os.fsync(handle)
    unfinished.replace(path)


def write_credentials(path: Path, credentials: Mapping[str, str]) -> None:
    """Keeps the credential of each store's terminal, by store code."""
    write_secret(path, json.dumps({"terminals": dict(credentials)}, indent=1) + "\n")


def read_credentials(path: Path) -> dict[str, str]:
    """The credentials that `write_credentials` kept; raises Problem when there are none."""
    try:
        terminals = json.loads(path.read_text(encoding="utf-8"))["terminals"]
        return {str(store): str(credential) for store, credential in terminals.items()}
    except FileNotFoundError:
        raise Problem(
            f"There is no file {path} with the terminals' credentials.",
            advice="Run `liansuo import complete-journey` first, or name the file with --terminals.",
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Problem(
            f"{path} is not a file of credentials that `liansuo import` wrote.",
            advice="Name the right one with --terminals.",
            code=Exit.USAGE,
        ) from None


def _fatal(failed: Any) -> Problem:
    if failed.code() is grpc.StatusCode.UNAUTHENTICATED:
        advice = "The file of credentials belongs to another database: name the right one with --terminals."
        return Problem(f"The server does not know this terminal: {failed.details()}", advice=advice, code=Exit.REFUSED)
    return Problem(f"The server refuses to work: {failed.code().name.lower()}, {failed.details()}")
