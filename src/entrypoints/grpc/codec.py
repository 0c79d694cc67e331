"""Turns messages into commands and results into messages; one function per type, written once at import.

Both sides are walked together: every field of the dataclass must stand in the message under the same name and with a
fitting type, and the other way round, otherwise `Mismatch` names both at start-up. The functions are generated as
source, like those of dataclasses, because they run for every line of every sale.

| dataclass                | message                                                              |
| ------------------------ | -------------------------------------------------------------------- |
| str, int, bool, bytes    | the same scalar                                                      |
| StrEnum                  | enum, by name (TenderKind.CASH is TENDER_KIND_CASH); zero is refused |
| datetime                 | google.protobuf.Timestamp, aware UTC; unset is refused               |
| dataclass                | message; unset is the default of the field, refused if it has none   |
| any of these three, None | unset (an enum: zero) is None                                        |
| tuple, list, Sequence    | repeated                                                             |
"""

import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, NoReturn, TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from domain.shared.errors import Invalid, Refusal

C = TypeVar("C")
R = TypeVar("R")

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS_MIN: Final = -62_135_596_800
"""0001-01-01, the first second of a Timestamp and of a datetime."""
SECONDS_MAX: Final = 253_402_300_799
"""9999-12-31T23:59:59, the last one."""
NANOS_MAX: Final = 999_999_999


class FieldRequired(Invalid):
    en = "{field} is required."
    zh = "缺少必填字段 {field}。"


class UnknownValue(Invalid):
    en = "{field} has the value {number}, which this server does not know. Use one of the named values."
    zh = "{field} 的取值 {number} 无法识别，请使用已定义的取值。"


class InvalidTime(Invalid):
    en = "{field} is not a time between the years 1 and 9999."
    zh = "{field} 不是公元 1 年至 9999 年之间的有效时间。"


class Mismatch(TypeError):
    """A dataclass and a message do not fit; the text names both sides of every difference."""


def decoder(
    command: type[C], message: Descriptor, *, omit: Iterable[str] = (), fixed: Mapping[str, object] | None = None
) -> Callable[[Any], C]:
    """A function that makes a `command` of a message of this type, raising Invalid with the path of the field at fault.

    Fields of the message in `omit` need no counterpart; fields of the command in `fixed` are set to the value given and
    never read from the message.
    """
    decode: Callable[[Any], C] = _decode_function(_Source(), command, message, frozenset(omit), fixed or {})
    return decode


def encoder(result: type[R], message: type[Message], *, into: str = "") -> Callable[[R], Message]:
    """A function that makes a message of a `result`, or sets the result as the field `into` of the message.

    A result of None makes a message that has no fields.
    """
    descriptor: Descriptor = message.DESCRIPTOR  # type: ignore[assignment]  # the stubs know a second descriptor class
    if result is NoneType and not descriptor.fields:
        return lambda _: message()
    if not into:
        fill = _encode_function(_Source(), result, descriptor)

        def encode(value: R) -> Message:
            made = message()
            fill(made, value)
            return made

        return encode
    nested = descriptor.fields_by_name.get(into)
    if nested is None or nested.message_type is None or nested.is_repeated or len(descriptor.fields) > 1:
        raise Mismatch(f"{descriptor.full_name} is not a message around one message {into!r}")
    fill_nested = _encode_function(_Source(), result, nested.message_type)

    def encode_nested(value: R) -> Message:
        made = message()
        part = getattr(made, into)
        part.SetInParent()
        fill_nested(part, value)
        return made

    return encode_nested


