"""Hostile requests: what T23 of the test plan sends to every RPC.

    codes = bombard(channel, "/liansuo.catalog.v1.CatalogService/PutUnits", valid_request, metadata=[...])
    assert not codes.keys() & FORBIDDEN

Half are mutations that know the message (boundary numbers, odd text, unknown enum values, fields emptied or repeated),
a quarter random bytes, a quarter valid bytes broken. The same seed gives the same requests.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

REQUESTS = 2_000
IN_FLIGHT = 64
DEADLINE_SECONDS = 30.0

FORBIDDEN = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DEADLINE_EXCEEDED}
"""What no hostile request may be answered with."""

INT64 = (0, 1, -1, 2**31 - 1, 2**31, -(2**31), 10**15, 2**53, 2**63 - 1, -(2**63))
INT32 = (0, 1, -1, 2**31 - 1, -(2**31))
TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\n\r\t",
    "' OR 1=1 --",
    '"; DROP TABLE sales; --',
    "=HYPERLINK(0)",
    "../../etc/passwd",
    "${jndi:ldap://x}",
    "%s%n{0}{sku}",
    "\u202eright to left",
    "zero\u200bwidth",
    "\ufeff",
    "𝕏" * 50,
    "名" * 300,
    "x" * 10_000,
    "9" * 40,
    "-1",
    "1e309",
    "NaN",
    "2025-02-30",
    "0000-00-00",
    "9999-12-31",
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "Infinity",
)
REPEATS = (0, 2, 50, 600)
LIST_BYTES = 10_000
DEPTH_MAX = 6


def bombard(
    channel: grpc.Channel,
    path: str,
    valid: Message,
    *,
    metadata: Sequence[tuple[str, str]] = (),
    requests: int = REQUESTS,
    seed: int = 23,
) -> Counter[grpc.StatusCode]:
    """How often each status was answered. `valid` is a request that succeeds, or would but for the state of things."""
    codes: Counter[grpc.StatusCode] = Counter()
    call = channel.unary_unary(path)
    waiting: list[Any] = []

    def settle() -> None:
        codes.update(future.code() for future in waiting)
        waiting.clear()

    for request in hostile_requests(valid, requests=requests, seed=seed):
        waiting.append(call.future(request, timeout=DEADLINE_SECONDS, metadata=metadata))
        if len(waiting) == IN_FLIGHT:
            settle()
    settle()
    return codes


def hostile_requests(valid: Message, *, requests: int = REQUESTS, seed: int = 23) -> Iterator[bytes]:
    """Requests that mean harm, as bytes."""
    chance = random.Random(seed)
    good = valid.SerializeToString()
    for number in range(requests):
        match number % 4:
            case 0 | 1:
                yield mutated(valid, chance).SerializeToString()
            case 2:
                yield chance.randbytes(chance.choice((0, 1, 2, 10, 100, 1_000, 10_000)))
            case _:
                yield broken(good, chance)


def mutated(valid: Message, chance: random.Random) -> Message:
    """A copy of a message with one to four fields made odd."""
    made = type(valid)()
    made.CopyFrom(valid)
    for _ in range(chance.randint(1, 4)):
        _mutate(made, chance, 0)
    return made


def broken(good: bytes, chance: random.Random) -> bytes:
    """Valid bytes with some flipped, removed, repeated or added."""
    data = bytearray(good)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0 if data:
                data[at % len(data)] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randint(1, 16)]
            case 2:
                data[at:at] = data[at : at + 32] * chance.choice((1, 2, 100))
            case 3:
                # Groups inside groups, which no message of ours has.
                data[at:at] = b"\x0b" * chance.choice((1, 100, 1_000))
            case _:
                data[at:at] = chance.choice(
                    (b"\xff" * 10, b"\x0a\xff\xff\xff\xff\x07", b"\x80" * 11, b"\x00", b"\xed\xa0\x80")
                )
    return bytes(data)


def _mutate(message: Message, chance: random.Random, depth: int) -> None:
    if not message.DESCRIPTOR.fields:
        return
    field = chance.choice(list(message.DESCRIPTOR.fields))
    if chance.random() < 0.15:
        message.ClearField(field.name)
    elif field.is_repeated:
        _mutate_list(getattr(message, field.name), field, chance, depth)
    elif field.message_type is not None:
        inner = getattr(message, field.name)
        inner.SetInParent()
        if depth < DEPTH_MAX:
            _mutate(inner, chance, depth + 1)
    else:
        setattr(message, field.name, _odd(field, chance))


def _mutate_list(items: Any, field: FieldDescriptor, chance: random.Random, depth: int) -> None:
    if field.message_type is None:
        count = chance.choice(REPEATS)
        del items[:]
        items.extend(_odd(field, chance) for _ in range(count))
        return
    if items and chance.random() < 0.6 and depth < DEPTH_MAX:
        _mutate(chance.choice(items), chance, depth + 1)
        return
    pattern = type(items[0])() if items else None
    if items and pattern is not None:
        pattern.CopyFrom(items[0])
    count = chance.choice(REPEATS)
    if pattern is not None and count * pattern.ByteSize() > LIST_BYTES and chance.random() < 0.9:
        # A few of them show what there is to see; all the time would go into reading them.
        count = LIST_BYTES // pattern.ByteSize() + 1
    del items[:]
    for _ in range(count):
        made = items.add()
        if pattern is not None:
            made.CopyFrom(pattern)


def _odd(field: FieldDescriptor, chance: random.Random) -> Any:
    match field.type:
        case FieldDescriptor.TYPE_STRING:
            return chance.choice(TEXTS)
        case FieldDescriptor.TYPE_BYTES:
            return chance.choice((b"", b"\0", b"\xff" * 1_000))
        case FieldDescriptor.TYPE_BOOL:
            return chance.random() < 0.5
        case FieldDescriptor.TYPE_ENUM | FieldDescriptor.TYPE_INT32:
            return chance.choice(INT32)
        case _:
            return chance.choice(INT64)
