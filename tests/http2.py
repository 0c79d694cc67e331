"""The client's side of gRPC over HTTP/2 at a few microseconds per call: frames from ready bytes, read just enough.

A connection calls one method with the same metadata again and again, so after the first call the header block is a
constant: every field is an index into the table that HPACK keeps per connection (RFC 7541).
"""

import socket
import struct
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0x0, 0x1, 0x3, 0x4, 0x6, 0x7, 0x8
END_STREAM, ACK, END_HEADERS = 0x1, 0x1, 0x4

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME_HEADER: Final = struct.Struct(">IBI")
"""Three bytes of length, one of kind, one of flags, and the stream."""

FRAME_HEADER_BYTES: Final = FRAME_HEADER.size
FRAME_BYTES_MAX: Final = 16_384
WINDOW_BYTES: Final = 65_535
"""What may be sent before the other side allows more: at first on a connection, and at least on a stream."""

WINDOW_BYTES_MAX: Final = 2**31 - 1
WINDOW_REFILL_BYTES: Final = 2**30
RECEIVE_BYTES: Final = 262_144

SETTINGS_INITIAL_WINDOW_SIZE: Final = 4
SETTINGS_TRUE_BINARY_METADATA: Final = 0xFE03
"""Of gRPC: binary metadata come as they are, after a zero byte, not in base64 and Huffman's code."""

STATIC_FIELDS: Final = {(":method", "POST"): 3, (":scheme", "http"): 6}
STATIC_NAMES: Final = {":authority": 1, ":path": 4, "authorization": 23, "content-type": 31, "user-agent": 58}
STATIC_TABLE_LENGTH: Final = 61


SETTINGS_SENT: Final = struct.pack(
    ">HIHI", SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES_MAX, SETTINGS_TRUE_BINARY_METADATA, 1
)


class ConnectionLost(Exception):
    """The server closed the connection or broke the protocol."""


class Response(NamedTuple):
    """What came back on one stream; `message` is empty when the call failed, and `trailers` then holds the reason.

    `trailers` are what the connection's `decode` has made of the header block.
    """

    stream: int
    message: bytes
    trailers: Any


class Connection:
    """One connection that calls one method; `send` and `receive` are all there is to it.

    `decode` gets every header block in the order in which they come, because each builds on those before.
    """

    def __init__(
        self,
        address: tuple[str, int],
        path: str,
        metadata: Sequence[tuple[str, str]],
        decode: Callable[[bytes], Any] = bytes,
    ) -> None:
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
        first, later = header_blocks(fields)
        self._decode = decode
        self._headers = (frame_start(first, HEADERS, END_HEADERS), first)
        self._later_headers = (frame_start(later, HEADERS, END_HEADERS), later)
        self._held: deque[bytes] = deque()
        self._messages: dict[int, bytes] = {}
        self._next_stream = 1
        self._window = WINDOW_BYTES
        self._unacknowledged = 0
        self._rest = b""
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(
            PREFACE
            + _frame(SETTINGS, 0, 0, SETTINGS_SENT)
            + _frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW_BYTES_MAX - WINDOW_BYTES))
        )

    def send(self, messages: Sequence[bytes]) -> int:
        """Starts one call per framed message and returns the first stream; each later one is 2 above the one before.

        What the server's window does not allow yet waits.
        """
        first_stream = self._next_stream
        self._held.extend(messages)
        self._send_held()
        return first_stream

    def receive(self) -> list[Response]:
        """Waits for bytes from the server and returns the calls that they end."""
        received = self.socket.recv(RECEIVE_BYTES)
        if not received:
            raise ConnectionLost("the server closed the connection")
        buffer = self._rest + received if self._rest else received
        ended: list[Response] = []
        start, last = 0, len(buffer) - FRAME_HEADER_BYTES
        while start <= last:
            size_kind, flags, stream = FRAME_HEADER.unpack_from(buffer, start)
            kind = size_kind & 0xFF
            end = start + FRAME_HEADER_BYTES + (size_kind >> 8)
            if end > len(buffer):
                break
            payload = buffer[start + FRAME_HEADER_BYTES : end]
            start = end
            if kind == DATA:
                self._messages[stream] = self._messages[stream] + payload if stream in self._messages else payload
                self._unacknowledged += len(payload)
            elif kind == HEADERS:
                if not flags & END_HEADERS:
                    raise ConnectionLost("a header block in several frames")
                block = self._decode(payload)
                if flags & END_STREAM:
                    ended.append(Response(stream, self._messages.pop(stream, b""), block))
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
        parts: list[bytes] = []
        held = self._held
        while held and len(held[0]) <= self._window:
            message = held.popleft()
            self._window -= len(message)
            stream = self._next_stream.to_bytes(4, "big")
            self._next_stream += 2
            start, block = self._headers
            self._headers = self._later_headers
            parts += (start, stream, block)
            while len(message) > FRAME_BYTES_MAX:
                chunk, message = message[:FRAME_BYTES_MAX], message[FRAME_BYTES_MAX:]
                parts += (frame_start(chunk, DATA, 0), stream, chunk)
            parts += (frame_start(message, DATA, END_STREAM), stream, message)
        if parts:
            self.socket.sendall(b"".join(parts))

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


def frame_start(payload: bytes, kind: int, flags: int) -> bytes:
    """The header of a frame up to the stream."""
    return (len(payload) << 16 | kind << 8 | flags).to_bytes(5, "big")


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return frame_start(payload, kind, flags) + stream.to_bytes(4, "big") + payload


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
