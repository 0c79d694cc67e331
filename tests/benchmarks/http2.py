"""The client's side of gRPC over HTTP/2 at a few microseconds per call: frames from ready bytes, read just enough.

A connection calls one method with the same metadata again and again, so after the first call the header block is a
constant: every field is an index into the table that HPACK keeps per connection (RFC 7541).
"""

import socket
import struct
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0x0, 0x1, 0x3, 0x4, 0x6, 0x7, 0x8
END_STREAM, ACK, END_HEADERS = 0x1, 0x1, 0x4

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME_HEADER_BYTES: Final = 9
FRAME_BYTES_MAX: Final = 16_384
WINDOW_BYTES: Final = 65_535
"""What may be sent before the other side allows more: at first on a connection, and at least on a stream."""

WINDOW_BYTES_MAX: Final = 2**31 - 1
WINDOW_REFILL_BYTES: Final = 2**30
RECEIVE_BYTES: Final = 262_144
STREAM_MAX: Final = 2**31 - 1

SETTINGS_INITIAL_WINDOW_SIZE: Final = 4
STATIC_FIELDS: Final = {(":method", "POST"): 3, (":scheme", "http"): 6}
STATIC_NAMES: Final = {":authority": 1, ":path": 4, "authorization": 23, "content-type": 31, "user-agent": 58}
STATIC_TABLE_LENGTH: Final = 61


class ConnectionLost(Exception):
    """The server closed the connection or broke the protocol."""


@dataclass(slots=True)
class Response:
    """What came back on one stream; `message` is empty when the call failed, and `trailers` then holds the reason."""

    stream: int
    message: bytes
    trailers: bytes


@dataclass(slots=True)
class _Call:
    message: bytearray = field(default_factory=bytearray)


