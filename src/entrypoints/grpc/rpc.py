"""The tables of RPCs: one row per method says which use case answers it, how it runs and who may call it.

    SERVICE = Service(pb.DESCRIPTOR.services_by_name["SalesService"], {
        "Checkout": batched(checkout, pb.CheckoutResponse, into="sale", needs="sales.checkout"),
        "RefundSale": write(refund_sale, pb.RefundSaleResponse, needs="sales.refund"),
        "GetSale": read(get_sale, pb.GetSaleResponse, needs="sales.read"),
    })

A table that does not fit its contract fails when it is imported: a method without a row, a row without a method, a row
without a permission, a command or result whose fields are not those of its message.
"""

import hashlib
import inspect
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from application.outside import Outside, Then
from application.transactor import BatchUseCase, UseCase
from domain.identity.organisation import Caller
from domain.identity.permissions import PERMISSIONS
from domain.shared.errors import Forbidden, Invalid, Refusal
from entrypoints.grpc.codec import Mismatch, decoder, encoder
from entrypoints.grpc.errors import Failure
from entrypoints.grpc.limits import REQUEST_BYTES_MAX

C = TypeVar("C")
R = TypeVar("R")

PUBLIC: Final = "public"
"""Needs no credential."""
AUTHENTICATED: Final = "authenticated"
"""Needs a valid credential and no permission."""

REQUEST_ID: Final = "request_id"
FINGERPRINT_BYTES: Final = 16
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class InvalidRequestId(Invalid):
    en = "{field} is required: a UUID in its 36-character form, made by the client and kept for every retry."
    zh = "缺少 {field}：请由客户端生成 36 字符格式的 UUID，重试时保持不变。"


class OnlyOwnData(Forbidden):
    en = "A member's token reads the member's own data only. Leave {field} empty, or send the own number."
    zh = "会员令牌只能读取本人的数据。请将 {field} 留空或填写本人的会员号。"


class Kind(StrEnum):
    """How a row runs."""

    WRITE = "write"
    COMMAND = "command"
    READ = "read"
    BATCHED = "batched"
    BATCHED_MANY = "batched_many"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one item of a request that carries many came to: a response, new or the stored one, or a failure."""

    request_id: str
    response: Any = None
    replayed: bool = False
    failure: Failure | None = None


Split: TypeAlias = Callable[[Any], Sequence[Any]]
Join: TypeAlias = Callable[[Sequence[Outcome], str], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One RPC as a table states it; `write`, `command`, `read`, `batched` and `batched_many` make them."""

    kind: Kind
    response: type[Message]
    needs: str
    use_case: Callable[..., Any] | None = None
    into: str = ""
    secret: tuple[str, ...] = ()
    fixed: Mapping[str, object] = field(default_factory=dict)
    decode: Callable[[Any], Any] | None = None
    encode: Callable[[Any], Message] | None = None
    bytes_max: int = REQUEST_BYTES_MAX
    like: str = ""
    own: str = ""
    """The field of the command that names the member, where members may ask for themselves."""
    split: Split | None = None
    join: Join | None = None
    before: Callable[[Outside, Any], None] | None = None
    then: Then | None = None
    """What comes after the transaction and speaks to others; it gives the answer. `before` may refuse beforehand."""


def write(
    use_case: UseCase[C, R],
    response: type[Message],
    *,
    needs: str,
    into: str = "",
    secret: tuple[str, ...] = (),
    decode: Callable[[Any], C] | None = None,
    encode: Callable[[R], Message] | None = None,
    bytes_max: int = REQUEST_BYTES_MAX,
    own: str = "",
    before: Callable[[Outside, Any], None] | None = None,
    then: Then | None = None,
) -> Row:
    """A use case that takes effect once per request_id, in one transaction.

    The result is the response, or its field `into`. Fields in `secret` are shown once: a repeated request gets the
    stored answer, in which they are blank. `own` lets members in, for themselves: see `owned`. `then` comes after the
    transaction and gives the answer, `before` comes before it: see Row.
    """
    return Row(
        kind=Kind.WRITE,
        use_case=use_case,
        response=response,
        needs=needs,
        into=into,
        secret=secret,
        decode=decode,
        encode=encode,
        bytes_max=bytes_max,
        own=own,
        before=before,
        then=then,
    )


