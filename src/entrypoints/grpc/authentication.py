"""Who calls: credentials from the metadata, and callers that were recognised a moment ago."""

import asyncio
import hashlib
import ssl
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol

from application.identity.authenticate import CredentialMissing, Credentials
from domain.identity.organisation import Caller
from entrypoints.grpc.limits import CALLERS_CACHED_MAX, CALLERS_CACHED_SECONDS_MAX

BEARER: Final = "bearer "
CERTIFICATES_CACHED_MAX: Final = 10_000


class Authenticate(Protocol):
    def __call__(self, credentials: Credentials) -> Caller:
        """The caller that these belong to, with the staff who is signed in; raises application's Unauthenticated."""


class Presented(NamedTuple):
    """What a call presents to say who makes it: the fields of Credentials, cheap to make and to look up."""

    credential: str
    session: str
    certificate_digest: bytes
    language: str


def presented_by(context: Any, *, mutual_tls: bool) -> Presented:
    """What a call presents, empty where it has nothing; the certificate is the connection's, never from metadata."""
    credential = session = ""
    language = "en"
    for key, value in context.invocation_metadata():
        if key == "authorization":
            if value[: len(BEARER)].lower() == BEARER:
                credential = value[len(BEARER) :]
        elif key == "x-staff-session":
            session = value
        elif key == "accept-language" and value[:2].lower() == "zh":
            language = "zh"
    return Presented(credential, session, certificate_digest(context) if mutual_tls else b"", language)


def certificate_digest(context: Any) -> bytes:
    """SHA-256 over the DER form of the client certificate, as `openssl x509 -fingerprint -sha256` shows it."""
    pems = context.auth_context().get("x509_pem_cert")
    return _digest(pems[0]) if pems else b""


class Callers:
    """Callers by their credentials, each looked up at most once in CALLERS_CACHED_SECONDS_MAX.

    `in_pool` runs a function in the thread pool. Used on the event loop only.
    """

    def __init__(
        self,
        authenticate: Authenticate,
        in_pool: Callable[..., Awaitable[Caller]],
        *,
        seconds_max: float = CALLERS_CACHED_SECONDS_MAX,
        entries_max: int = CALLERS_CACHED_MAX,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authenticate = authenticate
        self._in_pool = in_pool
        self._seconds_max = seconds_max
        self._entries_max = entries_max
        self._monotonic = monotonic
        self._known: dict[Presented, tuple[float, Caller]] = {}
        self._asked: dict[Presented, asyncio.Future[Caller]] = {}

    def known(self, presented: Presented) -> Caller | None:
        """The caller, if it was recognised within the allowed time."""
        found = self._known.get(presented)
        return found[1] if found is not None and found[0] > self._monotonic() else None

    async def recognised(self, presented: Presented) -> Caller:
        """The caller, looked up; calls that arrive meanwhile with the same credentials share the look-up.

        Raises Unauthenticated.
        """
        if not presented.credential:
            raise CredentialMissing
        asked = self._asked.get(presented)
        if asked is None:
            asked = self._asked[presented] = asyncio.ensure_future(self._look_up(presented))
            asked.add_done_callback(_retrieve)
        # The look-up goes on when one of those who wait for it gives up.
        return await asyncio.shield(asked)

    async def _look_up(self, presented: Presented) -> Caller:
        try:
            caller = await self._in_pool(self._authenticate, Credentials(*presented))
        finally:
            del self._asked[presented]
        self._known.pop(presented, None)
        while len(self._known) >= self._entries_max:
            # The oldest first: entries are in the order of their expiry.
            del self._known[next(iter(self._known))]
        self._known[presented] = (self._monotonic() + self._seconds_max, caller)
        return caller


def _retrieve(done: asyncio.Future[Caller]) -> None:
    """Takes note of an error that nobody waits for any more; asyncio would complain of it."""
    if not done.cancelled():
        done.exception()


@lru_cache(maxsize=CERTIFICATES_CACHED_MAX)
def _digest(pem: bytes) -> bytes:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode())).digest()