class Connection:
    """One connection that calls one method; `send` and `receive` are all there is to it."""

    def __init__(self, address: tuple[str, int], path: str, metadata: Sequence[tuple[str, str]]) -> None:
        fields = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", path),
            (":authority", f"{address[0]}:{address[1]}"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("user-agent", "liansuo-benchmark"),
            *metadata,
        ]
        self._first_headers, self._headers = header_blocks(fields)
        self._calls: dict[int, _Call] = {}
        self._held: deque[tuple[int, bytes]] = deque()
        self._next_stream = 1
        self._window = WINDOW_BYTES
        self._unacknowledged = 0
        self._rest = b""
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(
            PREFACE
            + _frame(SETTINGS, 0, 0, struct.pack(">HI", SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES_MAX))
            + _frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW_BYTES_MAX - WINDOW_BYTES))
        )

    def send(self, messages: Sequence[bytes]) -> list[int]:
        """Starts one call per framed message and returns their streams; what the window does not allow yet waits."""
        streams = []
        for message in messages:
            stream = self._next_stream
            self._next_stream += 2
            if stream > STREAM_MAX:
                raise ConnectionLost("all streams of the connection are used up")
            self._calls[stream] = _Call()
            self._held.append((stream, message))
            streams.append(stream)
        self._send_held()
        return streams

    def receive(self) -> list[Response]:
        """Waits for bytes from the server and returns the calls that they end."""
        received = self.socket.recv(RECEIVE_BYTES)
        if not received:
            raise ConnectionLost("the server closed the connection")
        buffer = self._rest + received if self._rest else received
        ended: list[Response] = []
        start, length = 0, len(buffer)
        while start + FRAME_HEADER_BYTES <= length:
            size = int.from_bytes(buffer[start : start + 3], "big")
            end = start + FRAME_HEADER_BYTES + size
            if end > length:
                break
            kind, flags = buffer[start + 3], buffer[start + 4]
            stream = int.from_bytes(buffer[start + 5 : start + 9], "big")
            payload = buffer[start + FRAME_HEADER_BYTES : end]
            start = end
            if kind == DATA:
                self._calls[stream].message += payload
                self._unacknowledged += size
            elif kind == HEADERS:
                if flags & END_STREAM:
                    ended.append(Response(stream, bytes(self._calls.pop(stream).message), payload))
            else:
                self._control(kind, flags, stream, payload, ended)
        self._rest = buffer[start:]
        if self._unacknowledged > WINDOW_REFILL_BYTES:
            self.socket.sendall(_frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", self._unacknowledged)))
            self._unacknowledged = 0
        return ended

    def close(self) -> None:
        self.socket.close()

    def _send_held(self) -> None:
        frames = []
        while self._held and len(self._held[0][1]) <= self._window:
            stream, message = self._held.popleft()
            self._window -= len(message)
            headers = self._headers if stream > 1 else self._first_headers
            frames.append(_frame(HEADERS, END_HEADERS, stream, headers))
            for start in range(0, len(message), FRAME_BYTES_MAX):
                last = start + FRAME_BYTES_MAX >= len(message)
                chunk = message[start : start + FRAME_BYTES_MAX]
                frames.append(_frame(DATA, END_STREAM if last else 0, stream, chunk))
        if frames:
            self.socket.sendall(b"".join(frames))

    def _control(self, kind: int, flags: int, stream: int, payload: bytes, ended: list[Response]) -> None:
        if kind == WINDOW_UPDATE and stream == 0:
            self._window += int.from_bytes(payload, "big")
            self._send_held()
        elif kind == PING and not flags & ACK:
            self.socket.sendall(_frame(PING, ACK, 0, payload))
        elif kind == SETTINGS and not flags & ACK:
            for identifier, value in struct.iter_unpack(">HI", payload):
                if identifier == SETTINGS_INITIAL_WINDOW_SIZE and value < WINDOW_BYTES:
                    raise ConnectionLost(f"the server allows only {value} bytes per stream")
            self.socket.sendall(_frame(SETTINGS, ACK, 0, b""))
        elif kind == RST_STREAM:
            self._calls.pop(stream)
            ended.append(Response(stream, b"", b"RST_STREAM " + payload.hex().encode()))
        elif kind == GOAWAY:
            raise ConnectionLost(f"the server goes away: {payload[8:]!r}")


def framed(message: bytes) -> bytes:
    """A protobuf message as gRPC sends it: uncompressed, with its length."""
    return b"\x00" + len(message).to_bytes(4, "big") + message


def header_blocks(fields: Sequence[tuple[str, str]]) -> tuple[bytes, bytes]:
    """The header block of the first request, which enters the fields into the table, and that of all later ones."""
    entered = [named for named in fields if named not in STATIC_FIELDS]
    newest = STATIC_TABLE_LENGTH + 1
    indices = {named: newest + len(entered) - 1 - position for position, named in enumerate(entered)}
    first, later = b"", b""
    for name, value in fields:
        index = STATIC_FIELDS.get((name, value))
        if index is not None:
            first += _integer(index, 7, 0x80)
            later += _integer(index, 7, 0x80)
            continue
        first += _integer(STATIC_NAMES.get(name, 0), 6, 0x40)
        if name not in STATIC_NAMES:
            first += _text(name)
        first += _text(value)
        later += _integer(indices[name, value], 7, 0x80)
    return first, later


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">IBI", len(payload) << 8 | kind, flags, stream) + payload


def _text(value: str) -> bytes:
    encoded = value.encode("ascii")
    return _integer(len(encoded), 7, 0x00) + encoded


def _integer(value: int, prefix_bits: int, pattern: int) -> bytes:
    """An integer of RFC 7541, section 5.1, below the bits of `pattern`."""
    limit = 2**prefix_bits - 1
    if value < limit:
        return bytes([pattern | value])
    encoded = bytes([pattern | limit])
    value -= limit
    while value >= 128:
        encoded += bytes([value % 128 + 128])
        value //= 128
    return encoded + bytes([value])
