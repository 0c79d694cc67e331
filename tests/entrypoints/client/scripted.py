"""A server that answers as a test says, to see what a client sends and what it makes of the answers."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from domain.shared.errors import Refusal
from entrypoints.grpc.errors import failure_of


@dataclass
class Received:
    """One call as it arrived."""

    method: str
    request: bytes
    metadata: dict[str, Any]
    seconds_left: float | None


@dataclass
class Scripted:
    """`answer` gives the answer to a call, or raises: a refusal as the server would tell it, or a status code."""

    port: int
    answer: Callable[[Received], bytes]
    received: list[Received] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


class Status(Exception):
    def __init__(self, code: grpc.StatusCode) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def scripted(answer: Callable[[Received], bytes], *, port: int = 0) -> Iterator[Scripted]:
    """Serves until the block ends."""

    class Anything(grpc.GenericRpcHandler):
        def service(self, handler_call_details: Any) -> Any:
            def handle(request: bytes, context: Any) -> bytes:
                call = Received(
                    handler_call_details.method,
                    request,
                    dict(handler_call_details.invocation_metadata),
                    context.time_remaining(),
                )
                script.received.append(call)
                try:
                    return script.answer(call)
                except Status as status:
                    context.abort(status.code, "as the test says")
                except Refusal as refusal:
                    failure = failure_of(refusal)
                    context.set_trailing_metadata(failure.trailing_metadata(call.metadata["accept-language"]))
                    context.abort(failure.code, failure.message)
                raise AssertionError

            return grpc.unary_unary_rpc_method_handler(handle)

    server = grpc.server(ThreadPoolExecutor(4), handlers=[Anything()], options=[("grpc.so_reuseport", 0)])
    script = Scripted(server.add_insecure_port(f"127.0.0.1:{port}"), answer)
    server.start()
    try:
        yield script
    finally:
        server.stop(None).wait()