class _Fitted:
    """One field of a dataclass and its counterpart in the message."""

    def __init__(self, owner: type, name: str, annotation: Any, field: FieldDescriptor) -> None:
        self.name = name
        self.owner = owner
        self.field = field
        self.optional = False
        self.many: type | None = None
        self.annotation = annotation
        if typing.get_origin(annotation) in (UnionType, typing.Union):
            kinds = [kind for kind in typing.get_args(annotation) if kind is not NoneType]
            if len(kinds) != 1:
                raise self.mismatch()
            self.optional, annotation = True, kinds[0]
        origin = typing.get_origin(annotation)
        if origin in (list, tuple, Sequence):
            self.many = list if origin is list else tuple
            annotation = typing.get_args(annotation)[0]
        self.type: Any = annotation
        default = owner.__dataclass_fields__[name].default  # type: ignore[attr-defined]
        self.default = None if default is MISSING else default
        self._check()

    def mismatch(self) -> Mismatch:
        repeated = "repeated " if self.field.is_repeated else ""
        kind = self.field.message_type or self.field.enum_type
        wanted = kind.full_name if kind is not None else _SCALARS.get(self.field.type, (object, "?"))[1]
        annotation = getattr(self.annotation, "__name__", None) if isinstance(self.annotation, type) else None
        return Mismatch(
            f"{_name(self.owner)}.{self.name} ({annotation or self.annotation}) does not fit "
            f"{self.field.full_name} ({repeated}{wanted})"
        )

    @property
    def shape(self) -> str:
        """scalar, enum, instant or message."""
        if self.field.enum_type is not None:
            return "enum"
        if self.field.message_type is None:
            return "scalar"
        return "instant" if self.field.message_type is Timestamp.DESCRIPTOR else "message"

    @property
    def message(self) -> Descriptor:
        assert self.field.message_type is not None
        return self.field.message_type

    def _check(self) -> None:
        wanted: bool
        match self.shape:
            case "enum":
                wanted = isinstance(self.type, type) and issubclass(self.type, StrEnum)
            case "instant":
                wanted = self.type is datetime
            case "message":
                wanted = isinstance(self.type, type) and is_dataclass(self.type)
            case _:
                wanted = not self.optional and self.type is _SCALARS.get(self.field.type, (None, ""))[0]
        # A map is a repeated message whose entries have no dataclass; a list of what may be unset makes no sense.
        if not wanted or (self.many is not None) != self.field.is_repeated or (self.many and self.optional):
            raise self.mismatch()


