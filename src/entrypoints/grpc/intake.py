"""Bytes from a stranger to a message that is safe to decode.

What cannot be parsed, what would take far more memory than it took to send, and text that no database stores are
refused as Invalid here, so that nothing behind has to expect them.
"""

from functools import cache
from typing import TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from domain.shared.errors import Invalid
from entrypoints.grpc.limits import FIELDS_MAX, SCAN_BYTES_MIN

M = TypeVar("M", bound=Message)

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
VARINT_BYTES_MAX = 10


class MalformedRequest(Invalid):
    en = "The request is not a message of type {message}. Check that client and server use the same contract."
    zh = "请求不是 {message} 类型的有效消息，请检查客户端与服务端的接口定义是否一致。"


class TooManyFields(Invalid):
    en = "The request holds more than {limit} fields. Split it into several requests."
    zh = "请求包含的字段超过 {limit} 个，请拆分为多个请求。"


class ForbiddenCharacter(Invalid):
    en = "{field} contains the character NUL. Remove it."
    zh = "{field} 含有 NUL 字符，请将其去除。"


def parsed(message: type[M], data: bytes) -> M:
    """The message in `data`; raises Invalid when there is none."""
    if len(data) > SCAN_BYTES_MIN:
        count_fields(data, message.DESCRIPTOR)  # type: ignore[arg-type]  # the stubs know a second descriptor class
    try:
        made = message.FromString(data)
    except DecodeError:
        raise MalformedRequest(message=message.DESCRIPTOR.full_name) from None
    # In the usual encoding no byte is zero: what is zero is left out.
    if b"\0" in data:
        refuse_nul(made)
    return made


def refuse_nul(message: Message, prefix: str = "") -> None:
    """Raises ForbiddenCharacter for the first text with a NUL, which PostgreSQL cannot store."""
    for field, value in message.ListFields():
        name = f"{prefix}{field.name}"
        items = (
            [(f"{name}[{index}]", item) for index, item in enumerate(value)] if field.is_repeated else [(name, value)]
        )
        if field.message_type is not None:
            for place, item in items:
                refuse_nul(item, f"{place}.")
        elif field.type == FieldDescriptor.TYPE_STRING:
            for place, text in items:
                if "\0" in text:
                    raise ForbiddenCharacter(place)


def count_fields(data: bytes, message: Descriptor) -> int:
    """How many fields `data` holds, messages inside it included; raises TooManyFields, or MalformedRequest.

    Reads the wire format (https://protobuf.dev/programming-guides/encoding) without building anything.
    """
    try:
        return _count(data, 0, len(data), message, 0)
    except (IndexError, ValueError):
        raise MalformedRequest(message=message.full_name) from None


def _count(data: bytes, position: int, end: int, message: Descriptor, counted: int) -> int:
    nested, packed = _countable(message)
    while position < end:
        tag, position = _varint(data, position)
        number, wire = tag >> 3, tag & 7
        counted += 1
        if wire == VARINT:
            _, position = _varint(data, position)
        elif wire == LENGTH:
            length, position = _varint(data, position)
            if number in packed:
                counted += length
            elif number in nested:
                counted = _count(data, position, min(position + length, end), nested[number], counted)
            position += length
        elif wire in (FIXED64, FIXED32):
            position += 8 if wire == FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if counted > FIELDS_MAX:
            raise TooManyFields(limit=FIELDS_MAX)
    return counted


@cache
def _countable(message: Descriptor) -> tuple[dict[int, Descriptor], frozenset[int]]:
    """Of a message: its messages that hold lists or messages themselves, and its packed lists, by field number."""
    nested = {
        field.number: field.message_type
        for field in message.fields
        if field.message_type is not None
        and any(inner.is_repeated or inner.message_type is not None for inner in field.message_type.fields)
    }
    return nested, frozenset(field.number for field in message.fields if field.is_packed)


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """The number at `position` and the position after it; raises IndexError at the end of the data."""
    byte = data[position]
    if byte < 128:
        return byte, position + 1
    number = byte & 127
    for index in range(1, VARINT_BYTES_MAX):
        byte = data[position + index]
        number |= (byte & 127) << 7 * index
        if byte < 128:
            return number, position + index + 1
    raise ValueError("a number of more than 10 bytes")
