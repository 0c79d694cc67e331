"""Terminals as they call over the network: with a credential, a deadline, and bytes on both sides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from entrypoints.grpc.rpc import Method
from entrypoints.grpc.services import SERVICES
from tests.stress.server import LOCAL

M = TypeVar("M", bound=Message)

DEADLINE_S: Final = 20.0
ATTEMPTS_MAX: Final = 1_000
REFUSALS_KEPT: Final = 1_000

UNANSWERED: Final = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
"""After these nobody knows whether a request took effect; with the same request id it may be sent again."""

METHODS: Final[dict[str, Method]] = {
    path.rpartition("/")[2]: method for service in SERVICES for path, method in service.methods.items()
}
"""Every RPC by its name, which no two services share."""

assert len(METHODS) == sum(len(service.methods) for service in SERVICES)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one call came to: a status, and either the bytes of the answer or what the refusal says."""

    code: grpc.StatusCode
    body: bytes = b""
    replayed: bool = False
    reason: str = ""
    field: str = ""
    en: str = ""
    zh: str = ""

    @property
    def ok(self) -> bool:
        return self.code is grpc.StatusCode.OK

    def as_a(self, message: type[M]) -> M:
        """The answer; fails the test with the refusal if there is none."""
        assert self.ok, f"{self.code.name} {self.reason} {self.field}: {self.en}"
        return message.FromString(self.body)


class Sent:
    """A call under way."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def reply(self) -> Reply:
        """Waits for the end of the call."""
        try:
            body = self._call.result()
        except grpc.RpcError:
            return refusal_of(self._call)
        trailers = dict(self._call.trailing_metadata())
        return Reply(grpc.StatusCode.OK, body, trailers.get("liansuo-replayed") == "true")


class Terminal:
    """One caller with a connection of its own. Refusals come in Chinese too, because it asks for that language.

    Without a credential it is nobody.
    """

    def __init__(self, address: str, credential: str) -> None:
        self._channel = grpc.insecure_channel(address, LOCAL)
        authorization = (("authorization", f"Bearer {credential}"),) if credential else ()
        self._metadata = (*authorization, ("accept-language", "zh-CN"))
        self._calls: dict[str, Any] = {}

    def send(
        self, rpc: str, request: Message | bytes, *, deadline_s: float | None = DEADLINE_S, patient: bool = True
    ) -> Sent:
        """Sends a request without waiting for the answer; `patient` waits for a server that is just starting."""
        call = self._calls.get(rpc)
        if call is None:
            call = self._calls[rpc] = self._channel.unary_unary(METHODS[rpc].path)
        data = request if isinstance(request, bytes) else request.SerializeToString()
        return Sent(call.future(data, timeout=deadline_s, metadata=self._metadata, wait_for_ready=patient))

    def ask(self, rpc: str, request: Message | bytes, *, deadline_s: float | None = DEADLINE_S) -> Reply:
        """Sends a request once and waits for its end."""
        return self.send(rpc, request, deadline_s=deadline_s).reply()

    def insist(self, rpc: str, request: Message) -> tuple[Reply, int]:
        """Repeats a request, request id and all, until the server answers; the reply, and how often it had to."""
        data = request.SerializeToString()
        for attempt in range(ATTEMPTS_MAX):
            reply = self.ask(rpc, data)
            if reply.code not in UNANSWERED:
                return reply, attempt
        raise TimeoutError(f"{rpc} found no server in {ATTEMPTS_MAX} attempts")

    def close(self) -> None:
        self._channel.close()


def side_by_side(terminals: Sequence[Terminal], rpc: str, requests: Sequence[Message]) -> list[Reply]:
    """The replies to requests that are all on their way before the first is waited for, one per terminal."""
    sent = [terminal.send(rpc, request) for terminal, request in zip(terminals, requests, strict=True)]
    return [one.reply() for one in sent]


def refusal_of(call: Any) -> Reply:
    """What the rich status of a failed call says; a status without one comes from the core of gRPC."""
    status = rpc_status.from_call(call)
    return refusal(call.code(), call.details() or "", status.details if status else ())


@lru_cache(REFUSALS_KEPT)
def told(code: grpc.StatusCode, message: str, status: bytes) -> Reply:
    """The reply that a rich status is, from its bytes: most hostile requests are refused in the same words."""
    return refusal(code, message, status_pb2.Status.FromString(status).details)


def refusal(code: grpc.StatusCode, message: str, details: Iterable[Any]) -> Reply:
    """The reply that a status with these details is."""
    reason = field = localized = ""
    for detail in details:
        info, bad, text = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), _Localized()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(bad):
            field = bad.field_violations[0].field
        elif detail.Unpack(text):
            localized = text.message
    return Reply(code, reason=reason, field=field, en=message, zh=localized)


_Localized = error_details_pb2.LocalizedMessage
