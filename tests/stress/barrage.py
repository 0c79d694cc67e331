"""Thousands of requests at a fraction of what the client of gRPC takes for each, a third of a fuzz run's time."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

import grpc
from hpack import Decoder

from tests.http2 import WINDOW_BYTES, Connection, Response, framed
from tests.stress.client import METHODS, Reply, told

BYTES_MAX: Final = WINDOW_BYTES // 2
"""What is longer may not fit into the window of its stream."""

FRAME_BYTES: Final = len(framed(b""))
CODES: Final = {code.value[0]: code for code in grpc.StatusCode}


class Barrage:
    """One caller with a connection for each RPC; as Terminal, Chinese and patient, but all at once."""

    def __init__(self, address: str, credential: str, *, deadline_s: int) -> None:
        host, _, port = address.rpartition(":")
        self._address = (host, int(port))
        self._metadata = (
            ("authorization", f"Bearer {credential}"),
            ("accept-language", "zh-CN"),
            ("grpc-timeout", f"{deadline_s}S"),
        )
        self._connections: dict[str, Connection] = {}

    def send(self, rpc: str, requests: Sequence[bytes]) -> list[int]:
        """Sends requests of up to BYTES_MAX without waiting for the answers; the streams on which those will come."""
        connection = self._connections.get(rpc)
        if connection is None:
            decode = Decoder().decode
            connection = Connection(
                self._address, METHODS[rpc].path, self._metadata, lambda block: decode(block, raw=True)
            )
            self._connections[rpc] = connection
        first = connection.send([framed(request) for request in requests])
        return list(range(first, first + 2 * len(requests), 2))

    def replies(self, rpc: str, streams: Sequence[int]) -> list[Reply]:
        """The replies on these streams, once all are there; raises ConnectionLost if they will not come."""
        connection = self._connections[rpc]
        ended: dict[int, Reply] = {}
        while len(ended) < len(streams):
            for response in connection.receive():
                ended[response.stream] = reply_of(response)
        return [ended[stream] for stream in streams]

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


def reply_of(response: Response) -> Reply:
    """What one call came to, from its trailers."""
    trailers = dict(response.trailers)
    code = CODES[int(trailers[b"grpc-status"])]
    if code is grpc.StatusCode.OK:
        return Reply(code, response.message[FRAME_BYTES:], trailers.get(b"liansuo-replayed") == b"true")
    # Binary metadata begin with the zero byte that says they are not in base64.
    status = trailers.get(b"grpc-status-details-bin", b"\0")[1:]
    return told(code, unquote(trailers.get(b"grpc-message", b"").decode()), status)