def command(
    use_case: UseCase[C, R],
    response: type[Message],
    *,
    needs: str,
    into: str = "",
    decode: Callable[[Any], C] | None = None,
    encode: Callable[[R], Message] | None = None,
    then: Then | None = None,
) -> Row:
    """A use case in one transaction without a request_id: for what is idempotent or single-use by itself."""
    return Row(
        kind=Kind.COMMAND,
        use_case=use_case,
        response=response,
        needs=needs,
        into=into,
        decode=decode,
        encode=encode,
        then=then,
    )


def read(
    query: UseCase[C, R],
    response: type[Message],
    *,
    needs: str,
    into: str = "",
    decode: Callable[[Any], C] | None = None,
    encode: Callable[[R], Message] | None = None,
    own: str = "",
    then: Then | None = None,
) -> Row:
    """A query, answered from one consistent state. `own` lets members in, for themselves: see `owned`."""
    return Row(
        kind=Kind.READ,
        use_case=query,
        response=response,
        needs=needs,
        into=into,
        decode=decode,
        encode=encode,
        own=own,
        then=then,
    )


def batched(
    use_case: BatchUseCase[C, R],
    response: type[Message],
    *,
    needs: str,
    into: str = "",
    fixed: Mapping[str, object] | None = None,
    decode: Callable[[Any], C] | None = None,
    encode: Callable[[R], Message] | None = None,
) -> Row:
    """A use case that takes effect once per request_id and commits together with whatever else is waiting.

    `fixed` sets fields of the command that this RPC decides, not the request.
    """
    return Row(
        kind=Kind.BATCHED,
        use_case=use_case,
        response=response,
        needs=needs,
        into=into,
        fixed=fixed or {},
        decode=decode,
        encode=encode,
    )


def batched_many(
    like: str,
    response: type[Message],
    *,
    needs: str,
    split: Split,
    join: Join,
    fixed: Mapping[str, object] | None = None,
    bytes_max: int = REQUEST_BYTES_MAX,
) -> Row:
    """One request that carries many requests of the batched row `like`; each takes effect once and has its own answer.

    An item is the same request as one sent to that row alone: the same operation, the same fingerprint, so whichever
    comes second is recognised. `split` gives the items, or refuses the whole request; `join` makes the response of the
    outcomes, in the order of the items, and the caller's language.
    """
    return Row(
        kind=Kind.BATCHED_MANY,
        like=like,
        response=response,
        needs=needs,
        split=split,
        join=join,
        fixed=fixed or {},
        bytes_max=bytes_max,
    )


@dataclass(frozen=True, slots=True)
class Method:
    """An RPC bound to its contract: everything that the edge needs to take a call from bytes to bytes.

    `operation` is what request ids are stored under. `encode` gives the answer to store, `show` the one to send the
    first time; they differ where a field is secret. Of a method that carries many, `item` is the row that it carries.
    """

    path: str
    operation: str
    row: Row
    request: type[Message]
    use_case: Callable[..., Any]
    decode: Callable[[Any], Any]
    encode: Callable[[Any], bytes]
    show: Callable[[Any], bytes]
    item: "Method | None" = None

    @property
    def name(self) -> str:
        """Service and method, as logs, metrics and traces name it."""
        return self.path[1:]


class Service:
    """The table of one service of the contract; `methods` holds its RPCs by path."""

    def __init__(self, descriptor: ServiceDescriptor, rows: Mapping[str, Row]) -> None:
        self.name: str = descriptor.full_name
        names = {method.name for method in descriptor.methods}
        if missing := sorted(names - rows.keys()):
            raise Mismatch(f"{self.name} has no row for {', '.join(missing)}")
        if unknown := sorted(rows.keys() - names):
            raise Mismatch(f"{self.name} has no method {', '.join(unknown)}")
        self.methods: dict[str, Method] = {}
        for method in descriptor.methods:
            row = rows[method.name]
            if row.needs not in PERMISSIONS and row.needs not in (PUBLIC, AUTHENTICATED):
                raise Mismatch(f"{method.full_name} needs {row.needs!r}, which is no permission")
            if row.response.DESCRIPTOR is not method.output_type:
                raise Mismatch(f"{method.full_name} answers with {method.output_type.full_name}")
            bound = _bind_many(descriptor, method, rows) if row.kind is Kind.BATCHED_MANY else _bind(method, row)
            self.methods[bound.path] = bound


