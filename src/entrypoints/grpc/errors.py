"""What a caller is told when a call does not succeed: a status, a reason for machines, and a message for people.

The details are those of google.rpc (https://google.aip.dev/193): ErrorInfo with the reason, BadRequest with the field
at fault, LocalizedMessage in the caller's language, RetryInfo where trying again is right. An unexpected error shows
an incident id and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from application.identity.authenticate import Unauthenticated
from application.ports.kernel import CommitUnknown, Contention, StorageFull
from application.transactor import Busy
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Rejected
from entrypoints.grpc.limits import INFO_BYTES_MAX, MESSAGE_BYTES_MAX, QUOTE_BYTES_MAX, RETRY_AFTER_MS

DOMAIN: Final = "liansuo"
DETAILS_KEY: Final = "grpc-status-details-bin"
LOCALES: Final = {"en": "en", "zh": "zh-CN"}


class Exhausted(Refusal):
    """A limit of the edge is reached."""


class Unavailable(Refusal):
    """Not now; the same call may succeed in a moment."""


class PermissionMissing(Forbidden):
    en = "This call needs the permission “{permission}”. Sign in as someone who has it, or ask an administrator."
    zh = "此调用需要权限“{permission}”。请由有权限的员工登录，或联系管理员。"


class NotForMembers(Forbidden):
    en = "A member's token is not let to this call. It reads the member's own data."
    zh = "会员令牌无权进行此调用，只能读取会员本人的数据。"


class NotForSuppliers(Forbidden):
    en = "An account of a supplier is not let to this call. It reads and answers the supplier's own orders."
    zh = "供应商账户无权进行此调用，只能查看和答复该供应商自己的订单。"


class DeadlineRequired(Invalid):
    en = "The call has no deadline. Set one, e.g. 5 seconds for a checkout."
    zh = "调用未设置超时期限，请设置，例如结账 5 秒。"


class RequestTooLarge(Exhausted):
    en = "The request has {size} bytes; at most {limit} are allowed. Split it."
    zh = "请求为 {size} 字节，最多 {limit} 字节，请拆分。"


class TooManyCalls(Exhausted):
    en = "The server is at its limit of {limit} calls side by side. Try again shortly."
    zh = "服务端并发调用数已达上限 {limit}，请稍后重试。"


class TryAgain(Unavailable):
    en = "The database is busy. Send the same request again, with the same request_id: it takes effect once."
    zh = "数据库繁忙。请使用相同的 request_id 重新发送，请求只会生效一次。"


class NoRoom(Exhausted):
    en = "The database has no room left; nothing was written. Make room on its disk, then send the same request again."
    zh = "数据库空间已满，未写入任何数据。请清理磁盘空间后重新发送同一请求。"


class Draining(Unavailable):
    en = "The server is shutting down. Try again: another one answers."
    zh = "服务端正在关闭，请重试，其他服务端会响应。"


class DeadlinePassed(Refusal):
    en = "The deadline passed before the work began; nothing was written."
    zh = "开始处理前已超过期限，未写入任何数据。"


class Unexpected(Refusal):
    en = "Unexpected error. Quote incident {incident} when you report it."
    zh = "发生意外错误。报告时请提供事件编号 {incident}。"


STATUS_CODES: Final[Mapping[type[Refusal], grpc.StatusCode]] = {
    Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    Invalid: grpc.StatusCode.INVALID_ARGUMENT,
    NotFound: grpc.StatusCode.NOT_FOUND,
    Rejected: grpc.StatusCode.FAILED_PRECONDITION,
    Conflict: grpc.StatusCode.ALREADY_EXISTS,
    Forbidden: grpc.StatusCode.PERMISSION_DENIED,
    Exhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Unavailable: grpc.StatusCode.UNAVAILABLE,
    DeadlinePassed: grpc.StatusCode.DEADLINE_EXCEEDED,
    Unexpected: grpc.StatusCode.INTERNAL,
}


RETRYABLE: Final = (Unavailable, TooManyCalls)


@dataclass(frozen=True, slots=True)
class Failure:
    """How a call failed. `incident` is set when the error was not foreseen and belongs into the log."""

    code: grpc.StatusCode
    refusal: Refusal
    incident: str = ""

    @property
    def reason(self) -> str:
        return self.refusal.reason

    @property
    def message(self) -> str:
        """What developers read: in English."""
        return _clipped(self.refusal.message(), MESSAGE_BYTES_MAX)

    @property
    def try_again(self) -> bool:
        """Whether it is about this moment, and not about what was asked."""
        return isinstance(self.refusal, (*RETRYABLE, NoRoom, DeadlinePassed))

    def trailing_metadata(self, language: str) -> tuple[tuple[str, bytes], ...]:
        """google.rpc.Status with its details, where clients look for it."""
        return ((DETAILS_KEY, _status(self, language).SerializeToString()),)


def failure_of(error: Exception) -> Failure:
    """The failure that a caller sees for an error of any kind."""
    if isinstance(error, Busy | Contention | CommitUnknown):
        error = TryAgain()
    elif isinstance(error, StorageFull):
        error = NoRoom()
    code = next((STATUS_CODES[kind] for kind in type(error).__mro__ if kind in STATUS_CODES), None)
    if code is not None and isinstance(error, Refusal):
        _clip(error)
        if _can_be_told(error):
            return Failure(code, error)
    incident = uuid4().hex
    return Failure(grpc.StatusCode.INTERNAL, Unexpected(incident=incident), incident)


def _can_be_told(refusal: Refusal) -> bool:
    """Whether both messages can be made: one that names a detail which is not there is a defect like any other."""
    try:
        return all(refusal.message(language) for language in LOCALES)
    except (LookupError, ValueError):
        return False


def _clip(refusal: Refusal) -> None:
    """Cuts what the refusal quotes: answers travel in headers, and those are small."""
    refusal.field = _clipped(refusal.field, QUOTE_BYTES_MAX)
    refusal.details = {
        name: value if isinstance(value, int) else _clipped(str(value), QUOTE_BYTES_MAX)
        for name, value in refusal.details.items()
    }


def _clipped(text: str, bytes_max: int) -> str:
    data = text.encode()
    return text if len(data) <= bytes_max else data[: bytes_max - len("…".encode())].decode(errors="ignore") + "…"


def _status(failure: Failure, language: str) -> status_pb2.Status:
    refusal, message = failure.refusal, failure.message
    localized = error_details_pb2.LocalizedMessage(
        locale=LOCALES[language], message=_clipped(refusal.message(language), MESSAGE_BYTES_MAX)
    )
    info = error_details_pb2.ErrorInfo(reason=refusal.reason, domain=DOMAIN)
    for name, value in refusal.details.items():
        info.metadata[name] = str(value)
        if info.ByteSize() > INFO_BYTES_MAX:
            del info.metadata[name]
    details: list[Message] = [info, localized]
    if refusal.field:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=refusal.field, description=message, reason=refusal.reason, localized_message=localized
        )
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    if isinstance(refusal, RETRYABLE):
        details.append(error_details_pb2.RetryInfo(retry_delay=Duration(nanos=RETRY_AFTER_MS * 1_000_000)))
    status = status_pb2.Status(code=failure.code.value[0], message=message)
    for detail in details:
        status.details.add().Pack(detail)
    return status
