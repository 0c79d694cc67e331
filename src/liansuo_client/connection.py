"""A connection to the server: every call over it is authenticated, has a deadline and is repeated where it is safe."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar
from uuid import uuid4

import grpc

from liansuo_client.errors import failure_of

S = TypeVar("S")

DEADLINE_S: Final = 5.0
DEADLINES_S: Final[Mapping[str, float]] = {
    # A hundred sales or products in one call, and what is worked out over a period.
    "Upload": 20.0,
    "Put": 20.0,
    "Import": 20.0,
    "Receive": 20.0,
    "Export": 30.0,
    "List": 30.0,
    "Get": 30.0,
    "Explain": 30.0,
}
"""Seconds by the first word of the RPC's name; a call may bring its own."""

ATTEMPTS_MAX: Final = 4
MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024

SERVICE_CONFIG: Final = {
    "methodConfig": [
        {
            "name": [{}],
            # Whatever has an effect carries a request_id, so that a repeated call has it once. Only what was surely not
            # answered is repeated, and within the deadline of the call.
            "retryPolicy": {
                "maxAttempts": ATTEMPTS_MAX,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
    # Tills that lose a server together do not come back as a storm.
    "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
}

OPTIONS: Final = (
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    # Finds out about a dead connection during a call, and sends nothing while there is none.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 0),
    # A shop whose line is back does not wait two minutes more.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5_000),
)


def new_request_id() -> str:
    """A UUID: the identity of one sale, one refund, one top-up for ever. Make it once and keep it for every retry."""
    return str(uuid4())


class Client:
    """Calls of one caller; threads may share it. `connect` makes it."""

    def __init__(self, channel: grpc.Channel, *, credential: str, language: str, session: str = "") -> None:
        self._channel = channel
        self._credential = credential
        self._language = language
        interceptor = _Calls(_metadata(credential=credential, language=language, session=session))
        self._calls = grpc.intercept_channel(channel, interceptor)

    def of(self, stub: Callable[[grpc.Channel], S]) -> S:
        """The typed calls of one service, e.g. `client.of(SalesServiceStub).Checkout(request)`.

        A call returns the answer or raises CallFailed; `timeout=` sets another deadline, in seconds.
        """
        return stub(self._calls)

    def signed_in(self, session: str) -> "Client":
        """The same connection for a member of staff: `session` is what IdentityService.SignIn answered."""
        return Client(self._channel, credential=self._credential, language=self._language, session=session)

    def close(self) -> None:
        """Ends the connection; calls that are under way fail."""
        self._channel.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(
    server: str,
    *,
    credential: str,
    language: str = "en",
    ca_file: Path | None = None,
    certificate_file: Path | None = None,
    key_file: Path | None = None,
) -> Client:
    """A client of the server at `server` ("host:port"); nothing is sent before the first call.

    Without `ca_file` the line is in clear text, which is for the machine itself and for nothing else: a server on
    another one raises ValueError. `certificate_file` and `key_file` are the caller's own, where the server asks.
    """
    if ca_file is None:
        if server.rpartition(":")[0] not in {"localhost", "127.0.0.1", "[::1]"}:
            raise ValueError("ca_file is required for a server on another machine: credentials do not travel in clear")
        channel = grpc.insecure_channel(server, OPTIONS)
    else:
        credentials = grpc.ssl_channel_credentials(
            ca_file.read_bytes(),
            key_file.read_bytes() if key_file else None,
            certificate_file.read_bytes() if certificate_file else None,
        )
        channel = grpc.secure_channel(server, credentials, OPTIONS)
    return Client(channel, credential=credential, language=language)


def deadline_of(method: str) -> float:
    """Seconds that a call of this RPC ("/package.Service/Name") may take."""
    name = method.rpartition("/")[2]
    return next((seconds for word, seconds in DEADLINES_S.items() if name.startswith(word)), DEADLINE_S)


class _Details(NamedTuple):
    """What the core needs to know of a call."""

    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str], ...]
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class _Calls(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc,unused-ignore]  # the stubs of grpcio vary
    def __init__(self, metadata: tuple[tuple[str, str], ...]) -> None:
        self._metadata = metadata

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        details = client_call_details
        timeout = deadline_of(details.method) if details.timeout is None else details.timeout
        call = continuation(
            _Details(
                details.method,
                timeout,
                (*self._metadata, *(details.metadata or ())),
                details.credentials,
                details.wait_for_ready,
                details.compression,
            ),
            request,
        )
        if call.code() is not grpc.StatusCode.OK:
            raise failure_of(call)
        return call


def _metadata(*, credential: str, language: str, session: str) -> tuple[tuple[str, str], ...]:
    metadata = (("authorization", f"Bearer {credential}"), ("accept-language", language))
    return (*metadata, ("x-staff-session", session)) if session else metadata
