"""Turns messages into commands and results into messages; one function per type, written once at import.

Both sides are walked together: every field of the dataclass must stand in the message under the same name and with a
fitting type, and the other way round, otherwise `Mismatch` names both at start-up. The functions are generated as source
because they run for every line of every sale: a getter per field costs three times as much.

| dataclass                | message                                                              |
| ------------------------ | -------------------------------------------------------------------- |
| str, int, bool, bytes    | the same scalar                                                      |
| StrEnum                  | enum, by name (TenderKind.CASH is TENDER_KIND_CASH); zero is refused |
| datetime                 | google.protobuf.Timestamp, aware UTC; unset is refused               |
| dataclass                | message; unset is refused                                            |
| any of these three, None | unset (an enum: zero) is None                                        |
| tuple, list, Sequence    | repeated                                                             |
"""

import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, Generic, TypeVar

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
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
    return _Decoders().function(command, message, frozenset(omit), dict(fixed or {}))


def encoder(result: type[R], message: type[Message], *, into: str = "") -> Callable[[R], Message]:
    """A function that makes a message of a `result`, or sets the result as the field `into` of the message."""
    descriptor = message.DESCRIPTOR
    if not into:
        fill = _Encoders().function(result, descriptor)

        def encode(value: R) -> Message:
            made = message()
            fill(made, value)
            return made

        return encode
    nested = descriptor.fields_by_name.get(into)
    if nested is None or nested.message_type is None or nested.is_repeated or len(descriptor.fields) > 1:
        raise Mismatch(f"{descriptor.full_name} is not a message around one message {into!r}")
    fill_nested = _Encoders().function(result, nested.message_type)

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
        self._check()

    def mismatch(self) -> Mismatch:
        repeated = "repeated " if self.field.is_repeated else ""
        kind = self.field.message_type or self.field.enum_type
        wanted = kind.full_name if kind is not None else _SCALARS.get(self.field.cpp_type, (object, "?"))[1]
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
                wanted = not self.optional and self.type is _SCALARS.get(self.field.cpp_type, (None, ""))[0]
        # A map is a repeated message whose entries have no dataclass; a list of what may be unset makes no sense.
        if not wanted or (self.many is not None) != self.field.is_repeated or (self.many and self.optional):
            raise self.mismatch()


class _Functions:
    """Functions by pair of dataclass and message; `names` is what their source refers to."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"Refusal": Refusal, "required": _required, "located": _located}
        self._made: dict[tuple[type, str], str] = {}

    def name(self, value: object) -> str:
        name = f"v{len(self.names)}"
        self.names[name] = value
        return name

    def compiled(self, title: str, lines: Sequence[str]) -> Any:
        source = "\n".join(lines)
        exec(compile(source, f"<codec {title}>", "exec"), self.names)
        return self.names["made"]

    def nested(self, pair: tuple[type, Descriptor]) -> str:
        key = (pair[0], pair[1].full_name)
        if key not in self._made:
            self._made[key] = self.name(self.function(*pair))
        return self._made[key]

    def function(self, dataclass: type, message: Descriptor) -> Any:
        raise AssertionError  # both directions define it


class _Decoders(_Functions):
    def function(
        self,
        dataclass: type,
        message: Descriptor,
        omit: frozenset[str] = frozenset(),
        fixed: Mapping[str, object] | None = None,
    ) -> Any:
        fixed = fixed or {}
        fitted = _fitted(dataclass, message, omit=omit, fixed=fixed)
        lines = ["def made(m):"]
        arguments = []
        for name in [field.name for field in fields(dataclass)]:
            if name in fixed:
                arguments.append(f"{name}={self.name(fixed[name])}")
            else:
                arguments.append(f"{name}={self._value(fitted[name], lines)}")
        lines.append(f"    return {self.name(dataclass)}({', '.join(arguments)})")
        return self.compiled(_name(dataclass), lines)

    def _value(self, part: _Fitted, lines: list[str]) -> str:
        """The expression that reads one field; what it needs beforehand is appended to `lines`."""
        name = part.name
        if part.shape == "scalar" and part.many is None:
            return f"m.{name}"
        if part.many is not None:
            return self._values(part, lines)
        if part.shape == "enum":
            unset = _unset_or_unknown if part.optional else _required_or_unknown
            return f"{self.name(_members(part))}.get(m.{name}) or {self.name(unset)}({name!r}, m.{name})"
        if part.shape == "instant":
            value = f"{self.name(_instant)}(m.{name}, {name!r})"
        else:
            value = name
            absent = f"{name} = None" if part.optional else f"required({name!r})"
            lines += [
                f"    if m.HasField({name!r}):",
                "        try:",
                f"            {name} = {self.nested((part.type, _message(part)))}(m.{name})",
                "        except Refusal as refusal:",
                f"            raise refusal.at({name!r}) from None",
                "    else:",
                f"        {absent}",
            ]
            return value
        return f"{value} if m.HasField({name!r}) else {'None' if part.optional else f'required({name!r})'}"

    def _values(self, part: _Fitted, lines: list[str]) -> str:
        name = part.name
        made = self.name(part.many)
        if part.shape == "scalar":
            return f"{made}(m.{name})"
        if part.shape == "enum":
            read = self.name(_enum_reader(_members(part)))
        elif part.shape == "instant":
            read = self.name(_time)
        else:
            read = self.nested((part.type, _message(part)))
        lines += [
            "    try:",
            f"        {name} = [{read}(item) for item in m.{name}]",
            "    except Refusal:",
            f"        raise located({read}, m.{name}, {name!r}) from None",
        ]
        return name if part.many is list else f"{made}({name})"


class _Encoders(_Functions):
    def function(self, dataclass: type, message: Descriptor) -> Any:
        lines = ["def made(m, r):"]
        for name, part in _fitted(dataclass, message).items():
            lines += [f"    {line}" for line in self._lines(name, part)]
        lines.append("    return m")
        return self.compiled(_name(dataclass), lines)

    def _lines(self, name: str, part: _Fitted) -> list[str]:
        if part.many is not None:
            return self._many(name, part)
        match part.shape:
            case "scalar":
                lines = [f"m.{name} = r.{name}"]
            case "enum":
                lines = [f"m.{name} = {self.name(_numbers(part))}[r.{name}]"]
            case "instant":
                lines = [f"{self.name(_stamp)}(m.{name}, r.{name})"]
            case _:
                fill = self.nested((part.type, _message(part)))
                lines = [f"m.{name}.SetInParent()", f"{fill}(m.{name}, r.{name})"]
        if part.optional:
            return [f"if r.{name} is not None:", *(f"    {line}" for line in lines)]
        return lines

    def _many(self, name: str, part: _Fitted) -> list[str]:
        match part.shape:
            case "scalar":
                return [f"m.{name}.extend(r.{name})"]
            case "enum":
                numbers = self.name(_numbers(part))
                return [f"m.{name}.extend([{numbers}[item] for item in r.{name}])"]
            case "instant":
                fill = self.name(_stamp)
            case _:
                fill = self.nested((part.type, _message(part)))
        return [f"add = m.{name}.add", f"for item in r.{name}:", f"    {fill}(add(), item)"]


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


_SCALARS: Final[Mapping[int, tuple[type, str]]] = {
    FieldDescriptor.CPPTYPE_STRING: (str, "string"),
    FieldDescriptor.CPPTYPE_INT32: (int, "int32"),
    FieldDescriptor.CPPTYPE_INT64: (int, "int64"),
    FieldDescriptor.CPPTYPE_BOOL: (bool, "bool"),
}