def owned(command: Any, field: str, caller: Caller) -> Any:
    """The command of a member, for themselves whether it says so or nothing; raises OnlyOwnData for anybody else's."""
    if getattr(command, field) not in ("", caller.member_number):
        raise OnlyOwnData(field)
    return replace(command, **{field: caller.member_number})


def checked_request_id(request_id: str) -> str:
    """The request id in lower case; raises InvalidRequestId unless it is a UUID of 36 characters."""
    request_id = request_id.lower()
    if UUID.fullmatch(request_id) is None:
        raise InvalidRequestId(REQUEST_ID)
    return request_id


def fingerprint_of(message: Any, request_id: str, *, member_number: str = "") -> bytes:
    """The digest of what a request says: unknown fields, the order of fields and the case of its id do not count.

    Of a member's own request it says whose it is: all members come by one caller, and may leave themselves out.
    """
    message.DiscardUnknownFields()
    message.request_id = request_id
    said = hashlib.sha256(message.SerializeToString(deterministic=True)).digest()
    if member_number:
        said = hashlib.sha256(said + member_number.encode()).digest()
    return said[:FINGERPRINT_BYTES]


def _bind(method: MethodDescriptor, row: Row) -> Method:
    assert row.use_case is not None
    exactly_once = row.kind in (Kind.WRITE, Kind.BATCHED)
    if exactly_once and REQUEST_ID not in method.input_type.fields_by_name:
        raise Mismatch(
            f"{method.input_type.full_name} has no {REQUEST_ID}, so {method.full_name} cannot be a {row.kind}"
        )
    command, result = _types(row)
    if row.own and row.own not in {one.name for one in fields(command)}:
        raise Mismatch(f"{method.full_name} lets members in by {row.own}, which its command has not")
    omit = (REQUEST_ID,) if exactly_once else ()
    decode = row.decode or decoder(command, method.input_type, omit=omit, fixed=row.fixed)
    to_message = row.encode or encoder(result, row.response, into=row.into)
    if unknown := sorted(set(row.secret) - set(row.response.DESCRIPTOR.fields_by_name)):
        raise Mismatch(f"{row.response.DESCRIPTOR.full_name} has no field {', '.join(unknown)} to keep secret")

    def show(result: Any) -> bytes:
        return to_message(result).SerializeToString()

    def encode_blanked(result: Any) -> bytes:
        message = to_message(result)
        for name in row.secret:
            message.ClearField(name)
        return message.SerializeToString()

    return Method(
        path=_path(method),
        operation=_operation(method),
        row=row,
        request=GetMessageClass(method.input_type),
        use_case=row.use_case,
        decode=decode,
        encode=encode_blanked if row.secret else show,
        show=show,
    )


def _bind_many(service: ServiceDescriptor, method: MethodDescriptor, rows: Mapping[str, Row]) -> Method:
    row = rows[method.name]
    if row.like not in rows or rows[row.like].kind is not Kind.BATCHED:
        raise Mismatch(f"{method.full_name} carries many of {row.like!r}, which is not a batched method beside it")
    item = _bind(service.methods_by_name[row.like], replace(rows[row.like], fixed=row.fixed))
    return replace(item, path=_path(method), row=row, request=GetMessageClass(method.input_type), item=item)


def _types(row: Row) -> tuple[Any, Any]:
    """The command and the result of a row's use case, from its annotations."""
    use_case = row.use_case
    assert use_case is not None
    hints = typing.get_type_hints(use_case)
    names = list(inspect.signature(use_case).parameters)
    if len(names) != 2 or not {names[1], "return"} <= hints.keys():
        raise Mismatch(f"{use_case.__module__}.{use_case.__qualname__} is not an annotated (uow, command) -> result")
    command, result = hints[names[1]], hints["return"]
    if row.kind is Kind.BATCHED:
        # Sequence[Call[C]] and Sequence[R | Refusal], of which C and R are wanted.
        (call,) = typing.get_args(command)
        (command,) = typing.get_args(call)
        (outcome,) = typing.get_args(result)
        (result,) = [kind for kind in typing.get_args(outcome) if kind is not Refusal]
    return command, result


def _path(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def _operation(method: MethodDescriptor) -> str:
    """E.g. "sales.void_sale" for liansuo.sales.v1.SalesService.VoidSale."""
    module = method.containing_service.file.package.split(".")[-2]
    return f"{module}.{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', method.name).lower()}"
