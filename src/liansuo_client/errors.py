"""Why a call gave no answer, by what the caller is to do about it."""

from typing import Any, Final

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

RETRY_AFTER_S: Final = 1.0
"""How long to leave a server alone that does not say how long it wants to be."""


class CallFailed(Exception):
    """A call without an answer. `reason` is for machines, `field` the field at fault, `message` for people.

    `message` is in the client's language where the server could speak. `details` are what the message was made of, e.g.
    the total that is now asked in PRICE_CHANGED.
    """

    def __init__(
        self, code: grpc.StatusCode, *, reason: str, field: str, message: str, details: dict[str, str]
    ) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.code = code
        self.reason = reason
        self.field = field
        self.message = message
        self.details = details


class Refused(CallFailed):
    """The server says no, and will to the same request again. Nothing was written."""


class NotRecognised(CallFailed):
    """The server does not know the credential, or not as one that may do this: ask an administrator."""


class Unreachable(CallFailed):
    """Nobody can say whether the call had an effect. Send the same request again, with the same request_id, later."""


class Busy(Unreachable):
    """The server is there and has no room for the call: send the same request again, not before `retry_after_s`."""

    retry_after_s: float = RETRY_AFTER_S


KINDS: Final = {
    grpc.StatusCode.UNAUTHENTICATED: NotRecognised,
    grpc.StatusCode.PERMISSION_DENIED: NotRecognised,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Busy,
    grpc.StatusCode.UNAVAILABLE: Unreachable,
    grpc.StatusCode.DEADLINE_EXCEEDED: Unreachable,
    # A server that ends resets calls that it has not begun; and what was rolled back in the middle is safe to repeat.
    grpc.StatusCode.CANCELLED: Unreachable,
    grpc.StatusCode.ABORTED: Unreachable,
}

NEVER_FITS: Final = "REQUEST_TOO_LARGE"
"""A limit that the same request meets for ever: it is no business of waiting."""


def failure_of(call: Any) -> CallFailed:
    """What the rich status of a failed call says (https://google.aip.dev/193)."""
    code: grpc.StatusCode = call.code()
    reason, field, message, details = code.name, "", str(call.details()), {}
    retry_after_s = RETRY_AFTER_S
    status = rpc_status.from_call(call)
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    text, retry = error_details_pb2.LocalizedMessage(), error_details_pb2.RetryInfo()
    for detail in status.details if status else ():
        if detail.Unpack(info):
            reason, details = info.reason, dict(info.metadata)
        elif detail.Unpack(bad) and bad.field_violations:
            field = bad.field_violations[0].field
        elif detail.Unpack(text):
            message = text.message
        elif detail.Unpack(retry):
            retry_after_s = retry.retry_delay.ToTimedelta().total_seconds()
    kind = Refused if reason == NEVER_FITS else KINDS.get(code, Refused)
    failed = kind(code, reason=reason, field=field, message=message, details=details)
    if isinstance(failed, Busy):
        failed.retry_after_s = retry_after_s
    return failed