class _Source:
    """Generated functions and the names that their source refers to; one function per pair of dataclass and message."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {"Refusal": Refusal, "required": _required, "located": _located}
        self._made: dict[tuple[type, str], str] = {}

    def name(self, value: object) -> str:
        """A name by which the source can refer to `value`."""
        name = f"v{len(self._names)}"
        self._names[name] = value
        return name

    def compiled(self, title: str, lines: Sequence[str]) -> Any:
        """The function `made` of this source."""
        exec(compile("\n".join(lines), f"<codec of {title}>", "exec"), self._names)
        return self._names["made"]

    def nested(self, part: "_Fitted", build: Callable[["_Source", type, Descriptor], Any]) -> str:
        """The name of the function for a message inside the message, built when it is first asked for."""
        key = (part.type, part.message.full_name)
        if key not in self._made:
            # Named before it is built: a message may hold messages of its own kind.
            self._made[key] = name = self.name(None)
            self._names[name] = build(self, part.type, part.message)
        return self._made[key]


def _decode_function(
    source: _Source,
    dataclass: type,
    message: Descriptor,
    omit: frozenset[str] = frozenset(),
    fixed: Mapping[str, object] = MappingProxyType({}),
) -> Any:
    parts = _fitted(dataclass, message, omit=omit, fixed=fixed)
    lines = ["def made(m):"]
    # By position where possible: it is a quarter faster than by keyword.
    positional, named = [], []
    for field in fields(dataclass):
        if field.name in fixed:
            value = source.name(fixed[field.name])
        else:
            part = parts[field.name]
            value = (_read_many if part.many is not None else _read_one)(source, part, lines)
        if field.kw_only:
            named.append(f"{field.name}={value}")
        else:
            positional.append(value)
    lines.append(f"    return {source.name(dataclass)}({', '.join(positional + named)})")
    return source.compiled(_name(dataclass), lines)


def _read_one(source: _Source, part: "_Fitted", lines: list[str]) -> str:
    """The expression that reads a single field; what must come before it is appended to `lines`."""
    name = part.name
    absent = "None" if part.optional else f"required({name!r})"
    match part.shape:
        case "scalar":
            return f"m.{name}"
        case "enum":
            unset = _none_or_unknown if part.optional else _required_or_unknown
            return f"{source.name(_members(part))}.get(m.{name}) or {source.name(unset)}({name!r}, m.{name})"
        case "instant":
            return f"{source.name(_instant)}(m.{name}, {name!r}) if m.HasField({name!r}) else {absent}"
    if part.default is not None:
        absent = source.name(part.default)
    lines += [
        f"    if m.HasField({name!r}):",
        "        try:",
        f"            f_{name} = {source.nested(part, _decode_function)}(m.{name})",
        "        except Refusal as refusal:",
        f"            raise refusal.at({name!r}) from None",
        "    else:",
        f"        f_{name} = {absent}",
    ]
    return f"f_{name}"


def _read_many(source: _Source, part: "_Fitted", lines: list[str]) -> str:
    """The expression that reads a repeated field; what must come before it is appended to `lines`."""
    name = part.name
    many = source.name(part.many)
    match part.shape:
        case "scalar":
            return f"{many}(m.{name})"
        case "enum":
            read = source.name(_member_reader(_members(part)))
        case "instant":
            read = source.name(_instant)
        case _:
            read = source.nested(part, _decode_function)
    lines += [
        f"    f_{name} = m.{name}",
        f"    if f_{name}:",
        "        try:",
        f"            f_{name} = {many}([{read}(item) for item in f_{name}])",
        "        except Refusal:",
        f"            raise located({read}, m.{name}, {name!r}) from None",
        "    else:",
        f"        f_{name} = {many}()",
    ]
    return f"f_{name}"


def _encode_function(source: _Source, dataclass: type, message: Descriptor) -> Any:
    lines = ["def made(m, r):"]
    for part in _fitted(dataclass, message).values():
        write = _write_many if part.many is not None else _write_one
        lines += [f"    {line}" for line in write(source, part)]
    return source.compiled(_name(dataclass), [*lines, "    return m"])


def _write_one(source: _Source, part: "_Fitted") -> list[str]:
    name = part.name
    match part.shape:
        case "scalar" if part.field.has_presence:
            return [f"m.{name} = r.{name}"]
        case "scalar":
            # A new message has the default already, and setting it again costs more than asking.
            return [f"if r.{name}:", f"    m.{name} = r.{name}"]
        case "enum":
            lines = [f"m.{name} = {source.name(_numbers(part))}[r.{name}]"]
        case "instant":
            lines = [f"{source.name(_stamp)}(m.{name}, r.{name})"]
        case _:
            fill = source.nested(part, _encode_function)
            lines = [f"m.{name}.SetInParent()", f"{fill}(m.{name}, r.{name})"]
    if part.optional:
        return [f"if r.{name} is not None:", *(f"    {line}" for line in lines)]
    return lines


def _write_many(source: _Source, part: "_Fitted") -> list[str]:
    name = part.name
    match part.shape:
        case "scalar":
            return [f"m.{name}.extend(r.{name})"]
        case "enum":
            numbers = source.name(_numbers(part))
            return [f"m.{name}.extend([{numbers}[item] for item in r.{name}])"]
        case "instant":
            fill = source.name(_stamp)
        case _:
            fill = source.nested(part, _encode_function)
    return [f"if r.{name}:", f"    add = m.{name}.add", f"    for item in r.{name}:", f"        {fill}(add(), item)"]


def _fitted(
    dataclass: type, message: Descriptor, *, omit: Iterable[str] = (), fixed: Mapping[str, object] | None = None
) -> dict[str, _Fitted]:
    """The fields of both sides by name; raises one Mismatch that lists everything that does not fit."""
    if not is_dataclass(dataclass):
        raise Mismatch(f"{_name(dataclass)} is not a dataclass, so it cannot stand for {message.full_name}")
    hints = typing.get_type_hints(dataclass)
    names = [field.name for field in fields(dataclass)]
    problems = [f"{_name(dataclass)} has no field {name!r} to fix" for name in fixed or {} if name not in names]
    fitted: dict[str, _Fitted] = {}
    for name in names:
        if name in (fixed or {}):
            continue
        field = message.fields_by_name.get(name)
        if field is None:
            problems.append(f"{_name(dataclass)}.{name} has no counterpart in {message.full_name}")
            continue
        try:
            fitted[name] = _Fitted(dataclass, name, hints[name], field)
        except Mismatch as mismatch:
            problems.append(str(mismatch))
    problems += [
        f"{field.full_name} has no counterpart in {_name(dataclass)}"
        for field in message.fields
        if field.name not in names and field.name not in omit
    ]
    if problems:
        raise Mismatch("; ".join(problems))
    return fitted


def _members(part: _Fitted) -> dict[int, StrEnum]:
    """Members by number; both sides must name the same values."""
    return {number: member for member, number in _numbers(part).items()}


def _numbers(part: _Fitted) -> dict[StrEnum, int]:
    enum = part.field.enum_type
    assert enum is not None
    zero = enum.values_by_number[0].name
    prefix = zero.removesuffix("UNSPECIFIED")
    wanted = {value.name: value.number for value in enum.values if value.number != 0}
    members = {prefix + member.name: member for member in part.type}
    differing = sorted(wanted.keys() ^ members.keys())
    if prefix == zero or differing:
        raise Mismatch(f"{_name(part.type)} and {enum.full_name} do not name the same values: {', '.join(differing)}")
    return {member: wanted[name] for name, member in members.items()}


def _member_reader(members: Mapping[int, StrEnum]) -> Callable[[int], StrEnum]:
    def read(number: int) -> StrEnum:
        member = members.get(number)
        if member is None:
            raise UnknownValue(number=number)
        return member

    return read


def _instant(stamp: Timestamp, field: str = "") -> datetime:
    seconds, nanos = stamp.seconds, stamp.nanos
    if not (SECONDS_MIN <= seconds <= SECONDS_MAX and 0 <= nanos <= NANOS_MAX):
        raise InvalidTime(field)
    return EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1_000)


def _stamp(stamp: Timestamp, at: datetime) -> None:
    since = at - EPOCH
    stamp.seconds = since.days * 86_400 + since.seconds
    stamp.nanos = since.microseconds * 1_000


def _required(field: str) -> NoReturn:
    raise FieldRequired(field)


def _required_or_unknown(field: str, number: int) -> NoReturn:
    if number == 0:
        raise FieldRequired(field)
    raise UnknownValue(field, number=number)


def _none_or_unknown(field: str, number: int) -> None:
    if number != 0:
        raise UnknownValue(field, number=number)


def _located(read: Callable[[Any], object], items: Iterable[Any], field: str) -> Refusal:
    """The refusal of the first item that `read` refuses, with its place; slow, and only on the way to a refusal."""
    for index, item in enumerate(items):
        try:
            read(item)
        except Refusal as refusal:
            return refusal.at(f"{field}[{index}]")
    raise AssertionError(f"no item of {field} is refused any more")


def _name(type_: type) -> str:
    return f"{type_.__module__}.{type_.__qualname__}"


_SCALARS: Final[Mapping[int, tuple[type, str]]] = {
    FieldDescriptor.TYPE_STRING: (str, "string"),
    FieldDescriptor.TYPE_BYTES: (bytes, "bytes"),
    FieldDescriptor.TYPE_INT32: (int, "int32"),
    FieldDescriptor.TYPE_INT64: (int, "int64"),
    FieldDescriptor.TYPE_BOOL: (bool, "bool"),
}
